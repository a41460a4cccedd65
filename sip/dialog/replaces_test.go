package dialog_test

import (
	"testing"
	"testing/synctest"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

// What a Replaces finds depends on the dialog's state and on who began it (RFC 3891 section 3).
func TestReplacesFindsTheDialogThatItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		in := message.Replaces{CallID: "in", ToTag: "ours", FromTag: "them"}
		finds := func(r message.Replaces, want dialog.Match) {
			t.Helper()
			s.own.Lock()
			defer s.own.Unlock()
			if got := s.leg.Matches(r); got != want {
				t.Errorf("%s finds %d, want %d", r, got, want)
			}
		}
		finds(in, dialog.MatchNone) // an early dialog that the peer began
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		finds(in, dialog.MatchConfirmed)
		finds(message.Replaces{CallID: "in", ToTag: "them", FromTag: "ours"}, dialog.MatchNone) // the wrong way round
		finds(message.Replaces{CallID: "other", ToTag: "ours", FromTag: "them"}, dialog.MatchNone)
		s.comes(gosip.ACK, 1)
		s.comes(gosip.BYE, 2)
		finds(in, dialog.MatchOver)
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call(5060)
		s.answer(gosip.INVITE, 180, "a")
		sent := s.last(gosip.INVITE).r
		s.own.Lock()
		defer s.own.Unlock()
		r := message.Replaces{CallID: string(*sent.CallID()), ToTag: value(sent.From().Params.Get("tag")), FromTag: "a"}
		if got := s.leg.Matches(r); got != dialog.MatchEarly {
			t.Errorf("an early dialog of ours: %d", got)
		}
	})
}

// A phone that wants to hear nothing of the call that it asks for is told nothing (RFC 4488).
func TestReferWithoutASubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.called()
		s.do(func() error { return s.leg.Answer(message.SDP([]byte("v=0"))) })
		s.comes(gosip.ACK, 1)
		s.gets(gosip.REFER, 2, "", "Refer-To", "<sip:204@us.test>", "Refer-Sub", "false", "Require", "norefersub")
		s.do(s.leg.AcceptRefer)
		if got := message.Value(s.answered(), "Refer-Sub"); got != "false" {
			t.Errorf("Refer-Sub %q", got)
		}
		s.mu.Lock()
		s.ladder = s.ladder[:2]
		s.mu.Unlock()
		s.expect("0.0 -> 200 INVITE", "0.0 ! Confirmed {Body:<nil>}") // and no NOTIFY after the 200
		if s.count() != 0 {
			t.Errorf("%d requests were sent", s.count())
		}
	})
}
