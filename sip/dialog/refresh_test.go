package dialog_test

import (
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transaction"
)

const allowsUpdate = "INVITE, ACK, BYE, CANCEL, UPDATE"

// A call of ours whose peer leaves the refreshing to us: UPDATE at half time where the peer takes it (RFC 4028 section 7.4).
func TestWeRefreshByUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		if se, least := s.header(gosip.INVITE, "Session-Expires"), s.header(gosip.INVITE, "Min-SE"); se != "1800" || least != "90" {
			t.Errorf("Session-Expires %q, Min-SE %q", se, least)
		}
		s.answer(gosip.INVITE, 200, "a", with("Session-Expires", "600;refresher=uac"), with("Require", "timer"), with("Allow", allowsUpdate))
		time.Sleep(301 * time.Second)
		if got := s.header(gosip.UPDATE, "Session-Expires"); got != "600;refresher=uac" {
			t.Errorf("Session-Expires %q", got)
		}
		s.answer(gosip.UPDATE, 200, "", with("Session-Expires", "600;refresher=uac"))
		time.Sleep(300 * time.Second)
		s.fails(gosip.UPDATE, transaction.ErrTimeout)
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> ACK 1 a to 192.0.2.1:5060", "0.0 ! Answered {Body:<nil>}",
			"300.0 -> UPDATE 2 a to 192.0.2.1:5060", "601.0 -> UPDATE 3 a to 192.0.2.1:5060", "601.0 -> BYE 4 a to 192.0.2.1:5060")
		s.answer(gosip.BYE, 200, "")
		s.expect("601.0 ! Ended {Reason:SIP;cause=408;text=\"Request Timeout\" By:3}")
		s.isOver()
	})
}

// Where it takes none, by an INVITE that changes nothing: the owner hears of it only when the answer is another one.
func TestWeRefreshByReinvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 200, "a", with("Session-Expires", "200;refresher=uac"), with("Allow", "INVITE, ACK, BYE"), holding("v=0 theirs"))
		time.Sleep(101 * time.Second)
		if got := string(s.last(gosip.INVITE).r.Body()); got != "v=0" {
			t.Errorf("INVITE with %q", got)
		}
		s.answer(gosip.INVITE, 200, "", with("Session-Expires", "200;refresher=uac"), holding("v=0 theirs"))
		time.Sleep(100 * time.Second)
		s.answer(gosip.INVITE, 200, "", with("Session-Expires", "200;refresher=uac"), holding("v=0 moved"))
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> ACK 1 a to 192.0.2.1:5060", answered("v=0 theirs"),
			"100.0 -> INVITE 2 a to 192.0.2.1:5060", "101.0 -> ACK 2 a to 192.0.2.1:5060",
			"201.0 -> INVITE 3 a to 192.0.2.1:5060", "201.0 -> ACK 3 a to 192.0.2.1:5060", "201.0 ! Refreshed {Body:[v=0 moved]}")
	})
}

// A caller that refreshes is answered, and one that stops is taken for gone: BYE with its Reason, a third of the time before the end at the most.
func TestPeerRefreshesUntilItDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Supported", "timer", "Session-Expires", "90", "Min-SE", "90")
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		if ok := s.answered(); message.Value(ok, "Session-Expires") != "90;refresher=uac" || message.Value(ok, "Require") != "timer" {
			t.Errorf("200 %s", ok)
		}
		s.comes(gosip.ACK, 1)
		time.Sleep(45 * time.Second)
		s.gets(gosip.UPDATE, 2, "", "Supported", "timer", "Session-Expires", "90;refresher=uac")
		time.Sleep(50 * time.Second)
		s.expect("0.0 -> 200 INVITE", "0.0 ! Confirmed {Body:<nil>}", "45.0 -> 200 UPDATE")
		if ok := s.answered(); message.Value(ok, "Session-Expires") != "90;refresher=uac" {
			t.Errorf("200 %s", ok)
		}
		time.Sleep(20 * time.Second)
		s.expect("105.0 -> BYE 1 them to 192.0.2.1:5060") // 45 + 90 - 30
		if got := s.header(gosip.BYE, "Reason"); got != `SIP;cause=408;text="Session timer expired"` {
			t.Errorf("Reason %q", got)
		}
	})
}

// Who asks for less than we allow is told so, before anything else; inside a dialog too (RFC 4028 section 9).
func TestTooShortATimerIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called("Supported", "timer")
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		if got := message.Value(s.answered(), "Session-Expires"); got != "1800;refresher=uas" { // it asked for none: we do
			t.Errorf("Session-Expires %q", got)
		}
		s.comes(gosip.ACK, 1)
		s.expect("0.0 -> 200 INVITE", "0.0 ! Confirmed {Body:<nil>}")
		s.gets(gosip.UPDATE, 2, "", "Supported", "timer", "Session-Expires", "30")
		s.expect("0.0 -> 422 UPDATE")
		if got := message.Value(s.answered(), "Min-SE"); got != "90" {
			t.Errorf("Min-SE %q", got)
		}
		// A caller that knows nothing of timers is not to blame for what a proxy wrote.
		keep := dialog.Refresh{}
		if keep.TooShort(s.request(gosip.INVITE, 9, "").r) != nil {
			t.Error("refused without a Session-Expires")
		}
	})
}

// A peer that wants more than we asked for gets it, within reason.
func TestWeAskForAsMuchAsThePeerWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 422, "x", with("Min-SE", "3600"))
		if se, least := s.header(gosip.INVITE, "Session-Expires"), s.header(gosip.INVITE, "Min-SE"); se != "3600" || least != "3600" {
			t.Errorf("Session-Expires %q, Min-SE %q", se, least)
		}
		s.answer(gosip.INVITE, 422, "x", with("Min-SE", "999999"))
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> INVITE 2 to 192.0.2.1:5060",
			"0.0 ! Failed {Status:422 Phrase:"+message.Phrase(422)+" Reason: Contacts:[]}")
		s.isOver()
	})
}

// A peer without session timers is left alone, however long the call lasts.
func TestPeerWithoutTimersIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		s.comes(gosip.ACK, 1)
		time.Sleep(24 * time.Hour)
		s.expect("0.0 -> 200 INVITE", "0.0 ! Confirmed {Body:<nil>}")
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 200, "a")
		time.Sleep(24 * time.Hour)
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> ACK 1 a to 192.0.2.1:5060", "0.0 ! Answered {Body:<nil>}")
	})
}

// A hold keeps the timer, and counts as a refresh.
func TestReinviteRestartsTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 200, "a", with("Session-Expires", "600;refresher=uac"), with("Allow", allowsUpdate))
		time.Sleep(250 * time.Second)
		s.do(func() error { return s.leg.Offer(message.SDP([]byte("v=0 hold"))) })
		if got := s.header(gosip.INVITE, "Session-Expires"); got != "600;refresher=uac" {
			t.Errorf("Session-Expires %q", got)
		}
		s.answer(gosip.INVITE, 200, "", with("Session-Expires", "600;refresher=uac"), holding("v=0 held"))
		time.Sleep(299 * time.Second)
		s.expect("0.0 -> INVITE 1 to 192.0.2.1:5060", "0.0 -> ACK 1 a to 192.0.2.1:5060", "0.0 ! Answered {Body:<nil>}",
			"250.0 -> INVITE 2 a to 192.0.2.1:5060", "250.0 -> ACK 2 a to 192.0.2.1:5060", "250.0 ! OfferEnded {Status:200 Body:[v=0 held]}")
	})
}
