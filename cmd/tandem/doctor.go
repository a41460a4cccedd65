package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/sip/transport"
	"tandem/web"
)

// doctor looks whether everything is as it should be, here and around us.
type doctor struct{ m *Main }

// Examine implements web.Examiner. What takes time goes on side by side.
func (d doctor) Examine(ctx context.Context, o *provisioning.Operator) []web.Finding {
	const patience = 20 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	state, err := d.m.store.State(ctx)
	if err != nil {
		return []web.Finding{{Check: "database", State: web.Fail, Text: err.Error(), Advice: "look whether the database runs, and [database] url"}}
	}
	if o != nil {
		return d.operator(ctx, state, o)
	}
	looks := []func() []web.Finding{
		func() []web.Finding { return d.machine(ctx) },
		func() []web.Finding { return d.trunks(state) },
		func() []web.Finding { return d.connectors(ctx, state) },
		func() []web.Finding { return d.certificates(state) },
		func() []web.Finding { return d.identities(state) },
	}
	for _, one := range state.Operators {
		looks = append(looks, func() []web.Finding { return d.operator(ctx, state, one) })
	}
	return together(looks)
}

// together looks at several things side by side, and tells of them in their order.
func together(looks []func() []web.Finding) []web.Finding {
	found := make([][]web.Finding, len(looks))
	var all sync.WaitGroup
	for i, look := range looks {
		all.Go(func() { found[i] = look() })
	}
	all.Wait()
	var out []web.Finding
	for _, some := range found {
		out = append(out, some...)
	}
	return out
}

// machine looks at what is of this machine: its clock, and our doors.
func (d doctor) machine(ctx context.Context) []web.Finding {
	out := []web.Finding{clockFinding()}
	if err := d.m.store.Ping(ctx); err != nil {
		out = append(out, web.Finding{Check: "database", State: web.Fail, Text: err.Error(), Advice: "look whether the database runs, and [database] url"})
	} else {
		out = append(out, web.Finding{Check: "database", State: web.Fine, Text: "it answers"})
	}
	for _, l := range d.m.stack.Listeners() {
		about := "sip " + string(l.Network) + " " + l.Bind.String()
		if l.Network == transport.UDP {
			out = append(out, web.Finding{Check: "port", About: about, State: web.Fine, Text: "open; what is in front of it cannot be seen from here"})
			continue
		}
		out = append(out, open(ctx, about, l.Bind))
	}
	if d.m.web.IsValid() {
		out = append(out, open(ctx, "http "+d.m.web.String(), d.m.web))
	}
	for _, at := range d.m.Diameter() {
		out = append(out, open(ctx, "diameter "+at.String(), at))
	}
	return out
}

// clockFinding says whether the clock of this machine is kept right: certificates, sessions and packages lean on it.
func clockFinding() web.Finding {
	kept, known := clockKept()
	switch {
	case !known:
		return web.Finding{Check: "clock", State: web.Warn, Text: "it cannot be seen whether anybody keeps it right", Advice: "run chrony, or another NTP client"}
	case !kept:
		return web.Finding{Check: "clock", State: web.Warn, Text: "nobody keeps it right", Advice: "run chrony, or another NTP client"}
	}
	return web.Finding{Check: "clock", State: web.Fine, Text: "it is kept right"}
}

// open looks whether a door of ours lets somebody in from this machine.
func open(ctx context.Context, about string, at netip.AddrPort) web.Finding {
	if at.Addr().IsUnspecified() {
		at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port())
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", at.String())
	if err != nil {
		return web.Finding{Check: "port", About: about, State: web.Fail, Text: err.Error(), Advice: "look whether a firewall of this machine closes it"}
	}
	_ = conn.Close()
	return web.Finding{Check: "port", About: about, State: web.Fine, Text: "open on this machine; what is in front of it cannot be seen from here"}
}

// trunks looks at every trunk.
func (d doctor) trunks(state *provisioning.State) []web.Finding {
	var out []web.Finding
	for _, t := range state.Trunks {
		out = append(out, d.trunk(t))
	}
	return out
}

// trunk says whether a trunk is there.
func (d doctor) trunk(t *provisioning.Trunk) web.Finding {
	f := web.Finding{Check: "trunk", About: t.Name, State: web.Fine, Account: t.Account}
	if len(t.Servers) == 0 {
		f.Text = "it has no servers: calls come from it, and none go there"
		return f
	}
	for _, st := range adapters(d).Trunks() {
		if st.ID != t.ID {
			continue
		}
		switch {
		case !st.Up:
			f.State, f.Text = web.Fail, fmt.Sprintf("down, last status %d %s", st.LastStatus, st.Detail)
			f.Advice = "look whether its servers are right and reachable: tandem trunk get " + t.Name
		case t.OptionsEvery == 0 && !t.Register:
			f.State, f.Text, f.Advice = web.Warn, "taken for up: nobody asks it", "set options_every_seconds, so that it is known when it is down"
		default:
			f.Text = fmt.Sprintf("up, last status %d", st.LastStatus)
		}
		return f
	}
	f.State, f.Text, f.Advice = web.Fail, "it is not on the wire", "read the log: it says why"
	return f
}

// certificates looks at our own.
func (d doctor) certificates(state *provisioning.State) []web.Finding {
	var out []web.Finding
	c := d.m.Config
	for _, one := range []struct{ about, cert, key string }{
		{"sip.tls_cert", c.SIP.TLSCert, c.SIP.TLSKey}, {"mobile.certificate", c.Mobile.Certificate, c.Mobile.Key},
	} {
		if one.cert != "" {
			out = append(out, certificateFinding(one.about, one.cert, one.key))
		}
	}
	return append(out, d.shown(state)...)
}

// shown looks at the certificates that trunks have us show.
func (d doctor) shown(state *provisioning.State) []web.Finding {
	var out []web.Finding
	own := identitiesOf(d.m.Config)
	for _, t := range state.Trunks {
		if t.TLS.Certificate == "" {
			continue
		}
		f := web.Finding{Check: "certificate", About: t.Name + ": " + t.TLS.Certificate, Account: t.Account}
		if c, err := own.get(t.TLS.Certificate); err != nil {
			f.State, f.Text, f.Advice = web.Fail, err.Error(), "put chain and key, as PEM, into "+t.TLS.Certificate+pemSuffix+" there"
		} else {
			f.State, f.Text, f.Advice = lasts(c.Leaf, time.Now())
		}
		out = append(out, f)
	}
	return out
}

// certificateFinding says whether a certificate of ours is good, and for how long.
func certificateFinding(about, cert, key string) web.Finding {
	f := web.Finding{Check: "certificate", About: about}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		f.State, f.Text, f.Advice = web.Fail, err.Error(), "give a chain and its key, as PEM"
		return f
	}
	f.State, f.Text, f.Advice = lasts(pair.Leaf, time.Now())
	return f
}

// lasts says how a certificate stands.
func lasts(c *x509.Certificate, now time.Time) (state web.Verdict, text, advice string) {
	const soon = 30 * 24 * time.Hour
	until := c.NotAfter.UTC().Format("2006-01-02")
	switch {
	case now.After(c.NotAfter):
		return web.Fail, "it was good until " + until, "renew it"
	case now.Before(c.NotBefore):
		return web.Fail, "it is good from " + c.NotBefore.UTC().Format("2006-01-02"), "look at the clock"
	case c.NotAfter.Sub(now) < soon:
		return web.Warn, "it is good until " + until, "renew it"
	}
	return web.Fine, "it is good until " + until, ""
}

// identities looks whether each account with direct numbers has a way to show them (SPEC E20), and whether codes of eSIMs reach their users (SPEC E17).
func (d doctor) identities(state *provisioning.State) []web.Finding {
	var out []web.Finding
	cores := map[routing.TrunkID]bool{}
	for _, o := range state.Operators {
		cores[o.Trunk] = true
	}
	for _, a := range state.Accounts {
		direct, shown := 0, false
		for _, n := range state.Numbers {
			if n.Account == a.ID && n.Kind == routing.Direct {
				direct++
			}
		}
		for _, t := range state.Trunks {
			shown = shown || (t.Account == "" || t.Account == a.ID) && (t.PresentsDirect || cores[t.ID])
		}
		if direct > 0 && !shown {
			out = append(out, web.Finding{
				Check: "caller_id", About: a.Name, Account: a.ID, State: web.Fail, Text: fmt.Sprintf("no trunk may show its %d direct numbers: calls that would are refused", direct),
				Advice: "set direct_numbers on a trunk whose operator authorised that, or join a mobile core",
			})
		}
	}
	if len(state.Operators) > 0 {
		f := web.Finding{Check: "mail", State: web.Fine, Text: "codes of eSIMs go out by " + d.m.Config.Mail.Server}
		if d.m.Config.Mail.Server == "" {
			f.State, f.Text, f.Advice = web.Warn, "no e-mail leaves: users are not sent the codes of their eSIMs", "set up [mail], or hand codes out: tandem number esim show"
		}
		out = append(out, f)
	}
	return out
}
