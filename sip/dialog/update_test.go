package dialog_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

// agreedEarly is a call of ours whose first offer has its answer before the 2xx.
func agreedEarly(s *stage) {
	s.call(5060)
	s.answer(gosip.INVITE, 183, "a", reliably(1), with("Allow", "INVITE, ACK, BYE, CANCEL, PRACK, UPDATE"), holding("v=0 early"))
	s.answer(gosip.PRACK, 200, "")
	s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> PRACK 2 a to 192.0.2.1:5060", early("a", "v=0 early"))
}

// updates makes an UPDATE of the peer in an early dialog of a call of ours.
func (s *stage) updates(tag string, seq uint32, body string) {
	s.t.Helper()
	sent := s.last(gosip.INVITE).r
	r := message.NewRequest(message.Head{
		Method: gosip.UPDATE, URI: gosip.Uri{Scheme: "sip", Host: "us.test"}, CallID: string(*sent.CallID()), CSeq: seq,
		From:    message.Address{URI: sent.To().Address, Tag: tag},
		To:      message.Address{URI: sent.From().Address, Tag: value(sent.From().Params.Get("tag"))},
		Contact: &gosip.Uri{Scheme: "sip", Host: "192.0.2.9", Port: 5099},
	})
	message.SetBody(r, message.SDP([]byte(body)))
	if got := s.end.Table.Request(&incoming{s: s, r: r}); got != dialog.Delivered {
		s.t.Fatalf("UPDATE: %v", got)
	}
	synctest.Wait()
}

func value(v string, _ bool) string { return v }

// Before the 2xx the peer may make a new offer by UPDATE, once the first has its answer and not before (RFC 3311 section 5.1); it also moves the target.
func TestPeerUpdatesBeforeItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 183, "b", holding("v=0 plain"))
		s.updates("b", 1, "v=0 too soon")
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", early("b", "v=0 plain"), "0.0 -> 491 UPDATE")
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		agreedEarly(s)
		s.updates("a", 1, "v=0 update")
		s.updates("a", 2, "v=0 while the first is open")
		s.do(func() error { return s.leg.AnswerOffer(message.SDP([]byte("v=0 fine"))) })
		s.updates("a", 3, "")
		s.expect("0.0 ! Offered {Body:[v=0 update] Tag:a}", "0.0 -> 500 UPDATE", "0.0 -> 200 UPDATE", "0.0 -> 200 UPDATE")
		s.answer(gosip.INVITE, 200, "a", func(r *gosip.Response) { r.RemoveHeader("Contact") })
		s.do(func() error { return s.leg.Hangup(message.Reason{}) })
		s.expect("0.0 -> ACK 1 a to 192.0.2.1:5060", answered("v=0 update"), "0.0 -> BYE 3 a to 192.0.2.1:5060")
		if got := s.last(gosip.BYE).r.Recipient.Host; got != "192.0.2.9" {
			t.Errorf("BYE for %q, not for the new target", got)
		}
	})
}

// So may we, with glare sorted out as for a re-INVITE.
func TestOurUpdateBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		agreedEarly(s)
		s.do(func() error { return s.leg.Offer(message.SDP([]byte("v=0 new"))) })
		s.updates("a", 1, "v=0 theirs") // they cross
		s.answer(gosip.UPDATE, 491, "")
		s.expect("0.0 -> UPDATE 3 a to 192.0.2.1:5060", "0.0 -> 491 UPDATE")
		time.Sleep(4 * time.Second)
		s.answer(gosip.UPDATE, 200, "", holding("v=0 their answer"))
		s.mu.Lock()
		if n := len(s.ladder); n != 2 || s.ladder[1][len(s.ladder[1])-len("! OfferEnded {Status:200 Body:[v=0 their answer]}"):] != "! OfferEnded {Status:200 Body:[v=0 their answer]}" {
			t.Errorf("ladder %q", s.ladder)
		}
		s.mu.Unlock()
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 183, "a", reliably(1), with("Allow", "INVITE, PRACK"), holding("v=0"))
		s.own.Lock()
		err := s.leg.Offer(message.SDP([]byte("v=0")))
		s.own.Unlock()
		if !errors.Is(err, dialog.ErrNotNow) {
			t.Errorf("to a peer without UPDATE: %v", err)
		}
	})
}

// A caller that has its answer may change its offer before we pick up; one that has not may not.
func TestCallerUpdatesBeforeWeAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Supported", "100rel", "Allow", "INVITE, PRACK, UPDATE")
		s.gets(gosip.UPDATE, 2, "v=0 too soon")
		s.do(func() error { return s.leg.Ring(183, message.SDP([]byte("v=0 ours"))) })
		rseq := message.Value(s.answered(), "RSeq")
		s.gets(gosip.PRACK, 3, "", "RAck", rseq+" 1 INVITE")
		s.gets(gosip.UPDATE, 4, "v=0 held")
		s.do(func() error { return s.leg.AnswerOffer(message.SDP([]byte("v=0 fine"))) })
		s.gets(gosip.INVITE, 5, "v=0 never before the 2xx")
		s.do(func() error { return s.leg.Offer(message.SDP([]byte("v=0 our own"))) })
		s.answer(gosip.UPDATE, 200, "", holding("v=0 taken"))
		s.expect("0.0 -> 500 UPDATE", "0.0 -> 183 INVITE", "0.0 -> 200 PRACK", "0.0 ! Offered {Body:[v=0 held] Tag:}", "0.0 -> 200 UPDATE", "0.0 -> 500 INVITE",
			"0.0 -> UPDATE 1 them to 192.0.2.1:5060", "0.0 ! OfferEnded {Status:200 Body:[v=0 taken]}")
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0 ours"))) })
		s.expect("0.0 -> 200 INVITE")
	})
}
