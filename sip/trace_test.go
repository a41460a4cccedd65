package sip_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"tandem/sip"
	"tandem/sip/transport"
)

// ladder passes on what a Tracer is shown.
type ladder chan sip.Trace

func (l ladder) Seen(t sip.Trace) { l <- t }

func TestLadderShowsBothDirectionsWithoutCredentials(t *testing.T) {
	seen := make(ladder, 100)
	h := open(t, func(c *sip.Config) { c.Trace, c.UserAgent = seen, "Tandem" })
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Devices: phones()})
	m := p.register(try{user: "alice", as: "alice"})
	if m.get("Server") != "Tandem" {
		t.Errorf("Server %q", m.get("Server"))
	}
	<-h.devices
	var first []string
	for range 4 {
		r := <-seen
		first = append(first, strings.Join(strings.Fields(r.First)[:2], " "))
		from, to := r.From.String(), r.To.String()
		if us := h.at(transport.UDP).String(); r.Sent && (from != us || to != p.host()) || !r.Sent && (from != p.host() || to != us) {
			t.Errorf("%s: from %s to %s", r.First, from, to)
		}
		if i := bytes.Index(r.Raw, []byte(`response="`)); i >= 0 && r.Raw[i+10] != '.' {
			t.Errorf("credentials kept: %s", r.Raw)
		}
	}
	slices.Sort(first) // what is sent is shown after it was sent
	if got := strings.Join(first, ", "); got != "REGISTER sip:example.test, REGISTER sip:example.test, SIP/2.0 200, SIP/2.0 401" {
		t.Errorf("ladder %s", got)
	}
}
