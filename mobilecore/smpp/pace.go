package smpp

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Bounds of the back-off after a temporary status, and between attempts to connect.
const (
	shortestBackOff = 500 * time.Millisecond
	longestBackOff  = 30 * time.Second
)

// backOff is how long to wait after so many failures in a row: twice as long each time, half of it at random.
func backOff(failures int, shortest, longest time.Duration) time.Duration {
	const most = 16
	d := min(shortest<<min(failures, most), longest)
	return d/2 + rand.N(d/2+1) //nolint:gosec // No secret.
}

// pace is how fast messages are sent: a token bucket, and pauses while the peer says that it has had enough.
type pace struct {
	every time.Duration // between two; 0: there is no limit
	burst time.Duration // how much of the past may be made up for

	mu      sync.Mutex
	next    time.Time // when the next may go
	until   time.Time // nothing goes before
	strikes int       // temporary refusals in a row
}

// newPace allows rate messages a second, and a tenth of a second's at once.
func newPace(rate float64) *pace {
	p := &pace{}
	if rate > 0 {
		const tenth = 100 * time.Millisecond
		p.every = max(time.Duration(float64(time.Second)/rate), 1)
		p.burst = max(tenth-p.every, 0)
	}
	return p
}

// wait returns when the next message may go. The error is that of ctx, or ErrLeaving when the bind is.
func (p *pace) wait(ctx context.Context, leaving <-chan struct{}) error {
	d := p.reserve(time.Now())
	for d > 0 {
		t := time.NewTimer(d)
		select {
		case <-t.C:
		case <-leaving:
			t.Stop()
			return ErrLeaving
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
		p.mu.Lock()
		d = time.Until(p.until) // more pause may have come
		p.mu.Unlock()
	}
	return nil
}

// reserve takes a token, and says how long it is until it may be used.
func (p *pace) reserve(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.until.Sub(now)
	if p.every == 0 {
		return d
	}
	if earliest := now.Add(-p.burst); p.next.Before(earliest) {
		p.next = earliest
	}
	d = max(d, p.next.Sub(now))
	p.next = p.next.Add(p.every)
	return d
}

// refused notes a temporary status, and says how long to wait. RTHROTTLED is about everything that we send, so everything waits.
func (p *pace) refused(s Status, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s == RTHROTTLED && now.Before(p.until) { // it was sent before the pause
		return p.until.Sub(now) + backOff(0, shortestBackOff, longestBackOff)
	}
	d := backOff(p.strikes, shortestBackOff, longestBackOff)
	p.strikes++
	if s == RTHROTTLED {
		p.until = now.Add(d)
	}
	return d
}

// taken notes that a message was taken.
func (p *pace) taken() {
	p.mu.Lock()
	p.strikes = 0
	p.mu.Unlock()
}
