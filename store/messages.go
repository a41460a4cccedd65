package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tandem/messaging"
)

// messageColumns are the columns of messages in the order in which they are written and read.
const messageColumns = `id, place, account, number, own, peer, conversation, direction, channel, user_id, call_id, body, encoding, class, segments, missing,
 emergency, state, reason, attempts, at, updated_at, seq`

const conversationColumns = `id, pair, account, number, peer, open, assignee, unread, last_id, last_at, created_at`

const sendColumns = `id, message, slot, account, channel, route, lane, from_addr, to_addr, imsi, raw, receipt, state, head, reason, tries, repeated, due, lease,
 owner, until, created, ended, segments, arrived, pending`

// overConversation writes what changes of a conversation.
const overConversation = `(pair) DO UPDATE SET open = excluded.open, assignee = excluded.assignee, unread = excluded.unread, last_id = excluded.last_id,
 last_at = excluded.last_at`

// lifeMark is between the name of a node and which of its lives it is.
const lifeMark = "#"

// Messages keeps messages and their deliveries: it implements messaging.Store, messaging.Book and messaging.Waker.
type Messages struct {
	store *Store
	life  string // of this process, as owner of what it has under way
	wakes *wakes
	puts  *gatherer[*put]
	ends  *gatherer[[]messaging.Outcome]
	hears *gatherer[*heardOf]
	jobs  *gatherer[func(ctx context.Context, t tx) error]

	messages, conversations, keys, prints, sends, tallies, submits, receipts *inserter

	findKeys, findPrints, findConversations, findStops, findHeads, findOut, findMessages, findSends, findNext, findReceipts *finder

	endSends, endMessages, setHeads *updater

	nth, stop, start, sendIDs, claimHeads, claimOne, followers, findPending, findRemote, confirmAny, confirmOne, dropReceipt *prepared
}

var (
	_ messaging.Store = (*Messages)(nil)
	_ messaging.Book  = (*Messages)(nil)
	_ messaging.Waker = (*Messages)(nil)
)

// Messages keeps messages and their deliveries.
func (s *Store) Messages() *Messages { return s.messages }

func newMessages(ctx context.Context, s *Store) (*Messages, error) {
	m := &Messages{store: s, life: s.book.node + lifeMark + time.Now().UTC().Format("20060102150405.000000000"), wakes: newWakes()}
	m.puts = &gatherer[*put]{do: m.putAll, most: mostPuts}
	m.ends = &gatherer[[]messaging.Outcome]{do: m.endAll, most: mostPuts}
	m.hears = &gatherer[*heardOf]{do: m.hearAll, most: mostPuts}
	m.jobs = &gatherer[func(ctx context.Context, t tx) error]{do: s.writer.together, most: mostPuts}
	err := m.prepare(ctx, s.db)
	if err != nil {
		m.close()
		return nil, fmt.Errorf("messages: %w", err)
	}
	return m, nil
}

func (m *Messages) prepare(ctx context.Context, db *databases) error {
	return errors.Join(m.prepareInserts(ctx, db), m.prepareFinds(ctx, db), m.prepareUpdates(ctx, db), m.prepareOthers(ctx, db))
}

// prepareInserts makes ready what writes rows.
func (m *Messages) prepareInserts(ctx context.Context, db *databases) error {
	var err error
	for _, p := range []struct {
		to    **inserter
		table table
	}{
		{&m.messages, newTable("messages", messageColumns+", nth", "DO NOTHING")},
		{&m.conversations, newTable("conversations", conversationColumns, overConversation)},
		{&m.keys, newTable("message_keys", "name, message, at, until", `(name) DO UPDATE SET message = excluded.message, at = excluded.at,
 until = excluded.until`)},
		{&m.prints, newTable("message_prints", "print, message, bind, expects, at, until", `(print, message, bind) DO UPDATE SET expects = excluded.expects`)},
		{&m.sends, newTable("message_deliveries", sendColumns, "DO NOTHING")},
		{&m.submits, newTable("message_submits", "delivery, segment, remote, state", "(delivery, segment) DO UPDATE SET remote = excluded.remote, state = excluded.state")},
		{&m.receipts, newTable("message_receipts", "remote, id, nth, state, reason, until", "DO NOTHING")},
		{&m.tallies, newTable("message_tallies", "number, sent", "(number) DO UPDATE SET sent = excluded.sent")},
	} {
		if *p.to, err = newInserter(ctx, db, p.table); err != nil {
			return err
		}
	}
	return nil
}

// prepareFinds makes ready what looks for many keys.
func (m *Messages) prepareFinds(ctx context.Context, db *databases) error {
	var err error
	for _, p := range []struct {
		to   **finder
		text string
	}{
		{&m.findKeys, `SELECT name, message, at FROM message_keys WHERE name IN (*)`},
		{&m.findPrints, `SELECT print, message, bind, expects, at, until FROM message_prints WHERE print IN (*)`},
		{&m.findConversations, `SELECT ` + conversationColumns + ` FROM conversations WHERE pair IN (*)`},
		{&m.findStops, `SELECT pair FROM message_optouts WHERE pair IN (*)`},
		{&m.findHeads, `SELECT lane FROM message_deliveries WHERE lane IN (*) AND head`},
		{&m.findOut, `SELECT number, sent FROM message_tallies WHERE number IN (*)`},
		{&m.findSends, `SELECT ` + sendColumns + ` FROM message_deliveries WHERE id IN (*)`},
		{&m.findNext, `WITH l(lane) AS (VALUES {rows}) SELECT d.id, d.route FROM l JOIN message_deliveries d ON d.id = (SELECT e.id FROM message_deliveries e
 WHERE e.lane = l.lane AND (e.state = 'waiting' OR e.state = 'submitting') ORDER BY e.id LIMIT 1)`},
		{&m.findReceipts, `SELECT remote, id, nth, state, reason, until FROM message_receipts WHERE remote IN (*)`},
		{&m.findMessages, `SELECT ` + messageColumns + ` FROM messages WHERE id IN (*)`},
	} {
		if *p.to, err = newFinder(ctx, db, p.text); err != nil {
			return err
		}
	}
	return nil
}

// prepareUpdates makes ready what changes many rows.
func (m *Messages) prepareUpdates(ctx context.Context, db *databases) error {
	var err error
	for _, p := range []struct {
		to             **updater
		table, columns string
	}{
		{
			&m.endSends, "message_deliveries", `id BIGINT, route TEXT, state TEXT, head BOOLEAN, reason TEXT, tries BIGINT, repeated BOOLEAN, due BIGINT,
 lease BIGINT, owner TEXT, ended BIGINT, segments BIGINT, arrived BIGINT, pending TEXT`,
		},
		{&m.endMessages, "messages", `id TEXT, state TEXT, reason TEXT, attempts {json}, updated_at BIGINT, seq BIGINT`},
		{&m.setHeads, "message_deliveries", `id BIGINT, head BOOLEAN`},
	} {
		if *p.to, err = newUpdater(ctx, db, p.table, p.columns); err != nil {
			return err
		}
	}
	return nil
}

// prepareOthers makes the other statements ready.
func (m *Messages) prepareOthers(ctx context.Context, db *databases) error {
	var err error
	for _, p := range []struct {
		to   **prepared
		text string
	}{
		{&m.nth, freshPlan + `SELECT at FROM messages WHERE number = $1 AND nth = $2 AND nth > 0`},
		{&m.sendIDs, `UPDATE meta SET value = value + $1 WHERE key = 'message_delivery' RETURNING value`},
		{&m.claimHeads, freshPlan + claimHeads},
		{&m.claimOne, claimOne},
		{&m.followers, freshPlan + followers},
		{&m.findPending, freshPlan + `SELECT ` + sendColumns + ` FROM message_deliveries WHERE pending = $1 AND (state = 'sent' OR state = 'in_doubt' OR state = 'submitting')
 AND created >= $2 ORDER BY id LIMIT 20`},
		{&m.findRemote, freshPlan + `SELECT delivery, segment, state FROM message_submits WHERE remote = $1 AND remote <> '' ORDER BY delivery DESC LIMIT $2`},
		{&m.confirmOne, `UPDATE message_submits SET state = $1 WHERE delivery = $2 AND segment = $3`},
		{&m.confirmAny, freshPlan + `UPDATE message_submits SET state = $1, remote = CASE WHEN remote = '' THEN $2 ELSE remote END
 WHERE delivery = $3 AND segment = (SELECT MIN(s.segment) FROM message_submits s WHERE s.delivery = message_submits.delivery AND s.state = 'sent')`},
		{&m.dropReceipt, freshPlan + `DELETE FROM message_receipts WHERE id = $1`},
		{&m.stop, `INSERT INTO message_optouts (pair, number, peer, word, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`},
		{&m.start, `DELETE FROM message_optouts WHERE pair = $1`},
	} {
		if *p.to, err = prepare(ctx, db, p.text); err != nil {
			return err
		}
	}
	return nil
}

func (m *Messages) close() {
	m.drain()
	for _, u := range []*updater{m.endSends, m.endMessages, m.setHeads} {
		u.close()
	}
	for _, in := range []*inserter{m.messages, m.conversations, m.keys, m.prints, m.sends, m.tallies, m.submits, m.receipts} {
		if in != nil {
			in.close()
		}
	}
	for _, f := range []*finder{m.findKeys, m.findConversations, m.findStops, m.findHeads, m.findOut, m.findPrints, m.findMessages, m.findSends, m.findNext, m.findReceipts} {
		f.close()
	}
	for _, p := range []*prepared{m.nth, m.stop, m.start, m.sendIDs, m.claimHeads, m.claimOne, m.followers, m.findPending, m.findRemote, m.confirmAny, m.confirmOne, m.dropReceipt} {
		p.close()
	}
}

// drain waits for what was asked for, and takes nothing new.
func (m *Messages) drain() {
	m.puts.close()
	m.ends.close()
	m.hears.close()
	m.jobs.close()
}

// last is the place of the newest event. Whoever writes messages, deliveries or conversations asks for it first.
func (m *Messages) last(ctx context.Context, t tx) (int64, error) { return m.store.events.hold(ctx, t) }

// pairOf names what passes between a number and somebody.
func pairOf(n messaging.NumberID, peer messaging.Address) string {
	return string(n) + " " + text(string(peer))
}

// text is what every database takes for text: PostgreSQL has no U+0000, and neither has JSON any use for half a character.
func text(s string) string {
	const replacement = "\uFFFD"
	s = strings.ToValidUTF8(s, replacement)
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", replacement)
	}
	return s
}

// exact is a time as it is kept: in whole milliseconds.
func exact(t time.Time) time.Time { return moment(millis(t)) }
