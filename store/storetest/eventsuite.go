package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// AllEvents reads the whole log.
func AllEvents(tb testing.TB, s *store.Store, f provisioning.EventFilter) []provisioning.Event {
	tb.Helper()
	var out []provisioning.Event
	for {
		page, err := s.Events(tb.Context(), f)
		if err != nil {
			tb.Fatalf("events: %v", err)
		}
		out = append(out, page.Events...)
		if !page.More {
			return out
		}
		if f.Newest {
			f.Before = page.Last
		} else {
			f.After = page.Last
		}
	}
}

// Calls end, records change and phones register at once, while somebody reads: nobody ever sees a gap, and places go up by one.
func oneOrder(t *testing.T, cfg store.Config) { //nolint:gocognit // One story.
	t.Helper()
	s := Open(t, cfg)
	var woken atomic.Int64
	defer s.OnEvents(func() { woken.Add(1) })()
	var wg sync.WaitGroup
	for n := range 3 {
		wg.Go(func() {
			for range 60 {
				c := Call(s.NextNumber(), time.Now())
				if err := s.Begin(c); err != nil {
					t.Error(err)
				}
				if err := s.Finish(c); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for i := range 20 {
				if err := s.Announce(t.Context(), provisioning.Event{Type: "device.registered", Subject: fmt.Sprintf("dev_%d", n), Data: fmt.Appendf(nil, `{"n":%d}`, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() { follow(t, s, done) })
	wg.Wait()
	flush(t, s)
	close(done)
	reader.Wait()
	all := AllEvents(t, s, provisioning.EventFilter{})
	if len(all) != 3*60*5+3*20 {
		t.Errorf("%d events, want five for each of 180 calls, and 60", len(all))
	}
	last := map[string]int64{}
	for i, e := range all {
		if e.Pos != int64(i)+1 {
			t.Fatalf("event %d has the place %d", i, e.Pos)
		}
		if e.Seq <= last[e.Subject] {
			t.Errorf("%s of %s has the number %d after %d", e.Type, e.Subject, e.Seq, last[e.Subject])
		}
		last[e.Subject] = e.Seq
		if pos, ours := provisioning.EventPos(e.ID); !ours || pos != e.Pos {
			t.Errorf("the id %s is not that of the place %d", e.ID, e.Pos)
		}
	}
	if pos, err := s.LastPos(t.Context()); err != nil || pos != int64(len(all)) {
		t.Errorf("the last place is %d: %v", pos, err)
	}
	if woken.Load() == 0 {
		t.Error("nobody was told of the events")
	}
	sameAfterRestart(t, s, cfg, all)
}

// sameAfterRestart opens a store again: the log is the same, though nothing of it is in memory any more.
func sameAfterRestart(t *testing.T, s *store.Store, cfg store.Config, all []provisioning.Event) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := AllEvents(t, Open(t, cfg), provisioning.EventFilter{})
	if len(again) != len(all) {
		t.Fatalf("after a restart there are %d events, there were %d", len(again), len(all))
	}
	for i, e := range again {
		if was := all[i]; e.ID != was.ID || e.Seq != was.Seq || string(e.Data) != string(was.Data) {
			t.Errorf("after a restart event %d is %+v, it was %+v", e.Pos, e, was)
		}
	}
}

// follow reads as listeners do, and fails where a place is missing.
func follow(t *testing.T, s *store.Store, done <-chan struct{}) {
	t.Helper()
	after := int64(0)
	for {
		select {
		case <-done:
			return
		default:
		}
		page, err := s.Events(t.Context(), provisioning.EventFilter{After: after, Limit: 50})
		if err != nil {
			t.Errorf("events: %v", err)
			return
		}
		for _, e := range page.Events {
			if e.Pos != after+1 {
				t.Errorf("after the place %d comes %d", after, e.Pos)
			}
			after = e.Pos
		}
	}
}

func filters(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	c := Call(s.NextNumber(), time.Now())
	if err := s.Finish(c); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	since := time.Now().Add(time.Millisecond)
	for time.Now().Before(since) {
		flush(t, s)
	}
	for i := range 300 {
		account := routing.AccountID(fmt.Sprintf("acc_%d", i%3))
		if i%3 == 0 {
			account = ""
		}
		e := provisioning.Event{Type: []string{"trunk.up", "trunk.down"}[i%2], Account: account, Subject: "trk_1"}
		if err := s.Announce(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		name string
		f    provisioning.EventFilter
		want int
	}{
		{"all", provisioning.EventFilter{}, 304},
		{"a type", provisioning.EventFilter{Types: []string{"trunk.up"}}, 150},
		{"a group", provisioning.EventFilter{Types: []string{"call.*", "user.*"}}, 2},
		{"a subject", provisioning.EventFilter{Subject: string(c.ID)}, 2},
		{"an account", provisioning.EventFilter{Account: "acc_2"}, 100},
		{"an account and what is common", provisioning.EventFilter{Account: "acc_2", Common: true}, 200},
		{"a run", provisioning.EventFilter{After: 10, Before: 20}, 9},
		{"nothing", provisioning.EventFilter{Types: []string{"call.dtmf"}}, 0},
	} {
		forth := AllEvents(t, s, x.f)
		x.f.Newest, x.f.Limit = true, 7
		back := AllEvents(t, s, x.f)
		slices.Reverse(back)
		if len(forth) != x.want || !slices.EqualFunc(forth, back, func(a, b provisioning.Event) bool { return a.ID == b.ID }) {
			t.Errorf("%s: %d events, backwards %d, want %d", x.name, len(forth), len(back), x.want)
		}
	}
	pos, err := s.EventsSince(t.Context(), since)
	if err != nil || pos != 4 {
		t.Errorf("before that time were %d events, want 4: %v", pos, err)
	}
	if pos, err = s.EventsSince(t.Context(), time.Now().Add(time.Hour)); err != nil || pos != 304 {
		t.Errorf("before what is to come were %d events, want 304: %v", pos, err)
	}
}

func changeEvents(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	_, err := provisioning.Do(t.Context(), s, "usr_admin", func(st *provisioning.State) ([]provisioning.Change, error) {
		u := *st.Users[0]
		u.Availability, u.Password = routing.SetUnavailable, "scrypt$x"
		return st.Put(&u)
	})
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, e := range AllEvents(t, s, provisioning.EventFilter{}) {
		types = append(types, e.Type)
		n, is := e.Record()
		if !is {
			t.Errorf("%s shows no record: %s", e.Type, e.Data)
			continue
		}
		if n.Record.Ref().ID != e.Subject || n.Record.Ref().Account != e.Account {
			t.Errorf("%s of %s shows %+v", e.Type, e.Subject, n.Record.Ref())
		}
		for _, hidden := range []string{"scrypt$", "in-secret", "out-secret", "Dupont\x00"} {
			if strings.Contains(string(e.Data), hidden) {
				t.Errorf("%s tells a secret", e.Type)
			}
		}
	}
	tail := types[len(types)-2:]
	if !slices.Equal(tail, []string{"user.updated", "user.availability_changed"}) || !slices.Contains(types, "flow.published") {
		t.Errorf("the events are %v", types)
	}
}

func toldCall(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	c := Call(s.NextNumber(), time.Now())
	begun := *c
	begun.Status, begun.Outcome = "initiated", ""
	if err := s.Begin(&begun); err != nil {
		t.Fatal(err)
	}
	for i, kind := range []string{"call.queued", "call.ringing_on_agent", "call.answered"} {
		now := begun
		now.Legs, now.Timeline, now.Ladder = nil, nil, nil
		e := &routing.CallEvent{
			Type: kind, Call: &now, Status: routing.CallRinging, Seq: int64(i) + 2, At: c.StartedAt.Add(time.Second), Node: "n2", User: "usr_1", Leg: "leg_1",
			Args: map[string]string{"team": "team_1"},
		}
		if err := s.Tell(e); err != nil {
			t.Fatal(err)
		}
		*e.Call = routing.CallRecord{} // The ledger keeps no reference.
	}
	if err := s.Shift(routing.StatusChange{Account: "acc_1", User: "usr_1", At: c.EndedAt, Status: routing.UserWrapUp, Call: c.ID, Tells: routing.TellsStatus | routing.TellsWrapUpBegan}); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(c); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	var types []string
	for _, e := range AllEvents(t, s, provisioning.EventFilter{Types: []string{"call.*", "user.*"}}) {
		types = append(types, fmt.Sprint(e.Type, " ", e.Seq))
		told, is := e.Call()
		if !is {
			continue
		}
		plain := provisioning.Event{Type: e.Type, Data: e.Data}
		again, is := plain.Call()
		if !is || told.Call.ID != c.ID || told.Call.Number != c.Number || again.Call.ID != c.ID || again.Status != told.Status || again.Seq != e.Seq {
			t.Errorf("%s shows %+v, read from its data %+v", e.Type, told, again)
		}
		if e.Type == "call.queued" && (told.Args["team"] != "team_1" || told.Node != "n2" || again.Args["team"] != "team_1" || again.User != "usr_1") {
			t.Errorf("%s tells %+v, read from its data %+v", e.Type, told, again)
		}
	}
	want := "[call.created 1 call.queued 2 call.ringing_on_agent 3 call.answered 4 user.availability_changed 5 user.wrap_up_started 6 call.missed 12 call.ended 13]"
	if fmt.Sprint(types) != want {
		t.Errorf("the events are\n%v, want\n%s", types, want)
	}
}
