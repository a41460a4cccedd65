package messagingtest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"tandem/messaging"
)

// Kept is a store under test.
type Kept interface {
	messaging.Store
	messaging.Book
	messaging.Waker
}

// Opened is an empty store, and how another process opens what is in it: after Again the first is used no more.
type Opened struct {
	Kept  Kept
	Again func(t *testing.T) Kept
}

// Suite is what every store of messages must pass. The account, numbers and connectors that it uses are those of NewHouse.
func Suite(t *testing.T, open func(t *testing.T) Opened) {
	t.Helper()
	for _, c := range slices.Concat(putCases(), partCases(), laneCases(), receiptCases(), bookCases()) {
		t.Run(c.name, func(t *testing.T) {
			o := open(t)
			c.run(&trial{T: t, Kept: o.Kept, again: o.Again, base: time.Now().Truncate(time.Millisecond)})
		})
	}
}

// suiteCase is one thing that a store must do.
type suiteCase struct {
	name string
	run  func(*trial)
}

// trial is a store that is tried.
type trial struct {
	*testing.T
	Kept

	again func(t *testing.T) Kept
	base  time.Time
	ids   atomic.Int64
}

// reopen is the store as another process has it.
func (t *trial) reopen() {
	t.Helper()
	t.Kept = t.again(t.T)
}

func (t *trial) ctx() context.Context { return t.Context() }

// draft is an outbound text from Desk to Other, now.
func (t *trial) draft(text string, edit ...func(*messaging.Draft)) messaging.Draft {
	d := messaging.Draft{
		Message: messaging.Message{
			ID: messaging.ID(fmt.Sprintf("msg_%026d", t.ids.Add(1))), Account: Account, Number: DeskID, Own: Desk, Peer: Other, Direction: messaging.Outbound,
			Channel: messaging.ChannelWorkspace, Body: text, Encoding: "gsm7", Segments: 1, State: messaging.StateAccepted, At: t.base, UpdatedAt: t.base,
		},
		Key: messaging.Key{Print: "print of " + text, Bind: "bind1"},
	}
	for _, e := range edit {
		e(&d)
	}
	return d
}

// inbound makes a draft one that came from outside.
func inbound(d *messaging.Draft) {
	d.Message.Direction, d.Message.State, d.Message.Channel = messaging.Inbound, messaging.StateReceived, messaging.ChannelNetwork
	d.Key.Since = d.Message.At.Add(-10 * time.Minute)
}

// by gives a draft a delivery by a route, in the lane of its parties.
func by(r messaging.ConnectorID) func(*messaging.Draft) {
	return func(d *messaging.Draft) {
		d.Deliveries = append(d.Deliveries, messaging.NewDelivery{
			Channel: messaging.ChannelNetwork, Route: messaging.Route(r), Lane: "net:" + string(d.Message.Own) + ":" + string(d.Message.Peer),
			From: d.Message.Own, To: d.Message.Peer, Receipt: true, Until: d.Message.At.Add(24 * time.Hour),
		})
	}
}

// ago makes a draft of some time ago.
func ago(d time.Duration) func(*messaging.Draft) {
	return func(draft *messaging.Draft) {
		draft.Message.At = draft.Message.At.Add(-d)
		if !draft.Key.Since.IsZero() {
			draft.Key.Since = draft.Key.Since.Add(-d)
		}
	}
}

func peer(a messaging.Address) func(*messaging.Draft) {
	return func(d *messaging.Draft) { d.Message.Peer = a }
}

// asAlice makes a draft one of her number.
func asAlice(d *messaging.Draft) { d.Message.Number, d.Message.Own = AliceID, Alice }

// put keeps drafts, and fails the test when it cannot.
func (t *trial) put(drafts ...messaging.Draft) []messaging.Stored {
	t.Helper()
	got, err := t.Put(t.ctx(), drafts...)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(drafts) {
		t.Fatalf("of %d drafts %d were answered", len(drafts), len(got))
	}
	return got
}

// list is all messages that a filter picks, oldest first.
func (t *trial) list(f messaging.Filter) []messaging.Message {
	t.Helper()
	f.Oldest, f.Limit = true, 200
	p, err := t.Messages(t.ctx(), f)
	if err != nil {
		t.Fatal(err)
	}
	return p.Messages
}

func (t *trial) bodies(f messaging.Filter) []string {
	t.Helper()
	out := []string{}
	for _, m := range t.list(f) {
		out = append(out, m.Body)
	}
	return out
}

// message finds one as it is now.
func (t *trial) message(id messaging.ID) *messaging.Message {
	t.Helper()
	m, err := t.Message(t.ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// claim leases what is due on a route, and gives its texts.
func (t *trial) claim(r messaging.ConnectorID, limit int) ([]messaging.Delivery, []string) {
	t.Helper()
	ds, err := t.Claim(t.ctx(), messaging.Claim{Route: messaging.Route(r), Lease: time.Minute, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	for _, d := range ds {
		texts = append(texts, d.Body)
	}
	return ds, texts
}

func (t *trial) end(outcomes ...messaging.Outcome) {
	t.Helper()
	if err := t.End(t.ctx(), outcomes...); err != nil {
		t.Fatal(err)
	}
}

// want compares.
func want[T comparable](t *trial, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func wantAll(t *trial, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
