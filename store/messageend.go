package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"tandem/messaging"
	"tandem/provisioning"
)

// End implements messaging.Store. What many end at once shares a transaction.
func (m *Messages) End(ctx context.Context, outcomes ...messaging.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	if err := m.ends.ask(ctx, outcomes); err != nil {
		return fmt.Errorf("end deliveries of messages: %w", err)
	}
	return nil
}

// endAll writes what ended meanwhile in one transaction.
func (m *Messages) endAll(ctx context.Context, all [][]messaging.Outcome) []error {
	err := m.endJob(ctx, slices.Concat(all...))
	out := make([]error, len(all))
	for i := range all {
		out[i] = err
		if err != nil && len(all) > 1 && m.store.db.write.PingContext(ctx) == nil {
			out[i] = m.endJob(ctx, all[i])
		}
	}
	return out
}

// endJob writes outcomes, and does what is to be done then in the same transaction.
func (m *Messages) endJob(ctx context.Context, outcomes []messaging.Outcome, then ...func(context.Context, tx) error) error {
	return m.change(ctx, func(ctx context.Context, g *changes) error {
		ids := make([]any, len(outcomes))
		for i := range outcomes {
			ids[i] = outcomes[i].Delivery
		}
		if err := g.load(ctx, ids); err != nil {
			return err
		}
		for i := range outcomes {
			o := &outcomes[i]
			d := g.on[o.Delivery]
			if d == nil || d.state != sendSubmitting || d.owner != m.life {
				continue
			}
			g.end(d, o)
		}
		return g.early(ctx)
	}, then...)
}

// changes is what one transaction changes of deliveries, and so of their messages.
type changes struct {
	*sheet

	on      map[int64]*send // deliveries by id
	about   map[messaging.ID]*messaging.Message
	touched map[messaging.ID]bool
	submits []any
	taken   []*send // with what the other calls them, by which early receipts are found
	named   map[string]named
}

// named is a segment that has a name.
type named struct {
	delivery int64
	segment  int64
}

// change runs f in a transaction, which others may share, writes what it changed, does what is to be done then, and wakes who waits for that.
func (m *Messages) change(ctx context.Context, f func(ctx context.Context, g *changes) error, then ...func(context.Context, tx) error) error {
	var routes map[messaging.Route]bool
	told := false
	err := m.jobs.ask(ctx, func(ctx context.Context, t tx) error {
		g, err := m.newChanges(ctx, t)
		if err == nil {
			err = f(ctx, g)
		}
		if err == nil {
			err = g.write(ctx)
		}
		for _, do := range then {
			if err == nil {
				err = do(ctx, t)
			}
		}
		if err == nil {
			routes, told = g.routes, len(g.news) > 0
		}
		return err
	})
	if err == nil && told {
		m.store.events.waiting.tell()
	}
	if err == nil {
		m.wakes.tell(slices.Sorted(maps.Keys(routes))...)
	}
	return err
}

func (m *Messages) newChanges(ctx context.Context, t tx) (*changes, error) {
	g := &changes{
		sheet: m.newSheet(t), on: map[int64]*send{}, about: map[messaging.ID]*messaging.Message{}, touched: map[messaging.ID]bool{}, named: map[string]named{},
	}
	var err error
	g.base, err = m.last(ctx, t)
	return g, err
}

// load reads deliveries with their messages.
func (g *changes) load(ctx context.Context, ids []any) error {
	err := g.m.findSends.each(ctx, g.t, ids, func(r *sql.Rows) error {
		d, err := scanSend(r)
		if err == nil && g.on[d.id] == nil {
			g.on[d.id] = d
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	return g.loadMessages(ctx)
}

// loadMessages reads the messages that are not known yet.
func (g *changes) loadMessages(ctx context.Context) error {
	want := set{}
	for _, d := range g.on {
		if g.about[d.message] == nil {
			want.add(string(d.message))
		}
	}
	found, err := g.m.byID(ctx, g.t, want.all)
	maps.Copy(g.about, found)
	return err
}

// end applies what came of a delivery.
func (g *changes) end(d *send, o *messaging.Outcome) {
	switch o.Result {
	case messaging.ResultSent:
		g.names(d, o.IDs)
		g.becomes(d, sendSent, "")
	case messaging.ResultDelivered:
		g.becomes(d, sendDelivered, "")
	case messaging.ResultFailed:
		g.becomes(d, sendFailed, o.Reason)
	case messaging.ResultUnknown:
		g.becomes(d, sendInDoubt, cmp.Or(o.Reason, messaging.ReasonInDoubt))
	case messaging.ResultBack:
		d.tries--
		g.becomes(d, sendWaiting, d.reason)
	case messaging.ResultAgain:
		if again := millis(o.Again); again > 0 && d.due != hastened {
			d.due = again
		} else {
			d.due = g.t.now.UnixMilli()
		}
		d.route = cmp.Or(o.Route, d.route)
		d.repeated = d.repeated || o.Repeat
		g.becomes(d, sendWaiting, o.Reason)
	}
}

// names notes what the other calls the segments of a delivery.
func (g *changes) names(d *send, ids []string) {
	d.segments = max(1, len(ids))
	for i := range d.segments {
		remote := ""
		if i < len(ids) && !meaningless(ids[i]) {
			remote = remoteOf(d.route, ids[i])
			g.named[remote] = named{d.id, int64(i)}
		}
		g.submits = append(g.submits, d.id, int64(i), remote, sendSent)
	}
	g.taken = append(g.taken, d)
}

// remoteOf is the name that a segment has at a connector.
func remoteOf(r messaging.Route, id string) string { return string(r) + " " + text(id) }

// meaningless says whether an id names nothing: some networks give one to all messages.
func meaningless(id string) (is bool) { return id == "" || id == "msg_id_not_implemented" }

// becomes gives a delivery another state, with its attempt and its message; what changed of them is told.
func (g *changes) becomes(d *send, state string, why messaging.Reason) {
	d.state, d.reason, d.changed = state, messaging.Reason(text(string(why))), true
	d.lease, d.owner, d.ended = 0, "", 0
	g.routes[d.route] = true
	if state != sendWaiting {
		d.ended = g.t.now.UnixMilli()
		d.losesHead = d.losesHead || d.head
		d.head = false
	}
	msg := g.about[d.message]
	if msg == nil || d.slot >= len(msg.Delivery) {
		return
	}
	before, was := msg.Delivery[d.slot], msg.State
	now := before
	now.Connector, now.State, now.Reason, now.Tries, now.Repeated = connectorOf(d.route), attemptState(state), d.reason, d.tries, d.repeated
	if now == before {
		return
	}
	now.At = exact(g.t.now)
	msg.Delivery[d.slot] = now
	g.touched[msg.ID] = true
	if msg.Direction == messaging.Outbound && d.channel == messaging.ChannelNetwork {
		advance(msg)
	}
	if now.State == before.State && msg.State == was {
		return // A try more is no news.
	}
	msg.UpdatedAt = exact(g.t.now)
	if msg.Class == messaging.ClassOrdinary {
		g.tellMessage(provisioning.MessageUpdated, msg)
	}
}

// attemptState is how far a message is on a channel.
func attemptState(state string) messaging.State {
	switch state {
	case sendInDoubt:
		return messaging.StateUnknown
	case sendSent:
		return messaging.StateSent
	case sendDelivered:
		return messaging.StateDelivered
	case sendFailed:
		return messaging.StateFailed
	}
	return messaging.StateAccepted
}

// advance takes into the state of a message what became of it on the network: the best of its ways counts.
func advance(msg *messaging.Message) {
	rank := []messaging.State{messaging.StateFailed, messaging.StateAccepted, messaging.StateUnknown, messaging.StateSent, messaging.StateDelivered}
	var best *messaging.Attempted
	for i := range msg.Delivery {
		a := &msg.Delivery[i]
		if a.Channel == messaging.ChannelNetwork && (best == nil || slices.Index(rank, a.State) >= slices.Index(rank, best.State)) {
			best = a
		}
	}
	if next := msg.State.Advance(best.State); next != msg.State {
		msg.State, msg.Reason = next, ""
		if next == messaging.StateFailed || next == messaging.StateUnknown {
			msg.Reason = best.Reason
		}
	}
}

// write writes the changes. What was behind the first of a lane that is over comes first then.
func (g *changes) write(ctx context.Context) error {
	var sends, messages []any
	lanes := set{}
	for _, d := range g.on {
		if !d.changed {
			continue
		}
		sends = append(
			sends, d.id, string(d.route), d.state, d.head, string(d.reason), int64(d.tries), d.repeated, d.due, d.lease, d.owner, d.ended, int64(d.segments),
			int64(d.arrived), pendingOf(d.route, d.to, d.from),
		)
		if d.losesHead {
			lanes.add(d.lane)
		}
	}
	for id := range g.touched {
		msg := g.about[id]
		messages = append(messages, string(id), string(msg.State), string(msg.Reason), attempts(msg), millis(msg.UpdatedAt), msg.Seq)
	}
	err := g.m.endSends.update(ctx, g.t, sends)
	if err == nil {
		err = g.m.endMessages.update(ctx, g.t, messages)
	}
	if err == nil {
		err = g.m.submits.insert(ctx, g.t, g.submits)
	}
	if err == nil {
		err = g.promote(ctx, lanes)
	}
	if err != nil {
		return err
	}
	return g.m.store.events.append(ctx, g.t, g.news)
}

// promote makes the oldest of lanes that is not over the first of them.
func (g *changes) promote(ctx context.Context, lanes set) error {
	var heads []any
	err := g.m.findNext.each(ctx, g.t, lanes.all, func(r *sql.Rows) error {
		var id int64
		var route messaging.Route
		err := r.Scan(&id, &route)
		if !slices.Contains(heads, any(id)) {
			heads = append(heads, id, true)
		}
		g.routes[route] = true
		return err
	})
	if err != nil {
		return fmt.Errorf("find what follows: %w", err)
	}
	return g.m.setHeads.update(ctx, g.t, heads)
}
