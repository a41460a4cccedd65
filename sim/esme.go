package sim

import (
	"slices"
	"sync"
	"time"

	"tandem/mobilecore/smpp"
)

// origin says who wrote a message that is given to a program.
type origin int

// The origins.
const (
	originOutside origin = iota
	originHandset        // a subscriber of ours
	originCentre         // a receipt
)

// gift is a message that is to be given to a program, until the program says that it has it.
type gift struct {
	short

	origin origin
	done   func(Cause) // is told once
	body   *smpp.SM    // of a receipt; nil: it is made of the message
	number int         // its place
	again  bool        // it was answered already
	seen   *Passed     // of its last attempt
}

// esme is a program, with what waits for it.
type esme struct {
	c   *SMSC
	cfg ESME

	mu      sync.Mutex // guards what follows; it is held while messages are written, so that they leave in their order
	waiting []*gift    // by their numbers
	resting int        // how many were put off
	forgot  []*gift    // that come again by the next bind
	links   []*link    // that take messages
	flight  map[*link]int
	count   int
	turn    int
	patient *time.Timer // until the messages go without a program that is away
}

func newESME(c *SMSC, cfg ESME) *esme {
	if cfg.Window == 0 {
		cfg.Window = 10
	}
	return &esme{c: c, cfg: cfg, flight: make(map[*link]int)}
}

// listens says whether a bind takes messages.
func (e *esme) listens() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.links) > 0
}

// give lets a message wait for the program, and sends what it has room for.
func (e *esme) give(g *gift) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.count++
	g.number = e.count
	e.waiting = append(e.waiting, g)
	e.pumpLocked()
}

// back lets a message wait again, in its old place.
func (e *esme) back(g *gift) {
	at, _ := slices.BinarySearchFunc(e.waiting, g.number, func(x *gift, n int) int { return x.number - n })
	e.waiting = slices.Insert(e.waiting, at, g)
}

// pumpLocked sends while there is a bind with room.
func (e *esme) pumpLocked() {
	for len(e.waiting) > 0 {
		l := e.freeLocked()
		if l == nil {
			return
		}
		g := e.waiting[0]
		e.waiting = e.waiting[1:]
		e.flight[l]++
		body := g.body
		if body == nil {
			body = e.c.delivering(g.short, g.origin, l.receives)
		}
		g.seen = e.c.gave(e, body)
		if err := l.ask(body, func(p *smpp.PDU) { e.answered(l, g, p) }); err != nil {
			e.flight[l]--
			e.back(g)
			e.dropLocked(l)
		}
	}
}

// freeLocked finds a bind with room, one after the other.
func (e *esme) freeLocked() *link {
	for range e.links {
		e.turn++
		if l := e.links[e.turn%len(e.links)]; e.flight[l] < e.cfg.Window {
			return l
		}
	}
	return nil
}

// answered takes what the program said; nil: the connection ended before it said anything.
func (e *esme) answered(l *link, g *gift, p *smpp.PDU) {
	e.mu.Lock()
	e.flight[l]--
	if p == nil {
		if !g.again { // it has an answer already
			e.back(g)
		}
		e.pumpLocked()
		e.mu.Unlock()
		return
	}
	e.c.set(func() { g.seen.Status = uint32(p.Status) })
	if p.Status.Temporary() {
		const again = 200 * time.Millisecond
		e.resting++
		time.AfterFunc(again, func() {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.resting--
			e.back(g)
			e.pumpLocked()
		})
		e.mu.Unlock()
		return
	}
	if p.Status == smpp.ROK && !g.again {
		e.repeatLocked(g)
	}
	e.pumpLocked()
	e.mu.Unlock()
	if p.Status == smpp.ROK {
		g.done(causeNone)
		return
	}
	g.done(CauseRefused)
}

// repeatLocked lets a message that was answered come again, at once or by the next bind, as the centre's quirks say.
func (e *esme) repeatLocked(g *gift) {
	const all = 100
	k := e.c.quirk()
	again := &gift{short: g.short, origin: g.origin, body: g.body, again: true, done: func(Cause) {}}
	switch {
	case e.c.dice.intn(all) < k.Repeat:
		e.count++
		again.number = e.count
		e.waiting = append(e.waiting, again)
	case e.c.dice.intn(all) < k.Forget:
		e.forgot = append(e.forgot, again)
	}
}

// bound takes a bind in.
func (e *esme) bound(l *link) {
	e.mu.Lock()
	for _, g := range e.forgot {
		e.count++
		g.number = e.count
		e.waiting = append(e.waiting, g)
	}
	e.forgot = nil
	if e.patient != nil {
		e.patient.Stop()
		e.patient = nil
	}
	if l.receives != 0 {
		e.links = append(e.links, l)
	}
	e.pumpLocked()
	e.mu.Unlock()
	e.c.set(func() { e.c.binds++ })
}

func (e *esme) dropLocked(l *link) {
	e.links = slices.DeleteFunc(e.links, func(x *link) bool { return x == l })
}

// unbound lets a bind go. Where a program in the path is away for long, the network goes on without it.
func (e *esme) unbound(l *link) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dropLocked(l)
	if len(e.links) > 0 || e.cfg.Absent != AbsentWithoutIt || e.patient != nil {
		return
	}
	const patience = 2 * time.Second
	e.patient = time.AfterFunc(patience, e.withoutIt)
}

// withoutIt lets what waits go its way.
func (e *esme) withoutIt() {
	e.mu.Lock()
	gifts := e.waiting
	e.waiting = nil
	e.mu.Unlock()
	for _, g := range gifts {
		if g.origin != originCentre && !g.again {
			e.c.carry(&held{short: g.short, id: e.c.nextID()})
		}
		g.done(causeNone)
	}
}

// Waiting is how many messages wait for a program, those under way and those put off included.
func (c *SMSC) Waiting(systemID string) int {
	n := 0
	for _, e := range c.esmes {
		if e.cfg.SystemID == systemID {
			e.mu.Lock()
			n += len(e.waiting) + e.resting
			for _, under := range e.flight {
				n += under
			}
			e.mu.Unlock()
		}
	}
	return n
}
