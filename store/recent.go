package store

import (
	"sync"
	"time"
)

// How much of the log is in memory: whoever is further behind reads the database.
const (
	tailEvents = 4096
	tailBytes  = 4 << 20 // of events in the form of the blocks
)

// run is a block of the log that is not packed: events that were written together.
type run struct {
	first, last int64 // places
	at          time.Time
	plain       []byte // the events as encodeRun wrote them; nobody changes them
}

// recent is the end of the log in memory: what was committed a moment ago is not read back by everybody who follows. It is without a gap, and it never holds what
// may still be taken back.
type recent struct {
	alone bool // nobody else writes this log

	mu    sync.Mutex
	runs  []run
	last  int64 // the place of the newest event that it knows of; below 0: it has not begun
	size  int
	whole bool // nothing was written after last
}

func newRecent(e *engine) *recent { return &recent{alone: !e.shared, last: -1} }

// begin starts at the end of the log, with nothing.
func (t *recent) begin(last int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs, t.size = nil, 0
	t.last, t.whole = last, t.alone
}

// committed takes what a transaction of this process has written, right after its commit.
func (t *recent) committed(all []run) {
	if len(all) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last < 0 {
		return // It has not begun.
	}
	for _, r := range all {
		if !t.alone && r.first > t.last+1 {
			continue // Another transaction, here or on another node, comes before it: a reader brings both.
		}
		t.addLocked(r)
	}
	t.whole = t.alone
}

// doubt says that a transaction ended in a way that does not tell what became of it: the database knows.
func (t *recent) doubt(all []run) {
	if len(all) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole = false
}

// found takes what was read of the database: what others wrote, too.
func (t *recent) found(all []run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last < 0 {
		return
	}
	for _, r := range all {
		t.addLocked(r)
	}
}

// addLocked adds a run at the end; after a gap it begins anew.
func (t *recent) addLocked(r run) {
	if r.last <= t.last {
		return
	}
	if r.first != t.last+1 {
		t.runs, t.size = nil, 0
	}
	t.runs, t.last, t.size = append(t.runs, r), r.last, t.size+len(r.plain)
	drop := 0
	for drop < len(t.runs)-1 && (t.size > tailBytes || t.last-t.runs[drop].first >= tailEvents) {
		t.size -= len(t.runs[drop].plain)
		drop++
	}
	t.dropLocked(drop)
}

// dropLocked lets the oldest runs go; their memory, too.
func (t *recent) dropLocked(n int) {
	clear(t.runs[:n])
	t.runs = t.runs[n:]
}

// sequel is what follows a place.
type sequel struct {
	runs  []run // without a gap after that place; none where it is not in memory
	whole bool  // the database has nothing after them
}

// after is what follows a place.
func (t *recent) after(pos int64) sequel {
	t.mu.Lock()
	defer t.mu.Unlock()
	if pos >= t.last {
		return sequel{whole: t.whole}
	}
	if len(t.runs) == 0 || t.runs[0].first > pos+1 {
		return sequel{}
	}
	from := len(t.runs)
	for from > 0 && t.runs[from-1].last > pos {
		from--
	}
	return sequel{runs: append([]run(nil), t.runs[from:]...), whole: t.whole}
}

// end is the place of the newest event; false: the database has to be asked.
func (t *recent) end() (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last, t.whole
}

// forget lets go what is older than the log keeps.
func (t *recent) forget(before time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for n < len(t.runs) && t.runs[n].at.Before(before) {
		t.size -= len(t.runs[n].plain)
		n++
	}
	t.dropLocked(n)
}
