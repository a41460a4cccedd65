package routing

import (
	"errors"
	"testing"
)

func TestDraftShowsACallSoFar(t *testing.T) {
	inHouse(t, func(h *house) {
		caller, _ := talkingTo(h)
		id := h.sw.Calls()[0].ID
		r, err := h.sw.Draft(h.t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if r.ID != id || r.Status != string(CallAnswered) || r.AnsweredAt.IsZero() || !r.EndedAt.IsZero() || len(r.Timeline) == 0 {
			t.Errorf("record %+v", r)
		}
		if len(r.Legs) < 2 || r.Legs[0].Trunk == "" || r.Legs[len(r.Legs)-1].User == "" || r.Legs[0].AnsweredAt.IsZero() {
			t.Errorf("legs %+v", r.Legs)
		}
		before := len(r.Timeline)
		r.Timeline[0].Type = "changed by its reader"
		caller.does("BYE", bye())
		h.records()
		if len(r.Timeline) != before {
			t.Error("the copy grew")
		}
		if _, err := h.sw.Draft(h.t.Context(), id); !errors.Is(err, ErrNoCall) {
			t.Errorf("a call that is over: %v", err)
		}
	})
}

// However much is asked of a call, there is room left for what happens in it.
func TestQuestionsDoNotFillTheMailbox(t *testing.T) {
	m := newMailbox()
	for range mailboxSize / 2 {
		if err := m.ask(letter{own: drafted{}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.ask(letter{own: drafted{}}); !errors.Is(err, ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	for range mailboxSize / 2 {
		if !m.post(letter{own: began{}}) {
			t.Fatal("there is no room for what happens")
		}
	}
	if _, burst := m.take(); burst {
		t.Error("the call would end")
	}
	m.close()
	if err := m.ask(letter{own: drafted{}}); !errors.Is(err, ErrNoCall) {
		t.Errorf("after the end: %v", err)
	}
}
