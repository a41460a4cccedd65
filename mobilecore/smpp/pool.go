package smpp

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// pool is a table of binds that are up.
type pool struct {
	mu    sync.Mutex
	binds []*Bind
	turn  int
	given map[*Bind]int // messages that a bind was picked for and that are not answered: some have not taken their place in its window yet
}

// add puts a bind in, unless as many of its name are in already as most says; 0: any number.
func (p *pool) add(b *Bind, most int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	same := 0
	for _, other := range p.binds {
		if other.name == b.name {
			same++
		}
	}
	if most > 0 && same >= most {
		return errCrowd
	}
	p.binds = append(p.binds, b)
	return nil
}

// errCrowd says that somebody has as many binds as it may.
var errCrowd = errors.New("it has as many binds as it may")

// remove takes a bind out.
func (p *pool) remove(b *Bind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.binds = slices.DeleteFunc(p.binds, func(other *Bind) bool { return other == b })
}

// all are those in it for which keep is true.
func (p *pool) all(keep func(*Bind) bool) []*Bind {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*Bind
	for _, b := range p.binds {
		if keep(b) {
			out = append(out, b)
		}
	}
	return out
}

// pick is the bind with the emptiest window of those that send, in turns; nil: there is none. It counts the message as given to that bind until done is told.
func (p *pool) pick(keep func(*Bind) bool) *Bind {
	p.mu.Lock()
	defer p.mu.Unlock()
	var best *Bind
	p.turn++
	for i := range p.binds {
		b := p.binds[(p.turn+i)%len(p.binds)]
		if !keep(b) || !b.Sends() || b.unusable() != nil {
			continue
		}
		if best == nil || p.freeLocked(b) > p.freeLocked(best) {
			best = b
		}
	}
	if best != nil {
		if p.given == nil {
			p.given = make(map[*Bind]int)
		}
		p.given[best]++
	}
	return best
}

// freeLocked is how much of a window is free, and will be when all who are on their way are there.
func (p *pool) freeLocked(b *Bind) int { return cap(b.slots) - max(len(b.slots), p.given[b]) }

// done says that a message which a bind was picked for has been answered, or given up.
func (p *pool) done(b *Bind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given[b]--; p.given[b] <= 0 {
		delete(p.given, b)
	}
}

// submit sends a message by one of the binds. One that goes before anything was written is no reason to give up while there are others.
func (p *pool) submit(ctx context.Context, m *SM, keep func(*Bind) bool) (Answer, error) {
	for {
		b := p.pick(keep)
		if b == nil {
			return Answer{}, &NotSentError{ErrNoBind}
		}
		a, err := b.Submit(ctx, m)
		p.done(b)
		if _, is := errors.AsType[*NotSentError](err); is && ctx.Err() == nil && (errors.Is(err, ErrGone) || errors.Is(err, ErrLeaving)) {
			continue // by another: this one is not picked again
		}
		return a, err
	}
}
