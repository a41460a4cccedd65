package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"tandem/cmd/tandem/config"
	"tandem/configs"
	"tandem/web"
)

// demoCommand runs everything on this machine.
type demoCommand struct {
	HTTP  string        `name:"http" default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where the pages and the API are (${default})."`
	SIP   string        `name:"sip" default:"127.0.0.1:5080" placeholder:"ADDR" help:"Where phones and the simulated carrier reach us, UDP and TCP (${default})."`
	Data  string        `placeholder:"DIR" help:"Keep the data here, for the next time. Without it they are gone at the end."`
	Every time.Duration `default:"8s" placeholder:"TIME" help:"How often a simulated customer calls (${default}); 0s: only when you ask."`
	Log   string        `default:"error" enum:"debug,info,warn,error" help:"The least that is logged: debug, info, warn or error."`
}

// Run runs the demonstration until a signal, or q.
func (d demoCommand) Run(ctx context.Context, c console) (err error) {
	var moved []string
	for _, a := range []struct {
		flag string
		at   *string
	}{{"--sip", &d.SIP}, {"--http", &d.HTTP}} {
		wanted := *a.at
		if *a.at, err = freeAddress(ctx, a.flag, wanted); err != nil {
			return err
		}
		if *a.at != wanted && !strings.HasSuffix(wanted, ":0") {
			moved = append(moved, fmt.Sprintf("%s is taken by another program: using %s (choose with %s)", wanted, *a.at, a.flag))
		}
	}
	dir := d.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tandem-demo-"); err != nil {
			return fmt.Errorf("make a directory for the demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	key := "pk_demo_" + rand.Text()
	cfg, err := config.Load(config.Sources{Set: []string{
		"data_dir=" + dir, "http.listen=" + d.HTTP, "http.api_key=" + key, "sip.udp=" + d.SIP, "sip.tcp=" + d.SIP,
		"media.public_ip=127.0.0.1", "media.bind=127.0.0.1", "media.rtp_ports=30000-31999",
		"observe.metrics=", "log.level=" + d.Log, "drain_timeout=3s", "webhooks.allow_private=true", "webhooks.inbox=true",
	}})
	if err != nil {
		return err
	}
	house := &Main{Config: cfg, Log: newLog(c.err, cfg.Log), Enter: rand.Text()}
	stop := signals()
	return house.Run(ctx, stop, func(m *Main) error {
		carrier, err := freeAddress(ctx, "the simulated carrier", carrierAddress)
		if err != nil {
			return err
		}
		if err = furnish(ctx, m, carrier); err != nil {
			return err
		}
		world, err := startWorld(ctx, m, carrier, d.Every)
		if err != nil {
			return err
		}
		m.guests = world.close
		if err := d.screen(c.out, m, moved); err != nil {
			return err
		}
		if term.IsTerminal(int(c.in.Fd())) {
			go world.obey(ctx, c, func() { stop <- syscall.SIGTERM })
		}
		return nil
	})
}

// furnish declares the demo's company, with the carrier where it is now.
func furnish(ctx context.Context, m *Main, carrier string) error {
	site := bytes.ReplaceAll(configs.Demo(), []byte(carrierAddress), []byte(carrier))
	if at := m.Web(); at.IsValid() {
		site = bytes.ReplaceAll(site, []byte("http://127.0.0.1:8080/"), []byte("http://"+at.String()+"/"))
	}
	change, err := office{m.store}.Apply(ctx, web.SiteFile{Name: "demo.toml", Text: site, Actor: "demo"})
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range change.Problems {
		errs = append(errs, errors.New(p.String()))
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	m.changed(ctx) // the carrier calls at once: do not wait to hear of our own change
	return nil
}

// freeAddress is the address asked for, or, when another program has it, a free port beside it, for both TCP and UDP.
func freeAddress(ctx context.Context, flag, wanted string) (string, error) {
	host, _, err := net.SplitHostPort(wanted)
	if err != nil {
		return "", inputError{fmt.Errorf("%s: %q is not an address and port, such as 127.0.0.1:8080", flag, wanted)}
	}
	const tries = 20
	at := wanted
	for range tries {
		free, err := tryAddress(ctx, at)
		if err == nil {
			return free, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return "", inputError{fmt.Errorf("%s: %w", flag, err)}
		}
		at = net.JoinHostPort(host, "0")
	}
	return "", fmt.Errorf("%s: no port is free on %s", flag, host)
}

// tryAddress says which port an address gives on TCP, if UDP has it too.
func tryAddress(ctx context.Context, at string) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", at)
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	p, err := lc.ListenPacket(ctx, "udp", l.Addr().String())
	if err != nil {
		return "", err
	}
	return l.Addr().String(), p.Close()
}

// screen says what there is to see.
func (d demoCommand) screen(w io.Writer, m *Main, moved []string) error {
	var b strings.Builder
	base := "http://" + m.Web().String()
	key := m.Config.HTTP.APIKey.Reveal()
	fmt.Fprintf(&b, "tandem %s (demo): everything is local, nothing leaves this machine.\n\n", version)
	for _, line := range moved {
		fmt.Fprintf(&b, "  Note        %s\n", line)
	}
	fmt.Fprintf(&b, "  Open this   %s/enter#k=%s   (one click, no password)\n", base, m.Enter)
	fmt.Fprintf(&b, "  Calls       %s/\n", base)
	fmt.Fprintf(&b, "  SIP         udp/tcp %s   any softphone: 201 / demo-201, domain %s\n", d.SIP, m.Config.SIP.Realm)
	fmt.Fprintf(&b, "  API         curl -H \"Authorization: Bearer %s\" %s/api/v1/calls\n", key, base)
	fmt.Fprintf(&b, "  API page    %s/docs   every operation, to be tried in the page\n", base)
	fmt.Fprintf(&b, "  Events      curl -N -H \"Authorization: Bearer %s\" %s/api/v1/events\n", key, base)
	fmt.Fprintf(&b, "  Webhooks    %s/dev/inbox   each call, as a program outside is told of it\n", base)
	fmt.Fprintf(&b, "  Metrics     %s/metrics\n", base)
	fmt.Fprintf(&b, "  Shell       tandem tail --set data_dir=%s ; tandem user list --set data_dir=%s\n\n", m.Config.DataDir, m.Config.DataDir)
	b.WriteString("  Boulangerie Dupont: Alice 201, Bruno 202, Chloé 203, David 204, Emma 205; Farid 206 only calls out.\n")
	b.WriteString("  01 99 00 12 34 Support   01 99 00 56 78 Ventes   06 39 98 00 07 Alice   01 99 00 20 01, 01 99 00 20 02 legacy\n\n")
	fmt.Fprintf(&b, "  A simulated carrier with %d customers calls these numbers over real SIP and RTP", len(customers()))
	if d.Every > 0 {
		fmt.Fprintf(&b, ", one about every %s", d.Every)
	}
	b.WriteString(".\n  Type  c  and Enter to make a customer call Alice now,  b  for a burst of 20,  t  to drop the trunk,  q  to quit.\n\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// obey does what is typed.
func (w *world) obey(ctx context.Context, c console, quit func()) {
	lines := bufio.NewScanner(c.in)
	for lines.Scan() {
		switch strings.TrimSpace(lines.Text()) {
		case "c":
			w.customer(ctx)
			_, _ = fmt.Fprintln(c.out, "  A customer calls Alice.")
		case "b":
			w.burst(ctx, 20)
			_, _ = fmt.Fprintln(c.out, "  Twenty customers call Support.")
		case "t":
			_, _ = fmt.Fprintln(c.out, w.toggleLine())
		case "q":
			quit()
			return
		case "":
		default:
			_, _ = fmt.Fprintln(c.out, "  c: a customer calls Alice; b: a burst of 20; t: drop the trunk, or bring it back; q: quit.")
		}
	}
}
