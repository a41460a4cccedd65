package routing

import (
	"slices"
	"testing"

	"tandem/routing/peering"
	"tandem/sip"
)

// historyOf is what an INVITE says of who sent the call on.
func historyOf(d sip.Dial) []string {
	var list []string
	for _, f := range d.Headers {
		if f.Name == "Diversion" || f.Name == "History-Info" {
			list = append(list, f.Name+": "+f.Value)
		}
	}
	return list
}

// A carrier to which a call is sent on hears by whom, in the headers that it takes; and who sent it here, where that trunk is believed.
func TestForwardedCallSaysWhoSentItOn(t *testing.T) {
	const (
		diversion = "Diversion: <sip:+33199005678@main.example>;reason=unconditional"
		before    = "Diversion: <sip:+33100000001@carrier.example>;reason=user-busy"
		first     = "History-Info: <sip:+33199005678@main.example>;index=1"
		then      = "History-Info: <sip:+33639980777@main.example;cause=302>;index=1.1;mp=1"
	)
	for name, c := range map[string]struct {
		how   peering.Redirection
		trust bool
		want  []string
	}{
		"both":                {"", false, []string{first, then, diversion}},
		"Diversion":           {peering.RedirectionDiversion, false, []string{diversion}},
		"History-Info":        {peering.RedirectionHistory, false, []string{first, then}},
		"none":                {peering.RedirectionNone, true, nil},
		"with what it brings": {peering.RedirectionDiversion, true, []string{diversion, before}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				h.change(func(s *Snapshot) {
					alice := *s.Users["alice"]
					alice.ForwardTo = "+33639980777"
					s.Users["alice"] = &alice
					s.Trunks["main"].Terms.Redirection, s.Trunks["main"].TrustPAI = c.how, c.trust
				})
				h.rings("0199005678", func(a *sip.Attempt) {
					a.Head = said("Diversion", "<sip:+33100000001@carrier.example>;reason=user-busy")
				})
				if got := historyOf(h.lines["trunk:main"].dial); !slices.Equal(got, c.want) {
					t.Errorf("says %q, want %q", got, c.want)
				}
			})
		})
	}
}

// Who asked to be withheld is named to a trunk that is trusted to keep it to itself, and to no other (RFC 3325 section 7).
func TestWithheldNumberGoesToTrustedTrunksAlone(t *testing.T) {
	for trusted, want := range map[bool]bool{true: true, false: false} {
		d := sip.Dial{Private: true}
		tr := &Trunk{ID: "t", Dial: DialPlus, TrustPAI: trusted}
		tr.showTo(&d, "+33199001234")
		if got := d.Asserted != nil && d.From.User != ""; got != want {
			t.Errorf("trusted %t: named %t", trusted, got)
		}
	}
	var d sip.Dial
	(&Trunk{ID: "t", Dial: DialPlus}).showTo(&d, "+33199001234")
	if d.Asserted == nil || d.From.User != "+33199001234" {
		t.Error("a caller who is not withheld is not named")
	}
}

// Privacy: id withholds the caller at every phone and in the name that the record shows, also where From says more.
func TestWithheldCallerIsShownToNobody(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199005678", func(a *sip.Attempt) {
			a.From.Display, a.Private = "Zoé Durand", true
		})
		d := h.lines["alice"].dial
		if d.From.User != "anonymous" || d.From.Display != "Anonymous" || !d.Private {
			t.Errorf("Alice sees %+v", d.From)
		}
		c := h.sw.tableNow()[0]
		if name := c.caller.display(); name != "" {
			t.Errorf("their name is %q", name)
		}
	})
}
