package ims

import (
	"container/list"
	"sync"
	"time"
)

// Passage is one leg that goes into a core or comes from one, as far as it can be known again when the core has removed our header.
type Passage struct {
	Served    string // the number that is served, E.164
	Other     string // the other party: who calls the served user, or whom they call, in one form for both ways; empty: hidden
	Direction Direction
	ICID      string // of P-Charging-Vector; empty: none
	Call      string // our id of the call; of a leg that comes, empty
}

// Arrival is an INVITE from a core, as far as a loop can be seen in it.
type Arrival struct {
	Passage

	Anchor      Anchor
	Verdict     AnchorVerdict // of Anchor
	History     History
	Same        func(number string) bool // says whether a number, as a header gives it, is the served one; nil: none is
	MaxForwards int                      // as it came; 70 where there was none
}

// LoopKind is what an arrival is.
type LoopKind int

// The kinds.
const (
	Fresh     LoopKind = iota // a call that we have not seen
	Returning                 // a leg of ours that the core hands to us again: pass it on, and never fork it
	Loop                      // it goes round: refuse it
)

// LoopVerdict is what is done with an arrival.
type LoopVerdict struct {
	Kind   LoopKind
	Call   string // with Returning: our id of the call
	Hop    int    // with Returning: what the next anchor says
	Status int    // with Loop: 482 or 483
	Why    string // with Loop, or with Returning: how it was known, in a few words
}

// What bounds a loop.
const (
	sameWindow   = 15 * time.Second // in which the same caller to the same number is taken for the leg that we sent
	otherWindow  = 3 * time.Second  // the same, with another charging identifier: a core that makes a new one hands the leg back at once, and a second call takes longer
	icidWindow   = 3 * time.Minute  // in which a charging identifier is known again: as long as a phone may ring
	anchorWindow = 3 * time.Minute  // in which an anchor is believed
	clockSkew    = 30 * time.Second // of other nodes that sign
	mostHistory  = 5                // redirections that a call may have behind it
	mostPassages = 1 << 16          // that the table holds: then the oldest go
	mostAlike    = 16               // of them between the same two
)

type passageKey struct {
	served, other string
	direction     Direction
}

// passage is a leg that was sent. It comes back once at most.
type passage struct {
	Passage

	at       time.Time
	returned bool
	keeps    bool // the core was seen to keep the ICID of this leg: another one is another call
}

// Loops knows which legs are out in a core. It is safe for concurrent use; the zero value is ready. It holds 65,536 legs at most, and forgets the oldest first; 16 between the same two.
type Loops struct {
	mu     sync.Mutex
	order  list.List // of *passage, oldest first
	byKey  map[passageKey][]*list.Element
	byICID map[string]*list.Element
	byCall map[string][]*list.Element
}

// Sent notes a leg that goes into a core now.
func (l *Loops) Sent(p Passage, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey == nil {
		l.byKey, l.byICID, l.byCall = map[passageKey][]*list.Element{}, map[string]*list.Element{}, map[string][]*list.Element{}
	}
	l.expireLocked(now)
	if alike := l.byKey[p.key()]; len(alike) >= mostAlike {
		l.dropLocked(alike[0])
	}
	if l.order.Len() >= mostPassages {
		l.dropLocked(l.order.Front())
	}
	e := l.order.PushBack(&passage{Passage: p, at: now})
	l.byKey[p.key()] = append(l.byKey[p.key()], e)
	l.byCall[p.Call] = append(l.byCall[p.Call], e)
	if p.ICID != "" {
		l.byICID[p.ICID] = e
	}
}

// Ended forgets the legs of a call: what comes for them now is a new call.
func (l *Loops) Ended(call string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.byCall[call]) > 0 {
		l.dropLocked(l.byCall[call][0])
	}
}

// Len is the number of legs that are known.
func (l *Loops) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len()
}

// Judge says what an arrival is: by Max-Forwards, by the redirections behind it, by its anchor, and by the legs that are out.
func (l *Loops) Judge(a Arrival, now time.Time) LoopVerdict {
	switch {
	case a.MaxForwards <= 0:
		return LoopVerdict{Kind: Loop, Status: 483, Why: "max-forwards is used up"}
	case a.History.Depth() > mostHistory:
		return LoopVerdict{Kind: Loop, Status: 482, Why: "too many redirections"}
	case a.History.Repeats(a.Same):
		return LoopVerdict{Kind: Loop, Status: 482, Why: "redirected by the number it is for"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expireLocked(now)
	if a.Verdict == AnchorGenuine && now.Sub(a.Anchor.At) <= anchorWindow && a.Anchor.At.Sub(now) <= clockSkew {
		if e := l.findLocked(a.Passage, now); e != nil {
			e.returned = true // however its header fares the next time
		}
		if a.Anchor.Hop > 1 {
			return LoopVerdict{Kind: Loop, Status: 482, Why: "anchored more than once"}
		}
		return LoopVerdict{Kind: Returning, Call: a.Anchor.ID, Hop: a.Anchor.Hop + 1, Why: "anchor"}
	}
	p := l.findLocked(a.Passage, now)
	switch {
	case p == nil:
		return LoopVerdict{Kind: Fresh}
	case p.returned:
		return LoopVerdict{Kind: Loop, Status: 482, Why: "came back a second time"}
	}
	p.returned, p.keeps = true, a.ICID != "" && a.ICID == p.ICID
	return LoopVerdict{Kind: Returning, Call: p.Call, Hop: 2, Why: "same parties at the same time"}
}

// findLocked finds the leg that an arrival is: by its charging identifier, or by who talks to whom in these seconds; of several, one that has not come back yet.
func (l *Loops) findLocked(p Passage, now time.Time) *passage {
	if e := l.byICID[p.ICID]; e != nil && p.ICID != "" {
		if known := valueOf(e); known.Served == p.Served && known.Direction == p.Direction {
			return known
		}
	}
	var returned *passage
	for _, e := range l.byKey[p.key()] {
		known := valueOf(e)
		switch {
		case now.Sub(known.at) > window(known.ICID, p.ICID):
		case known.keeps && p.ICID != "": // it would have had its own identifier
		case !known.returned:
			return known
		default:
			returned = known
		}
	}
	return returned
}

// window is how long a leg is known by its parties alone.
func window(sent, came string) time.Duration {
	if sent != "" && came != "" && sent != came {
		return otherWindow
	}
	return sameWindow
}

func (l *Loops) expireLocked(now time.Time) {
	for e := l.order.Front(); e != nil && now.Sub(valueOf(e).at) > icidWindow; e = l.order.Front() {
		l.dropLocked(e)
	}
}

func (l *Loops) dropLocked(e *list.Element) {
	p := valueOf(e)
	l.order.Remove(e)
	without(l.byKey, p.key(), e)
	without(l.byCall, p.Call, e)
	if l.byICID[p.ICID] == e {
		delete(l.byICID, p.ICID)
	}
}

func (p Passage) key() passageKey { return passageKey{p.Served, p.Other, p.Direction} }

func valueOf(e *list.Element) *passage {
	p, _ := e.Value.(*passage) // nothing else is put in
	return p
}

func without[K comparable](m map[K][]*list.Element, k K, e *list.Element) {
	for i, one := range m[k] {
		if one == e {
			m[k] = append(m[k][:i], m[k][i+1:]...)
			break
		}
	}
	if len(m[k]) == 0 {
		delete(m, k)
	}
}
