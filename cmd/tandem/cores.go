package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/mobilecore/ims"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/sip/transport"
	"tandem/web"
)

// cores tell the front desk of the mobile cores.
type cores struct{ m *Main }

// exampleNumber stands in filter criteria where there is no subscriber yet.
const exampleNumber = "+33600000000"

// FilterCriteria implements web.Cores.
func (c cores) FilterCriteria(o *provisioning.Operator, of web.Subscription) ([]byte, error) {
	t := c.m.store.Snapshot().Trunks[o.Trunk]
	if t == nil {
		return nil, provisioning.NotFound(provisioning.KindTrunk, string(o.Trunk))
	}
	domain := domainOf(o, t)
	p := ims.Profile{Server: of.Server}
	if p.Server == "" {
		p.Server = c.m.sipURI()
	}
	if of.Notes {
		p.Notes = ims.NotesCome
	}
	if of.IMSI != "" {
		p.PrivateID = of.IMSI + "@" + domain
	}
	numbers := of.Numbers
	if len(numbers) == 0 {
		numbers = []routing.E164{exampleNumber}
	}
	for _, n := range numbers {
		p.PublicIDs = append(p.PublicIDs, "sip:"+string(n)+"@"+domain, "tel:"+string(n))
	}
	text, err := ims.FilterCriteria(p)
	if err != nil {
		return nil, &provisioning.Refusal{Code: "criteria_malformed", Location: "query.server", Args: map[string]string{"why": err.Error()}, Text: err.Error()}
	}
	return text, nil
}

// domainOf is the domain of an operator's public identities.
func domainOf(o *provisioning.Operator, t *routing.Trunk) string {
	if d := o.Settings.Core.Domain; d != "" {
		return d
	}
	if t.Domain != "" {
		return t.Domain
	}
	if len(t.Servers) == 0 {
		return "ims.invalid"
	}
	rest, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(t.Servers[0], "sips:"), "sip:"), ";")
	if host, _, err := net.SplitHostPort(rest); err == nil {
		return host
	}
	return rest
}

// sipURI is where a core reaches us: the host of public_url, else the address that we listen on.
func (m *Main) sipURI() string {
	for _, wanted := range []transport.Network{transport.TLS, transport.TCP, transport.UDP} {
		for _, l := range m.stack.Listeners() {
			if l.Network != wanted {
				continue
			}
			uri := "sip:" + net.JoinHostPort(m.reachableAs(l.Bind.Addr()), strconv.Itoa(int(l.Bind.Port())))
			if wanted != transport.UDP {
				uri += ";transport=" + strings.ToLower(string(wanted))
			}
			return uri
		}
	}
	return "sip:tandem.invalid"
}

// reachableAs is the name of an address of ours for others.
func (m *Main) reachableAs(a netip.Addr) string {
	if !a.IsUnspecified() {
		return a.String()
	}
	if u, err := url.Parse(m.Config.PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "tandem.invalid"
}

// ProbeOperator implements web.Cores.
func (c cores) ProbeOperator(ctx context.Context, o *provisioning.Operator) (provisioning.Probe, error) {
	const patience = 45 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := c.m.sw.ProbeOperator(ctx, o.ID, o.Settings.TestNumber)
	if err != nil {
		return provisioning.Probe{}, probeRefused(err)
	}
	p := provisioning.Probe{At: time.Now().UTC().Truncate(time.Millisecond), Number: string(r.Number), Clean: r.Found == routing.ProbeClean, Because: r.Because}
	if r.Found == routing.ProbeMachine {
		p.After = r.After.Round(time.Millisecond).String()
	}
	return p, nil
}

// probeRefused says why no probe could be made.
func probeRefused(err error) error {
	if errors.Is(err, routing.ErrNoOperator) || errors.Is(err, routing.ErrNotANumber) || errors.Is(err, context.DeadlineExceeded) {
		return &provisioning.Refusal{
			Why: provisioning.Clash, Code: "probe_impossible", Location: "path.id", Args: map[string]string{"why": err.Error()}, Text: "no probe can be made: " + err.Error(),
		}
	}
	return &provisioning.Refusal{
		Why: provisioning.Clash, Code: "probe_impossible", Location: "path.id", Args: map[string]string{"why": "the core could not be called"},
		Text: "no probe can be made: " + err.Error(),
	}
}

// Core implements web.Cores.
func (c cores) Core(o *provisioning.Operator) web.CoreState {
	counted := c.m.sw.Counters()
	back := counted.Returned[o.ID]
	out := web.CoreState{Deflections: counted.Deflections[o.ID], Marked: back.Marked, Stripped: back.Stripped, Heard: counted.Heard[o.ID]}
	for _, n := range c.m.store.Snapshot().Numbers {
		if n.Mobile != nil && n.Mobile.Operator == o.ID && c.m.sw.HandsetOff(n.E164) {
			out.Off++
		}
	}
	if esims := c.m.esims.Load(); esims != nil {
		out.Platform = esims.answers.of(o.ID)
	}
	if credit := c.m.credit.Load(); credit != nil && o.Settings.Charging != nil {
		for _, name := range credit.diameter.Peers() {
			for _, ours := range o.Settings.Charging.Peers {
				if strings.EqualFold(name, ours) {
					out.Peers = append(out.Peers, web.ChargingPeer{Name: ours, Proto: "diameter"})
				}
			}
		}
	}
	return out
}

// DrawCode implements web.Codes.
func (cores) DrawCode(code string) (web.Drawing, error) {
	a, err := es2plus.ParseActivation(code)
	if err != nil {
		return web.Drawing{}, fmt.Errorf("an activation code: %w", err)
	}
	qr, err := es2plus.NewQR(a)
	if err != nil {
		return web.Drawing{}, err
	}
	const pixels = 8 // a module: phones read it from a screen
	picture, err := qr.PNG(pixels)
	return web.Drawing{PNG: picture, SVG: qr.SVG(), Text: qr.Text()}, err
}
