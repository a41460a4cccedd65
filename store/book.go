package store

import (
	"context"
	"encoding/json"
	"time"

	"tandem/routing"
)

// callColumns are the columns of calls in the order in which they are written and read.
const callColumns = `id, number, account, node, direction, status, outcome, from_number, to_number, anonymous, number_id, user_id, flow_id, flow_version,
 trunk, started_at, queued_at, answered_at, ended_at, cause_q850, cause_sip, cause_text, ended_by, voicemail, notified, extra,
 missed, assigned_to, archived, updated_at, seq`

// overBegun lets a finished call replace one that was only begun, and never the other way round. Whose call it is, from whom, to whom and since when
// is known when it begins, and is not written again: that would be one more write to each index.
const overBegun = `(id) DO UPDATE SET status = excluded.status, outcome = excluded.outcome, number_id = excluded.number_id, user_id = excluded.user_id,
 flow_id = excluded.flow_id, flow_version = excluded.flow_version, trunk = excluded.trunk, queued_at = excluded.queued_at,
 answered_at = excluded.answered_at, ended_at = excluded.ended_at, cause_q850 = excluded.cause_q850, cause_sip = excluded.cause_sip,
 cause_text = excluded.cause_text, ended_by = excluded.ended_by, voicemail = excluded.voicemail, notified = excluded.notified, extra = excluded.extra,
 missed = excluded.missed, assigned_to = excluded.assigned_to, archived = excluded.archived, updated_at = excluded.updated_at,
 seq = excluded.seq
 WHERE calls.status <> 'ended'`

// Status of a call in its record.
const (
	statusInitiated = "initiated"
	statusEnded     = "ended"
)

// The kinds of label of a call.
const (
	labelTag  = "tag"
	labelTeam = "team"
)

// book writes calls into their tables.
type book struct {
	node                                                                                               string
	begun, ended, details, ladder, labels, comments, shifts, deliveries, notices, known, conversations *inserter
	log                                                                                                *eventLog
	came                                                                                               *prepared // writes how far the spool is in the database
}

// spoolPlace writes how far the spool is in the database, and the promise of call numbers where it is a higher one.
const spoolPlace = `UPDATE nodes SET spool_segment = $1, spool_offset = $2, number_next = CASE WHEN number_next < $3 THEN $4 ELSE number_next END,
 number_end = CASE WHEN number_next < $5 THEN $6 ELSE number_end END WHERE id = $7`

func newBook(ctx context.Context, db *databases, node string) (*book, error) {
	log, err := newEventLog(ctx, db)
	if err != nil {
		return nil, err
	}
	came, err := prepare(ctx, db, spoolPlace)
	if err != nil {
		return nil, err
	}
	b := &book{node: node, log: log, came: came}
	for _, p := range []struct {
		to    **inserter
		table table
	}{
		{&b.begun, newTable("calls", callColumns, "DO NOTHING")},
		{&b.ended, newTable("calls", callColumns, overBegun)},
		{&b.details, newTable("details", "call_id, items", "DO NOTHING")},
		{&b.ladder, newTable("ladder", "call_id, at, items", "DO NOTHING")},
		{&b.labels, newTable("call_labels", "call_id, kind, label", "DO NOTHING")},
		{&b.comments, newTable("call_comments", "call_id, id, at, by_user, text", "DO NOTHING")},
		{&b.deliveries, newTable("deliveries", deliveryColumns, "DO NOTHING")},
		{&b.notices, newTable("notifications", noticeColumns, "DO NOTHING")},
		{&b.known, newTable("acquaintances", "account, caller, user_id, at", laterKnown)},
		{&b.conversations, newTable("conversations", conversationColumns, laterConversation)},
		{&b.shifts, newTable("status_history", "account, user_id, at, status, reason, device, call_id", "DO NOTHING")},
	} {
		if *p.to, err = newInserter(ctx, db, p.table); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *book) close() {
	for _, in := range []*inserter{b.begun, b.ended, b.details, b.ladder, b.labels, b.comments, b.shifts, b.deliveries, b.notices, b.known, b.conversations, b.log.blocks} {
		in.close()
	}
	for _, p := range []*prepared{b.log.last, b.log.take, b.came} {
		p.close()
	}
}

// page is a run of calls that is written together: values for each table.
type page struct {
	begun, ended, details, ladder, labels, comments, shifts, known []any
}

// finished is a call that began or is over: its record, and its head, its details and its ladder in the forms they are kept in.
type finished struct {
	call    *routing.CallRecord
	head    []byte
	details []byte
	ladder  []byte
	last    int64 // place of its last event
}

// batch is what is written together. A call must not be twice in one list; where it is in both, its row is written once, as it is at the end.
type batch struct {
	begun  []finished
	ended  []finished
	shifts []routing.StatusChange
	news   []news // of all of them, in the order in which they came
	late   []news // of what follows from them, which the database says
	// notices are rows.
	notices []any
}

// begin adds a call that began, with its event.
func (x *batch) begin(f finished) {
	f.last = 1
	x.begun = append(x.begun, f)
	x.tell(f, &routing.CallEvent{Type: callCreated, Status: routing.CallInitiated, Seq: 1, At: f.call.StartedAt})
}

// finish adds a call that is over, with its events. They rise past everything that was told of it; least is for a call whose timeline is lost.
func (x *batch) finish(f finished, least int64) {
	seq := max(f.seq(), least)
	f.last = seq
	x.ended = append(x.ended, f)
	if f.call.Outcome == routing.OutcomeMissed {
		x.tell(f, &routing.CallEvent{Type: callMissed, Status: routing.CallEnded, Seq: seq - 1, At: f.call.EndedAt})
	}
	x.tell(f, &routing.CallEvent{Type: callEnded, Status: routing.CallEnded, Seq: seq, At: f.call.EndedAt})
	x.notify(f)
}

// seq is the place of the end of a call among its events: past every line of its timeline.
func (f finished) seq() int64 { return int64(stepsOf(f.details)) + 3 }

// The events that the book itself tells.
const (
	callCreated = "call.created"
	callMissed  = "call.missed"
	callEnded   = "call.ended"
)

func (x *batch) tell(f finished, e *routing.CallEvent) {
	x.news = append(x.news, encodeCallNews(make([]byte, 0, len(f.head)+64), e, func(to []byte) []byte { return append(to, f.head...) }))
}

// shift adds a change of a user's status, with its events.
func (x *batch) shift(s routing.StatusChange) {
	x.shifts = append(x.shifts, s)
	for _, e := range statusNews(s) {
		x.news = append(x.news, encodeNews(&e))
	}
}

// write writes a batch, all but its events: they come last in their transaction.
func (b *book) write(ctx context.Context, t tx, x *batch) error {
	over := make(map[routing.CallID]bool, len(x.ended))
	for _, f := range x.ended {
		over[f.call.ID] = true
	}
	var p page
	for _, f := range x.begun {
		if !over[f.call.ID] {
			p.begun = b.callRow(p.begun, f, statusInitiated, t.now)
		}
	}
	for _, f := range x.ended {
		b.addEnded(&p, f, t.now)
	}
	p.known = knownRows(x.ended)
	for _, s := range x.shifts {
		p.shifts = append(
			p.shifts, string(s.Account), string(s.User), millis(s.At), string(s.Status), string(s.Reason), string(s.Device), string(s.Call),
		)
	}
	for _, part := range []struct {
		into   *inserter
		values []any
	}{
		{b.begun, p.begun},
		{b.ended, p.ended},
		{b.details, p.details},
		{b.ladder, p.ladder},
		{b.labels, p.labels},
		{b.comments, p.comments},
		{b.shifts, p.shifts},
		{b.notices, x.notices},
		{b.known, p.known},
	} {
		if err := part.into.insert(ctx, t, part.values); err != nil {
			return err
		}
	}
	if err := b.calledBack(ctx, t, x); err != nil {
		return err
	}
	return b.converse(ctx, t, x.ended)
}

func (b *book) addEnded(p *page, f finished, now time.Time) {
	c := f.call
	p.ended = b.callRow(p.ended, f, statusEnded, now)
	if len(f.details) > 0 {
		p.details = append(p.details, string(c.ID), f.details)
	}
	if len(f.ladder) > 0 {
		p.ladder = append(p.ladder, string(c.ID), millis(c.EndedAt), f.ladder)
	}
	for _, tag := range c.Tags {
		p.labels = append(p.labels, string(c.ID), labelTag, tag)
	}
	for _, team := range c.Teams {
		p.labels = append(p.labels, string(c.ID), labelTeam, string(team))
	}
	for _, m := range c.Comments {
		p.comments = append(p.comments, string(c.ID), m.ID, millis(m.At), string(m.By), m.Text)
	}
}

func (b *book) callRow(to []any, f finished, status string, now time.Time) []any {
	c := f.call
	voicemail, notified, more := "null", "[]", "{}"
	if c.Voicemail != nil {
		voicemail = toJSON(c.Voicemail)
	}
	if len(c.Notified) > 0 {
		notified = toJSON(c.Notified)
	}
	if len(c.Custom) > 0 || len(c.Inputs) > 0 || c.ByExt {
		more = toJSON(extra{c.Custom, c.Inputs, c.ByExt})
	}
	return append(
		to, string(c.ID), c.Number, string(c.Account), b.node, string(c.Direction), status, string(c.Outcome), c.From, c.To, c.Anonymous,
		string(c.NumberID), string(c.User), c.Flow.ID, int64(c.Flow.Version), string(c.Trunk), millis(c.StartedAt), millis(c.QueuedAt),
		millis(c.AnsweredAt), millis(c.EndedAt), int64(c.Cause.Q850), int64(c.Cause.SIP), c.Cause.Text, c.EndedBy, voicemail, notified, more,
		string(c.Missed), string(c.AssignedTo), c.Archived, now.UnixMilli(), f.last,
	)
}

// extra is what is told of a call beside what it is found by.
type extra struct {
	Custom map[string]string     `json:"custom,omitempty"`
	Inputs []routing.InputRecord `json:"inputs,omitempty"`
	ByExt  bool                  `json:"by_ext,omitempty"`
}

// toJSON is for values that always marshal.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}
