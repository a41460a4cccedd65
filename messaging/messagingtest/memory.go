package messagingtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tandem/messaging"
)

// Memory is a messaging.Store, Book and Waker that forgets everything at its end. Times are those of package time.
type Memory struct {
	mu            sync.Mutex
	fails         func(call, when string) error
	process       int // how often it was opened
	place         int64
	nextDelivery  int64
	messages      map[messaging.ID]*messaging.Message
	order         []messaging.ID // by place
	keys          map[string][]*known
	conversations map[pair]*messaging.Conversation
	optOuts       map[pair]messaging.OptOut
	sent          map[messaging.NumberID][]time.Time
	rows          map[int64]*row
	open          []*row // not done, by id
	segments      []*segment
	loose         []loose
	sets          []*set
	made          map[string][]made // sets that are done, by name
	listeners     map[int]func(messaging.Route)
	news          []News
}

// News is an event.
type News struct {
	Place   int64
	Type    string // "message.received", "message.sent", "message.status_updated", "conversation.reopened", …
	Message messaging.Message
}

type pair struct {
	number messaging.NumberID
	peer   messaging.Address
}

// known is the key of a message.
type known struct {
	key     messaging.Key
	message messaging.ID
	at      time.Time
}

// NewMemory opens an empty store.
func NewMemory() *Memory {
	return &Memory{
		messages: map[messaging.ID]*messaging.Message{}, keys: map[string][]*known{}, conversations: map[pair]*messaging.Conversation{},
		optOuts: map[pair]messaging.OptOut{}, sent: map[messaging.NumberID][]time.Time{}, rows: map[int64]*row{}, made: map[string][]made{},
		listeners: map[int]func(messaging.Route){},
	}
}

var (
	_ messaging.Store = (*Memory)(nil)
	_ messaging.Book  = (*Memory)(nil)
	_ messaging.Waker = (*Memory)(nil)
)

// Reopen makes what follows the work of another process: what is under way is that of one that ended.
func (m *Memory) Reopen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.process++
	clear(m.listeners)
}

// News is everything that was told, oldest first.
func (m *Memory) News() []News {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.news)
}

// turn runs a transaction, and then tells of the routes that have something new.
func (m *Memory) turn(ctx context.Context, call string, do func() ([]messaging.Route, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := m.fault(call, "before"); err != nil {
		return err
	}
	m.mu.Lock()
	routes, err := do()
	listeners := slices.Collect(maps.Values(m.listeners))
	m.mu.Unlock()
	for _, r := range routes {
		for _, f := range listeners {
			f(r)
		}
	}
	if err != nil {
		return err
	}
	return m.fault(call, "after")
}

// Fail has f called before each transaction with its name and "before", and after it with "after": an error is what the transaction fails with, and of one before
// nothing is done. nil: none fails any more.
func (m *Memory) Fail(f func(call, when string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = f
}

func (m *Memory) fault(call, when string) error {
	m.mu.Lock()
	f := m.fails
	m.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(call, when)
}

// Put implements messaging.Store.
func (m *Memory) Put(ctx context.Context, drafts ...messaging.Draft) (out []messaging.Stored, err error) {
	err = m.turn(ctx, "put", func() (routes []messaging.Route, _ error) {
		out, routes = m.putLocked(drafts)
		return routes, nil
	})
	return out, err
}

func (m *Memory) putLocked(drafts []messaging.Draft) (out []messaging.Stored, routes []messaging.Route) {
	out = make([]messaging.Stored, len(drafts))
	refused := false
	for i := range drafts {
		d := &drafts[i]
		if first := m.repeatLocked(d); first != nil {
			out[i] = messaging.Stored{Message: copied(first), Repeat: true}
			continue
		}
		out[i].Refused = m.refusedLocked(d)
		refused = refused || out[i].Refused != ""
	}
	if refused {
		return out, nil
	}
	for i := range drafts {
		if out[i].Repeat {
			m.keepKeyLocked(&drafts[i], out[i].Message.ID)
			continue
		}
		out[i].Existing = m.keepLocked(&drafts[i])
		routes = append(routes, m.queueLocked(&drafts[i])...)
		out[i].Message = copied(m.messages[drafts[i].Message.ID])
	}
	return out, routes
}

// repeatLocked finds the message that a draft is a repeat of.
func (m *Memory) repeatLocked(d *messaging.Draft) *messaging.Message {
	k := d.Key
	if k.Since.IsZero() {
		return nil
	}
	if k.Name != "" {
		for _, other := range m.keys["name:"+k.Name] {
			if !other.at.Before(k.Since) {
				return m.messages[other.message]
			}
		}
	}
	for _, other := range m.keys["print:"+k.Print] {
		if other.at.Before(k.Since) || k.Print == "" {
			continue
		}
		if k.Copy && other.key.Expects || k.Name == "" && other.key.Bind != k.Bind && !other.key.Expects && other.key.Bind != "" {
			return m.messages[other.message]
		}
	}
	return nil
}

// keepKeyLocked keeps a draft's key, and of a copy that the one that it is of expects no more.
func (m *Memory) keepKeyLocked(d *messaging.Draft, id messaging.ID) {
	at := d.Message.At
	named := false
	if d.Key.Name != "" {
		for _, k := range m.keys["name:"+d.Key.Name] {
			named = named || k.message == id && !k.at.Before(d.Key.Since)
		}
		m.keys["name:"+d.Key.Name] = append(m.keys["name:"+d.Key.Name], &known{d.Key, id, at})
	}
	if d.Message.ID != id && d.Key.Copy && !named {
		for _, k := range m.keys["print:"+d.Key.Print] {
			if k.message == id && k.key.Expects {
				k.key.Expects = false
				return
			}
		}
	}
	key := d.Key
	key.Expects = key.Expects && d.Message.ID == id
	m.keys["print:"+d.Key.Print] = append(m.keys["print:"+d.Key.Print], &known{key, id, at})
}

// refusedLocked says what a draft breaks.
func (m *Memory) refusedLocked(d *messaging.Draft) messaging.Reason {
	at := d.Message.At
	if d.HeedStop {
		if _, stopped := m.optOuts[pair{d.Message.Number, d.Message.Peer}]; stopped {
			return messaging.ReasonOptedOut
		}
	}
	if d.Guard == nil {
		return ""
	}
	for _, w := range []struct {
		limit int
		since time.Time
		code  messaging.Reason
	}{
		{d.Guard.Hour, at.Add(-time.Hour), messaging.CodeRateHour},
		{d.Guard.Day, at.AddDate(0, 0, -1), messaging.CodeRateDay},
		{d.Guard.Month, at.AddDate(0, 0, -30), messaging.CodeRateMonth},
	} {
		n := 0
		for _, t := range m.sent[d.Message.Number] {
			if t.After(w.since) {
				n++
			}
		}
		if w.limit > 0 && n >= w.limit {
			return w.code
		}
	}
	return ""
}

// keepLocked keeps a message with its conversation; it says whether that was there before.
func (m *Memory) keepLocked(d *messaging.Draft) (existing bool) {
	kept := d.Message
	if kept.Direction == messaging.Outbound {
		m.sent[kept.Number] = append(m.sent[kept.Number], kept.At)
	}
	m.messages[kept.ID] = &kept
	m.keepKeyLocked(d, kept.ID)
	at := pair{kept.Number, kept.Peer}
	switch d.Stop {
	case messaging.StopAdd:
		m.optOuts[at] = messaging.OptOut{Number: kept.Number, Peer: kept.Peer, Word: kept.Body, At: kept.At}
	case messaging.StopRemove:
		delete(m.optOuts, at)
	case messaging.StopNothing:
	}
	if kept.Class != messaging.ClassOrdinary {
		return false
	}
	c, existing := m.conversations[at]
	if !existing {
		c = &messaging.Conversation{
			ID: messaging.ConversationID(fmt.Sprintf("conv_%026d", len(m.conversations)+1)), Account: kept.Account, Number: kept.Number, Peer: kept.Peer,
			Open: true, CreatedAt: kept.At,
		}
		m.conversations[at] = c
	}
	kept.Conversation = c.ID
	m.order = append(m.order, kept.ID)
	kind := "message.sent"
	c.Unread++
	reopened := kept.Direction == messaging.Inbound && !c.Open
	if kept.Direction == messaging.Inbound {
		kind, c.Open = "message.received", true
	} else {
		c.Unread = 0
	}
	m.tellLocked(kind, &kept)
	kept.Place = m.place
	m.news[len(m.news)-1].Message.Place = kept.Place
	c.LastAt = kept.At
	if reopened {
		m.tellLocked("conversation.reopened", &kept)
	}
	return existing
}

// tellLocked writes an event.
func (m *Memory) tellLocked(kind string, about *messaging.Message) {
	m.place++
	about.Seq++
	m.news = append(m.news, News{Place: m.place, Type: kind, Message: copied(about)})
}

func copied(m *messaging.Message) messaging.Message {
	out := *m
	out.Delivery = slices.Clone(m.Delivery)
	return out
}
