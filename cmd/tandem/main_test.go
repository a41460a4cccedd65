package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// beProgram tells this test binary to be the program: so a command is tested as a process of its own, without another build.
const beProgram = "BE_TANDEM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// command is the program with its arguments, in an environment that sets nothing else.
func command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = []string{beProgram + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	return cmd
}

// outcome is how a command ended.
type outcome struct {
	code     int
	out, err string
}

// tandem runs a command to its end.
func tandem(t *testing.T, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit, failed := errors.AsType[*exec.ExitError](err); err != nil && (!failed || !exit.Exited()) {
		t.Fatalf("tandem %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// server is a program that runs until the test ends it.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	data string
	log  *lockedBuffer
	done chan struct{}
	code int
}

// serve starts `tandem serve` on free ports of loopback, and waits until it is ready.
func serve(t *testing.T, data string, more ...string) *server {
	t.Helper()
	args := append([]string{"serve"}, at(data)...)
	args = append(args, "--set", "http.listen=127.0.0.1:0", "--set", "observe.metrics=", "--set", "sip.udp=127.0.0.1:0",
		"--set", "sip.tcp=127.0.0.1:0", "--set", "media.bind=127.0.0.1", "--set", "media.rtp_ports=12000-13999", "--set", "http.api_key="+apiKey)
	s := launch(t, append(args, more...)...)
	s.data = data
	s.waitFor("tandem is ready")
	return s
}

const apiKey = "pk_test_0123456789abcdef"

// at says where the data are.
func at(data string) []string { return []string{"--set", "data_dir=" + data} }

func launch(t *testing.T, args ...string) *server {
	t.Helper()
	return launchIn(t, t.TempDir(), args...)
}

// launchIn starts a command that makes its temporary files in a directory.
func launchIn(t *testing.T, tmp string, args ...string) *server {
	t.Helper()
	s := &server{t: t, cmd: command(context.WithoutCancel(t.Context()), args...), log: &lockedBuffer{}, done: make(chan struct{})}
	s.cmd.Env = append(s.cmd.Env, "TMPDIR="+tmp)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait()
		s.code = s.cmd.ProcessState.ExitCode()
		close(s.done)
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.done
		if t.Failed() {
			t.Logf("what it said:\n%s", s.log)
		}
	})
	return s
}

// waitFor waits until the program has said something.
func (s *server) waitFor(text string) string {
	s.t.Helper()
	until(s.t, "the program says "+text, func() bool {
		select {
		case <-s.done:
			s.t.Fatalf("ended with %d:\n%s", s.code, s.log)
		default:
		}
		return strings.Contains(s.log.String(), text)
	})
	return s.log.String()
}

// terminate sends SIGTERM.
func (s *server) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
}

// exit waits for the end and gives the exit code.
func (s *server) exit() int {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(2 * time.Minute):
		s.t.Fatal("the program does not end")
	}
	return s.code
}

// address is where it listens, as its log says: kind is "http" or "UDP".
func (s *server) address(kind string) netip.AddrPort {
	s.t.Helper()
	m := regexp.MustCompile(`"peer":"` + kind + ` ([0-9.:]+)"`)
	until(s.t, "the program says where it listens", func() bool { return m.MatchString(s.log.String()) })
	return netip.MustParseAddrPort(m.FindStringSubmatch(s.log.String())[1])
}

// get asks the API over TCP.
func (s *server) get(path string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.address("http").String()+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+apiKey)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// until waits for something that another process does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("this did not come: %s", what)
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestVersion(t *testing.T) {
	if o := tandem(t, "version"); o.code != 0 || !strings.HasPrefix(o.out, "tandem "+version+" (go1.") {
		t.Errorf("%+v", o)
	}
	var v struct{ Version, Go, Platform string }
	if o := tandem(t, "version", "--json"); json.Unmarshal([]byte(o.out), &v) != nil || v.Version != version || v.Go == "" || v.Platform == "" {
		t.Errorf("%+v", o)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	o := tandem(t, "--help")
	for _, c := range []string{"demo", "serve", "apply", "check", "status", "calls list", "calls show", "calls hangup", "calls transfer", "config print", "config env", "version"} {
		if !strings.Contains(o.out, "\n  "+c+" ") {
			t.Errorf("%s is missing:\n%s", c, o.out)
		}
	}
	if o.code != 0 {
		t.Errorf("exit %d", o.code)
	}
}

func TestConfigPrintIsTheReferenceFile(t *testing.T) {
	reference, err := os.ReadFile("../../configs/tandem.toml")
	if err != nil {
		t.Fatal(err)
	}
	if o := tandem(t, "config", "print", "--comments"); o.code != 0 || o.out != string(reference) {
		t.Errorf("exit %d, %d bytes against %d", o.code, len(o.out), len(reference))
	}
	if o := tandem(t, "config", "env"); o.code != 0 || !strings.Contains(o.out, "TANDEM_SIP_UDP ") {
		t.Errorf("%+v", o)
	}
	o := tandem(t, "config", "print", "--set", "http.api_key=pk_geheim_geheim", "--set", "database.url=postgres://u:geheim@h/d")
	if o.code != 0 || strings.Contains(o.out, "geheim") {
		t.Errorf("%+v", o)
	}
}

// What is wrong is said with its file and line, and the exit code is 2.
func TestBadInput(t *testing.T) {
	file := write(t, "tandem.toml", "[http]\nlisten = \"\"\n\n[sip]\nupd = \":5060\"\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "-c", file}, "tandem: " + file + `:5: [sip] unknown key "upd", did you mean "udp"?` + "\n"},
		{[]string{"check", "-c", file}, "tandem: " + file + `:5: [sip] unknown key "upd", did you mean "udp"?` + "\n"},
		{[]string{"serve", "-c", "/nowhere.toml"}, "tandem: /nowhere.toml: there is no such file; `tandem config print --comments` writes one with every key\n"},
		{[]string{"sevre"}, "tandem: unexpected argument sevre, did you mean \"serve\"?\n"},
		{[]string{"serve", "--port", "1"}, "tandem: unknown flag --port\n"},
		{[]string{"calls", "show", "1", "--sip", "--timeline"}, "tandem: --sip and --timeline can't be used together\n"},
		{[]string{"apply", "/nowhere.toml"}, "tandem: /nowhere.toml cannot be read: no such file or directory\n"},
		{[]string{"status", "--url", "nowhere"}, "tandem: --url: \"nowhere\" is not an address such as http://127.0.0.1:8080\n"},
		{[]string{"demo", "--http", "8080"}, "tandem: --http: \"8080\" is not an address and port, such as 127.0.0.1:8080\n"},
	} {
		if o := tandem(t, c.args...); o.code != exitBadInput || !strings.HasPrefix(o.err, c.want) || o.out != "" {
			t.Errorf("%v: %+v", c.args, o)
		}
	}
}

func TestDirectoryThatCannotBeMade(t *testing.T) {
	file := write(t, "file", "")
	o := tandem(t, append([]string{"serve"}, at(filepath.Join(file, "data"))...)...)
	if o.code != exitFailure || !strings.Contains(o.err, "set data_dir, or TANDEM_DATA_DIR, to a directory that you may write") {
		t.Errorf("%+v", o)
	}
}

func TestStatusWhenNobodyRuns(t *testing.T) {
	dir := t.TempDir()
	o := tandem(t, append([]string{"status"}, at(dir)...)...)
	if o.code != exitFailure || !strings.Contains(o.err, fmt.Sprintf("no tandem is running here: nobody answers on %s/tandem.sock", dir)) {
		t.Errorf("%+v", o)
	}
}
