package bysip_test

import (
	"strings"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/bysip"
	mt "tandem/messaging/messagingtest"
	"tandem/sip"
	"tandem/sip/message"
)

// TestSpec_M1_M6_APhoneWritesToTheWorldAndReadsItsAnswer: byte for byte, from the number that its user's calls show, to a number as people write it.
func TestSpec_M1_M6_APhoneWritesToTheWorldAndReadsItsAnswer(t *testing.T) {
	h := build(t)
	alice := h.register("alice")
	for _, body := range []string{awkward, strings.Repeat("Dix parties, c'est long. ", 60), "OK"} {
		a := alice.write(sip.Text{To: party("0612345678"), From: party("alice"), Body: text(body)})
		if a.Status != 202 {
			t.Fatalf("answer %+v", a)
		}
		out := h.carrier.got()
		if string(out.Body.Bytes) != body || out.RequestURI.User != string(mt.Other) || out.From.User != string(mt.Desk) {
			t.Fatalf("the carrier got %+v %q", out, out.Body.Bytes)
		}
		out.Accept(200)
		all := h.kept()
		m := all[len(all)-1]
		if h.until(m.ID, messaging.StateSent); m.Channel != messaging.ChannelSIPPhone || m.User != "usr_alice" || m.Body != body || m.Peer != mt.Other {
			t.Fatalf("kept %+v", m)
		}
		back := h.carrier.write(sip.Text{To: party(string(mt.Desk)), From: party("0612345678"), Body: text(body)})
		if back.Status != 202 || len(back.Head.Values("X-Message-Id")) != 1 {
			t.Fatalf("answer %+v", back)
		}
		in := alice.got()
		if string(in.Body.Bytes) != body || in.From.User != string(mt.Other) || in.Head.Values("P-Called-Party-ID")[0] != "<tel:"+string(mt.Desk)+">" {
			t.Fatalf("the phone got %+v %q", in, in.Body.Bytes)
		}
		in.Accept(200)
	}
}

// TestSpec_M9_APhoneThatWasAwayGetsWhatItMissedInOrder as soon as it registers, at each place where it does.
func TestSpec_M9_APhoneThatWasAwayGetsWhatItMissedInOrder(t *testing.T) {
	h := build(t)
	for _, body := range []string{"1", "2", "3", "4"} {
		if a := h.carrier.write(sip.Text{To: party(string(mt.Desk)), From: party(string(mt.Other)), Body: text(body)}); a.Status != 202 {
			t.Fatalf("answer %+v", a)
		}
	}
	alice := h.register("alice")
	for _, body := range []string{"1", "2"} {
		in := alice.got()
		if string(in.Body.Bytes) != body {
			t.Fatalf("got %q, want %q", in.Body.Bytes, body)
		}
		in.Accept(200)
	}
	refuse := func(in *sip.Note) {
		if string(in.Body.Bytes) != "3" {
			t.Fatalf("got %q, want it to wait for what is refused", in.Body.Bytes)
		}
		in.Refuse(480, "")
	}
	refuse(alice.got())
	second := h.register("alice") // it is at hand again, elsewhere too
	for waiting := true; waiting; {
		select {
		case in := <-alice.notes: // still not here
			refuse(in)
		case in := <-second.notes:
			if string(in.Body.Bytes) != "3" {
				t.Fatalf("the other phone got %q first", in.Body.Bytes)
			}
			in.Accept(200)
			waiting = false
		case <-time.After(patience):
			t.Fatal("nothing came when another phone registered")
		}
	}
	in := alice.got()
	for string(in.Body.Bytes) == "3" { // sent to both at once, perhaps after one more try
		in.Accept(200)
		in = alice.got()
	}
	for _, in := range []*sip.Note{in, second.got()} {
		if string(in.Body.Bytes) != "4" {
			t.Fatalf("got %q, want %q", in.Body.Bytes, "4")
		}
		in.Accept(200)
	}
	alice.quiet()
	if all := h.kept(); len(all) != 4 {
		t.Fatalf("%d messages", len(all))
	}
}

// TestSpec_M8_WhatComesTwiceIsKeptOnce: the same Call-ID and CSeq, in a transaction of its own.
func TestSpec_M8_WhatComesTwiceIsKeptOnce(t *testing.T) {
	h := build(t)
	alice := h.register("alice")
	for range 3 {
		if a := h.carrier.write(sip.Text{To: party(string(mt.Desk)), From: party(string(mt.Other)), Body: text("once"), CallID: "c1"}); a.Status != 202 {
			t.Fatalf("answer %+v", a)
		}
	}
	alice.got().Accept(200)
	alice.quiet()
	h.carrier.write(sip.Text{To: party(string(mt.Desk)), From: party(string(mt.Other)), Body: text("once"), CallID: "c2"})
	alice.got().Accept(200)
	if all := h.kept(); len(all) != 2 {
		t.Fatalf("%+v", all)
	}
}

// TestSpec_M7_WhatACarrierSaysIsTheState: sent, failed for its reason, delivered by a notification (RFC 5438), and tried again where it may do better.
func TestSpec_M7_WhatACarrierSaysIsTheState(t *testing.T) {
	h := build(t)
	alice := h.register("alice")
	send := func() messaging.ID {
		a := alice.write(sip.Text{To: party(string(mt.Other)), From: party("alice"), Body: text("hello")})
		if a.Status != 202 {
			t.Fatalf("answer %+v", a)
		}
		return messaging.ID(a.Head.Values("X-Message-Id")[0])
	}
	lost := send()
	h.carrier.got().Refuse(404, "")
	if m := h.until(lost, messaging.StateFailed); m.Reason != "sip_404" {
		t.Fatalf("%+v", m)
	}
	sent := send()
	n := h.carrier.got()
	n.Refuse(503, "", message.Field{Name: "Retry-After", Value: "1"})
	again := h.carrier.got()
	if again.Reference != n.Reference {
		t.Fatalf("a repeat is named %q, the first %q", again.Reference, n.Reference)
	}
	again.Accept(200)
	h.until(sent, messaging.StateSent)
	id, _, _ := strings.Cut(n.Reference, " ")
	notice := `<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>` + id + `</message-id><datetime>2026-11-21T12:00:00Z</datetime>` +
		`<delivery-notification><status><delivered/></status></delivery-notification></imdn>`
	a := h.carrier.write(sip.Text{To: party(string(mt.Desk)), From: party(string(mt.Other)), Body: &message.Body{
		Type: "message/cpim", Bytes: []byte("From: <sip:a@b>\r\nTo: <sip:c@d>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: x\r\n\r\nContent-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n\r\n" + notice),
	}})
	if a.Status != 200 {
		t.Fatalf("answer %+v", a)
	}
	h.until(sent, messaging.StateDelivered)
}

// TestWhatCannotBeTakenIsRefusedByTheRightStatus, and nothing is kept of it.
func TestWhatCannotBeTakenIsRefusedByTheRightStatus(t *testing.T) {
	h := build(t)
	alice, bob := h.register("alice"), h.register("bob")
	cpim := func(kind, body string) *message.Body {
		return &message.Body{Type: "message/cpim", Bytes: []byte("From: <sip:a@b>\r\n\r\nContent-Type: " + kind + "\r\n\r\n" + body)}
	}
	for name, c := range map[string]struct {
		who    *end
		m      sip.Text
		status int
	}{
		"no body":                {alice, sip.Text{To: party("0612345678")}, 400},
		"blank":                  {alice, sip.Text{To: party("0612345678"), Body: text(" \r\n ")}, 400},
		"broken UTF-8":           {alice, sip.Text{To: party("0612345678"), Body: text("\xff\xfe")}, 400},
		"a picture":              {alice, sip.Text{To: party("0612345678"), Body: &message.Body{Type: "image/png", Bytes: []byte("x")}}, 415},
		"an alphabet of its own": {alice, sip.Text{To: party("0612345678"), Body: &message.Body{Type: "text/plain;charset=koi8-r", Bytes: []byte("x")}}, 415},
		"an envelope in another": {alice, sip.Text{To: party("0612345678"), Body: cpim("message/cpim", "From: x\r\n\r\n\r\nx")}, 415},
		"half an envelope":       {alice, sip.Text{To: party("0612345678"), Body: &message.Body{Type: "message/cpim", Bytes: []byte("From: x")}}, 400},
		"no notification":        {h.carrier, sip.Text{To: party(string(mt.Desk)), From: party(string(mt.Other)), Body: &message.Body{Type: "message/imdn+xml", Bytes: []byte("<x/>")}}, 400},
		"too long":               {alice, sip.Text{To: party("0612345678"), Body: text(strings.Repeat("a", 1601))}, 413},
		"nobody's number":        {h.carrier, sip.Text{To: party("+33199999999"), From: party(string(mt.Other)), Body: text("x")}, 404},
		"somebody else's number": {bob, sip.Text{To: party("0612345678"), Body: text("x"), Headers: []message.Field{{Name: "P-Preferred-Identity", Value: "<tel:" + string(mt.Desk) + ">"}}}, 403},
		"a colleague without":    {alice, sip.Text{To: party("203"), Body: text("x")}, 404},
	} {
		if m := c.m; m.From.User == "" {
			m.From = party(map[*end]string{alice: "alice", bob: "bob"}[c.who])
			c.m = m
		}
		if a := c.who.write(c.m); a.Status != c.status || a.Status == 415 && len(a.Head.Values("Accept")) == 0 {
			t.Errorf("%s: %d, want %d", name, a.Status, c.status)
		}
	}
	if all := h.kept(); len(all) != 0 {
		t.Fatalf("kept %+v", all)
	}
	h.carrier.quiet()
}

// TestAColleagueIsWrittenToByTheirExtension: it stays in the house, and is two messages (one sent, one received).
func TestAColleagueIsWrittenToByTheirExtension(t *testing.T) {
	h := build(t)
	alice, bob := h.register("alice"), h.register("bob")
	a := alice.write(sip.Text{To: party("202"), From: party("alice"), Body: &message.Body{Type: "message/cpim", Bytes: []byte("From: <sip:a@b>\r\n\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe7a va")}})
	if a.Status != 202 {
		t.Fatalf("answer %+v", a)
	}
	in := bob.got()
	if string(in.Body.Bytes) != "ça va" || in.From.User != string(mt.Desk) {
		t.Fatalf("bob got %+v %q", in, in.Body.Bytes)
	}
	in.Accept(200)
	chosen := alice.write(sip.Text{To: party("0612345678"), From: party("alice"), Body: text("as bob"), Headers: []message.Field{{Name: "P-Preferred-Identity", Value: "<tel:" + string(mt.Bob) + ">"}}})
	if chosen.Status != 202 {
		t.Fatalf("answer %+v", chosen)
	}
	if out := h.carrier.got(); out.From.User != string(mt.Bob) {
		t.Fatalf("the carrier got %+v", out)
	} else {
		out.Accept(202)
	}
	if all := h.kept(); len(all) != 3 {
		t.Fatalf("kept %+v", all)
	}
}

// TestNobodyButThePartiesTakesAMessage: what nobody listens to is refused, and what is not decided here goes to who was named for it.
func TestNobodyButThePartiesTakesAMessage(t *testing.T) {
	h := build(t)
	h.trunk.Close()
	if a := h.carrier.write(sip.Text{To: party(string(mt.Desk)), From: party(string(mt.Other)), Body: text("x")}); a.Status != 405 {
		t.Fatalf("answer %+v", a)
	}
	passed := make(chan *sip.Note, 1)
	s := bysip.NewSorter(func(n *sip.Note) { passed <- n })
	s.Message(&sip.Note{Trunk: "core"})
	if n := <-passed; n.Trunk != "core" {
		t.Fatalf("%+v", n)
	}
	h.trunk = bysip.OpenTrunk(t.Context(), bysip.TrunkConfig{Connector: byTrunk, Trunk: "carrier", Desk: h.office, Wire: h.Stack, Sorter: h.sorter})
	if a := h.carrier.write(sip.Text{To: party(string(mt.Desk)), From: party(string(mt.Other)), Body: text("x")}); a.Status != 202 {
		t.Fatalf("answer %+v", a)
	}
}
