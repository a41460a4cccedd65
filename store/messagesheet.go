package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
)

// sheet is what one transaction knows and writes of messages.
type sheet struct {
	m    *Messages
	t    tx
	base int64 // place of the newest event before it

	keys          map[string]keyRow
	prints        map[string][]*printRow
	conversations map[string]*conversation // by pair
	stops         map[string]bool          // pairs
	tallies       map[messaging.NumberID]*tally
	heads         map[string]bool // lanes in which something is on its way
	kept          map[messaging.ID]*messaging.Message
	routes        map[messaging.Route]bool // that have new deliveries

	news                   []news
	messages, sends, names []any
	said                   []func(ctx context.Context) error // of the list of those who want none
}

// conversation is one with what is to be written of it.
type conversation struct {
	messaging.Conversation

	lastID  messaging.ID
	touched bool
	there   bool // in the database
}

// tally is how many messages a number sent, and when it sent those of this sheet.
type tally struct {
	before int64
	now    []time.Time
}

func (m *Messages) newSheet(t tx) *sheet {
	return &sheet{
		m: m, t: t, keys: map[string]keyRow{}, prints: map[string][]*printRow{}, conversations: map[string]*conversation{}, stops: map[string]bool{}, tallies: map[messaging.NumberID]*tally{},
		heads: map[string]bool{}, kept: map[messaging.ID]*messaging.Message{}, routes: map[messaging.Route]bool{},
	}
}

// set collects different values as arguments.
type set struct {
	seen map[string]bool
	all  []any
}

func (s *set) add(v string) {
	if v == "" || s.seen[v] {
		return
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[v] = true
	s.all = append(s.all, v)
}

// open reads what must be known of all that is put.
func (g *sheet) open(ctx context.Context, all []*put) error {
	var err error
	if g.base, err = g.m.last(ctx, g.t); err != nil {
		return err
	}
	var names, prints, pairs, numbers, lanes set
	for _, p := range all {
		for i := range p.drafts {
			d := &p.drafts[i]
			names.add(text(d.Key.Name))
			prints.add(text(d.Key.Print))
			pairs.add(pairOf(d.Message.Number, d.Message.Peer))
			if d.Message.Direction == messaging.Outbound {
				numbers.add(string(d.Message.Number))
			}
			for j := range d.Deliveries {
				lanes.add(text(d.Deliveries[j].Lane))
			}
		}
	}
	return errors.Join(g.readKeys(ctx, names), g.readPrints(ctx, prints), g.readConversations(ctx, pairs), g.readTallies(ctx, numbers), g.readHeads(ctx, lanes))
}

// readConversations reads conversations, and who wants none.
func (g *sheet) readConversations(ctx context.Context, pairs set) error {
	err := g.m.findConversations.each(ctx, g.t, pairs.all, func(r *sql.Rows) error {
		c, pair, err := scanConversation(r)
		g.conversations[pair] = c
		return err
	})
	if err != nil {
		return err
	}
	return g.m.findStops.each(ctx, g.t, pairs.all, func(r *sql.Rows) error {
		var pair string
		err := r.Scan(&pair)
		g.stops[pair] = true
		return err
	})
}

func scanConversation(r scanner) (*conversation, string, error) {
	c := &conversation{there: true}
	var pair string
	var last, created int64
	err := r.Scan(&c.ID, &pair, &c.Account, &c.Number, &c.Peer, &c.Open, &c.Assignee, &c.Unread, &c.lastID, &last, &created)
	c.LastAt, c.CreatedAt = moment(last), moment(created)
	return c, pair, err
}

func (g *sheet) readTallies(ctx context.Context, numbers set) error {
	return g.m.findOut.each(ctx, g.t, numbers.all, func(r *sql.Rows) error {
		var n messaging.NumberID
		y := &tally{}
		err := r.Scan(&n, &y.before)
		g.tallies[n] = y
		return err
	})
}

func (g *sheet) readHeads(ctx context.Context, lanes set) error {
	return g.m.findHeads.each(ctx, g.t, lanes.all, func(r *sql.Rows) error {
		var lane string
		err := r.Scan(&lane)
		g.heads[lane] = true
		return err
	})
}

// refuses says why a draft must not be kept; empty: it may.
func (g *sheet) refuses(ctx context.Context, d *messaging.Draft) (messaging.Reason, error) {
	if d.HeedStop && g.stops[pairOf(d.Message.Number, d.Message.Peer)] {
		return messaging.ReasonOptedOut, nil
	}
	if d.Guard == nil {
		return "", nil
	}
	const month = 30 * 24 * time.Hour
	for _, limit := range []struct {
		most int
		in   time.Duration
		why  messaging.Reason
	}{{d.Guard.Hour, time.Hour, "rate_hour"}, {d.Guard.Day, 24 * time.Hour, "rate_day"}, {d.Guard.Month, month, "rate_month"}} {
		if limit.most <= 0 {
			continue
		}
		at, err := g.sentBack(ctx, d.Message.Number, int64(limit.most))
		if err != nil {
			return "", err
		}
		if !at.IsZero() && at.After(g.at(d).Add(-limit.in)) {
			return limit.why, nil
		}
	}
	return "", nil
}

// sentBack is when a number sent the message that is so many back, the newest being 1; zero: it sent fewer.
func (g *sheet) sentBack(ctx context.Context, n messaging.NumberID, back int64) (time.Time, error) {
	y := g.tallies[n]
	if y == nil {
		return time.Time{}, nil
	}
	if here := int64(len(y.now)); back <= here {
		return y.now[here-back], nil
	}
	nth := y.before + int64(len(y.now)) - back + 1
	if nth < 1 {
		return time.Time{}, nil
	}
	var at int64
	err := g.m.nth.row(ctx, g.t, string(n), nth).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("count what a number sent: %w", err)
	}
	return moment(at), nil
}

// at is when a draft was taken.
func (g *sheet) at(d *messaging.Draft) time.Time {
	if d.Message.At.IsZero() {
		return exact(g.t.now)
	}
	return exact(d.Message.At)
}

// place is that of the next event.
func (g *sheet) place() int64 { return g.base + int64(len(g.news)) + 1 }

// tell adds an event.
func (g *sheet) tell(e provisioning.Event) { g.news = append(g.news, encodeNews(&e)) }

// tellMessage adds an event about a message, which gets its number.
func (g *sheet) tellMessage(kind string, msg *messaging.Message) {
	msg.Seq = g.place()
	if msg.Place == 0 {
		msg.Place = msg.Seq
	}
	g.tell(provisioning.MessageNews(kind, msg))
}

// tellConversation adds an event about a conversation.
func (g *sheet) tellConversation(kind string, c *messaging.Conversation) {
	e := provisioning.ConversationNews(kind, c)
	e.At = g.t.now
	g.tell(e)
}

// connectorOf is the connector that a route is of; empty: it leads to a phone.
func connectorOf(r messaging.Route) messaging.ConnectorID {
	if strings.HasPrefix(string(r), "phone:") {
		return ""
	}
	return messaging.ConnectorID(r)
}
