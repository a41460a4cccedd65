package messaging_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"tandem/messaging"
	mt "tandem/messaging/messagingtest"
)

var errDead = errors.New("the process is gone")

// process is the store as one process has it, which may end before or after any call: then nothing more is written by it, and nobody hears whether the last
// was.
type process struct {
	*mt.Memory

	dead  atomic.Bool
	crash func() bool // says whether now is the time
	ended chan struct{}
}

func (p *process) turn(do func() error) error {
	if p.dies() {
		return errDead
	}
	err := do()
	if p.dies() {
		return errDead
	}
	return err
}

func (p *process) dies() bool {
	if p.dead.Load() {
		return true
	}
	if p.crash() && !p.dead.Swap(true) {
		close(p.ended)
		return true
	}
	return p.dead.Load()
}

func (p *process) Put(ctx context.Context, drafts ...messaging.Draft) (out []messaging.Stored, _ error) {
	err := p.turn(func() (err error) {
		out, err = p.Memory.Put(ctx, drafts...)
		return err
	})
	return out, err
}

func (p *process) Assemble(ctx context.Context, part messaging.Part, complete func([]messaging.Part) ([]messaging.Draft, error)) (out messaging.Assembly, _ error) {
	err := p.turn(func() (err error) {
		out, err = p.Memory.Assemble(ctx, part, complete)
		return err
	})
	return out, err
}

func (p *process) Overdue(ctx context.Context, before time.Time, limit int, finish func([]messaging.Part) ([]messaging.Draft, error)) (n int, _ error) {
	err := p.turn(func() (err error) {
		n, err = p.Memory.Overdue(ctx, before, limit, finish)
		return err
	})
	return n, err
}

func (p *process) Claim(ctx context.Context, c messaging.Claim) (out []messaging.Delivery, _ error) {
	err := p.turn(func() (err error) {
		out, err = p.Memory.Claim(ctx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (p *process) End(ctx context.Context, outcomes ...messaging.Outcome) error {
	return p.turn(func() error { return p.Memory.End(ctx, outcomes...) })
}

func (p *process) Receipt(ctx context.Context, r messaging.Receipt) (found messaging.Found, _ error) {
	err := p.turn(func() (err error) {
		found, err = p.Memory.Receipt(ctx, r)
		return err
	})
	return found, err
}

func (p *process) Recover(ctx context.Context, policy func(messaging.Route) messaging.InDoubt) (got messaging.Recovered, _ error) {
	err := p.turn(func() (err error) {
		got, err = p.Memory.Recover(ctx, policy)
		return err
	})
	return got, err
}

// dice are random numbers that several may throw.
type dice struct{ ch chan *rand.Rand }

func newDice(seed uint64) *dice {
	d := &dice{ch: make(chan *rand.Rand, 1)}
	d.ch <- rand.New(rand.NewPCG(seed, 5))
	return d
}

func (d *dice) below(n int) int {
	r := <-d.ch
	defer func() { d.ch <- r }()
	return r.IntN(n)
}

func (d *dice) upTo(most time.Duration) time.Duration {
	return time.Duration(d.below(int(most)))
}
