package provisioning

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// line is a state with a user, a team, a French mobile number and its flow, which rings the team.
func line(tb testing.TB) *State {
	tb.Helper()
	body, err := flow.Marshal(&flow.Flow{Name: "Line", Start: "r", Nodes: map[flow.NodeID]*flow.Node{
		"r": {
			ID: "r", Next: map[string]flow.NodeID{flow.PortUnanswered: "v"},
			RingTo: &flow.RingTo{Team: "team_1", Rule: flow.Simultaneous, RingForSeconds: 30, RingUserSeconds: 30},
		},
		"v": {ID: "v", Next: map[string]flow.NodeID{}, Voicemail: &flow.Voicemail{MaxSeconds: 180}},
	}})
	if err != nil {
		tb.Fatal(err)
	}
	return &State{
		Version: 1, Accounts: []*Account{{ID: "acc_1", Name: "Acme", Language: "fr", Country: "FR"}},
		Users:   []*User{{ID: "usr_1", Account: "acc_1", Name: "Alice", Email: "alice@acme.example", Extension: "201", Availability: routing.SetAvailable}},
		Teams:   []*Team{{ID: "team_1", Account: "acc_1", Name: "Support", Users: []routing.UserID{"usr_1"}}},
		Flows:   []*Flow{{ID: "flow_1", Account: "acc_1", Name: "Line", Version: 1, Published: string(body)}},
		Numbers: []*Number{{ID: "num_1", Account: "acc_1", E164: "+33639980007", Kind: routing.Shared, Flow: "flow_1", Teams: []routing.TeamID{"team_1"}}},
	}
}

// FuzzDraft saves anything as a draft: it is refused, or it is kept, reads back as the same flow, and what is published of it stays as it was.
func FuzzDraft(f *testing.F) {
	s := line(f)
	f.Add(s.Flows[0].Published)
	f.Add(`{"schema":"flow/v1","name":"é\u202e","start":"a","nodes":[{"id":"a","type":"hangup","config":{},"next":{}}]}`)
	f.Add(`{"schema":"flow/v1","start":"x","nodes":[{"id":"x","type":"ring_to","config":{"target":{"user":"usr_9"},"ring_for_seconds":1e9}}]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, document string) {
		changes, err := s.SaveDraft("flow_1", []byte(document), nil)
		if err != nil {
			if _, is := errors.AsType[Refusals](err); !is {
				t.Fatalf("%q is refused by %v", document, err)
			}
			return
		}
		after := s.With(changes)
		kept, _ := after.Find(KindFlow, "flow_1").(*Flow)
		if kept.Published != s.Flows[0].Published || kept.Version != 1 {
			t.Fatal("a draft changed what is published")
		}
		first, err := flow.Parse([]byte(kept.Draft))
		if err != nil {
			t.Fatalf("what was kept cannot be read: %v", err)
		}
		if again, wrong := flow.Marshal(first); wrong != nil || string(again) != kept.Draft {
			t.Fatalf("%s reads back as %s: %v", kept.Draft, again, wrong)
		}
		published, err := after.Publish(Publishing{Flow: "flow_1"})
		if err != nil {
			return
		}
		if live, _ := after.With(published).Find(KindFlow, "flow_1").(*Flow); live.Version != 2 || live.Draft != "" {
			t.Fatalf("published, it is %+v", live)
		}
	})
}

// FuzzConvert asks for conversions of all sorts: whatever is asked, a direct number has one user, no team, and a flow that rings nobody else.
func FuzzConvert(f *testing.F) {
	f.Add("num_1", "usr_1", true, `{}`)
	f.Add("num_1", "", false, "")
	f.Add("num_1", "usr_1", true, `{"schema":"flow/v1","name":"L","start":"a","nodes":[{"id":"a","type":"ring_to","config":{"target":{"team":"team_1"},"ring_for_seconds":30},"next":{"unanswered":"a"}}]}`)
	f.Fuzz(func(t *testing.T, number, user string, publish bool, document string) {
		s := line(t)
		if changes, err := s.SaveDraft("flow_1", []byte(document), nil); err == nil {
			s = s.With(changes)
			if live, err := s.Publish(Publishing{Flow: "flow_1"}); err == nil {
				s = s.With(live)
			}
		}
		changes, err := s.ConvertToDirect(ToDirect{Number: routing.NumberID(number), User: routing.UserID(user), Publish: Publish(publish), Now: time.Unix(1, 0)})
		if err != nil {
			_, several := errors.AsType[Refusals](err)
			if _, one := errors.AsType[*Refusal](err); !one && !several {
				t.Fatal(err)
			}
			return
		}
		n := s.With(changes).Numbers[0]
		if n.Kind != routing.Direct {
			if publish || len(n.Teams) != 1 || n.Flow != "flow_1" {
				t.Fatalf("a conversion that is not published changed the number: %+v", n)
			}
			return
		}
		live := s.With(changes).flowOf(n)
		if len(n.Users) != 1 || len(n.Teams) != 0 || live == nil || len(flow.Violations(live, n.Users[0], flow.AnyLine{})) > 0 {
			t.Fatalf("the direct number is %+v, its flow %+v", n, live)
		}
	})
}

func TestAConversionIsTakenBackWithItsDraft(t *testing.T) {
	s := line(t)
	changes, err := s.ConvertToDirect(ToDirect{Number: "num_1", User: "usr_1", Now: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	begun := s.With(changes)
	if len(begun.Flows) != 2 || begun.Numbers[0].Settings.Conversion == nil {
		t.Fatalf("it was not begun: %+v", begun.Numbers[0])
	}
	if again, wrong := begun.ConvertToDirect(ToDirect{Number: "num_1", User: "usr_1", Now: time.Unix(2, 0)}); wrong != nil || len(again) > 0 {
		t.Errorf("asked twice, it is begun twice: %v %v", again, wrong)
	}
	back, err := begun.KeepShared("num_1", time.Unix(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	after := begun.With(back)
	if n := after.Numbers[0]; n.Settings.Conversion != nil || n.Flow != "flow_1" || len(n.Teams) != 1 || len(after.Flows) != 1 {
		t.Errorf("taken back, the number is %+v, and there are %d flows", n, len(after.Flows))
	}
}

func TestARestoredVersionIsAskedTheRulesAgain(t *testing.T) {
	s := line(t)
	old := FlowVersion{Version: 1, Document: strings.Replace(s.Flows[0].Published, "team_1", "team_gone", 1)}
	if _, err := s.Restore(Publishing{Flow: "flow_1"}, old); err == nil || !strings.Contains(err.Error(), "team_gone") {
		t.Errorf("a version that rings a team that is gone came back: %v", err)
	}
	if _, err := s.Restore(Publishing{Flow: "flow_1", Base: new(0)}, FlowVersion{Version: 1, Document: s.Flows[0].Published}); err == nil {
		t.Error("a version came back on an old base")
	}
}
