package store

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"tandem/routing"
)

// callColumns are the columns of calls in the order in which they are written and read.
const callColumns = `id, number, account, node, direction, status, outcome, from_number, to_number, anonymous, number_id, user_id, flow_id, flow_version,
 trunk, started_at, queued_at, answered_at, ended_at, cause_q850, cause_sip, cause_text, ended_by, voicemail, notified`

const legColumns = `call_id, position, id, kind, device, user_id, trunk, sip_call_id, codec, started_at, ringing_at, answered_at, ended_at,
 cause_q850, cause_sip, cause_text, packets_in, packets_out, packets_lost, jitter_ms`

// overBegun lets a finished call replace one that was only begun, and never the other way round.
const overBegun = `(id) DO UPDATE SET account = excluded.account, direction = excluded.direction, status = excluded.status, outcome = excluded.outcome,
 from_number = excluded.from_number, to_number = excluded.to_number, anonymous = excluded.anonymous, number_id = excluded.number_id,
 user_id = excluded.user_id, flow_id = excluded.flow_id, flow_version = excluded.flow_version, trunk = excluded.trunk,
 started_at = excluded.started_at, queued_at = excluded.queued_at, answered_at = excluded.answered_at, ended_at = excluded.ended_at,
 cause_q850 = excluded.cause_q850, cause_sip = excluded.cause_sip, cause_text = excluded.cause_text, ended_by = excluded.ended_by,
 voicemail = excluded.voicemail, notified = excluded.notified
 WHERE calls.status <> 'ended'`

// Status of a call in its record.
const (
	statusInitiated = "initiated"
	statusEnded     = "ended"
)

// book writes calls into their tables.
type book struct {
	node                                         string
	packer                                       *packer // of the drain, which alone writes ladders
	begun, ended, legs, timeline, ladder, outbox *inserter
}

func newBook(ctx context.Context, db *databases, node string) (*book, error) {
	packer, err := newPacker()
	if err != nil {
		return nil, err
	}
	b := &book{node: node, packer: packer}
	for _, p := range []struct {
		to    **inserter
		table table
	}{
		{&b.begun, newTable("calls", callColumns, "DO NOTHING")},
		{&b.ended, newTable("calls", callColumns, overBegun)},
		{&b.legs, newTable("legs", legColumns, "DO NOTHING")},
		{&b.timeline, newTable("timeline", "call_id, items", "DO NOTHING")},
		{&b.ladder, newTable("ladder", "call_id, at, items", "DO NOTHING")},
		{&b.outbox, newTable("outbox", outboxColumns, "DO NOTHING")},
	} {
		in, err := newInserter(ctx, db, p.table)
		if err != nil {
			return nil, err
		}
		*p.to = in
	}
	return b, nil
}

func (b *book) close() {
	for _, in := range []*inserter{b.begun, b.ended, b.legs, b.timeline, b.ladder, b.outbox} {
		in.close()
	}
}

// page is a run of calls that is written together: values for each table.
type page struct {
	begun, ended, legs, timeline, ladder, outbox []any
}

// finished is a call that is over, with its ladder in the form it is kept in.
type finished struct {
	call   *routing.CallRecord
	ladder []byte
}

// write writes begun calls and finished ones, with their events. A call must not be twice in one list.
func (b *book) write(ctx context.Context, t tx, begun []*routing.CallRecord, ended []finished) error {
	var p page
	for _, c := range begun {
		p.begun = b.callRow(p.begun, c, statusInitiated)
		p.outbox = appendEvent(p.outbox, callEvent(c, "call.created", statusInitiated), t.now)
	}
	for _, f := range ended {
		if err := b.addEnded(&p, f, t.now); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		into   *inserter
		values []any
	}{{b.begun, p.begun}, {b.ended, p.ended}, {b.legs, p.legs}, {b.timeline, p.timeline}, {b.ladder, p.ladder}, {b.outbox, p.outbox}} {
		if err := part.into.insert(ctx, t, part.values); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) addEnded(p *page, f finished, now time.Time) error {
	c := f.call
	p.ended = b.callRow(p.ended, c, statusEnded)
	for i := range c.Legs {
		p.legs = legRow(p.legs, c.ID, i, &c.Legs[i])
	}
	if len(c.Timeline) > 0 {
		items, err := json.Marshal(timelineOut(c.Timeline))
		if err != nil {
			return err
		}
		p.timeline = append(p.timeline, string(c.ID), string(items))
	}
	if len(f.ladder) > 1 {
		packed, err := b.packer.pack(f.ladder)
		if err != nil {
			return err
		}
		p.ladder = append(p.ladder, string(c.ID), millis(c.EndedAt), packed)
	}
	if c.Outcome == routing.OutcomeMissed {
		p.outbox = appendEvent(p.outbox, callEvent(c, "call.missed", statusEnded), now)
	}
	p.outbox = appendEvent(p.outbox, callEvent(c, "call.ended", statusEnded), now)
	return nil
}

func (b *book) callRow(to []any, c *routing.CallRecord, status string) []any {
	voicemail, notified := "null", "[]"
	if c.Voicemail != nil {
		voicemail = toJSON(c.Voicemail)
	}
	if len(c.Notified) > 0 {
		notified = toJSON(c.Notified)
	}
	return append(
		to, string(c.ID), c.Number, string(c.Account), b.node, string(c.Direction), status, string(c.Outcome), c.From, c.To, c.Anonymous,
		string(c.NumberID), string(c.User), c.Flow.ID, int64(c.Flow.Version), string(c.Trunk), millis(c.StartedAt), millis(c.QueuedAt),
		millis(c.AnsweredAt), millis(c.EndedAt), int64(c.Cause.Q850), int64(c.Cause.SIP), c.Cause.Text, c.EndedBy, voicemail, notified,
	)
}

func legRow(to []any, call routing.CallID, i int, l *routing.LegRecord) []any {
	return append(
		to, string(call), int64(i), string(l.ID), l.Kind, string(l.Device), string(l.User), string(l.Trunk), l.SIPCallID, l.Codec,
		millis(l.StartedAt), millis(l.RingingAt), millis(l.AnsweredAt), millis(l.EndedAt), int64(l.Cause.Q850), int64(l.Cause.SIP), l.Cause.Text,
		counter(l.PacketsIn), counter(l.PacketsOut), counter(l.PacketsLost), finite(l.JitterMS),
	)
}

// counter keeps a count inside a column.
func counter(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

// finite keeps what is no number out of a column.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// toJSON is for values that always marshal.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// timelineItem is a timeline item as it is kept (API.md section 4).
type timelineItem struct {
	At   int64             `json:"at"`
	Seq  int               `json:"seq"`
	Type string            `json:"type"`
	Node string            `json:"node,omitempty"`
	User string            `json:"user,omitempty"`
	Leg  string            `json:"leg,omitempty"`
	Args map[string]string `json:"args,omitempty"`
}

func timelineOut(items []routing.TimelineItem) []timelineItem {
	out := make([]timelineItem, 0, len(items))
	for _, t := range items {
		out = append(out, timelineItem{millis(t.At), t.Seq, t.Type, t.Node, string(t.User), string(t.Leg), t.Args})
	}
	return out
}

func timelineIn(items []timelineItem) []routing.TimelineItem {
	var out []routing.TimelineItem
	for _, t := range items {
		out = append(out, routing.TimelineItem{
			At: moment(t.At), Seq: t.Seq, Type: t.Type, Node: t.Node, User: routing.UserID(t.User), Leg: routing.LegID(t.Leg), Args: t.Args,
		})
	}
	return out
}
