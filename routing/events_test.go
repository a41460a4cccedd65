package routing

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tandem/routing/flow"
	"tandem/sip/dialog"
)

func wants(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("listeners heard\n\t%q\nwant\n\t%q", got, want)
	}
}

func TestListenersHearOfACallInItsOrder(t *testing.T) {
	inHouse(t, func(h *house) {
		carrier := h.rings("+33199005678")
		h.lines["alice"].does("180", ringing())
		h.lines["bruno"].does("603", failure(603))
		h.lines["alice"].does("200", answer("alice"))
		id := h.ledger.begun[0]
		for _, cmd := range []Command{
			Hold{By: "alice"},
			Unhold{By: "alice"},
			SendDigits{By: "alice", Keys: "42#"},
			Label{By: "alice", Tag: "tag_vip"},
			Label{Tag: "tag_vip"},
			Label{By: "alice", Comment: &CallComment{ID: "cmt_1", Text: "Wants two loaves"}},
			Label{By: "alice", AssignedTo: new(UserID("bruno"))},
			Label{Archived: new(true)},
			Label{Untag: "tag_vip"},
		} {
			if err := h.sw.Do(h.t.Context(), id, cmd); err != nil {
				t.Fatalf("%#v: %v", cmd, err)
			}
		}
		carrier.does("BYE", bye())
		r := h.record()
		wants(t, h.ledger.heard(), []string{
			"call.flow_entered in_flow", "call.queued queued", "call.ringing_on_agent ringing alice", "call.ringing_on_agent ringing bruno",
			"call.agent_declined ringing bruno", "call.answered answered alice", "call.hold held alice", "call.unhold answered alice",
			"call.dtmf answered alice", "call.tagged answered alice", "call.commented answered alice", "call.assigned answered alice",
			"call.archived answered", "call.untagged answered", "call.hungup ended",
		})
		last := int64(1)
		for _, e := range h.ledger.events {
			if e.Seq <= last || e.Call.ID != r.ID || e.Call.Timeline != nil || e.Call.Legs != nil {
				t.Errorf("event %+v after one of number %d", e, last)
			}
			last = e.Seq
			if e.Type == "call.dtmf" && (e.Args["count"] != "3" || len(e.Args) != 1) {
				t.Errorf("the keys of a conversation are told: %v", e.Args)
			}
		}
		if last > int64(len(r.Timeline))+1 || r.AssignedTo != "bruno" || !r.Archived || len(r.Tags) != 0 || len(r.Comments) != 1 {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestListenersHearOfTransfers(t *testing.T) {
	for _, row := range []struct {
		to, line, want string
	}{
		{"202", "bruno", "call.transferred answered alice"},
		{"+33639980102", "trunk:main", "call.external_transferred answered alice"},
	} {
		inHouse(t, func(h *house) {
			carrier := h.rings("+33199005678")
			h.lines["alice"].does("200", answer("alice"))
			if err := h.sw.Do(h.t.Context(), h.ledger.begun[0], Transfer{By: "alice", To: row.to}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			name := row.line
			if h.named[name] > 1 {
				name += "/2"
			}
			h.lines[name].does("200", answer("target"))
			carrier.does("BYE", bye())
			h.record()
			if got := h.ledger.heard(); !slices.Contains(got, row.want) {
				t.Errorf("listeners heard %q, want %q in it", got, row.want)
			}
		})
	}
}

// program plays who is asked.
type program struct {
	asked  chan Question
	answer chan string
}

func (p *program) Ask(ctx context.Context, q Question) ([]byte, error) {
	p.asked <- q
	select {
	case a := <-p.answer:
		return []byte(a), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// asking lets the flow of a number ask a program first: where it does not answer, Bruno is rung.
func (h *house) asking() *program {
	p := &program{asked: make(chan Question, 1), answer: make(chan string, 1)}
	h.sw.asker = p
	h.snap.Accounts["acc"].Contacts = map[E164]*Contact{"+33639980101": {ID: "cnt_1", Name: "Mme Durand"}}
	f := *h.snap.Flows["sales"]
	f.Start, f.Nodes = "ask", map[flow.NodeID]*flow.Node{
		"ask":   {ID: "ask", RingToAPI: &flow.RingToAPI{URL: "https://crm.example/route", TimeoutSeconds: 3}, Next: map[string]flow.NodeID{"fallback": "bruno"}},
		"bruno": {ID: "bruno", RingTo: &flow.RingTo{Users: []UserID{"bruno"}, RingForSeconds: 20}},
	}
	h.snap.Flows["sales"] = &f
	return p
}

func TestAProgramSaysWhereTheCallGoes(t *testing.T) {
	inHouse(t, func(h *house) {
		p := h.asking()
		h.rings("+33199005678")
		q := <-p.asked
		if q.URL != "https://crm.example/route" || q.Call.From != "+33639980101" || q.Contact == nil || q.Contact.Name != "Mme Durand" || q.Account != "acc" {
			t.Errorf("the program was asked %+v", q)
		}
		p.answer <- `{"target": {"user": "alice"}}`
		synctest.Wait()
		if h.lines["alice"] == nil || h.lines["bruno"] != nil {
			t.Fatalf("rung are %v", h.lines)
		}
		h.lines["alice"].does("200", answer("alice"))
		h.lines["alice"].does("BYE", bye())
		if r := h.record(); r.User != "alice" || r.Outcome != OutcomeAnswered {
			t.Errorf("the record is %+v", r)
		}
	})
}

func TestAQuestionEndsWithItsTimeAndWithTheCall(t *testing.T) {
	inHouse(t, func(h *house) {
		ended := make(chan error, 1)
		p := h.asking()
		h.sw.asker = watching{p, ended}
		carrier := h.rings("+33199005678")
		carrier.does("ACK", dialog.Confirmed{}) // Nothing waits for it: it says to the race detector that rings has looked at the call.
		<-p.asked
		before := time.Now()
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || time.Since(before) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(before), err)
		}
		synctest.Wait()
		if h.lines["bruno"] == nil {
			t.Error("the call did not take the fallback")
		}
		carrier.does("CANCEL", dialog.Cancelled{})

		carrier = h.rings("+33199005678")
		<-p.asked
		before = time.Now()
		carrier.does("CANCEL", dialog.Cancelled{})
		if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(before) != 0 {
			t.Errorf("after %v: %v", time.Since(before), err)
		}
		h.records()
	})
}

// watching tells how questions ended.
type watching struct {
	Asker

	ended chan error
}

func (w watching) Ask(ctx context.Context, q Question) ([]byte, error) {
	b, err := w.Asker.Ask(ctx, q)
	w.ended <- err
	return b, err
}
