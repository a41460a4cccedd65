package routing

import (
	"strings"
	"testing"
	"time"

	"tandem/media"
	"tandem/routing/peering"
	"tandem/sip"
	"tandem/sip/message"
)

// One call out shows what the terms of its trunk say: how the called number and the caller are written, how the caller is named, what headers are made, what is
// spoken, and that keys are signalled.
func TestACallOutKeepsTheTermsOfItsTrunk(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Trunks["main"].Terms = peering.Terms{
			Codecs: []peering.Codec{peering.PCMU, peering.G722}, DigitsOut: peering.DigitsInfo, DigitsIn: peering.DigitsInfo, Ptime: 30,
			PrefixOut: []peering.PrefixRule{{Match: "+", Put: "00"}, {Match: "+336", Put: "88#06"}}, FromFormat: peering.FormatBare, AssertedFormat: peering.FormatDouble0,
			Identity: peering.IdentityParty, HeadersOut: []peering.HeaderRule{{Do: peering.HeaderSet, Header: "X-Who", Value: "${caller} to ${called}"}},
		}
		h.dials("alice", "0612345678")
		out := h.lines["trunk:main"]
		if out == nil {
			t.Fatal("nobody called the trunk")
		}
		if out.dial.To.User != "88#0612345678" || out.dial.From.User != "33199001234" || out.dial.Asserted == nil || out.dial.Asserted.User != "0033199001234" {
			t.Errorf("called %s from %s named %v", out.dial.To.User, out.dial.From.User, out.dial.Asserted)
		}
		got := out.dial.Rewrite([]message.Field{{Name: "P-Asserted-Identity", Value: "<sip:0033199001234@c>"}})
		want := []message.Field{
			{Name: "Remote-Party-ID", Value: "<sip:0033199001234@c>;party=calling;privacy=off;screen=yes"}, {Name: "X-Who", Value: "+33199001234 to +33612345678"},
		}
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("the headers are %v, want %v", got, want)
		}
		o := out.voice.open
		if len(o.Formats) != 2 || o.Formats[0].Name != "PCMU" || o.Formats[1].Name != "G722" || o.Ptime != 30 || o.Typing != media.TypesOwner || o.Inband != media.InbandNever {
			t.Errorf("its media are opened with %+v", o)
		}
	})
}

// A number is read by the longest rule of the trunk that sent it, and headers are changed before anybody believes them.
func TestWhatATrunkSendsIsReadByItsTerms(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Trunks["main"].Terms = peering.Terms{PrefixIn: []peering.PrefixRule{{Match: "99", Put: "+"}, {Match: "9900", Put: "+"}}}
		for sent, want := range map[string]E164{"9933612345678": "+33612345678", "990033612345678": "+33612345678", "+33612345678": "+33612345678"} {
			if got := h.snap.Trunks["main"].Reads(sent); got.Number != want {
				t.Errorf("%s is read as %s, want %s", sent, got.Number, want)
			}
		}
		if n, _ := h.snap.numberOf("9933199001234", h.snap.Trunks["main"]); n == nil || n.E164 != "+33199001234" {
			t.Errorf("9933199001234 reaches %v", n)
		}
	})
}

func TestLimitsOfATrunkByDirectionAndSecond(t *testing.T) {
	trunk := &Trunk{ID: "t", MaxCalls: 3, Terms: peering.Terms{MaxIn: 1, MaxOut: 2, Full: statusBusy}}
	b := newTrunkBoard()
	if !b.take(trunk, inward) || b.take(trunk, inward) || !b.take(trunk, outward) || !b.take(trunk, outward) || b.take(trunk, outward) {
		t.Error("one call in and two out have room")
	}
	b.give(trunkSeat{"t", inward})
	if !b.take(trunk, inward) || b.load()["t"] != 3 || trunk.fullStatus() != statusBusy || (&Trunk{}).fullStatus() != statusNoService {
		t.Error("a place that was given back is there again")
	}
	var l trunkLoad
	at := time.Unix(1000, 0)
	for i, want := range []bool{true, true, false, true, false} {
		if i == 3 {
			at = at.Add(500 * time.Millisecond)
		}
		if got := l.admit(2, at); got != want {
			t.Errorf("call %d in a second of two: %v", i, got)
		}
	}
}

func TestTrunksOfOnePriorityShareByWeight(t *testing.T) {
	names := func(draws ...int) string {
		list := []*Trunk{
			{ID: "a", Terms: peering.Terms{Weight: 10}}, {ID: "b", Terms: peering.Terms{Weight: 30}}, {ID: "c"}, {ID: "d", Priority: 1}, {ID: "e", Priority: 1},
		}
		var out strings.Builder
		for _, x := range shared(list, func(int) int { d := draws[0]; draws = draws[1:]; return d }) {
			out.WriteString(string(x.ID))
		}
		return out.String()
	}
	if got := names(9, 0) + " " + names(10, 0); got != "abcde bacde" {
		t.Errorf("the orders are %s", got)
	}
}

// Whoever is withheld is named to no trunk that is not trusted.
func TestATrunkIsToldNothingOfWhoIsWithheld(t *testing.T) {
	d := trunkDial(&Trunk{ID: "t", Dial: DialPlus}, goingOut{called: "+33612345678", show: "+33199001234", hidden: true})
	if d.Asserted != nil || d.From != (message.Party{}) || !d.Private || d.Trunk != sip.TrunkID("t") {
		t.Errorf("the dial is %+v", d)
	}
}
