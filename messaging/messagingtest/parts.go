package messagingtest

import (
	"context"
	"slices"
	"time"

	"tandem/messaging"
)

// set is what came of a message of several segments.
type set struct {
	name, crowd string
	began       time.Time
	overdue     bool
	parts       []messaging.Part // in the order in which they came
}

// madeFor is how long what a set was made of is remembered.
const madeFor = 49 * time.Hour

// made is what a set that is done was made of: the prints of its parts by their numbers.
type made struct {
	at     time.Time
	prints map[int]string
}

// madeLocked says whether a set that is done was made of all these parts.
func (m *Memory) madeLocked(parts ...messaging.Part) (was bool) {
	return slices.ContainsFunc(m.made[parts[0].Set], func(d made) bool {
		return time.Since(d.at) < madeFor && !slices.ContainsFunc(parts, func(p messaging.Part) bool { return d.prints[p.Segment.Number] != p.Print })
	})
}

// doneLocked remembers what a set was made of.
func (m *Memory) doneLocked(parts []messaging.Part) {
	d := made{time.Now(), map[int]string{}}
	for _, p := range parts {
		d.prints[p.Segment.Number] = p.Print
	}
	m.made[parts[0].Set] = append(m.made[parts[0].Set], d)
}

// Assemble implements messaging.Store.
func (m *Memory) Assemble(ctx context.Context, p messaging.Part, complete func([]messaging.Part) ([]messaging.Draft, error)) (out messaging.Assembly, err error) {
	err = m.turn(ctx, "assemble", func() (routes []messaging.Route, err error) {
		out, routes, err = m.assembleLocked(p, complete)
		return routes, err
	})
	return out, err
}

func (m *Memory) assembleLocked(
	p messaging.Part, complete func([]messaging.Part) ([]messaging.Draft, error),
) (out messaging.Assembly, routes []messaging.Route, err error) {
	now := time.Now()
	out.Repeat = m.madeLocked(p)
	s := m.setLocked(p.Set)
	if s != nil && p.Arrival.At.Sub(s.parts[len(s.parts)-1].Arrival.At) > messaging.LateFor && m.madeLocked(s.parts...) {
		m.dropLocked(s)
		s = nil
	}
	if s != nil {
		switch m.metLocked(s, p) {
		case again:
			return messaging.Assembly{Repeat: true}, nil, nil
		case clash:
			s.overdue, out.Overdue, s = true, true, nil
		case fresh:
		}
	}
	var parts []messaging.Part
	if s != nil {
		parts = slices.Clone(s.parts)
	}
	if parts = append(parts, p); len(parts) < p.Segment.Total {
		if s == nil {
			out.Overdue = m.crowdLocked(p.Crowd) || out.Overdue
			s = &set{name: p.Set, crowd: p.Crowd, began: now}
			m.sets = append(m.sets, s)
		}
		s.parts = parts
		return out, nil, nil
	}
	if m.madeLocked(parts...) { // all of it late, until a part of another message takes the place of one
		s.parts = parts
		return out, nil, nil
	}
	drafts, err := complete(parts)
	if err != nil {
		return messaging.Assembly{}, nil, err
	}
	m.dropLocked(s)
	out.Complete, out.Repeat = true, false
	out.Stored, routes = m.putLocked(drafts)
	m.doneLocked(parts)
	return out, routes, nil
}

// met is how a part meets the set that is open for it.
type met int

const (
	fresh met = iota // the set has no such part, or had a late one, which gave way
	again            // the very part is there
	clash            // another part of that number is there
)

func (m *Memory) metLocked(s *set, p messaging.Part) met {
	i := slices.IndexFunc(s.parts, func(has messaging.Part) bool { return has.Segment.Number == p.Segment.Number })
	switch {
	case i < 0:
		return fresh
	case s.parts[i].Print == p.Print:
		return again
	case m.madeLocked(s.parts[i]): // late, and of another message than this
		s.parts = slices.Delete(s.parts, i, i+1)
		return fresh
	}
	return clash
}

func (m *Memory) setLocked(name string) *set {
	for _, s := range m.sets {
		if s.name == name && !s.overdue {
			return s
		}
	}
	return nil
}

func (m *Memory) dropLocked(s *set) {
	m.sets = slices.DeleteFunc(m.sets, func(other *set) bool { return other == s })
}

// crowdLocked makes the oldest set of a crowd overdue when there is no room for one more.
func (m *Memory) crowdLocked(crowd string) (crowded bool) {
	var oldest *set
	n := 0
	for _, s := range m.sets {
		if s.crowd == crowd && !s.overdue {
			if n++; oldest == nil {
				oldest = s
			}
		}
	}
	if n < messaging.OpenSets {
		return false
	}
	oldest.overdue = true
	return true
}

// Overdue implements messaging.Store.
func (m *Memory) Overdue(
	ctx context.Context, before time.Time, limit int, finish func([]messaging.Part) ([]messaging.Draft, error),
) (n int, err error) {
	err = m.turn(ctx, "overdue", func() (routes []messaging.Route, _ error) {
		for _, s := range slices.Clone(m.sets) {
			if n == limit || !s.overdue && !s.began.Before(before) {
				continue
			}
			n++
			if m.madeLocked(s.parts...) {
				m.dropLocked(s)
				continue
			}
			drafts, failed := finish(slices.Clone(s.parts))
			if failed != nil {
				return routes, failed
			}
			_, more := m.putLocked(drafts)
			routes = append(routes, more...)
			m.doneLocked(s.parts)
			m.dropLocked(s)
		}
		return routes, nil
	})
	return n, err
}

// OpenSets is how many sets wait for segments.
func (m *Memory) OpenSets() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sets)
}
