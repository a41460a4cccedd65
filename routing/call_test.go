package routing

import (
	"testing"
	"time"

	"tandem/sip/dialog"
)

func TestSpec_X17_ExtensionDuringTheMessageRingsTheUser(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones["bruno@tandem"] = 2
		caller := h.rings("0199001234")
		h.sees(`
			carrier -> INVITE 0199001234
			carrier <- 200 [answer to carrier offer]
			carrier hears welcome`)
		caller.voice.presses("202")
		h.sees(`
			carrier -> key 2
			carrier -> key 0
			carrier -> key 2
			bruno <- INVITE bruno from +33639980101 [offer to ?]
			bruno/2 <- INVITE bruno from +33639980101 [offer to ?]
			carrier hears silence
			carrier hears music looped`)
		h.lines["bruno"].does("180", ringing())
		h.lines["bruno/2"].does("180", ringing())
		h.lines["bruno/2"].does("200", answer("bruno/2 answer"))
		h.sees(`
			bruno -> 180
			bruno/2 -> 180
			bruno/2 -> 200
			bruno <- hang up (SIP;cause=200)
			carrier hears silence
			bridge carrier = bruno/2`)
		h.lines["bruno"].does("200", answer("too late"))
		time.Sleep(time.Minute)
		caller.does("BYE", bye())
		h.sees(`
			bruno -> 200
			carrier -> BYE
			bruno/2 <- hang up (Q.850;cause=16)`)
		r := h.record()
		if r.Outcome != OutcomeAnswered || r.User != "bruno" || r.EndedBy != "caller" || r.NumberID != "support" || r.Flow.Version != 7 {
			t.Errorf("the record is %+v", r)
		}
		if got := r.EndedAt.Sub(r.AnsweredAt); got != time.Minute {
			t.Errorf("talked %v, want 1m", got)
		}
		if len(r.Legs) != 3 || r.Legs[2].User != "bruno" || r.Legs[2].AnsweredAt.IsZero() || r.Legs[1].Cause.SIP != 200 {
			t.Errorf("legs are %+v", r.Legs)
		}
	})
}

func TestSpec_E7_FirstAnswerWinsAndTheOthersAreToldSo(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("+33199005678")
		h.sees(`
			carrier -> INVITE +33199005678
			alice <- INVITE alice from +33639980101 [offer to ?]
			bruno <- INVITE bruno from +33639980101 [offer to ?]
			carrier <- 180`)
		h.lines["alice"].does("180", ringing())
		h.lines["bruno"].does("200", answer("bruno answer"))
		h.sees(`
			alice -> 180
			bruno -> 200
			alice <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			bridge carrier = bruno`)
		h.lines["bruno"].does("BYE", bye())
		h.sees(`
			bruno -> BYE
			carrier <- hang up (Q.850;cause=16)`)
		if r := h.record(); r.EndedBy != "callee" || r.Outcome != OutcomeAnswered || r.User != "bruno" {
			t.Errorf("ended by %q, %s, user %q", r.EndedBy, r.Outcome, r.User)
		}
		_ = caller
	})
}

func TestCallerWhoGivesUpStopsEveryPhone(t *testing.T) {
	inHouse(t, func(h *house) {
		caller := h.rings("+33199005678")
		h.lines["alice"].does("180", ringing())
		h.forget()
		time.Sleep(4 * time.Second)
		caller.does("CANCEL", dialog.Cancelled{})
		h.sees(`
			carrier -> CANCEL
			alice <- hang up (Q.850;cause=16)
			bruno <- hang up (Q.850;cause=16)`)
		r := h.record()
		if r.Outcome != OutcomeMissed || Missed(r) != ShortAbandoned || len(r.Notified) != 1 {
			t.Errorf("outcome %s, reason %s, notified %v", r.Outcome, Missed(r), r.Notified)
		}
	})
}
