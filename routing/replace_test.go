package routing

import (
	"net/netip"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// takes lets a user's phone call in the place of another dialog.
func (h *house) takes(who string, r message.Replaces) *fakeLine {
	h.t.Helper()
	return h.attempt(who+".phone", &sip.Attempt{
		CallID: who + "-takes@sip", Device: message.AOR(who + "@tandem"), RequestURI: message.Party{Scheme: "sip", User: "201", Host: "tandem"},
		To: message.Party{Scheme: "sip", User: "201"}, From: message.Party{Scheme: "sip", User: who, Host: "tandem"},
		Source: netip.MustParseAddrPort("192.0.2.7:5060"), Network: transport.UDP, Offer: message.SDP([]byte(who + " offer")), At: time.Now(),
		Replaces: &r,
	})
}

func dialogOf(l *fakeLine) message.Replaces {
	return message.Replaces{CallID: l.id, ToTag: "a", FromTag: "b"}
}

// A colleague's phone takes the place of one that talks: the other party hears them, and the record names them.
func TestPhoneTakesOverAConversation(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, alice := talkingTo(h)
		bruno := h.takes("bruno", dialogOf(alice))
		h.sees(`
			bruno.phone -> INVITE 201
			bruno.phone <- 200 [answer to bruno offer]
			alice <- hang up (Q.850;cause=16)
			bridge carrier = ?`)
		bruno.does("ACK", dialog.Confirmed{})
		alice.does("gone", dialog.Ended{By: dialog.EndedByUs})
		h.forget()
		caller.does("BYE", bye())
		h.sees(`
			carrier -> BYE
			bruno.phone <- hang up (Q.850;cause=16)`)
		r := h.record()
		if r.User != "bruno" || r.Outcome != OutcomeAnswered || len(r.Legs) < 3 {
			t.Errorf("the record has %s, %s, %d legs", r.User, r.Outcome, len(r.Legs))
		}
	})
}

// A call that rings at one phone is picked up at another.
func TestPhonePicksUpWhatRingsElsewhere(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("0199005678")
		alice := h.lines["alice"]
		alice.match = dialog.MatchEarly
		alice.does("180", dialog.Progress{Status: 180, Tag: "b"})
		h.forget()
		named := dialogOf(alice)
		named.EarlyOnly = true
		chloe := h.takes("chloe", named)
		h.sees(`
			chloe.phone -> INVITE 201
			chloe.phone <- 200 [answer to chloe offer]
			alice <- hang up (SIP;cause=200)
			bruno <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			bridge carrier = ?`)
		chloe.does("BYE", bye())
		if r := h.record(); r.User != "chloe" {
			t.Errorf("the record has %q", r.User)
		}
		_ = caller
	})
}

// What cannot be taken is refused by the book (RFC 3891 section 3), and nothing changes.
func TestWhatMayNotBeTakenIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *house, r *message.Replaces, alice *fakeLine)
		want   string
	}{
		"no such call":        {func(_ *house, r *message.Replaces, _ *fakeLine) { r.CallID = "nothing" }, "481 no such dialog here"},
		"no such tag":         {func(_ *house, r *message.Replaces, _ *fakeLine) { r.ToTag = "wrong" }, "481 no such dialog here"},
		"answered meanwhile":  {func(_ *house, r *message.Replaces, _ *fakeLine) { r.EarlyOnly = true }, "486 that call has been answered"},
		"over":                {func(_ *house, _ *message.Replaces, alice *fakeLine) { alice.over = true }, "603 that call is over"},
		"the carrier's leg":   {func(_ *house, r *message.Replaces, _ *fakeLine) { r.CallID = "carrier-0@sip" }, "403 this call is not yours to take"},
		"of another account":  {func(h *house, _ *message.Replaces, _ *fakeLine) { h.change(func(s *Snapshot) { moveAway(s) }) }, "481 no such dialog here"},
		"nobody rings for it": {func(_ *house, _ *message.Replaces, alice *fakeLine) { alice.match = dialog.MatchEarly }, "491 somebody else is taking this call"},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				_, alice := talkingTo(h)
				r := dialogOf(alice)
				c.change(h, &r, alice)
				h.forget()
				h.takes("bruno", r)
				h.sees("bruno.phone -> INVITE 201\nbruno.phone <- " + c.want)
			})
		})
	}
}

// moveAway gives Bruno to another account.
func moveAway(s *Snapshot) {
	s.Accounts["other"] = &Account{ID: "other", Name: "Other", Language: "fr", Country: "FR"}
	bruno := *s.Users["bruno"]
	bruno.Account = "other"
	s.Users["bruno"] = &bruno
}

// A trunk may take over its own leg, and no other.
func TestTrunkTakesOverItsOwnLegAlone(t *testing.T) {
	for from, want := range map[sip.TrunkID]string{
		"main": `
			carrier/2 -> INVITE 0199005678
			carrier/2 <- 200 [answer to carrier offer]
			carrier <- hang up (Q.850;cause=16)
			bridge ? = alice`,
		"backup": `
			carrier/2 -> INVITE 0199005678
			carrier/2 <- 403 this call is not yours to take`,
	} {
		inHouse(t, func(h *house) {
			caller, _ := talkingTo(h)
			named := dialogOf(caller)
			h.rings("0199005678", func(a *sip.Attempt) { a.Trunk, a.Replaces, a.CallID = from, &named, "again@sip" })
			h.sees(want)
		})
	}
}
