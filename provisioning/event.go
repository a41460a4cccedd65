package provisioning

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/routing"
)

// Event is one line of the log of events: it was written in the transaction of the change that it tells of. Data is what its listeners need to show the
// whole object as it was then: of a call what Call gives, of a record what Record gives, of anything else whatever it has to say.
type Event struct {
	Pos     int64             // its place in the log: events lie in the order of their transactions, without a gap
	ID      string            // "evt_…", made of time and place: the receiver's key against repeats
	Type    string            // "call.ended", "user.created" (API.md section 5)
	Account routing.AccountID // empty: of no account
	Subject string            // id of what it is about
	Seq     int64             // rises within a subject
	At      time.Time
	Data    json.RawMessage // one JSON object
	Attempt int             // of a delivery: 1 at the first

	call         *routing.CallEvent      // what Data says of a call, where that is known already
	message      *messaging.Message      // the same of a message
	conversation *messaging.Conversation // the same of a conversation
}

// CallNews is the event of a call.
func CallNews(e *routing.CallEvent) Event {
	data, err := json.Marshal((*callNews)(e))
	if err != nil {
		data = json.RawMessage("{}") // It has nothing that does not marshal.
	}
	return Event{
		Type: e.Type, Account: e.Call.Account, Subject: string(e.Call.ID), Seq: e.Seq, At: e.At, Data: data, call: e,
	}
}

// callNews is a routing.CallEvent as it is told: what is not set is left out.
type callNews struct {
	Type   string              `json:"type"`
	Call   *routing.CallRecord `json:"call"`
	Status routing.CallStatus  `json:"status"`
	Seq    int64               `json:"seq"`
	At     time.Time           `json:"at"`
	Node   string              `json:"node,omitempty"`
	User   routing.UserID      `json:"user,omitempty"`
	Leg    routing.LegID       `json:"leg,omitempty"`
	Args   map[string]string   `json:"args,omitempty"`
}

// Call is the call that the event is about, as it was then, without legs, timeline and ladder; false: it is about no call. Nobody may change it.
func (e Event) Call() (*routing.CallEvent, bool) {
	if e.call != nil {
		return e.call, true
	}
	if !strings.HasPrefix(e.Type, "call.") {
		return nil, false
	}
	var n callNews
	if err := json.Unmarshal(e.Data, &n); err != nil || n.Call == nil {
		return nil, false
	}
	return (*routing.CallEvent)(&n), true
}

// RecordNews is a record that was created, changed or deleted, as it was after that; what was deleted as it was before. Its secrets are dots, and what
// flows and sounds hold is left out.
type RecordNews struct {
	Verb    Verb
	Record  Record
	Changed []FieldChange
}

// recordNews is a RecordNews as it is told.
type recordNews struct {
	Verb    Verb            `json:"verb"`
	Kind    Kind            `json:"kind"`
	Record  json.RawMessage `json:"record"`
	Changed []FieldChange   `json:"changed,omitempty"`
}

// Record is the record that the event is about; false: it is about none.
func (e Event) Record() (RecordNews, bool) {
	var n recordNews
	if err := json.Unmarshal(e.Data, &n); err != nil || n.Kind == "" {
		return RecordNews{}, false
	}
	r := NewRecord(n.Kind)
	if r == nil || json.Unmarshal(n.Record, r) != nil {
		return RecordNews{}, false
	}
	return RecordNews{Verb: n.Verb, Record: r, Changed: n.Changed}, true
}

// NewRecord is an empty record of a kind; nil for a word that is no kind.
func NewRecord(k Kind) Record {
	switch k {
	case KindAccount:
		return &Account{}
	case KindUser:
		return &User{}
	case KindDevice:
		return &Device{}
	case KindTeam:
		return &Team{}
	case KindTrunk:
		return &Trunk{}
	case KindFlow:
		return &Flow{}
	case KindNumber:
		return &Number{}
	case KindAudio:
		return &Audio{}
	case KindHours, KindSpecialDate, KindReason, KindTag, KindBlocked, KindContact, KindWebhook, KindKey, KindOperator, KindConnector:
		return NewDocument(k)
	}
	return nil
}

// News are the events of a change, the general one first; the log gives them their places.
func (c Change) News(at time.Time) []Event {
	ref := c.Record.Ref()
	record, err := json.Marshal(withoutContent(c.Record))
	if err != nil {
		record = json.RawMessage("{}") // Records marshal.
	}
	data, err := json.Marshal(recordNews{Verb: c.Verb, Kind: ref.Kind, Record: record, Changed: shortened(c.Fields)})
	if err != nil {
		data = json.RawMessage("{}")
	}
	past := map[Verb]string{Create: "created", Update: "updated", Delete: "deleted"}[c.Verb]
	types := append([]string{cmp.Or(c.Event, fmt.Sprintf("%s.%s", ref.Kind, past))}, c.particular()...)
	types = slices.Compact(types)
	out := make([]Event, len(types))
	for i, t := range types {
		out[i] = Event{Type: t, Account: ref.Account, Subject: ref.ID, At: at, Data: data}
	}
	return out
}

// particular names the events that a change is beside the general one.
func (c Change) particular() []string {
	if c.Verb == Delete {
		return nil
	}
	var out []string
	for _, f := range c.Fields {
		switch {
		case is[*User](c) && c.Verb == Update && slices.Contains([]string{"availability", "working_hours", "reason"}, f.Name):
			out = append(out, "user.availability_changed")
		case is[*Number](c) && f.Name == "kind" && c.Verb == Update && f.After == string(routing.Direct):
			out = append(out, "number.converted_to_direct")
		case is[*Number](c) && f.Name == "users" && f.After == "" && c.Record.(*Number).Kind == routing.Direct:
			out = append(out, NumberWaits)
		case is[*Number](c) && f.Name == "esim" && f.Before == "":
			out = append(out, "esim.assigned")
		case is[*Number](c) && f.Name == "esim" && f.After != "" && anotherESIM(f):
			out = append(out, "esim.assigned")
		case is[*Number](c) && f.Name == "esim" && f.After == "":
			out = append(out, "esim.unassigned")
		case is[*Number](c) && f.Name == "esim_state" && f.Before != "" && f.After != "":
			out = append(out, "esim.state_changed")
		case is[*Flow](c) && f.Name == "published" && f.After != "":
			out = append(out, "flow.published")
		case is[*Webhook](c) && f.Name == "disabled" && f.After != "":
			out = append(out, "webhook.disabled")
		}
	}
	return slices.Compact(out)
}

// anotherESIM says whether an eSIM took the place of one that had ended.
func anotherESIM(f FieldChange) (is bool) {
	var before, after struct{ ID string }
	return json.Unmarshal([]byte(f.Before), &before) == nil && json.Unmarshal([]byte(f.After), &after) == nil && before.ID != after.ID
}

func is[R Record](c Change) bool {
	_, yes := c.Record.(R)
	return yes
}

// withoutContent is a record without what would make an event long.
func withoutContent(r Record) Record {
	if f, is := r.(*Flow); is {
		short := *f
		short.Published, short.Draft = "", ""
		return &short
	}
	if a, is := r.(*Audio); is {
		short := *a
		short.Content = nil
		return &short
	}
	if o, is := r.(*Operator); is {
		short := *o
		short.Settings.Cards = nil
		return &short
	}
	if n, is := r.(*Number); is && n.Settings.ESIM != nil {
		short := *n
		short.Settings.ESIM = n.Settings.ESIM.WithoutCode() // Whoever has the code has the number.
		return &short
	}
	return r
}

// shortened leaves long texts out of a change: who wants them reads the record.
func shortened(fields []FieldChange) []FieldChange {
	const most = 500
	out := slices.Clone(fields)
	for i, f := range out {
		if len(f.Before) > most {
			out[i].Before = ""
		}
		if len(f.After) > most {
			out[i].After = ""
		}
	}
	return out
}

// EventFilter picks events; its zero value picks all, oldest first.
type EventFilter struct {
	After   int64             // places after this one; newest first: 0 is no bound
	Before  int64             // places before this one; 0: no bound
	Types   []string          // "call.ended", "call.*"; empty: all
	Subject string            // empty: any
	Account routing.AccountID // empty: all
	Common  bool              // with Account: those of no account too
	Newest  bool              // first
	Limit   int               // 1 to 1000; 0: 100
}

// Takes says whether the filter picks an event, whatever its place.
func (f *EventFilter) Takes(e *Event) bool {
	if f.Subject != "" && e.Subject != f.Subject {
		return false
	}
	if f.Account != "" && e.Account != f.Account && (!f.Common || e.Account != "") {
		return false
	}
	return f.TakesType(e.Type)
}

// TakesType says whether the filter picks events of a type at all.
func (f *EventFilter) TakesType(eventType string) bool {
	return len(f.Types) == 0 || slices.ContainsFunc(f.Types, func(t string) bool { return bool(EventMatches(t, eventType)) })
}

// EventPage is a run of the log. It may hold fewer events than the limit, even none, though more follow: a filter that picks little is asked piece by piece.
type EventPage struct {
	Events []Event
	Last   int64 // the place that was looked at last: go on from here, with After, or newest first with Before
	More   bool  // something follows Last
}

// EventLog is what happened, in one order, for 30 days.
type EventLog interface {
	// Events reads a run of the log.
	Events(ctx context.Context, f EventFilter) (EventPage, error)
	// EventsSince is the place after which everything lies that was written at the time or later.
	EventsSince(ctx context.Context, since time.Time) (int64, error)
	// LastPos is the place of the newest event; 0: there is none.
	LastPos(ctx context.Context) (int64, error)
	// OnEvents calls f after events were written, here or by another node, until stop is called. f must not block.
	OnEvents(f func()) (stop func())
	// Announce writes events that are no change of a record: a trunk that came up, a device that registered. What gives them their place fills Pos, ID and Seq.
	Announce(ctx context.Context, events ...Event) error
}

const eventPrefix = "evt_"

// EventID names the event at a place of the log; ids lie in the order of time.
func EventID(at time.Time, pos int64) string {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var out [26]byte
	// 26 characters of 5 bits: 10 of the time, 4 that are zero, 12 of the place.
	ms, p := uint64(max(at.UnixMilli(), 0)), uint64(max(pos, 0))
	for i := 25; i >= 10; i-- {
		out[i] = digits[p&31]
		p >>= 5
	}
	for i := 9; i >= 0; i-- {
		out[i] = digits[ms&31]
		ms >>= 5
	}
	return eventPrefix + string(out[:])
}

// EventPos is the place of the event with an id; false: it is no id of an event.
func EventPos(id string) (int64, bool) {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	body, ours := strings.CutPrefix(id, eventPrefix)
	if !ours || len(body) != 26 {
		return 0, false
	}
	pos := uint64(0)
	for i := range len(body) {
		d := strings.IndexByte(digits, body[i])
		if d < 0 || (i >= 10 && i < 14 && d != 0) {
			return 0, false // Places are below 2^60.
		}
		if i >= 10 {
			pos = pos<<5 | uint64(d)
		}
	}
	return int64(pos), true
}
