package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// The numbers of messages in tests.
const (
	ownNumber = "num_1"
	ownE164   = "+33639980101"
)

// Draft is a message of the number "num_1" of the account "acc_1" at a moment, with one delivery.
func Draft(d messaging.Direction, peer messaging.Address, at time.Time) messaging.Draft {
	out := messaging.Draft{
		Message: messaging.Message{
			ID: messaging.ID(routing.NewID("msg", at)), Account: "acc_1", Number: ownNumber, Own: ownE164, Peer: peer, Direction: d,
			Channel: messaging.ChannelNetwork, Body: "Où êtes-vous ? œ€😀", Encoding: "ucs2", Segments: 1, At: at,
		},
		Deliveries: []messaging.NewDelivery{{
			Channel: messaging.ChannelNative, Route: "mcn_op", Lane: "native " + ownNumber, From: peer, To: ownE164, IMSI: "208950000000001", Until: at.Add(24 * time.Hour),
		}},
	}
	if d == messaging.Outbound {
		out.Message.Channel = messaging.ChannelWorkspace
		out.Deliveries[0] = messaging.NewDelivery{
			Channel: messaging.ChannelNetwork, Route: "mcn_1", Lane: ownNumber + " " + string(peer), From: ownE164, To: peer, Receipt: true, Until: at.Add(24 * time.Hour),
		}
	}
	return out
}

// Write puts something into every table of messages.
func Write(t *testing.T, s *store.Store) {
	t.Helper()
	m, at := s.Messages(), time.Now()
	in, sent := Draft(messaging.Inbound, "+33639980102", at), Draft(messaging.Outbound, "+33639980102", at)
	in.Key, in.Stop = messaging.Key{Print: "print", Bind: "bind", Since: at.Add(-time.Minute)}, messaging.StopAdd
	sent.Key = messaging.Key{Name: "name", Since: at.Add(-time.Minute)}
	keep(t, m, in, sent)
	ended(t, m, messaging.Outcome{Delivery: claimed(t, m, 1)[0].ID, Result: messaging.ResultSent, IDs: []string{"1", "2"}})
	_, err := m.Receipt(t.Context(), messaging.Receipt{Connector: "mcn_1", IDs: []string{"3"}, State: messaging.StateDelivered})
	_, err2 := m.Assemble(t.Context(), part("s", 1, "\x00\xff"), joined)
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
}

func keep(t *testing.T, m *store.Messages, drafts ...messaging.Draft) []messaging.Stored {
	t.Helper()
	out, err := m.Put(t.Context(), drafts...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func listed(t *testing.T, m *store.Messages, f messaging.Filter) []messaging.Message {
	t.Helper()
	page, err := m.Messages(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return page.Messages
}

// Messages of many writers lie in the order of the log of events, each at the place of the event that first told of it, and nothing is in it that was not put.
func messageOrder(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	m := s.Messages()
	kept := manyWriters(t, m)
	var all []messaging.Message
	for page := (messaging.Page{More: true}); page.More; {
		f := messaging.Filter{Account: "acc_1", Limit: 37}
		if len(all) > 0 {
			f.Before = all[len(all)-1].Place
		}
		var err error
		if page, err = m.Messages(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Messages...)
	}
	slices.Reverse(all)
	var told []messaging.Message
	for _, e := range AllEvents(t, s, provisioning.EventFilter{Types: []string{"message.*"}}) {
		msg, is := e.Message()
		if !is || msg.Place != e.Pos || msg.Seq != e.Seq || e.Subject != string(msg.ID) || e.Account != "acc_1" {
			t.Fatalf("the event %+v is about %+v", e, msg)
		}
		short := *msg
		short.Delivery = nil
		told = append(told, short)
	}
	if len(all) != 160 || !reflect.DeepEqual(all, told) {
		t.Errorf("%d messages are listed, %d told; or they differ", len(all), len(told))
	}
	sameMessages(t, m, all, kept)
	if after := listed(t, m, messaging.Filter{After: all[99].Place, Limit: 200, Oldest: true}); len(after) != 60 || after[0].ID != all[100].ID {
		t.Errorf("%d follow, want 60, oldest first", len(after))
	}
}

// manyWriters puts 160 messages from eight goroutines, and gives them as they were kept.
func manyWriters(t *testing.T, m *store.Messages) map[messaging.ID]messaging.Message {
	t.Helper()
	at := time.Now()
	var mu sync.Mutex
	kept := map[messaging.ID]messaging.Message{}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				d := Draft([]messaging.Direction{messaging.Inbound, messaging.Outbound}[i%2], messaging.Address(fmt.Sprintf("+336399801%02d", w)), at.Add(time.Duration(i)))
				out, err := m.Put(t.Context(), d)
				if err != nil || out[0].Repeat || out[0].Refused != "" {
					t.Errorf("%+v %v", out, err)
					return
				}
				mu.Lock()
				kept[d.Message.ID] = out[0].Message
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return kept
}

// sameMessages compares what is listed, in the order of places, with what was kept, and with each as it is found.
func sameMessages(t *testing.T, m *store.Messages, all []messaging.Message, kept map[messaging.ID]messaging.Message) {
	t.Helper()
	for i := range all {
		if i > 0 && all[i].Place <= all[i-1].Place {
			t.Errorf("the place %d comes after %d", all[i].Place, all[i-1].Place)
		}
		one, err := m.Message(t.Context(), all[i].ID)
		if err != nil || !reflect.DeepEqual(*one, kept[all[i].ID]) {
			t.Errorf("kept %+v, found %+v: %v", kept[all[i].ID], one, err)
			continue
		}
		if one.Delivery = nil; !reflect.DeepEqual(*one, all[i]) {
			t.Errorf("found %+v, listed %+v", one, all[i])
		}
	}
}

// A name makes a repeat for as long as its window is; a print only by another bind.
func messageRepeats(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	at := time.Now().Add(-time.Hour)
	draft := func(after time.Duration, k messaging.Key) messaging.Draft {
		d := Draft(messaging.Inbound, "+33639980102", at.Add(after))
		k.Since = at.Add(after - 10*time.Minute)
		d.Key = k
		return d
	}
	named := messaging.Key{Name: "mcn_1 smsc 42", Print: "print 1", Bind: "bind 1"}
	first := keep(t, m, draft(0, named))[0]
	for _, after := range []time.Duration{0, time.Minute, 10 * time.Minute} {
		if again := keep(t, m, draft(after, named))[0]; !again.Repeat || !reflect.DeepEqual(again.Message, first.Message) {
			t.Errorf("after %v: %+v", after, again)
		}
	}
	if later := keep(t, m, draft(11*time.Minute, named))[0]; later.Repeat {
		t.Error("a name counts after its window")
	}
	nameless := messaging.Key{Print: "print 2", Bind: "bind 1"}
	one := keep(t, m, draft(0, nameless))[0]
	if two := keep(t, m, draft(0, nameless))[0]; one.Repeat || two.Repeat {
		t.Error("the same text by the same bind is a message of its own")
	}
	other := messaging.Key{Print: "print 2", Bind: "bind 2"}
	if again := keep(t, m, draft(time.Minute, other))[0]; !again.Repeat {
		t.Error("the same text by another bind is a repeat")
	}
	if later := keep(t, m, draft(11*time.Minute, other))[0]; later.Repeat {
		t.Error("a print counts after its window")
	}
	if n := len(listed(t, m, messaging.Filter{})); n != 5 {
		t.Errorf("%d messages, want 5", n)
	}
	// At once, too, one is the first and all others are it.
	var wg sync.WaitGroup
	ids := make(chan messaging.ID, 16)
	for range 16 {
		wg.Go(func() {
			out, err := m.Put(t.Context(), draft(0, messaging.Key{Name: "at once"}))
			if err != nil {
				t.Error(err)
				return
			}
			ids <- out[0].Message.ID
		})
	}
	wg.Wait()
	id := <-ids
	for range 15 {
		if other := <-ids; other != id {
			t.Errorf("%s and %s are the same", id, other)
		}
	}
}

// Who said STOP is sent nothing until they say START, and the list can be changed by hand.
func messageStop(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	at := time.Now()
	heed := func() messaging.Stored {
		d := Draft(messaging.Outbound, "+33639980102", at)
		d.HeedStop = true
		return keep(t, m, d)[0]
	}
	say := func(word string, s messaging.Stop) {
		d := Draft(messaging.Inbound, "+33639980102", at)
		d.Message.Body, d.Stop = word, s
		keep(t, m, d)
	}
	if out := heed(); out.Refused != "" {
		t.Errorf("refused: %s", out.Refused)
	}
	say("STOP", messaging.StopAdd)
	if out := heed(); out.Refused != messaging.ReasonOptedOut {
		t.Errorf("after STOP: %+v", out)
	}
	// What does not heed it goes; with one that is refused nothing is kept.
	pass, heeds := Draft(messaging.Outbound, "+33639980102", at), Draft(messaging.Outbound, "+33639980102", at)
	heeds.HeedStop = true
	if out := keep(t, m, pass); out[0].Refused != "" {
		t.Errorf("%+v", out)
	}
	before := len(listed(t, m, messaging.Filter{}))
	both := keep(t, m, Draft(messaging.Outbound, "+33639980102", at), heeds)
	if after := len(listed(t, m, messaging.Filter{})); both[1].Refused == "" || after != before {
		t.Errorf("%+v, %d messages, then %d", both, before, after)
	}
	say("START", messaging.StopRemove)
	if out := heed(); out.Refused != "" {
		t.Errorf("after START: %+v", out)
	}
}

// A guard counts what its number sent in the last hour, day and 30 days, also across a restart.
func messageGuards(t *testing.T, cfg store.Config) {
	t.Helper()
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().Add(-100 * 24 * time.Hour)
	guard := &messaging.Guard{Hour: 3, Day: 5, Month: 8}
	try := func(s *store.Store, after time.Duration, want messaging.Reason) {
		t.Helper()
		d := Draft(messaging.Outbound, messaging.Address(fmt.Sprintf("+3363998%04d", after/time.Minute%10000)), start.Add(after))
		d.Guard = guard
		if out := keep(t, s.Messages(), d)[0]; out.Refused != want {
			t.Errorf("after %v: %q, want %q", after, out.Refused, want)
		}
	}
	const hour, day = time.Hour, 24 * time.Hour
	try(s, 0, "")
	try(s, 10*time.Minute, "")
	keep(t, s.Messages(), Draft(messaging.Outbound, "+33639980103", start.Add(20*time.Minute))) // Without a guard: it counts.
	try(s, 30*time.Minute, "rate_hour")
	if err = s.Close(); err != nil {
		t.Fatal(err)
	}
	s = Open(t, cfg)
	try(s, 50*time.Minute, "rate_hour")
	try(s, hour+time.Millisecond, "")
	try(s, 3*hour, "")
	try(s, 5*hour, "rate_day")
	try(s, day+time.Millisecond, "")
	try(s, day+20*time.Minute, "")
	try(s, day+2*hour, "")
	try(s, 10*day, "rate_month")
	try(s, 30*day+time.Millisecond, "")
	guardsAtOnce(t, s.Messages(), start.Add(90*day), guard)
}

// guardsAtOnce shows that of many at once no more pass than may.
func guardsAtOnce(t *testing.T, m *store.Messages, at time.Time, guard *messaging.Guard) {
	t.Helper()
	var wg sync.WaitGroup
	passed := make(chan bool, 20)
	for range 20 {
		wg.Go(func() {
			d := Draft(messaging.Outbound, "+33639980109", at)
			d.Guard = guard
			out, failed := m.Put(t.Context(), d)
			if failed != nil {
				t.Error(failed)
				return
			}
			passed <- out[0].Refused == ""
		})
	}
	wg.Wait()
	close(passed)
	n := 0
	for yes := range passed {
		if yes {
			n++
		}
	}
	if n != guard.Hour {
		t.Errorf("%d passed, want %d", n, guard.Hour)
	}
}
