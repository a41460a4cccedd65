package storetest

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/store"
)

// out is an outbound message to a peer; its lane is the peer's.
func out(peer messaging.Address) messaging.Draft { return Draft(messaging.Outbound, peer, time.Now()) }

// claimed leases deliveries of the route "mcn_1", and gives their ids.
func claimed(t *testing.T, m *store.Messages, limit int) []messaging.Delivery {
	t.Helper()
	all, err := m.Claim(t.Context(), messaging.Claim{Route: "mcn_1", Lease: time.Minute, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ended(t *testing.T, m *store.Messages, outcomes ...messaging.Outcome) {
	t.Helper()
	if err := m.End(t.Context(), outcomes...); err != nil {
		t.Fatal(err)
	}
}

// state is how far a message is, and why.
func state(t *testing.T, m *store.Messages, id messaging.ID) string {
	t.Helper()
	msg, err := m.Message(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return string(msg.State) + " " + string(msg.Reason)
}

func messagesOf(all []messaging.Delivery) []messaging.ID {
	var ids []messaging.ID
	for i := range all {
		ids = append(ids, all[i].Message)
	}
	return ids
}

// Deliveries of a lane are carried out one after the other, in their order, whatever becomes of them.
func lanes(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	var a, b []messaging.ID
	for range 4 {
		a = append(a, keep(t, m, out("+33639980201"))[0].Message.ID)
		b = append(b, keep(t, m, out("+33639980202"))[0].Message.ID)
	}
	first := claimed(t, m, 1)
	if !slices.Equal(messagesOf(first), a[:1]) || first[0].Try != 1 || first[0].Repeat || first[0].Body != "Où êtes-vous ? œ€😀" || first[0].Segments != 1 || !first[0].Receipt {
		t.Fatalf("%+v", first)
	}
	if other := claimed(t, m, 3); !slices.Equal(messagesOf(other), b[:3]) {
		t.Errorf("%v, want the three oldest of the other lane", messagesOf(other))
	} else {
		// The first is put off: those behind it wait, though they were claimed with it.
		ended(
			t, m, messaging.Outcome{Delivery: other[0].ID, Result: messaging.ResultAgain, Again: time.Now().Add(time.Hour), Reason: messaging.ReasonAbsent},
			messaging.Outcome{Delivery: other[1].ID, Result: messaging.ResultBack}, messaging.Outcome{Delivery: other[2].ID, Result: messaging.ResultBack},
		)
	}
	if none := claimed(t, m, 10); len(none) != 0 {
		t.Errorf("%v pass what is before them", messagesOf(none))
	}
	if due, err := m.Due(t.Context(), "mcn_1"); err != nil || time.Until(due) < 59*time.Minute {
		t.Errorf("due at %v: %v", due, err)
	}
	woken := make(chan messaging.Route, 100)
	defer m.OnDeliveries(func(r messaging.Route) { woken <- r })()
	ended(t, m, messaging.Outcome{Delivery: first[0].ID, Result: messaging.ResultSent, IDs: []string{"1"}})
	if r := <-woken; r != "mcn_1" {
		t.Errorf("woken for %s", r)
	}
	if rest := claimed(t, m, 10); !slices.Equal(messagesOf(rest), a[1:]) {
		t.Errorf("%v, want the rest of the lane", messagesOf(rest))
	}
	if err := m.Hasten(t.Context(), "num_1 +33639980202"); err != nil {
		t.Fatal(err)
	}
	again := claimed(t, m, 10)
	if !slices.Equal(messagesOf(again), b) || again[0].Try != 2 || again[1].Try != 1 || again[3].Try != 1 {
		t.Errorf("%+v, want all of the lane", again)
	}
}

// A delivery that goes on by another route keeps its place; what waits behind it on the first waits for it.
func fallback(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	a, b := keep(t, m, out("+33639980201"))[0].Message.ID, keep(t, m, out("+33639980201"))[0].Message.ID
	d := claimed(t, m, 1)[0]
	ended(t, m, messaging.Outcome{Delivery: d.ID, Result: messaging.ResultAgain, Route: "mcn_2", Reason: "rp_27", Repeat: true})
	if none := claimed(t, m, 10); len(none) != 0 {
		t.Errorf("%v pass what is before them", messagesOf(none))
	}
	other, err := m.Claim(t.Context(), messaging.Claim{Route: "mcn_2", Lease: time.Minute, Limit: 10})
	if err != nil || !slices.Equal(messagesOf(other), []messaging.ID{a}) || !other[0].Repeat || other[0].ID != d.ID {
		t.Fatalf("%+v: %v", other, err)
	}
	ended(t, m, messaging.Outcome{Delivery: d.ID, Result: messaging.ResultDelivered})
	if msg, err := m.Message(t.Context(), a); err != nil || msg.State != messaging.StateDelivered || msg.Delivery[0].Connector != "mcn_2" || !msg.Delivery[0].Repeated || msg.Delivery[0].Tries != 2 {
		t.Errorf("%+v: %v", msg, err)
	}
	if rest := claimed(t, m, 10); !slices.Equal(messagesOf(rest), []messaging.ID{b}) {
		t.Errorf("%v, want the other", messagesOf(rest))
	}
}

// Each change of a message's state is told once, with the reason, and goes one way only.
func states(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	m := s.Messages()
	var ids []messaging.ID
	for i := range 4 {
		ids = append(ids, keep(t, m, out(messaging.Address(fmt.Sprintf("+3363998020%d", i))))[0].Message.ID)
	}
	all := claimed(t, m, 10)
	ended(
		t, m, messaging.Outcome{Delivery: all[0].ID, Result: messaging.ResultSent, IDs: []string{"7"}},
		messaging.Outcome{Delivery: all[1].ID, Result: messaging.ResultFailed, Reason: "smpp_0x00000045"},
		messaging.Outcome{Delivery: all[2].ID, Result: messaging.ResultUnknown}, messaging.Outcome{Delivery: all[3].ID, Result: messaging.ResultDelivered},
	)
	for i, want := range []string{"sent ", "failed smpp_0x00000045", "unknown in_doubt", "delivered "} {
		if got := state(t, m, ids[i]); got != want {
			t.Errorf("message %d is %s, want %s", i, got, want)
		}
	}
	ended(t, m, messaging.Outcome{Delivery: all[1].ID, Result: messaging.ResultDelivered}) // It was over.
	r := messaging.Receipt{Connector: "mcn_1", IDs: []string{"7"}, State: messaging.StateFailed, Reason: messaging.ReasonUndeliverable}
	for range 2 {
		if found, err := m.Receipt(t.Context(), r); err != nil || !bool(found) {
			t.Errorf("%v: %v", found, err)
		}
	}
	if got := state(t, m, ids[0]); got != "failed undeliverable" {
		t.Errorf("after a receipt: %s", got)
	}
	told := map[string][]string{}
	for _, e := range AllEvents(t, s, provisioning.EventFilter{Types: []string{"message.*"}}) {
		msg, _ := e.Message()
		told[e.Subject] = append(told[e.Subject], string(msg.State))
		if msg.Seq != e.Seq {
			t.Errorf("the event %d has the number %d", e.Seq, msg.Seq)
		}
	}
	for i, want := range [][]string{{"accepted", "sent", "failed"}, {"accepted", "failed"}, {"accepted", "unknown"}, {"accepted", "delivered"}} {
		if got := told[string(ids[i])]; !slices.Equal(got, want) {
			t.Errorf("of message %d was told %v, want %v", i, got, want)
		}
	}
}

// heard is a store that hears receipts.
type heard struct {
	t *testing.T
	m *store.Messages
}

// sent puts a message that the network takes under some names.
func (h heard) sent(peer messaging.Address, ids ...string) messaging.ID {
	h.t.Helper()
	id := keep(h.t, h.m, out(peer))[0].Message.ID
	d := claimed(h.t, h.m, 1)
	if len(d) != 1 || d[0].Message != id {
		h.t.Fatalf("%+v", d)
	}
	ended(h.t, h.m, messaging.Outcome{Delivery: d[0].ID, Result: messaging.ResultSent, IDs: ids})
	return id
}

// say gives a receipt, of delivery by "mcn_1" unless it says otherwise.
func (h heard) say(want messaging.Found, r messaging.Receipt) {
	h.t.Helper()
	r.Connector, r.State = cmp.Or(r.Connector, "mcn_1"), cmp.Or(r.State, messaging.StateDelivered)
	if found, err := h.m.Receipt(h.t.Context(), r); err != nil || found != want {
		h.t.Errorf("found %v, want %v: %v", found, want, err)
	}
}

// is says how far a message must be.
func (h heard) is(id messaging.ID, want string) {
	h.t.Helper()
	if got := state(h.t, h.m, id); got != want+" " {
		h.t.Errorf("it is %s, want %s", got, want)
	}
}

// A receipt finds its message by its id or another way to write it, by its parties, and when it comes before the message has its id.
func receipts(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	h := heard{t, m}
	one := h.sent("+33639980201", "ff")
	h.say(false, messaging.Receipt{Connector: "mcn_2", IDs: []string{"ff"}})
	h.say(false, messaging.Receipt{IDs: []string{"255", "ff"}, From: "+33639980209", To: ownE164}) // In another dialect a name is no proof alone.
	h.say(true, messaging.Receipt{IDs: []string{"255", "ff"}, From: "+33639980201", To: ownE164, State: messaging.StateSent})
	h.is(one, "sent")
	h.say(true, messaging.Receipt{IDs: []string{"255", "ff"}, From: "+33639980201", To: ownE164})
	h.is(one, "delivered")
	// Of three segments each has a name.
	three := h.sent("+33639980202", "a", "b", "c")
	for i, name := range []string{"b", "b", "a", "c"} {
		h.is(three, "sent")
		h.say(true, messaging.Receipt{IDs: []string{name}})
		if i == 3 {
			h.is(three, "delivered")
		}
	}
	receiptsByParties(h)
}

// receiptsByParties shows what becomes of receipts without a name, and of those that come early.
func receiptsByParties(h heard) {
	h.t.Helper()
	// Without a name it is the oldest between its parties, however they are written.
	older, newer := h.sent("+33639980203", "msg_id_not_implemented"), h.sent("+33639980203", "msg_id_not_implemented")
	h.say(true, messaging.Receipt{IDs: []string{"00000003"}, From: "0639980203", To: ownE164})
	h.is(older, "delivered")
	h.is(newer, "sent")
	h.say(true, messaging.Receipt{IDs: []string{"00000003"}, From: "0639980203", To: ownE164}) // The same once more.
	h.is(newer, "sent")
	h.say(true, messaging.Receipt{IDs: []string{"00000004"}, From: "33639980203", To: ownE164})
	h.is(newer, "delivered")
	// Two come before the network said what it calls the message, one of them between its parties alone.
	h.say(false, messaging.Receipt{IDs: []string{"early"}})
	h.is(h.sent("+33639980204", "early"), "delivered")
	h.say(false, messaging.Receipt{IDs: []string{"other"}, From: "+33639980205", To: ownE164})
	h.is(h.sent("+33639980205"), "delivered")
	h.is(h.sent("+33639980205"), "sent")
}

// What was under way when the process ended is in doubt, and becomes what the policy of its route says.
func recovery(t *testing.T, cfg store.Config) {
	t.Helper()
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	held, again := out("+33639980201"), out("+33639980202")
	again.Deliveries[0].Route = "mcn_2"
	behind := out("+33639980201")
	for _, d := range []messaging.Draft{held, again, behind} {
		keep(t, s.Messages(), d)
	}
	claimed(t, s.Messages(), 1)
	if _, err = s.Messages().Claim(t.Context(), messaging.Claim{Route: "mcn_2", Lease: time.Minute, Limit: 1}); err != nil {
		t.Fatal(err)
	}
	policy := func(r messaging.Route) messaging.InDoubt {
		return map[messaging.Route]messaging.InDoubt{"mcn_1": messaging.InDoubtHold, "mcn_2": messaging.InDoubtRetry}[r]
	}
	if got, failed := s.Messages().Recover(t.Context(), policy); failed != nil || got != (messaging.Recovered{}) {
		t.Errorf("what is under way now was recovered: %+v %v", got, failed)
	}
	if err = s.Close(); err != nil {
		t.Fatal(err)
	}
	s = Open(t, cfg)
	m := s.Messages()
	if none := claimed(t, m, 10); len(none) != 0 {
		t.Errorf("%v pass what is in doubt", messagesOf(none))
	}
	if got, failed := m.Recover(t.Context(), policy); failed != nil || got != (messaging.Recovered{Again: 1, InDoubt: 1}) {
		t.Errorf("%+v %v", got, failed)
	}
	if got := state(t, m, held.Message.ID); got != "unknown in_doubt" {
		t.Errorf("it is %s", got)
	}
	rest := claimed(t, m, 10)
	if !slices.Equal(messagesOf(rest), []messaging.ID{behind.Message.ID}) {
		t.Fatalf("%v, want what was behind it", messagesOf(rest))
	}
	if more, failed := m.Claim(t.Context(), messaging.Claim{Route: "mcn_2", Lease: time.Minute, Limit: 10}); failed != nil || len(more) != 1 || !more[0].Repeat || more[0].Try != 2 {
		t.Errorf("%+v: %v", more, failed)
	}
	// A receipt resolves what was in doubt, once it cannot be about something that is under way.
	say := messaging.Receipt{Connector: "mcn_1", From: "+33639980201", To: ownE164, State: messaging.StateDelivered}
	if found, failed := m.Receipt(t.Context(), say); failed != nil || bool(found) {
		t.Errorf("found %v: %v", found, failed)
	}
	ended(t, m, messaging.Outcome{Delivery: rest[0].ID, Result: messaging.ResultFailed, Reason: "x"})
	if found, failed := m.Receipt(t.Context(), say); failed != nil || !bool(found) {
		t.Errorf("found %v: %v", found, failed)
	}
	if got := state(t, m, held.Message.ID); got != "delivered " {
		t.Errorf("it is %s", got)
	}
}

// What nobody took in time failed, and holds up nothing.
func expiry(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	old, next := out("+33639980201"), out("+33639980201")
	old.Deliveries[0].Until = time.Now().Add(-time.Second)
	keep(t, m, old)
	keep(t, m, next)
	for _, want := range []int{1, 0} {
		if n, err := m.Expire(t.Context(), 10); err != nil || n != want {
			t.Errorf("%d expired, want %d: %v", n, want, err)
		}
	}
	if got := state(t, m, old.Message.ID); got != "failed expired" {
		t.Errorf("it is %s", got)
	}
	if rest := claimed(t, m, 10); !slices.Equal(messagesOf(rest), []messaging.ID{next.Message.ID}) {
		t.Errorf("%v, want the other", messagesOf(rest))
	}
}

// Many claim at once: each delivery goes to one of them, and no lane to two.
func claimers(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	want := map[string][]messaging.ID{}
	for i := range 60 {
		d := out(messaging.Address(fmt.Sprintf("+3363998020%d", i%5)))
		want[d.Deliveries[0].Lane] = append(want[d.Deliveries[0].Lane], keep(t, m, d)[0].Message.ID)
	}
	c := carriers{m: m, got: map[string][]messaging.ID{}, busy: map[string]bool{}}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				c.carry(t)
			}
		})
	}
	wg.Wait()
	if !reflect.DeepEqual(c.got, want) {
		t.Errorf("carried out\n%v\nwant\n%v", c.got, want)
	}
}

// carriers carry out at once what they claim.
type carriers struct {
	m    *store.Messages
	mu   sync.Mutex
	got  map[string][]messaging.ID // by lane
	busy map[string]bool
}

func (c *carriers) carry(t *testing.T) {
	t.Helper()
	all, err := c.m.Claim(t.Context(), messaging.Claim{Route: "mcn_1", Lease: time.Minute, Limit: 3})
	if err != nil {
		t.Error(err)
		return
	}
	here := map[string]bool{}
	var outcomes []messaging.Outcome
	c.mu.Lock()
	for i := range all {
		lane := all[i].Lane
		if c.busy[lane] && !here[lane] {
			t.Errorf("the lane %s went to two", lane)
		}
		c.busy[lane], here[lane] = true, true
		c.got[lane] = append(c.got[lane], all[i].Message)
		outcomes = append(outcomes, messaging.Outcome{Delivery: all[i].ID, Result: messaging.ResultSent})
	}
	for lane := range here {
		delete(c.busy, lane) // Before the end is written, after which anybody may have it.
	}
	c.mu.Unlock()
	if err = c.m.End(t.Context(), outcomes...); err != nil {
		t.Error(err)
	}
}

// What waits is counted by its route, and what is in doubt by itself.
func figures(t *testing.T, cfg store.Config) {
	t.Helper()
	m := Open(t, cfg).Messages()
	for _, peer := range []messaging.Address{"+33639980201", "+33639980202", "+33639980203"} {
		keep(t, m, out(peer))
	}
	keep(t, m, Draft(messaging.Inbound, "+33639980204", time.Now()))
	now := func(wantCarrier, wantOperator, wantDoubt int64) {
		t.Helper()
		got, err := m.Figures(t.Context())
		if err != nil || got.Waiting["mcn_1"] != wantCarrier || got.Waiting["mcn_op"] != wantOperator || got.InDoubt != wantDoubt {
			t.Errorf("%+v %v, want %d, %d and %d in doubt", got, err, wantCarrier, wantOperator, wantDoubt)
		}
	}
	now(3, 1, 0)
	all := claimed(t, m, 2)
	now(3, 1, 0)
	ended(t, m, messaging.Outcome{Delivery: all[0].ID, Result: messaging.ResultSent, IDs: []string{"a"}},
		messaging.Outcome{Delivery: all[1].ID, Result: messaging.ResultUnknown, Reason: messaging.ReasonInDoubt})
	now(1, 1, 1)
}
