package transport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"
)

// How long a pair of ports rests.
const (
	quarantineShort = 5 * time.Second
	quarantineLong  = 10 * time.Second
	shortRest       = 500 * time.Millisecond // nothing was ever exchanged on it
)

const (
	// warmFor is how long a pair that has rested stays bound for want of a leg.
	warmFor = 10 * time.Second
	// warmMost is how many pairs stay bound without a leg, those that rest included.
	warmMost = 1024
	// sweepEvery is how often it is looked after them.
	sweepEvery = 2 * time.Second
)

// bound is a pair of sockets. It stays bound while its ports rest, and drops what comes, so that the next leg finds them open: to bind and
// close two sockets costs more than all else that media does for a short call.
type bound interface {
	lane() int // which part of the back end it belongs to
	release()
}

// ports knows which even ports are free. Its mutex is a leaf lock.
type ports struct {
	now func() int64

	mu      sync.Mutex
	free    []uint16
	warm    []rest    // free too, and bound
	resting [2][]rest // by Use, each in the order of its end, more or less
	inUse   int
	kept    int // pairs that are bound without a leg
	most    int // of those
	sweeper *time.Timer
	ended   bool
}

type rest struct {
	port  uint16
	until int64
	bound bound // nil: closed
}

func newPorts(r Range, now func() int64) (*ports, error) {
	first, last := int(r.First), int(r.Last)
	first += first % 2
	p := &ports{now: now, most: min(warmMost, descriptors()/16)}
	for n := first; n+1 <= last; n += 2 {
		p.free = append(p.free, uint16(n&0xFFFE))
	}
	if r.First == 0 || len(p.free) == 0 {
		return nil, errors.New("media: the port range holds no pair of an even port and the next")
	}
	return p, nil
}

// open gives a pair that is bound. Ports that another program has are passed over, and tried again later; any other failure would be the
// same on every port, except that what is bound without need may be in the way.
func (p *ports) open(lane int, bind func(uint16) (bound, error)) (bound, error) {
	var last error
	for {
		n, b, err := p.take(lane)
		if err != nil {
			return nil, errors.Join(err, last)
		}
		if b != nil {
			return b, nil
		}
		if b, err = bind(n); err == nil {
			return b, nil
		}
		last = err
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			p.give(n, Used, nil)
		case errors.Is(err, syscall.EMFILE) && p.sweep(everything) > 0:
			p.give(n, Unused, nil)
		default:
			p.give(n, Unused, nil)
			return nil, fmt.Errorf("bind a pair of ports: %w", err)
		}
	}
}

// take gives a random free port (so that nobody can guess the next call's), one that is bound where there is one.
func (p *ports) take(lane int) (uint16, bound, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wakeLocked()
	if n := len(p.warm); n > 0 {
		from := rand.IntN(n) //nolint:gosec // a port is no secret: it is in the SDP; the latch protects it
		for i := range n {
			at := (from + i) % n
			if r := p.warm[at]; r.bound.lane() == lane {
				p.warm[at] = p.warm[n-1]
				p.warm[n-1] = rest{}
				p.warm = p.warm[:n-1]
				p.kept--
				p.inUse++
				return r.port, r.bound, nil
			}
		}
	}
	if len(p.free) == 0 {
		return p.coolLocked()
	}
	last := len(p.free) - 1
	i := rand.IntN(len(p.free)) //nolint:gosec // as above
	n := p.free[i]
	p.free[i] = p.free[last]
	p.free = p.free[:last]
	p.inUse++
	return n, nil, nil
}

// coolLocked takes a pair of another lane as it is, when there is nothing else.
func (p *ports) coolLocked() (uint16, bound, error) {
	last := len(p.warm) - 1
	if last < 0 {
		return 0, nil, ErrNoPorts
	}
	r := p.warm[last]
	p.warm = p.warm[:last]
	p.kept--
	p.inUse++
	return r.port, r.bound, nil
}

// wakeLocked frees what has rested.
func (p *ports) wakeLocked() {
	now := p.now()
	for u, q := range p.resting {
		i := 0
		for i < len(q) && q[i].until <= now {
			if q[i].bound != nil {
				p.warm = append(p.warm, q[i])
			} else {
				p.free = append(p.free, q[i].port)
			}
			i++
		}
		clear(q[:i])
		p.resting[u] = q[i:]
	}
}

// give takes a port back, with its sockets or without.
func (p *ports) give(n uint16, u Use, b bound) {
	d := shortRest
	if u == Used {
		d = quarantineShort + rand.N(quarantineLong-quarantineShort) //nolint:gosec // as above
	}
	until := p.now() + int64(d)
	p.mu.Lock()
	p.inUse--
	excess := b
	if b != nil && !p.ended && p.kept < p.most {
		excess = nil
		p.kept++
		p.armLocked()
	} else {
		b = nil
	}
	p.resting[u] = append(p.resting[u], rest{port: n, until: until, bound: b})
	p.mu.Unlock()
	if excess != nil {
		excess.release()
	}
}

func (p *ports) used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inUse
}

// armLocked has the sweeper come by.
func (p *ports) armLocked() {
	if p.sweeper == nil {
		p.sweeper = time.AfterFunc(sweepEvery, func() { p.sweep(overdue) })
	}
}

// sweeping says what is swept away.
type sweeping int

const (
	overdue    sweeping = iota // what nobody has wanted for warmFor
	everything                 // all that has no leg
)

// sweep closes pairs that nobody uses, and says how many.
func (p *ports) sweep(what sweeping) int {
	p.mu.Lock()
	p.wakeLocked()
	if p.sweeper != nil {
		p.sweeper.Stop()
		p.sweeper = nil
	}
	before := p.now() - int64(warmFor)
	var out []bound
	p.warm = slices.DeleteFunc(p.warm, func(r rest) bool {
		if what == overdue && r.until > before {
			return false
		}
		out = append(out, r.bound)
		p.free = append(p.free, r.port)
		return true
	})
	for u := range p.resting {
		for i := range p.resting[u] {
			if r := &p.resting[u][i]; what == everything && r.bound != nil {
				out = append(out, r.bound)
				r.bound = nil
			}
		}
	}
	p.kept -= len(out)
	if p.kept > 0 {
		p.armLocked()
	}
	p.mu.Unlock()
	for _, b := range out {
		b.release()
	}
	return len(out)
}

// close releases all that is bound without a leg; from now on nothing stays so.
func (p *ports) close() {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.sweep(everything)
}
