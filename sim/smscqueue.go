package sim

import (
	"context"
	"time"
)

// Cause says why a handset or the network did not take a message (TS 24.011 section 8.2.5.4).
type Cause int

// The causes.
const (
	causeNone       Cause = 0 // it did
	CauseUnassigned Cause = 1
	CauseFull       Cause = 22  // no room in the handset
	CauseAbsent     Cause = 27  // destination out of order: it is off, or cannot be heard
	CauseNetwork    Cause = 38  // network out of order
	CauseTemporary  Cause = 41  // temporary failure
	CauseRefused    Cause = 21  // short message transfer rejected
	causeExpired    Cause = 256 // no cause of RP: it was kept for as long as its writer wished
)

// held is a message that the centre took and has to bring to somebody.
type held struct {
	short

	id     string
	owner  *esme    // who submitted it; nil: no program
	writer *Handset // who wrote it and was acknowledged; nil: no handset of ours
	until  time.Time
}

// queue is what waits for one handset: one message after the other.
type queue struct {
	c       *SMSC
	handset *Handset
	wake    chan struct{} // the handset may be reached now

	waiting []*held // guarded by the centre's mutex
	missed  bool    // since when it was last reached; an alert is due
}

// queue finds the queue of a handset, and starts its worker with the first message.
func (c *SMSC) queue(h *Handset) *queue {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queues[h.number]
	if q == nil && c.ctx.Err() == nil {
		q = &queue{c: c, handset: h, wake: make(chan struct{}, 1)}
		c.queues[h.number] = q
		c.wg.Go(q.work)
	}
	return q
}

func (q *queue) add(h *held) {
	if q == nil {
		return
	}
	h.at = time.Now()
	if h.until.IsZero() {
		h.until = h.at.Add(q.c.cfg.Keep)
	}
	q.c.set(func() { q.waiting = append(q.waiting, h) })
}

// hasten tries again at once; a handset that comes back is told to the programs.
func (c *SMSC) hasten(h *Handset) {
	c.mu.Lock()
	q := c.queues[h.number]
	alert := q != nil && q.missed
	if alert {
		q.missed = false
	}
	c.mu.Unlock()
	if q == nil {
		return
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
	if alert {
		c.alert(h)
	}
}

// work delivers until the centre is closed.
func (q *queue) work() {
	for q.c.ctx.Err() == nil {
		var h *held
		err := q.c.until(q.c.ctx, "closed", func() bool {
			if len(q.waiting) > 0 {
				h = q.waiting[0]
			}
			return h != nil
		})
		if err != nil {
			return
		}
		cause := causeExpired
		if time.Now().Before(h.until) {
			cause = q.attempt(h)
		}
		if pause := q.pause(cause); pause > 0 {
			q.rest(min(pause, time.Until(h.until)))
			continue
		}
		q.c.set(func() { q.waiting = q.waiting[1:] })
		if cause == causeNone {
			q.c.keep(h.short)
		}
		q.c.over(h, cause)
	}
}

// attempt tries to bring a message to the handset.
func (q *queue) attempt(h *held) Cause {
	ctx, cancel := context.WithDeadline(q.c.ctx, h.until)
	defer cancel()
	cause := q.c.core.reach(ctx, q.handset, h.short)
	if cause == CauseAbsent {
		q.c.set(func() { q.missed = true })
	}
	return cause
}

// pause is how long to wait until the next attempt; 0: there is none.
func (q *queue) pause(cause Cause) time.Duration {
	const full, absent = 5 * time.Second, 30 * time.Second
	k := q.c.quirk()
	switch cause {
	case CauseFull:
		return orElse(k.FullRetry, full)
	case CauseAbsent, CauseNetwork, CauseTemporary:
		return orElse(k.AbsentRetry, absent)
	case causeNone, CauseUnassigned, CauseRefused, causeExpired, causeSilence:
	}
	return 0
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

func (q *queue) rest(d time.Duration) {
	t := time.NewTimer(max(d, time.Millisecond))
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.wake:
	case <-q.c.ctx.Done():
	}
}

// Missed waits until a handset was not reached.
func (c *SMSC) Missed(ctx context.Context, number string) error {
	return c.until(ctx, "it was reached", func() bool { return c.queues[number] != nil && c.queues[number].missed })
}

// Held is how many messages wait for handsets, or are on their way to one.
func (c *SMSC) Held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, q := range c.queues {
		n += len(q.waiting)
	}
	return n
}
