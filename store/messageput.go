package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tandem/messaging"
)

// mostPuts share a transaction: enough for one sync of the disk to be nothing, and few enough for the first not to wait long for the last.
const mostPuts = 128

// put is what is put together: all of it or nothing.
type put struct {
	drafts []messaging.Draft
	stored []messaging.Stored
}

// Put implements messaging.Store. What many put at once shares a transaction; what is refused or fails takes nothing of the others with it.
func (m *Messages) Put(ctx context.Context, drafts ...messaging.Draft) ([]messaging.Stored, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	p := &put{drafts: drafts}
	if err := m.puts.ask(ctx, p); err != nil {
		return nil, fmt.Errorf("keep a message: %w", err)
	}
	return p.stored, nil
}

// putAll writes what was put meanwhile, in one transaction; where the database refuses that, each on its own.
func (m *Messages) putAll(ctx context.Context, all []*put) []error {
	out := make([]error, len(all))
	err := m.putJob(ctx, all)
	if err == nil {
		return out
	}
	if len(all) == 1 || errors.Is(err, errClosed) || m.store.db.write.PingContext(ctx) != nil {
		for i := range out {
			out[i] = err
		}
		return out
	}
	for i, p := range all {
		out[i] = m.putJob(ctx, []*put{p})
	}
	return out
}

func (m *Messages) putJob(ctx context.Context, all []*put) error {
	var routes map[messaging.Route]bool
	err := m.store.writer.do(ctx, func(ctx context.Context, t tx) error {
		g, err := m.writePuts(ctx, t, all)
		if err == nil {
			routes = g.routes
		}
		return err
	})
	if err == nil {
		m.told(routes)
	}
	return err
}

// told wakes who waits for events and for deliveries of routes.
func (m *Messages) told(routes map[messaging.Route]bool) {
	m.store.events.waiting.tell()
	m.wakes.tell(slices.Sorted(maps.Keys(routes))...)
}

// writePuts decides and writes in a transaction.
func (m *Messages) writePuts(ctx context.Context, t tx, all []*put) (*sheet, error) {
	g := m.newSheet(t)
	if err := g.open(ctx, all); err != nil {
		return nil, err
	}
	for _, p := range all {
		p.stored = make([]messaging.Stored, len(p.drafts))
		free, err := g.admits(ctx, p)
		if err != nil {
			return nil, err
		}
		if !free {
			continue
		}
		if err = g.keepAll(p); err != nil {
			return nil, err
		}
	}
	if err := g.write(ctx); err != nil {
		return nil, err
	}
	return g, g.fill(ctx, all)
}

// admits says whether what is put together is to be kept: nobody said STOP, and no guard refuses it. Repeats among it are left out.
func (g *sheet) admits(ctx context.Context, p *put) (free bool, err error) {
	free = true
	for i := range p.drafts {
		if id := g.repeats(&p.drafts[i]); id != "" {
			p.stored[i] = messaging.Stored{Message: messaging.Message{ID: id}, Repeat: true}
			continue
		}
		if p.stored[i].Refused, err = g.refuses(ctx, &p.drafts[i]); err != nil {
			return false, err
		}
		free = free && p.stored[i].Refused == ""
	}
	return free, nil
}

// keepAll keeps what was admitted; the keys of repeats are kept for the first ones.
func (g *sheet) keepAll(p *put) error {
	for i := range p.drafts {
		if p.stored[i].Repeat {
			g.name(&p.drafts[i], p.stored[i].Message.ID)
			continue
		}
		var err error
		if p.stored[i], err = g.keep(&p.drafts[i]); err != nil {
			return err
		}
	}
	return nil
}

// fill puts the first messages in place of their repeats.
func (g *sheet) fill(ctx context.Context, all []*put) error {
	var ids []any
	for _, p := range all {
		for i := range p.stored {
			s := &p.stored[i]
			if !s.Repeat {
				continue
			}
			if kept := g.kept[s.Message.ID]; kept != nil {
				s.Message = *kept
			} else {
				ids = append(ids, string(s.Message.ID))
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := g.m.byID(ctx, g.t, ids)
	if err != nil {
		return err
	}
	for _, p := range all {
		for i := range p.stored {
			if s := &p.stored[i]; s.Repeat && s.Message.Account == "" && found[s.Message.ID] != nil {
				s.Message = *found[s.Message.ID]
			}
		}
	}
	return nil
}
