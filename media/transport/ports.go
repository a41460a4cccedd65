package transport

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// How long a pair of ports rests.
const (
	quarantineShort = 5 * time.Second
	quarantineLong  = 10 * time.Second
	shortRest       = 500 * time.Millisecond // nothing was ever exchanged on it
)

// ports knows which even ports are free. Its mutex is a leaf lock.
type ports struct {
	now func() int64

	mu      sync.Mutex
	free    []uint16
	resting [2][]rest // by Use, each in the order of its end, more or less
	inUse   int
}

type rest struct {
	port  uint16
	until int64
}

func newPorts(r Range, now func() int64) (*ports, error) {
	first, last := int(r.First), int(r.Last)
	first += first % 2
	p := &ports{now: now}
	for n := first; n+1 <= last; n += 2 {
		p.free = append(p.free, uint16(n&0xFFFE))
	}
	if r.First == 0 || len(p.free) == 0 {
		return nil, errors.New("media: the port range holds no pair of an even port and the next")
	}
	return p, nil
}

// take gives a random free port (so that nobody can guess the next call's).
func (p *ports) take() (uint16, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wake()
	if len(p.free) == 0 {
		return 0, ErrNoPorts
	}
	last := len(p.free) - 1
	i := rand.IntN(len(p.free)) //nolint:gosec // a port is no secret: it is in the SDP; the latch protects it
	n := p.free[i]
	p.free[i] = p.free[last]
	p.free = p.free[:last]
	p.inUse++
	return n, nil
}

// wake frees what has rested.
func (p *ports) wake() {
	now := p.now()
	for u, q := range p.resting {
		i := 0
		for i < len(q) && q[i].until <= now {
			p.free = append(p.free, q[i].port)
			i++
		}
		p.resting[u] = q[i:]
	}
}

// give takes a port back.
func (p *ports) give(n uint16, u Use) {
	d := shortRest
	if u == Used {
		d = quarantineShort + rand.N(quarantineLong-quarantineShort) //nolint:gosec // as above
	}
	until := p.now() + int64(d)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inUse--
	p.resting[u] = append(p.resting[u], rest{port: n, until: until})
}

func (p *ports) used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inUse
}
