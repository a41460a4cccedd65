package routing

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tandem/routing/desk"
	"tandem/sip/dialog"
)

// starts asks for a call, and lets the devices ring.
func (h *house) starts(want Start) CallID {
	h.t.Helper()
	id, err := h.sw.Originate(want)
	if err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
	return id
}

func TestSpec_O11_TheUserRingsFirstThenThePersonCalled(t *testing.T) {
	inHouse(t, func(h *house) {
		id := h.starts(Start{User: "alice", To: "06 39 98 01 02", Tags: []string{"tag_1"}, Custom: map[string]string{"ticket": "42"}})
		h.sees(`alice <- INVITE alice from +33639980102 [offer to ?]`)
		h.lines["alice"].does("180", ringing())
		h.lines["alice"].does("200", answer("alice"))
		h.sees(`
			alice -> 180
			alice -> 200
			trunk:main <- INVITE +33639980102 from +33199001234 [offer to ?]
			alice hears ringback_fr looped
		`)
		h.lines["trunk:main"].does("180", ringing())
		h.lines["trunk:main"].does("200", answer("far"))
		h.sees(`
			trunk:main -> 180
			trunk:main -> 200
			alice hears silence
			bridge alice = trunk:main
		`)
		if i := h.sw.Call(id); i == nil || i.Status != CallAnswered || i.Number == 0 {
			t.Errorf("the call is %+v", i)
		}
		h.lines["alice"].does("BYE", bye())
		r := h.record()
		if r.Direction != Outbound || r.Outcome != OutcomeAnswered || r.From != "+33199001234" || r.To != "+33639980102" || r.User != "alice" || r.EndedBy != "caller" ||
			r.Custom["ticket"] != "42" || len(r.Tags) != 1 {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestAColleagueIsCalledForAUser(t *testing.T) {
	inHouse(t, func(h *house) {
		h.starts(Start{User: "alice", To: "202"})
		h.lines["alice"].does("200", answer("alice"))
		h.lines["bruno"].does("200", answer("bruno"))
		h.lines["bruno"].does("BYE", bye())
		if r := h.record(); r.Direction != Internal || r.Outcome != OutcomeAnswered || r.EndedBy != "callee" || r.From != "201" || r.To != "202" {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestWhoWantedACallHearsWhyItFails(t *testing.T) {
	for _, row := range []struct {
		status  int
		sound   string
		outcome Outcome
	}{
		{486, "busy_fr", OutcomeBusy},
		{404, "not_in_service", OutcomeFailed},
		{480, "no_answer", OutcomeMissed},
		{603, "unavailable", OutcomeRejected},
		{488, "all_lines_busy", OutcomeFailed},
	} {
		inHouse(t, func(h *house) {
			h.starts(Start{User: "alice", To: "+33639980102"})
			h.lines["alice"].does("200", answer("alice"))
			h.lines["trunk:main"].does("failure", failure(row.status))
			synctest.Wait()
			v := h.lines["alice"].voice
			if len(v.play.Prompts) == 0 || v.play.Prompts[0].Name() != row.sound {
				t.Fatalf("%d: they hear %+v", row.status, v.play)
			}
			v.heard()
			h.forget()
			if r := h.record(); r.Outcome != row.outcome || r.Cause.SIP != row.status || !r.AnsweredAt.IsZero() {
				t.Errorf("%d: the record is %+v", row.status, r)
			}
		})
	}
}

func TestAUserWhoDoesNotPickUpCallsNobody(t *testing.T) {
	inHouse(t, func(h *house) {
		h.starts(Start{User: "alice", To: "+33639980102"})
		h.lines["alice"].does("180", ringing())
		time.Sleep(31 * time.Second)
		h.sees(`
			alice <- INVITE alice from +33639980102 [offer to ?]
			alice -> 180
			alice <- hang up
		`)
		if r := h.record(); r.Outcome != OutcomeCancelled || h.lines["trunk:main"] != nil {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestAStartedCallEndsInEveryPlace(t *testing.T) {
	for name, story := range map[string]func(h *house, id CallID){
		"ringing": func(h *house, id CallID) {
			if err := h.sw.Do(h.t.Context(), id, HangUp{}); err != nil {
				h.t.Error(err)
			}
		},
		"declined":  func(h *house, _ CallID) { h.lines["alice"].does("603", failure(603)) },
		"cancelled": func(h *house, _ CallID) { h.lines["alice"].does("487", dialog.Failed{Status: 487}) },
		"hangs up while the other rings": func(h *house, _ CallID) {
			h.lines["alice"].does("200", answer("alice"))
			h.lines["alice"].does("BYE", bye())
		},
		"hangs up while hearing why": func(h *house, _ CallID) {
			h.lines["alice"].does("200", answer("alice"))
			h.lines["trunk:main"].does("486", failure(486))
			h.lines["alice"].does("BYE", bye())
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				id := h.starts(Start{User: "alice", To: "+33639980102"})
				story(h, id)
				if r := h.record(); r.Outcome == OutcomeAnswered || r.EndedAt.IsZero() {
					t.Errorf("the record is %+v", r)
				}
				if s := h.sw.presence.state("alice", nil); s != desk.Free {
					t.Errorf("Alice's desk is %v", s)
				}
			})
		})
	}
}

func TestSpec_O1_ANumberThatIsNotTheirsIsRefused(t *testing.T) {
	inHouse(t, func(h *house) {
		h.snap.Numbers["+33199009999"] = &Number{ID: "other", Account: "acc", E164: "+33199009999", Kind: Shared, Outbound: []UserID{"bruno"}}
		for _, row := range []struct {
			want Start
			code string
		}{
			{Start{User: "alice", To: "+33639980102", Show: "other"}, "caller_id_refused"},
			{Start{User: "alice", To: "+33639980102", Show: "nobody's"}, "caller_id_refused"},
			{Start{User: "alice", To: "+33639980102", Show: "sales"}, ""},   // Assigned to her.
			{Start{User: "bruno", To: "+33639980102", Show: "support"}, ""}, // His team's.
			{Start{User: "bruno", To: "+33639980102", Show: "other"}, ""},   // Outbound rights.
			{Start{User: "nobody", To: "202"}, "user_unknown"},
			{Start{User: "alice", To: "201"}, "own_extension"},
			{Start{User: "alice", To: "299"}, "extension_unknown"},
			{Start{User: "alice", To: "12"}, "number_invalid"},
			{Start{User: "alice", To: "202", Device: "dev_bruno"}, "device_unknown"},
			{Start{User: "farid", To: "202"}, "user_unreachable"},
		} {
			id, err := h.sw.Originate(row.want)
			var code string
			if e, is := errors.AsType[*StartError](err); is {
				code = e.Code
			}
			if code != row.code {
				t.Errorf("%+v: %v, want %q", row.want, err, row.code)
			}
			if err != nil {
				continue
			}
			synctest.Wait()
			if _, err := h.sw.Originate(row.want); err == nil {
				t.Errorf("%+v: a user who calls is called once more", row.want)
			}
			if err := h.sw.Do(h.t.Context(), id, HangUp{}); err != nil {
				t.Error(err)
			}
			h.lines = map[string]*fakeLine{}
			time.Sleep(time.Minute)
		}
	})
}
