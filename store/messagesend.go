package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tandem/messaging"
)

// send is a delivery as it is kept.
type send struct {
	id                    int64
	message               messaging.ID
	slot                  int
	account               messaging.AccountID
	channel               messaging.Channel
	route                 messaging.Route
	lane                  string
	from, to              messaging.Address
	imsi                  string
	raw                   []byte
	receipt               bool
	state                 string
	head                  bool
	reason                messaging.Reason
	tries                 int
	repeated              bool
	due, lease            int64
	owner                 string
	until, created, ended int64
	segments, arrived     int
	changed, losesHead    bool
}

func scanSend(r scanner) (*send, error) {
	d := &send{}
	var pending string
	err := r.Scan(&d.id, &d.message, &d.slot, &d.account, &d.channel, &d.route, &d.lane, &d.from, &d.to, &d.imsi, &d.raw, &d.receipt, &d.state, &d.head, &d.reason,
		&d.tries, &d.repeated, &d.due, &d.lease, &d.owner, &d.until, &d.created, &d.ended, &d.segments, &d.arrived, &pending)
	return d, err
}

// delivery is what a carrier is handed; its text comes from its message.
func (d *send) delivery(msg *messaging.Message) (messaging.Delivery, error) {
	out := messaging.Delivery{
		ID: d.id, Message: d.message, Account: d.account, Channel: d.channel, Route: d.route, Lane: d.lane, From: d.from, To: d.to, IMSI: d.imsi,
		Body: msg.Body, Segments: msg.Segments, Concat: uint16(d.id), Receipt: d.receipt, Try: d.tries, Repeat: d.repeated, //nolint:gosec // The low bits of a count.
		Until: moment(d.until), Created: moment(d.created),
	}
	if len(d.raw) > 0 {
		out.Raw = &messaging.Body{}
		if err := json.Unmarshal(d.raw, out.Raw); err != nil {
			return out, fmt.Errorf("delivery %d: %w", d.id, err)
		}
	}
	return out, nil
}

// pendingOf is what a receipt without a name is found by: the connector, and both parties, as far as all ways to write them agree.
func pendingOf(r messaging.Route, to, from messaging.Address) string {
	return string(r) + " " + tail(to) + " " + tail(from)
}

// tail is what all ways to write an address have in common: the last nine digits of a number, or a name in small letters.
func tail(a messaging.Address) string {
	const digits = 9
	s := text(string(a))
	if a.Kind() == messaging.AddressName {
		return strings.ToLower(s)
	}
	s = strings.TrimPrefix(s, "+")
	return s[max(0, len(s)-digits):]
}

// claimHeads takes what is first in its lane and due, where nothing of the lane is under way. With PostgreSQL claimers step over each other's rows; nobody
// takes what follows a row that another holds.
const claimHeads = `UPDATE message_deliveries SET state = 'submitting', lease = $1, owner = $2, tries = tries + 1
 WHERE id IN (SELECT d.id FROM message_deliveries d WHERE d.route = $3 AND d.state = 'waiting' AND d.head AND d.due <= $4
  AND NOT EXISTS (SELECT 1 FROM message_deliveries e WHERE e.lane = d.lane AND e.state = 'submitting')
  ORDER BY d.due, d.id LIMIT $5 {skip})
 RETURNING ` + sendColumns

const (
	followers = `SELECT id, route, due FROM message_deliveries WHERE lane = $1 AND (state = 'waiting' OR state = 'submitting') AND id > $2 ORDER BY id LIMIT $3`
	claimOne  = `UPDATE message_deliveries SET state = 'submitting', lease = $1, owner = $2, tries = tries + 1 WHERE id = $3 AND state = 'waiting'
 RETURNING ` + sendColumns
)

// mostRunsClaimed are the lanes of which one claim takes more than the first.
const mostRunsClaimed = 32

// Claim implements messaging.Store.
func (m *Messages) Claim(ctx context.Context, what messaging.Claim) ([]messaging.Delivery, error) {
	var out []messaging.Delivery
	take := func(ctx context.Context, t tx) error {
		c := claim{m: m, t: t, route: what.Route, until: t.now.Add(what.Lease).UnixMilli(), now: t.now.UnixMilli(), limit: what.Limit}
		err := c.heads(ctx)
		if err == nil {
			err = c.rest(ctx)
		}
		if err == nil {
			out, err = c.deliveries(ctx)
		}
		return err
	}
	var err error
	if len(what.Ended) > 0 {
		err = m.endJob(ctx, what.Ended, take)
	} else {
		err = m.store.writer.do(ctx, take)
	}
	if err != nil {
		return nil, fmt.Errorf("claim deliveries of messages: %w", err)
	}
	return out, nil
}

// claim is what one call claims.
type claim struct {
	m          *Messages
	t          tx
	route      messaging.Route
	until, now int64
	limit      int
	taken      []*send
}

func (c *claim) heads(ctx context.Context) error {
	rows, err := c.m.claimHeads.rows(ctx, c.t, c.until, c.m.life, string(c.route), c.now, int64(c.limit))
	if err != nil {
		return err
	}
	c.taken, err = scanSends(rows)
	return err
}

// scanSends reads all rows and closes them.
func scanSends(rows *sql.Rows) ([]*send, error) {
	defer rows.Close()
	var out []*send
	for rows.Next() {
		d, err := scanSend(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// rest takes what follows in the lanes, without a gap.
func (c *claim) rest(ctx context.Context) error {
	for _, head := range c.taken[:min(len(c.taken), mostRunsClaimed)] {
		left := c.limit - len(c.taken)
		if left <= 0 {
			return nil
		}
		ids, err := c.following(ctx, head, left)
		if err != nil {
			return err
		}
		for _, id := range ids {
			rows, err := c.m.claimOne.rows(ctx, c.t, c.until, c.m.life, id)
			if err != nil {
				return err
			}
			one, err := scanSends(rows)
			if err != nil {
				return err
			}
			if len(one) == 0 {
				break // It expired meanwhile.
			}
			c.taken = append(c.taken, one...)
		}
	}
	return nil
}

// following are the ids of what follows a delivery in its lane and may be claimed with it.
func (c *claim) following(ctx context.Context, head *send, most int) ([]int64, error) {
	rows, err := c.m.followers.rows(ctx, c.t, head.lane, head.id, int64(most))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id, due int64
		var route messaging.Route
		if err = rows.Scan(&id, &route, &due); err != nil {
			return nil, err
		}
		if route != c.route || due > c.now {
			break
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// deliveries are what was claimed, oldest first.
func (c *claim) deliveries(ctx context.Context) ([]messaging.Delivery, error) {
	slices.SortFunc(c.taken, func(a, b *send) int { return int(a.id - b.id) })
	ids := set{}
	for _, d := range c.taken {
		ids.add(string(d.message))
	}
	all, err := c.m.byID(ctx, c.t, ids.all)
	if err != nil {
		return nil, err
	}
	out := make([]messaging.Delivery, len(c.taken))
	for i, d := range c.taken {
		msg := all[d.message]
		if msg == nil {
			return nil, fmt.Errorf("delivery %d: %w", d.id, messaging.ErrNotFound)
		}
		if out[i], err = d.delivery(msg); err != nil {
			return nil, err
		}
	}
	return out, nil
}
