package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/sim"
)

// trust is who signs what in the demo: our certificate, and that of the eSIM platform.
type trust struct{ ours, theirs *sim.Authority }

// newTrust makes authorities that nobody else knows.
func newTrust() (trust, error) {
	var t trust
	var err error
	if t.ours, err = sim.NewAuthority("demo"); err != nil {
		return t, err
	}
	t.theirs, err = sim.NewAuthority("demo of an eSIM platform")
	return t, err
}

// settings puts our certificate in a directory, and gives the keys of the configuration that open the door of notifications with it.
func (t trust) settings(dir string) ([]string, error) {
	cert, key, err := t.ours.IssuePEM("tandem.example")
	if err != nil {
		return nil, err
	}
	if err = os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the demo: %w", err)
	}
	certAt, keyAt := filepath.Join(dir, "mobile.pem"), filepath.Join(dir, "mobile.key")
	for path, text := range map[string][]byte{certAt: cert, keyAt: key} {
		if err = os.WriteFile(path, text, 0o600); err != nil {
			return nil, fmt.Errorf("keep the certificate of the demo: %w", err)
		}
	}
	return []string{"mobile.certificate=" + certAt, "mobile.key=" + keyAt, "mobile.notifications=127.0.0.1:0"}, nil
}

// platformAddress is where the eSIM platform of the demo is, and platformName how its certificate and the activation codes call it, as configs/demo.toml says.
const (
	platformAddress = "127.0.0.4:8443"
	platformName    = "smdp.example"
)

// profiles is the eSIM platform of the demo, and what it knows of each number.
type profiles struct {
	smdp *sim.SMDP
	book *Main
}

// openProfiles starts the platform. What an earlier run of the demo did to a profile it still knows.
func openProfiles(ctx context.Context, m *Main, at places) (*profiles, error) {
	listen, err := netip.ParseAddrPort(at.platform)
	if err != nil {
		return nil, fmt.Errorf("simulated eSIM platform: %w", err)
	}
	var cert tls.Certificate
	if cert, err = at.trust.theirs.Issue(platformName, listen.Addr().AsSlice()); err != nil {
		return nil, err
	}
	st, err := m.store.State(ctx)
	if err != nil {
		return nil, fmt.Errorf("simulated eSIM platform: %w", err)
	}
	cfg := sim.SMDPConfig{
		Listen: listen, Certificate: cert, Clients: at.trust.ours.Pool(), Address: platformName, Seed: uint64(time.Now().UnixNano()),
		Log: m.Log.With(slog.String("node", "sim")),
	}
	for _, o := range st.Operators {
		for _, c := range o.Settings.Cards {
			cfg.Profiles = append(cfg.Profiles, c.ICCID)
		}
	}
	p := &profiles{book: m}
	if p.smdp, err = sim.OpenSMDP(ctx, cfg); err != nil {
		return nil, err
	}
	for _, n := range st.Numbers {
		if e := n.Settings.ESIM; e != nil && e.ICCID != "" {
			p.smdp.Recall(e.ICCID, e.MatchingID, profileState(e))
		}
	}
	p.smdp.Notify("https://"+m.esims.Load().at.String(), at.trust.ours.Pool())
	return p, nil
}

// profileState is where the profile of an eSIM is.
func profileState(e *provisioning.ESIM) sim.ProfileState {
	state := e.State
	if e.Profile != "" {
		state = e.Profile
	}
	switch state {
	case provisioning.ESIMRequested, provisioning.ESIMFailed:
		return sim.ProfileAvailable
	case provisioning.ESIMOrdered:
		if e.Address != "" {
			return sim.ProfileConfirmed
		}
		return sim.ProfileAllocated
	case provisioning.ESIMReleased:
		return sim.ProfileReleased
	case provisioning.ESIMDownloaded:
		return sim.ProfileInstalled
	case provisioning.ESIMEnabled, provisioning.ESIMSuspended:
		return sim.ProfileEnabled
	case provisioning.ESIMDisabled:
		return sim.ProfileDisabled
	case provisioning.ESIMTerminated:
	}
	return sim.ProfileUnavailable
}

// errNoCode says that there is nothing to scan.
var errNoCode = errors.New("there is nothing to scan")

// of is the eSIM of a number; nil: it has none.
func (p *profiles) of(ctx context.Context, number string) (*provisioning.ESIM, error) {
	st, err := p.book.store.State(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the eSIM: %w", err)
	}
	for _, n := range st.Numbers {
		if n.E164 == routing.E164(number) {
			return n.Settings.ESIM, nil
		}
	}
	return nil, nil //nolint:nilnil // documented
}

// scan is a phone that scans the code of a number: it downloads, installs and enables the profile, and the platform tells us.
func (p *profiles) scan(ctx context.Context, o *owner) error {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	e, err := p.until(ctx, o.line.Number, func(e *provisioning.ESIM) bool { return e.Code != "" || e.State == provisioning.ESIMFailed })
	if err != nil {
		return err
	}
	if _, err = p.smdp.Scan(e.Code, o.eid); err != nil {
		return err
	}
	_, err = p.until(ctx, o.line.Number, func(e *provisioning.ESIM) bool { return e.State == provisioning.ESIMEnabled })
	return err
}

// until waits for something about the eSIM of a number; without one it fails with errNoCode.
func (p *profiles) until(ctx context.Context, number string, is func(*provisioning.ESIM) bool) (*provisioning.ESIM, error) {
	const pace = 50 * time.Millisecond
	t := time.NewTicker(pace)
	defer t.Stop()
	for {
		e, err := p.of(ctx, number)
		switch {
		case err != nil:
			return nil, err
		case e == nil:
			return nil, errNoCode
		case is(e):
			return e, nil
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("the eSIM is %s %s", e.State, strings.TrimSpace(e.Fault))
		}
	}
}
