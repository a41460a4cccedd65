package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tandem/provisioning"
)

// logModel is a log in a database, of which recent hears in every way it may.
type logModel struct {
	t      *testing.T
	rnd    *rand.Rand
	recent *recent
	all    []run // what is committed
	last   int64
}

// write commits a run, and gives it.
func (m *logModel) write() run {
	r := run{first: m.last + 1, last: m.last + 1 + m.rnd.Int64N(4), at: time.Unix(m.last, 0), plain: make([]byte, m.rnd.IntN(50))}
	m.last = r.last
	m.all = append(m.all, r)
	return r
}

// read follows the log from a place as Events does, and fails where something is missing or too early.
func (m *logModel) read(pos int64) {
	m.t.Helper()
	found := m.recent.after(pos)
	for _, r := range found.runs {
		if r.first > pos+1 || r.last <= pos || r.last > m.last {
			m.t.Fatalf("after %d comes %d to %d of a log that ends at %d", pos, r.first, r.last, m.last)
		}
		pos = r.last
	}
	if found.whole && pos != m.last {
		m.t.Fatalf("the end is said to be %d, it is %d", pos, m.last)
	}
	if found.whole {
		return
	}
	var read []run
	for _, r := range m.all {
		if r.last > pos && len(read) < 5 {
			read = append(read, r)
		}
	}
	m.recent.found(read)
}

// Transactions end in order and out of it, some in doubt, some of another node, while readers follow and come back from long ago: nobody is ever given a gap, or an
// end that is none.
func TestNewestEventsAreGivenWithoutAGap(t *testing.T) {
	for _, e := range []*engine{sqliteEngine(), postgresEngine()} {
		m := &logModel{t: t, rnd: rand.New(rand.NewPCG(1, 2)), recent: newRecent(e)}
		m.read(0)
		m.recent.begin(0)
		for range 20_000 {
			switch m.rnd.IntN(10) {
			case 0: // The connection is lost at the commit.
				m.recent.doubt([]run{m.write()})
			case 1:
				if e.shared { // Another node.
					m.write()
				}
			case 2: // Two at once: the second is heard of first.
				a, b := m.write(), m.write()
				if !e.shared {
					a, b = b, a
				}
				m.recent.committed([]run{b})
				m.recent.committed([]run{a})
			case 3:
				m.recent.forget(time.Unix(m.last-m.rnd.Int64N(1000), 0))
			case 4, 5:
				m.read(m.rnd.Int64N(m.last + 1))
			case 6, 7:
				m.read(max(0, m.last-m.rnd.Int64N(10)))
			default:
				m.recent.committed([]run{m.write()})
			}
			if pos, known := m.recent.end(); known && pos != m.last {
				t.Fatalf("%s: the end is said to be %d, it is %d", e.name, pos, m.last)
			}
			if held := len(m.recent.runs); held > tailEvents || m.recent.size < 0 {
				t.Fatalf("%s: %d runs of %d bytes are in memory", e.name, held, m.recent.size)
			}
		}
	}
}

// Of jobs that share a transaction one fails after it wrote events: its events are never given, and theirs are, in their places, from memory as from the database.
func TestEventsThatAreTakenBackAreNeverGiven(t *testing.T) {
	s, err := Open(t.Context(), Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	broken := errors.New("taken back")
	var parts []func(context.Context, tx) error
	for i := range 5 {
		parts = append(parts, func(ctx context.Context, t tx) error {
			e := provisioning.Event{Type: "trunk.up", Subject: fmt.Sprint("trk_", i), At: t.now, Data: []byte(noData)}
			if failed := s.events.appendEvents(ctx, t, []provisioning.Event{e, e}); failed != nil || i%2 == 0 {
				return failed
			}
			return broken
		})
	}
	for i, err := range s.writer.together(t.Context(), parts) {
		if failed := errors.Is(err, broken); failed != (i%2 == 1) {
			t.Errorf("job %d: %v", i, err)
		}
	}
	memory, err := s.Events(t.Context(), provisioning.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	s.writer.recent.begin(memory.Last)
	s.writer.recent.whole = false
	database, err := s.Events(t.Context(), provisioning.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := fmt.Sprint(memory), fmt.Sprint(database); a != b || len(memory.Events) != 6 {
		t.Errorf("from memory\n%s\nfrom the database\n%s", a, b)
	}
	for i, e := range memory.Events {
		if want := fmt.Sprint("trk_", i/2*2); e.Subject != want || e.Pos != int64(i)+1 {
			t.Errorf("event %d is of %s, want %s", e.Pos, e.Subject, want)
		}
	}
}
