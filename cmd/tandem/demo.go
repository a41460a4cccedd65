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
	"strconv"
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
	UIDir string        `name:"ui-dir" placeholder:"DIR" help:"Take the interface from this directory, and reload pages when it changes."`
	Log   string        `default:"error" enum:"debug,info,warn,error" help:"The least that is logged: debug, info, warn or error."`
}

// mostTries is how often the demonstration looks for addresses: one that was free a moment ago may be taken by another program, or by a demonstration that begins too.
const mostTries = 5

// Run runs the demonstration until a signal, or q.
func (d demoCommand) Run(ctx context.Context, c console) error {
	stop := signals()
	for try := 1; ; try++ {
		if err := d.once(ctx, c, stop); try == mostTries || !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
}

// once runs it at addresses that are free now.
func (d demoCommand) once(ctx context.Context, c console, stop chan os.Signal) (err error) {
	moved, err := takeAddresses(ctx, &d.SIP, &d.HTTP)
	if err != nil {
		return err
	}
	dir := d.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tandem-demo-"); err != nil {
			return fmt.Errorf("make a directory for the demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	vouch, err := newTrust()
	if err != nil {
		return err
	}
	mobile, err := vouch.settings(dir)
	if err != nil {
		return err
	}
	key := "pk_demo_" + rand.Text()
	cfg, err := config.Load(config.Sources{Set: append(mobile,
		"data_dir="+dir, "http.listen="+d.HTTP, "http.api_key="+key, "sip.udp="+d.SIP, "sip.tcp="+d.SIP,
		"media.public_ip=127.0.0.1", "media.bind=127.0.0.1", "media.rtp_ports=30000-31999",
		"mobile.diameter="+creditAddress, "observe.metrics=", "log.level="+d.Log, "drain_timeout=3s", "webhooks.allow_private=true", "webhooks.inbox=true", "web.ui_dir="+d.UIDir,
	)})
	if err != nil {
		return err
	}
	house := &Main{Config: cfg, Log: newLog(c.err, cfg.Log), Links: demoLinks(), Demo: true}
	return house.Run(ctx, stop, func(m *Main) error {
		crm, err := m.openCRM(ctx)
		if err != nil {
			return err
		}
		world, err := d.populate(ctx, m, places{crm: crm, trust: vouch})
		if err != nil {
			return err
		}
		if err := d.screen(c.out, m, moved); err != nil {
			return err
		}
		world.texts.screen = c.out
		if term.IsTerminal(int(c.in.Fd())) {
			world.texts.begin(ctx)
			go world.obey(ctx, c, func() { stop <- syscall.SIGTERM })
		}
		return nil
	})
}

// takeAddresses takes the addresses that are wanted, or free ones, and says in words where it is not the one wanted.
func takeAddresses(ctx context.Context, sip, http *string) (moved []string, err error) {
	for _, a := range []struct {
		flag string
		at   *string
	}{{"--sip", sip}, {"--http", http}} {
		wanted := *a.at
		if *a.at, err = freeAddress(ctx, a.flag, wanted); err != nil {
			return nil, err
		}
		if *a.at != wanted && !strings.HasSuffix(wanted, ":0") {
			moved = append(moved, fmt.Sprintf("%s is taken by another program: using %s (choose with %s)", wanted, *a.at, a.flag))
		}
	}
	return moved, nil
}

// populate declares the company and starts the world around it, which leaves with the house.
func (d demoCommand) populate(ctx context.Context, m *Main, at places) (*world, error) {
	w, err := settle(ctx, m, at, d.Every)
	if err == nil {
		m.guests = w.close
		if m.play != nil {
			m.play.world.Store(w)
		}
	}
	return w, err
}

// settle finds where the parts of the world can be, declares the company with that, and starts them there.
func settle(ctx context.Context, m *Main, at places, every time.Duration) (*world, error) {
	for try := 1; ; try++ {
		found, err := at.free(ctx, m)
		if err != nil {
			return nil, err
		}
		if err = furnish(ctx, m, found); err != nil {
			return nil, err
		}
		w, err := startWorld(ctx, m, found, every)
		if try == mostTries || !errors.Is(err, syscall.EADDRINUSE) {
			return w, err
		}
	}
}

// furnish declares the demo's company, with the carrier and the mobile network where they are now, and the platform with the authority of its certificates.
func furnish(ctx context.Context, m *Main, at places) error {
	site := bytes.ReplaceAll(configs.Demo(), []byte(carrierAddress), []byte(at.carrier))
	site = bytes.ReplaceAll(site, []byte(coreAddress), []byte(at.core))
	site = bytes.ReplaceAll(site, []byte(carrierSMSAddress), []byte(at.carrierSMS))
	site = bytes.ReplaceAll(site, []byte(coreSMSAddress), []byte(at.coreSMS))
	site = bytes.ReplaceAll(site, []byte(platformAddress), []byte(at.platform))
	site = bytes.ReplaceAll(site, []byte(`authority = ""`), []byte("authority = "+strconv.Quote(string(at.trust.theirs.PEM()))))
	if at.crm != "" {
		site = bytes.ReplaceAll(site, []byte(crmOrigin), []byte("http://"+at.crm))
	}
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
	b.WriteString(aboutLinks(m))
	fmt.Fprintf(&b, "  SIP         udp/tcp %s   any softphone: 201 / demo-201, domain %s\n", d.SIP, m.Config.SIP.Realm)
	fmt.Fprintf(&b, "  API         curl -H \"Authorization: Bearer %s\" %s/api/v1/calls\n", key, base)
	fmt.Fprintf(&b, "  API page    %s/docs   every operation, to be tried in the page\n", base)
	fmt.Fprintf(&b, "  Events      curl -N -H \"Authorization: Bearer %s\" %s/api/v1/events\n", key, base)
	fmt.Fprintf(&b, "  Webhooks    %s/dev/inbox   each call, as a program outside is told of it\n", base)
	fmt.Fprintf(&b, "  Metrics     %s/metrics\n", base)
	fmt.Fprintf(&b, "  Messages    tandem message tail --set data_dir=%s   SMS from and to Alice's number, on her handset and on every screen\n", m.Config.DataDir)
	fmt.Fprintf(&b, "  Shell       tandem tail --set data_dir=%s ; tandem user list --set data_dir=%s\n\n", m.Config.DataDir, m.Config.DataDir)
	b.WriteString("  Boulangerie Dupont: Alice 201, Bruno 202, Chloé 203, David 204, Emma 205; Farid 206 only calls out.\n")
	b.WriteString("  01 99 00 12 34 Support   01 99 00 56 78 Ventes   06 39 98 00 07 Alice   06 39 98 00 09 Bruno   01 99 00 20 01, 01 99 00 20 02 legacy\n\n")
	fmt.Fprintf(&b, "  A simulated carrier with %d customers calls these numbers over real SIP and RTP", len(customers()))
	if d.Every > 0 {
		fmt.Fprintf(&b, ", one about every %s", d.Every)
	}
	b.WriteString(".\n  Alice's direct number is on an eSIM (20 GB) in a simulated handset: her mobile rings with her desk, and a data session eats the package.\n\n")
	b.WriteString(aboutESIMs(m, base) + keysOfHandset() + keysOfMessages())
	b.WriteString("  Type  c  and Enter to make a customer call Alice now,  b  for a burst of 20,  t  to drop the trunk,  q  to quit.\n\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// obey does what is typed.
func (w *world) obey(ctx context.Context, c console, quit func()) {
	lines := bufio.NewScanner(c.in)
	ask := func(question string) string {
		_, _ = fmt.Fprint(c.out, question)
		lines.Scan()
		return strings.TrimSpace(lines.Text())
	}
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
			said := w.mobile.obey(ctx, strings.TrimSpace(lines.Text()))
			if said == "" {
				said = w.texts.obey(ctx, w.mobile.held, strings.TrimSpace(lines.Text()), ask)
			}
			if said == "" {
				said = "  c: a customer calls Alice; b: a burst of 20; t: drop the trunk, or bring it back; q: quit.\n" + strings.TrimSuffix(keysOfHandset()+keysOfMessages(), "\n")
			}
			_, _ = fmt.Fprintln(c.out, said)
		}
	}
}
