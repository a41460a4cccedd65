package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"tandem/cmd/tandem/config"
)

// version is what this program is; the linker may set another.
var version = "0.1.0"

// Exit codes: what a script can tell apart.
const (
	exitOK       = 0
	exitFailure  = 1
	exitBadInput = 2
)

func main() { os.Exit(run(context.Background(), os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr})) }

// console is where a command reads and writes.
type console struct {
	in  *os.File
	out io.Writer
	err io.Writer
}

// commands is the command line. What a command is for is in its help tag.
type commands struct {
	Demo         demoCommand         `cmd:"" help:"Everything on this machine: a company, its phone numbers, a simulated carrier and live calls."`
	Serve        serveCommand        `cmd:"" help:"Run the phone system."`
	Setup        setupCommand        `cmd:"" help:"Print the link of the first run, while there is no administrator."`
	Apply        applyCommand        `cmd:"" help:"Make the records what a site file declares: accounts, users, devices, trunks, numbers, flows."`
	Export       exportCommand       `cmd:"" help:"Write the records as a site file: applied again, it changes nothing."`
	Check        checkCommand        `cmd:"" help:"Check the configuration, the database and, where one is given, a site file. Nothing is changed."`
	Doctor       doctorCommand       `cmd:"" help:"Look whether everything is as it should be, and say what to do where it is not."`
	Status       statusCommand       `cmd:"" help:"Show the running program on one screen."`
	Calls        callsCommand        `cmd:"" help:"List calls, show one, end one or hand it on."`
	Call         callCommand         `cmd:"" help:"Start a call: the user's own phones ring first."`
	Tail         tailCommand         `cmd:"" help:"Show what happens, as it happens."`
	User         userCommand         `cmd:"" help:"Users."`
	Team         teamCommand         `cmd:"" help:"Teams."`
	Number       numberCommand       `cmd:"" help:"Numbers and their distributions."`
	Trunk        trunkCommand        `cmd:"" help:"Trunks: the peerings with carriers."`
	Ban          banCommand          `cmd:"" help:"What SIP does not listen to: list, ban, lift."`
	Operator     operatorCommand     `cmd:"" help:"Operators: the mobile networks that handsets are on."`
	Connector    connectorCommand    `cmd:"" help:"Connectors: the ways of messages to carriers, operators and programs."`
	Message      messageCommand      `cmd:"" help:"Messages: send, list, follow."`
	Conversation conversationCommand `cmd:"" help:"Conversations."`
	Flow         flowCommand         `cmd:"" help:"Call flows."`
	Webhook      webhookCommand      `cmd:"" help:"Webhooks: addresses that are told of events."`
	Key          keyCommand          `cmd:"" help:"API keys."`
	DB           dbCommand           `cmd:"" name:"db" help:"Show the database, or move to another one."`
	OpenAPI      openapiCommand      `cmd:"" name:"openapi" help:"Print the description of the API (OpenAPI 3.1)."`
	Config       configCommand       `cmd:"" help:"Show the configuration."`
	Version      versionCommand      `cmd:"" help:"Show the version."`
}

// inputError is a mistake of whoever typed or wrote something; the exit code says so.
type inputError struct{ error }

// Unwrap gives what was wrong.
func (b inputError) Unwrap() error { return b.error }

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, c console) int {
	var cli commands
	exited, code := false, exitOK
	parser, err := kong.New(&cli, kong.Name("tandem"), kong.Writers(c.out, c.err), kong.Exit(func(n int) { exited, code = true, n }),
		kong.Description("A cloud phone system in one program."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c))
	if err != nil {
		return complain(c, err)
	}
	k, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		_, _ = fmt.Fprintf(c.err, "tandem: %s\nRun \"tandem --help\" to see the commands.\n", err)
		return exitBadInput
	}
	if err := k.Run(); err != nil {
		return complain(c, err)
	}
	return exitOK
}

// complain writes an error, a line for each thing that is wrong, and gives its exit code.
func complain(c console, err error) int {
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(c.err, "tandem: %s\n", strings.TrimRight(line, "\n"))
	}
	if _, bad := errors.AsType[inputError](err); bad {
		return exitBadInput
	}
	if _, bad := errors.AsType[*config.KeyError](err); bad {
		return exitBadInput
	}
	return exitFailure
}

// configured is what every command has that reads the configuration.
type configured struct {
	File string   `name:"config" short:"c" placeholder:"tandem.toml" help:"The configuration file. Without it: defaults and environment (tandem config env)."`
	Set  []string `placeholder:"KEY=VALUE" sep:"none" help:"Set one key, such as sip.udp=127.0.0.1:5060. May be given again."`
}

func (c configured) load() (*config.Config, error) {
	return config.Load(config.Sources{File: c.File, Env: os.Environ(), Set: c.Set})
}

// versionCommand shows what this program is.
type versionCommand struct {
	JSON bool `name:"json" help:"As JSON."`
}

// Run shows the version.
func (v versionCommand) Run(c console) error {
	info := struct {
		Version  string `json:"version"`
		Go       string `json:"go"`
		Platform string `json:"platform"`
		Commit   string `json:"commit,omitempty"`
	}{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				info.Commit = s.Value
			}
		}
	}
	if v.JSON {
		return printJSON(c.out, info)
	}
	_, err := fmt.Fprintf(c.out, "tandem %s (%s, %s)\n", info.Version, info.Go, info.Platform)
	return err
}

// configCommand shows the configuration.
type configCommand struct {
	Print configPrint `cmd:"" help:"Print the configuration in force, as a file that can be loaded. Secrets are masked."`
	Env   configEnv   `cmd:"" help:"Print the environment variable of every key, with its default."`
}

type configPrint struct {
	configured

	Comments bool `help:"Explain every key."`
}

// Run prints the configuration in force.
func (p configPrint) Run(c console) error {
	cfg, err := p.load()
	if err != nil {
		return err
	}
	how := config.Bare
	if p.Comments {
		how = config.Explained
	}
	return cfg.Print(c.out, how)
}

type configEnv struct{}

// Run prints the variables.
func (configEnv) Run(c console) error { return config.PrintEnvironment(c.out) }
