package store

import (
	"encoding/json"
	"time"

	"github.com/klauspost/compress/s2"

	"tandem/provisioning"
	"tandem/routing"
)

// Kinds of event in a block.
const (
	newsOfCall  = 'c' // as the ledger was told it
	newsOfOther = 'e'
)

// news is an event on its way into the log, in the form of the blocks.
type news []byte

// encodeCallNews appends the event of a call whose head is encoded already. It is the payload of an entry of the spool too.
func encodeCallNews(to []byte, e *routing.CallEvent, head func([]byte) []byte) []byte {
	out := encoder(append(to, newsOfCall))
	out.text(e.Type)
	out.text(string(e.Status))
	out.int(e.Seq)
	out.time(e.At)
	out.text(e.Node)
	out.text(string(e.User))
	out.text(string(e.Leg))
	out.pairs(e.Args)
	return head(out)
}

// decodeCallNews reads what encodeCallNews wrote, without the first byte.
func decodeCallNews(payload []byte) (*routing.CallEvent, bool) {
	d := decoder{rest: payload}
	e := &routing.CallEvent{
		Type: d.text(), Status: routing.CallStatus(d.text()), Seq: d.int(), At: d.time(), Node: d.text(), User: routing.UserID(d.text()),
		Leg: routing.LegID(d.text()), Args: d.pairs(),
	}
	e.Call = d.head()
	return e, !d.bad && e.Call.ID != ""
}

// encodeNews is any other event.
func encodeNews(e *provisioning.Event) news {
	out := encoder{newsOfOther}
	out.text(e.Type)
	out.text(string(e.Account))
	out.text(e.Subject)
	out.time(e.At)
	out.text(string(e.Data))
	return news(out)
}

// decodeNews reads an event, without its place; false: it is damaged.
func decodeNews(n news) (provisioning.Event, bool) {
	if len(n) == 0 {
		return provisioning.Event{}, false
	}
	if n[0] == newsOfCall {
		e, sound := decodeCallNews(n[1:])
		if !sound {
			return provisioning.Event{}, false
		}
		return provisioning.CallNews(e), true
	}
	d := decoder{rest: n[1:]}
	e := provisioning.Event{
		Type: d.text(), Account: routing.AccountID(d.text()), Subject: d.text(), At: d.time(), Data: json.RawMessage(d.text()),
	}
	return e, !d.bad && n[0] == newsOfOther
}

// encodeRun joins events that are written together.
func encodeRun(all []news) []byte {
	size := 0
	for _, n := range all {
		size += len(n) + 4
	}
	plain := encoder(make([]byte, 0, size))
	for _, n := range all {
		plain.text(string(n))
	}
	return plain
}

// packRun makes a block of what encodeRun joined: events of one call repeat each other.
func packRun(plain []byte) []byte { return s2.Encode(nil, plain) }

// unpackRun reads a block.
func unpackRun(packed []byte) ([]byte, error) {
	if n, err := s2.DecodedLen(packed); err != nil || n > longestEntry {
		return nil, errEntry
	}
	plain, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, errEntry
	}
	return plain, nil
}

// split takes what encodeRun joined apart again, without reading it.
func split(plain []byte) ([]news, error) {
	d := decoder{rest: plain}
	var out []news
	for len(d.rest) > 0 {
		n := d.count()
		if d.bad {
			return out, errEntry
		}
		out = append(out, news(d.rest[:n:n]))
		d.rest = d.rest[n:]
	}
	return out, nil
}

// newsType is the type of an event that is not read yet; empty: it is damaged.
func newsType(n news) string {
	if len(n) == 0 {
		return ""
	}
	d := decoder{rest: n[1:]} // Both kinds begin with it.
	return d.text()
}

// decodeAt reads an event with its place; false: it is damaged.
func decodeAt(n news, pos int64) (provisioning.Event, bool) {
	e, sound := decodeNews(n)
	if !sound {
		return e, false
	}
	e.Pos, e.ID = pos, provisioning.EventID(e.At, pos)
	if e.Seq == 0 {
		e.Seq = pos // It rises within every subject.
	}
	return e, true
}

// Data of an event that says nothing.
const noData = "{}"

// statusNews are the events of a user's change of status.
func statusNews(s routing.StatusChange) []provisioning.Event {
	var out []provisioning.Event
	data := json.RawMessage(toJSON(struct {
		User   routing.UserID     `json:"user_id"`
		Status routing.UserStatus `json:"status"`
		Reason routing.ReasonID   `json:"reason,omitempty"`
		Device routing.DeviceKind `json:"device,omitempty"`
		Call   routing.CallID     `json:"call_id,omitempty"`
		At     time.Time          `json:"at"`
	}{s.User, s.Status, s.Reason, s.Device, s.Call, s.At.UTC()}))
	for _, t := range s.Tells.Types() {
		out = append(out, provisioning.Event{Type: t, Account: s.Account, Subject: string(s.User), At: s.At, Data: data})
	}
	return out
}

func encodeShift(to []byte, s routing.StatusChange) []byte {
	e := encoder(to)
	e.text(string(s.Account))
	e.text(string(s.User))
	e.time(s.At)
	e.text(string(s.Status))
	e.text(string(s.Reason))
	e.text(string(s.Device))
	e.text(string(s.Call))
	e.count(int(s.Tells))
	return e
}

func decodeShift(payload []byte) (routing.StatusChange, bool) {
	d := decoder{rest: payload}
	s := routing.StatusChange{
		Account: routing.AccountID(d.text()), User: routing.UserID(d.text()), At: d.time(), Status: routing.UserStatus(d.text()),
		Reason: routing.ReasonID(d.text()), Device: routing.DeviceKind(d.text()), Call: routing.CallID(d.text()),
	}
	s.Tells = routing.StatusTells(d.uint()) //nolint:gosec // Bits.
	return s, !d.bad
}
