package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"tandem/messaging"
	"tandem/routing"
)

// Times of receipts.
const (
	receiptKept    = 10 * time.Minute   // while one waits for what it is about
	receiptPatient = 3 * 24 * time.Hour // for as long one without a name may come
	mostNamesakes  = 20                 // deliveries of one name that are looked at, the newest
)

// heardOf is a receipt, and whether it was about something that is known.
type heardOf struct {
	receipt *messaging.Receipt
	found   messaging.Found
}

// Receipt implements messaging.Store. What many hear at once shares a transaction.
func (m *Messages) Receipt(ctx context.Context, r messaging.Receipt) (messaging.Found, error) {
	h := &heardOf{receipt: &r}
	if err := m.hears.ask(ctx, h); err != nil {
		return false, fmt.Errorf("keep a receipt: %w", err)
	}
	return h.found, nil
}

// hearAll writes what was heard meanwhile in one transaction; where the database refuses that, each on its own.
func (m *Messages) hearAll(ctx context.Context, all []*heardOf) []error {
	out := make([]error, len(all))
	err := m.hear(ctx, all)
	for i := range all {
		out[i] = err
		if err != nil && len(all) > 1 && m.store.db.write.PingContext(ctx) == nil {
			out[i] = m.hear(ctx, all[i:i+1])
		}
	}
	return out
}

func (m *Messages) hear(ctx context.Context, all []*heardOf) error {
	return m.change(ctx, func(ctx context.Context, g *changes) error {
		for _, h := range all {
			at, err := g.find(ctx, h.receipt)
			if err != nil {
				return err
			}
			if h.found = at != nil; h.found {
				err = g.confirm(ctx, *at, h.receipt)
			} else {
				err = g.keepReceipt(ctx, h.receipt)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// segmentOf is a segment of a delivery; anySegment: the first that nothing is known of.
type segmentOf struct {
	delivery, segment int64
	over              bool // it was told of before
	ours              bool // it is between the parties of the receipt
}

const anySegment = -1

// find finds what a receipt is about: by its names, best first, or else by its parties, the oldest that waits. Where something between them is just under way
// it may be about that, and is kept until that has its name.
func (g *changes) find(ctx context.Context, r *messaging.Receipt) (*segmentOf, error) {
	route := messaging.Route(r.Connector)
	at, err := g.findNamed(ctx, r)
	if at != nil || err != nil {
		return at, err
	}
	if r.From == "" || r.To == "" {
		return nil, nil
	}
	rows, err := g.m.findPending.rows(ctx, g.t, pendingOf(route, r.From, r.To), g.t.now.Add(-receiptPatient).UnixMilli())
	if err != nil {
		return nil, err
	}
	all, err := scanSends(rows)
	if err != nil || slices.ContainsFunc(all, func(d *send) bool { return d.state == sendSubmitting }) {
		return nil, err
	}
	d := g.waits(all)
	if d == nil {
		return nil, nil
	}
	g.on[d.id] = d
	return &segmentOf{delivery: d.id, segment: anySegment}, g.loadMessages(ctx)
}

// waits picks of deliveries between the same parties the one that a receipt without a name is about: the oldest that was taken and waits for one. One in doubt was
// perhaps never taken: a receipt settles it where it can be about no other.
func (g *changes) waits(all []*send) *send {
	var doubtful *send
	doubts := 0
	for _, d := range all {
		if known := g.on[d.id]; known != nil {
			d = known // With what this transaction heard of it.
		}
		switch d.state {
		case sendSent:
			return d
		case sendInDoubt:
			doubtful = d
			doubts++
		}
	}
	if doubts == 1 {
		return doubtful
	}
	return nil
}

// findNamed finds what a receipt names. As other dialects write it a name may be another message's, since short ones in decimal digits are names in hexadecimal ones
// too: then it must be one between its parties that waits.
func (g *changes) findNamed(ctx context.Context, r *messaging.Receipt) (*segmentOf, error) {
	for i, id := range r.IDs {
		if meaningless(id) {
			continue
		}
		at, err := g.byName(ctx, remoteOf(messaging.Route(r.Connector), id), r)
		if err != nil {
			return nil, err
		}
		if at != nil && (i == 0 || !at.over && at.ours) {
			return at, nil
		}
	}
	return nil, nil
}

// byName finds the segment that a connector calls so. Of several, as networks count round, it is the oldest between the parties of the receipt that waits,
// else the newest.
func (g *changes) byName(ctx context.Context, remote string, r *messaging.Receipt) (*segmentOf, error) {
	rows, err := g.m.findRemote.rows(ctx, g.t, remote, int64(mostNamesakes))
	if err != nil {
		return nil, err
	}
	all, err := scanSegments(rows)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var ids []any
	for _, s := range all {
		ids = append(ids, s.delivery)
	}
	if err = g.load(ctx, ids); err != nil {
		return nil, err
	}
	var best *segmentOf
	for i := range all { // The newest come first.
		s := &all[i]
		d := g.on[s.delivery]
		if d == nil || s.over && best != nil {
			continue
		}
		s.ours = pendingOf(d.route, d.to, d.from) == pendingOf(d.route, r.From, r.To)
		if best == nil || best.over || s.ours {
			best = s
		}
	}
	return best, nil
}

func scanSegments(rows *sql.Rows) ([]segmentOf, error) {
	defer rows.Close()
	var out []segmentOf
	for rows.Next() {
		var s segmentOf
		var state string
		if err := rows.Scan(&s.delivery, &s.segment, &state); err != nil {
			return nil, err
		}
		s.over = state != sendSent
		out = append(out, s)
	}
	return out, rows.Err()
}

// confirm applies a receipt to what it is about.
func (g *changes) confirm(ctx context.Context, at segmentOf, r *messaging.Receipt) error {
	d := g.on[at.delivery]
	if at.over || d == nil || d.state != sendSent && d.state != sendInDoubt {
		return nil // It is known already.
	}
	if r.State != messaging.StateSent || at.segment == anySegment {
		state := submitState(r.State)
		err := error(nil)
		if at.segment == anySegment {
			err = g.m.confirmAny.exec(ctx, g.t, state, g.nameOf(r), d.id)
		} else {
			err = g.m.confirmOne.exec(ctx, g.t, state, d.id, at.segment)
		}
		if err != nil {
			return err
		}
	}
	g.heard(d, r.State, r.Reason)
	return nil
}

// nameOf is what a connector called a segment that was found by its parties: another receipt of it finds it so.
func (g *changes) nameOf(r *messaging.Receipt) string {
	for _, id := range r.IDs {
		if !meaningless(id) {
			return remoteOf(messaging.Route(r.Connector), id)
		}
	}
	return ""
}

func submitState(s messaging.State) string {
	switch s {
	case messaging.StateFailed:
		return sendFailed
	case messaging.StateDelivered:
		return sendDelivered
	case messaging.StateSent, messaging.StateAccepted, messaging.StateReceived, messaging.StateUnknown:
	}
	return sendSent
}

// heard takes into a delivery what a receipt says of one of its segments.
func (g *changes) heard(d *send, state messaging.State, why messaging.Reason) {
	switch state {
	case messaging.StateFailed:
		g.becomes(d, sendFailed, why)
	case messaging.StateDelivered:
		all := d.segments
		if msg := g.about[d.message]; all == 0 && msg != nil { // In doubt: nobody said how many were taken.
			all = msg.Segments
		}
		d.arrived++
		switch {
		case d.arrived >= all:
			g.becomes(d, sendDelivered, "")
		case d.state != sendInDoubt: // Of one in doubt nobody knows whether the other segments were taken.
			g.becomes(d, sendSent, "")
		}
		d.segments = max(all, 1)
	case messaging.StateSent:
		if d.state == sendInDoubt {
			g.becomes(d, sendSent, "")
		}
	case messaging.StateReceived, messaging.StateAccepted, messaging.StateUnknown:
		// They say nothing.
	}
}

// keepReceipt keeps a receipt that fits nothing yet, under all that it may be found by.
func (g *changes) keepReceipt(ctx context.Context, r *messaging.Receipt) error {
	id, until := routing.NewID("rcp", g.t.now), g.t.now.Add(receiptKept).UnixMilli()
	var rows []any
	add := func(remote string) {
		rows = append(rows, remote, id, int64(len(rows)), string(r.State), text(string(r.Reason)), until)
	}
	for _, name := range slices.Compact(slices.Clone(r.IDs)) {
		if !meaningless(name) {
			add("i " + remoteOf(messaging.Route(r.Connector), name))
		}
	}
	if r.From != "" && r.To != "" {
		add("a " + pendingOf(messaging.Route(r.Connector), r.From, r.To))
	}
	return g.m.receipts.insert(ctx, g.t, rows)
}

// keptReceipt is a receipt that came early.
type keptReceipt struct {
	remote, id string
	nth        int64
	state      messaging.State
	reason     messaging.Reason
}

// early applies to what was just taken the receipts that came before: by name, or else by parties.
func (g *changes) early(ctx context.Context) error {
	keys := set{}
	for _, d := range g.taken {
		keys.add("a " + pendingOf(d.route, d.to, d.from))
	}
	for remote := range g.named {
		keys.add("i " + remote)
	}
	if len(keys.all) == 0 {
		return nil
	}
	var kept []keptReceipt
	err := g.m.findReceipts.each(ctx, g.t, keys.all, func(r *sql.Rows) error {
		var k keptReceipt
		var until int64
		err := r.Scan(&k.remote, &k.id, &k.nth, &k.state, &k.reason, &until)
		if until > g.t.now.UnixMilli() {
			kept = append(kept, k)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("find receipts that came early: %w", err)
	}
	slices.SortFunc(kept, func(a, b keptReceipt) int { return cmp.Or(cmp.Compare(a.nth, b.nth), cmp.Compare(a.id, b.id)) })
	used := map[string]bool{}
	for _, k := range kept {
		if used[k.id] || !g.fits(&k) {
			continue
		}
		used[k.id] = true
		if err = g.m.dropReceipt.exec(ctx, g.t, k.id); err != nil {
			return fmt.Errorf("forget a receipt: %w", err)
		}
	}
	return nil
}

// fits applies an early receipt where it fits.
func (g *changes) fits(k *keptReceipt) (applied bool) {
	if len(k.remote) > 2 && k.remote[0] == 'i' {
		n, is := g.named[k.remote[2:]]
		if is && g.said(n.delivery, n.segment, k) {
			return true
		}
		return false
	}
	for _, d := range g.taken {
		if "a "+pendingOf(d.route, d.to, d.from) == k.remote && d.state == sendSent && g.said(d.id, anySegment, k) {
			return true
		}
	}
	return false
}

// said applies a receipt to a segment that was taken in this very transaction.
func (g *changes) said(delivery, segment int64, k *keptReceipt) (applied bool) {
	const width = 4
	d := g.on[delivery]
	if d.state != sendSent {
		return false
	}
	for i := 0; i < len(g.submits); i += width {
		row := g.submits[i : i+width]
		if row[0] != any(delivery) || segment != anySegment && row[1] != any(segment) || row[3] != any(sendSent) {
			continue
		}
		row[3] = submitState(k.state)
		g.heard(d, k.state, k.reason)
		return true
	}
	return false
}
