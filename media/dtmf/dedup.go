package dtmf

import "time"

// Path is a way that a key came.
type Path int

// The ways, the most trusted first where two tell of the same key at the same moment.
const (
	PathRFC4733 Path = iota + 1 // telephone-event packets
	PathInfo                    // SIP INFO
	PathInband                  // tones in the audio
)

// Verdict says whether a key is one that its owner has not heard of.
type Verdict int

// The verdicts.
const (
	Fresh Verdict = iota + 1 // pass it on
	Again                    // the same press, by another way
)

// Apart is how far apart the same press may come by two ways: between the end of one and the beginning of the other.
const Apart = 300 * time.Millisecond

// Dedup makes one stream of the keys of one leg: the first way that tells of a press is believed at once, and the others may tell of it
// once each. A key pressed twice is two, however fast, because each way then tells of it twice. The zero value is ready. It belongs to one
// goroutine and does not allocate.
type Dedup struct {
	last [8]press // a ring, the newest at next-1
	next int
}

// press is one key told of as Fresh.
type press struct {
	key        byte
	begin, end time.Time
	by         [PathInband + 1]bool // the ways that have told of it
}

// Begin takes the beginning of a key.
func (d *Dedup) Begin(p Path, key byte, at time.Time) Verdict {
	for i := range d.last {
		old := &d.last[(d.next+i)%len(d.last)] // oldest first, so that presses and their echoes pair up in order
		if old.key == key && !old.by[p] && at.Sub(old.end) <= Apart && old.begin.Sub(at) <= Apart {
			old.by[p] = true
			return Again
		}
	}
	fresh := press{key: key, begin: at, end: at}
	fresh.by[p] = true
	d.last[d.next] = fresh
	d.next = (d.next + 1) % len(d.last)
	return Fresh
}

// End takes the end of a key: an INFO that is sent when a long press ends still belongs to it.
func (d *Dedup) End(p Path, key byte, at time.Time) {
	for i := range d.last {
		old := &d.last[(d.next+len(d.last)-1-i)%len(d.last)]
		if old.key == key && old.by[p] {
			if at.After(old.end) {
				old.end = at
			}
			return
		}
	}
}
