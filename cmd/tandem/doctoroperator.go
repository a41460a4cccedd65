package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"tandem/mobilecore/hlr"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/web"
)

// operator looks at what concerns one operator.
func (d doctor) operator(ctx context.Context, state *provisioning.State, o *provisioning.Operator) []web.Finding {
	now := cores(d).Core(o)
	looks := []func() []web.Finding{
		func() []web.Finding { return []web.Finding{d.coreTrunk(state, o)} },
		func() []web.Finding { return []web.Finding{d.criteria(o), heardFinding(o, now), markFinding(now)} },
		func() []web.Finding { return probeFindings(o, time.Now()) },
		func() []web.Finding { return d.platform(ctx, o) },
		func() []web.Finding { return registerFindings(ctx, o) },
		func() []web.Finding { return peerFindings(o, now) },
		func() []web.Finding { return stuckFindings(state, o, time.Now()) },
	}
	out := together(looks)
	for i := range out {
		out[i].Operator, out[i].Account = o.ID, o.Account
		if out[i].About == "" {
			out[i].About = o.Name
		}
	}
	return out
}

// coreTrunk looks at the way to the core.
func (d doctor) coreTrunk(state *provisioning.State, o *provisioning.Operator) web.Finding {
	t, is := state.Find(provisioning.KindTrunk, string(o.Trunk)).(*provisioning.Trunk)
	if !is {
		return web.Finding{Check: "operator_trunk", State: web.Fail, Text: "its trunk is not there", Advice: "set trunk_id"}
	}
	f := d.trunk(t)
	f.Check, f.About = "operator_trunk", o.Name+" by "+t.Name
	return f
}

// criteria looks whether what the operator is to load can be written.
func (d doctor) criteria(o *provisioning.Operator) web.Finding {
	f := web.Finding{Check: "filter_criteria", State: web.Fine}
	if o.Settings.Core.Attachment != routing.AttachISC {
		f.Text = "none: it is joined by a plain trunk, and its core routes by number"
		return f
	}
	uri := d.m.sipURI()
	f.Text = "it is to send calls to " + uri
	if strings.Contains(uri, "tandem.invalid") {
		f.State, f.Text = web.Fail, "it is not known how the core reaches us: we listen on every address"
		f.Advice = "set public_url, or give the address: tandem operator ifc NAME --server sip:host:port"
	}
	return f
}

// heardFinding says what the core sent us, by which its filter criteria show.
func heardFinding(o *provisioning.Operator, now web.CoreState) web.Finding {
	h := now.Heard
	f := web.Finding{Check: "session_cases", State: web.Fine, Text: fmt.Sprintf("since we started: %d calls of subscribers, %d for them, %d for phones that are off, %d registrations",
		h.Originating, h.Terminating, h.Unregistered, h.Registrations)}
	var lacks []string
	if h.Originating == 0 {
		lacks = append(lacks, "originating (0)")
	}
	if h.Terminating+h.Unregistered == 0 {
		lacks = append(lacks, "terminating (1)")
	}
	if o.Settings.Core.Attachment == routing.AttachISC {
		if h.Unregistered == 0 {
			lacks = append(lacks, "terminating unregistered (2)")
		}
		if h.Registrations == 0 {
			lacks = append(lacks, "REGISTER")
		}
	}
	if len(lacks) > 0 {
		f.State, f.Text = web.Warn, f.Text+"; not seen yet: "+strings.Join(lacks, ", ")
		f.Advice = "make one test call each way, one with the phone off; what never comes is not in the filter criteria: tandem operator ifc " + o.Name
	}
	return f
}

// markFinding says whether the core leaves our mark on calls that it hands to us again.
func markFinding(now web.CoreState) web.Finding {
	f := web.Finding{Check: "anchor", State: web.Fine}
	switch {
	case now.Stripped > 0:
		f.State, f.Text = web.Warn, fmt.Sprintf("%d calls came back without X-Tandem-Anchor, %d with it", now.Stripped, now.Marked)
		f.Advice = "they are known in other ways; ask the operator to let the header through"
	case now.Marked > 0:
		f.Text = fmt.Sprintf("%d calls came back, each with X-Tandem-Anchor", now.Marked)
	default:
		f.Text = "no call has come back since we started"
	}
	return f
}

// probeFindings says what came of the last probe.
func probeFindings(o *provisioning.Operator, now time.Time) []web.Finding {
	const stale = 8 * 24 * time.Hour
	f := web.Finding{Check: "voicemail_probe", State: web.Fine}
	p := o.Settings.Probe
	switch {
	case p == nil && o.Settings.TestNumber == "":
		f.State, f.Text, f.Advice = web.Warn, "it was never looked whether its voicemail answers", "set test_number to a handset that nobody answers: it is called each night"
	case p == nil:
		f.State, f.Text, f.Advice = web.Warn, "it was never looked whether its voicemail answers", "tandem operator probe "+o.Name
	case p.After != "":
		f.State, f.Text = web.Fail, fmt.Sprintf("a machine answered after %s (%s)", p.After, p.Because)
		f.Advice = "have the operator take voicemail and diversions off these subscriptions; until then answers on the handset are held against what a person does"
	case !p.Clean:
		f.State, f.Text, f.Advice = web.Warn, "nothing was found out: "+p.Because, "tandem operator probe "+o.Name
	case now.Sub(p.At) > stale:
		f.State, f.Text, f.Advice = web.Warn, "nobody answered, on "+p.At.Format("2006-01-02"), "tandem operator probe "+o.Name
	default:
		f.Text = "nobody answered, on " + p.At.Format("2006-01-02")
	}
	return []web.Finding{f}
}

// platform looks whether the eSIM platform lets us in with our certificate.
func (d doctor) platform(ctx context.Context, o *provisioning.Operator) []web.Finding {
	p := o.Settings.Platform
	if p == nil {
		return nil
	}
	f := web.Finding{Check: "esim_platform", State: web.Fine}
	free := 0
	for _, c := range o.Settings.Cards {
		if c.For == "" {
			free++
		}
	}
	cards := web.Finding{Check: "esim_cards", State: web.Fine, Text: fmt.Sprintf("%d of %d cards are free", free, len(o.Settings.Cards))}
	switch {
	case p.ProfileType != "":
		cards.Text = "profiles are ordered by their type, " + p.ProfileType
	case free == 0:
		cards.State, cards.Advice = web.Fail, "no eSIM can be assigned: add cards, or give profile_type"
	}
	leaf, err := d.shakeHands(ctx, p)
	if err != nil {
		f.State, f.Text, f.Advice = web.Fail, err.Error(), "look at platform.url and platform.authority, and whether the platform knows [mobile] certificate"
		return []web.Finding{f, cards}
	}
	var text string
	f.State, text, f.Advice = lasts(leaf, time.Now())
	f.Text = "it lets us in; its certificate: " + text
	if d.m.Config.Mobile.Certificate == "" {
		f.State, f.Text, f.Advice = web.Warn, "it answers, and we have no certificate to show it", "set [mobile] certificate and key"
	}
	return []web.Finding{f, cards}
}

var errNoShake = errors.New("no TLS")

// shakeHands opens TLS with the platform, as requests to it do.
func (d doctor) shakeHands(ctx context.Context, p *provisioning.ESIMPlatform) (*x509.Certificate, error) {
	u, err := url.Parse(p.URL)
	if err != nil {
		return nil, fmt.Errorf("platform.url: %w", err)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	cfg := &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	if p.Authority != "" {
		cfg.RootCAs = x509.NewCertPool()
		cfg.RootCAs.AppendCertsFromPEM([]byte(p.Authority))
	}
	if m := d.m.Config.Mobile; m.Certificate != "" {
		pair, broken := tls.LoadX509KeyPair(m.Certificate, m.Key)
		if broken != nil {
			return nil, fmt.Errorf("[mobile] certificate: %w", broken)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	conn, err := (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	secured, is := conn.(*tls.Conn)
	if !is || len(secured.ConnectionState().PeerCertificates) == 0 {
		return nil, errNoShake
	}
	// With TLS 1.3 the platform says only after the handshake that it does not want our certificate.
	const moment = 300 * time.Millisecond
	_ = secured.SetReadDeadline(time.Now().Add(moment))
	if _, err := secured.Read(make([]byte, 1)); err != nil {
		if late, is := errors.AsType[net.Error](err); !is || !late.Timeout() {
			return nil, fmt.Errorf("it hangs up on our certificate: %w", err)
		}
	}
	return secured.ConnectionState().PeerCertificates[0], nil
}

// registerFindings looks whether the HLR answers.
func registerFindings(ctx context.Context, o *provisioning.Operator) []web.Finding {
	h := o.Settings.HLR
	if h == nil {
		return nil
	}
	f := web.Finding{Check: "hlr", State: web.Fine, Text: h.Address + " answers"}
	const nobody = "001010000000000" // of the test network: whether it knows it or not, it answers
	if _, err := (hlr.Osmo{Address: h.Address}).Info(ctx, nobody); err != nil && !errors.Is(err, hlr.ErrUnknown) {
		f.State, f.Text, f.Advice = web.Fail, err.Error(), "look at hlr.address, and whether its control interface lets us in"
	}
	return []web.Finding{f}
}

// peerFindings says which charging peers are there.
func peerFindings(o *provisioning.Operator, now web.CoreState) []web.Finding {
	if o.Settings.Charging == nil {
		return nil
	}
	var out []web.Finding
	for _, name := range o.Settings.Charging.Peers {
		f := web.Finding{Check: "charging_peer", About: name, State: web.Warn, Text: "not connected by Diameter; one that speaks Nchf connects when it asks"}
		f.Advice = "look whether it may reach [mobile] diameter, and whether this is its Origin-Host"
		for _, p := range now.Peers {
			if p.Name == name {
				f = web.Finding{Check: "charging_peer", About: name, State: web.Fine, Text: "connected by " + p.Proto}
			}
		}
		out = append(out, f)
	}
	return out
}

// stuckFindings tells of eSIMs that do not go on.
func stuckFindings(state *provisioning.State, o *provisioning.Operator, now time.Time) []web.Finding {
	const long = time.Hour
	var out []web.Finding
	waiting := 0
	for _, n := range state.Numbers {
		e := n.Settings.ESIM
		if e == nil || e.Operator != o.ID {
			continue
		}
		early := e.State == provisioning.ESIMRequested || e.State == provisioning.ESIMOrdered
		switch {
		case e.State == provisioning.ESIMFailed:
			out = append(out, web.Finding{Check: "esim", About: string(n.E164), State: web.Fail, Text: string(e.State) + ": " + e.Fault, Advice: "mend that, and assign it again"})
		case e.Fault != "":
			out = append(out, web.Finding{
				Check: "esim", About: string(n.E164), State: web.Warn, Text: fmt.Sprintf("%s; %s was tried %d times: %s", e.State, e.Step, e.Tries, e.Fault), Advice: "it is tried again by itself",
			})
		case early && now.Sub(e.Since) > long:
			out = append(out, web.Finding{Check: "esim", About: string(n.E164), State: web.Warn, Text: string(e.State) + " since " + e.Since.UTC().Format("2006-01-02 15:04"), Advice: "look whether the operator has an eSIM platform"})
		case e.State == provisioning.ESIMReleased:
			waiting++
		}
	}
	if len(out) == 0 {
		text := "none is stuck"
		if waiting > 0 {
			text += fmt.Sprintf("; %d wait to be downloaded", waiting)
		}
		out = append(out, web.Finding{Check: "esim", State: web.Fine, Text: text})
	}
	return out
}
