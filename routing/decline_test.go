package routing

import (
	"errors"
	"testing"

	"tandem/routing/desk"
)

// Who declines in a page of theirs is rung nowhere any more, and those beside them go on ringing.
func TestSpec_R18_ADeclineByThePageStopsEveryPhone(t *testing.T) {
	inHouse(t, func(h *house) {
		h.phones["alice@tandem"] = 2
		h.rings("0199005678")
		h.forget()
		var id CallID
		for _, l := range h.sw.Calls() {
			id = l.ID
		}
		if err := h.sw.Do(h.t.Context(), id, Decline{By: "chloe"}); !errors.Is(err, ErrNotTheirs) {
			t.Errorf("for somebody who is not rung: %v", err)
		}
		if err := h.sw.Do(h.t.Context(), id, Decline{By: "alice"}); err != nil {
			t.Fatal(err)
		}
		h.sees(`
			alice <- hang up (SIP;cause=200)
			alice/2 <- hang up (SIP;cause=200)`)
		if err := h.sw.Do(h.t.Context(), id, Decline{By: "alice"}); !errors.Is(err, ErrNotTheirs) {
			t.Errorf("twice: %v", err)
		}
		h.lines["bruno"].does("200", answer("bruno answer"))
		h.sees(`
			bruno -> 200
			carrier <- 200 [answer to carrier offer]
			bridge carrier = bruno`)
		if err := h.sw.Do(h.t.Context(), id, Decline{By: "bruno"}); !errors.Is(err, ErrNotTheirs) {
			t.Errorf("of a call that is answered: %v", err)
		}
		if s := h.sw.presence.state("alice", nil); s != desk.Free {
			t.Errorf("Alice's desk is %v", s)
		}
	})
}

// The last one to decline sends the caller on at once.
func TestSpec_R18_TheLastDeclineSendsTheCallerOn(t *testing.T) {
	inHouse(t, func(h *house) {
		h.rings("0199005678")
		h.forget()
		var id CallID
		for _, l := range h.sw.Calls() {
			id = l.ID
		}
		for _, u := range []UserID{"alice", "bruno"} {
			if err := h.sw.Do(h.t.Context(), id, Decline{By: u}); err != nil {
				t.Fatal(err)
			}
		}
		h.sees(`
			alice <- hang up (SIP;cause=200)
			bruno <- hang up (SIP;cause=200)
			carrier <- 200 [answer to carrier offer]
			carrier hears no_answer`)
	})
}
