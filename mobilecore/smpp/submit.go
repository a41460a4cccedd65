package smpp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// request is one of ours that has no answer yet.
type request struct {
	written

	sequence uint32
	command  Command
	counted  bool // it takes a place in the window
	timer    *time.Timer
	reply    chan settled // holds one
}

// settled is what came of a request.
type settled struct {
	p   *PDU
	err error
}

// isTimeout says whether a deadline has passed.
func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// Submit sends a message and waits for its response: of an ESME submit_sm or data_sm, of an SMSC deliver_sm or data_sm (what m.Command says; 0: not data_sm). It
// waits for a place in the window, and for as long as Settings.Rate and an RTHROTTLED before ask. The error is a RefusedError, a NotSentError or an InDoubtError;
// nothing else.
func (b *Bind) Submit(ctx context.Context, m *SM) (Answer, error) {
	sent := *m
	if sent.Command == 0 {
		sent.Command = SubmitSM
		if b.side == smsc {
			sent.Command = DeliverSM
		}
	}
	if err := b.allowed(&sent); err != nil {
		return Answer{}, &NotSentError{err}
	}
	p, err := b.do(ctx, &sent, b.pace)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: p.Status}
	if r, is := p.Body.(*SMResponse); is {
		a.MessageID, a.TLVs = r.MessageID, r.TLVs
	}
	if p.Status == ROK {
		b.pace.taken()
		return a, nil
	}
	refused := &RefusedError{Command: sent.Command, Status: p.Status}
	if refused.Temporary() {
		refused.Again = b.pace.refused(p.Status, time.Now())
	}
	return a, refused
}

// allowed says whether a message may be sent, and takes from it what the peer does not understand (section 3.4).
func (b *Bind) allowed(m *SM) error {
	wrong := SubmitSM
	if b.side == esme {
		wrong = DeliverSM
	}
	if !b.Sends() || m.Command == wrong {
		return ErrKind
	}
	if b.version >= Version34 {
		return nil
	}
	if m.TLVs.Get(TagMessagePayload) != nil || m.Command == DataSM {
		return errTLVs
	}
	m.TLVs = nil
	return nil
}

// Do sends any request that has a response and waits for it: query_sm, cancel_sm, replace_sm, submit_multi. A response that refuses is none of its errors, which are
// those of Submit otherwise.
func (b *Bind) Do(ctx context.Context, what Body) (*PDU, error) {
	if !what.command().answered() {
		return nil, &NotSentError{fmt.Errorf("%s has no response", what.command())}
	}
	return b.do(ctx, what, nil)
}

// Notify sends alert_notification, which has no response. The error is a NotSentError.
func (b *Bind) Notify(ctx context.Context, a *Alert) error {
	octets, err := (&PDU{Sequence: b.number(), Body: a}).Append(nil)
	if err != nil {
		return &NotSentError{err}
	}
	select {
	case b.out <- &written{octets: octets}:
		return nil
	case <-b.gone:
		return &NotSentError{ErrGone}
	case <-ctx.Done():
		return &NotSentError{ctx.Err()}
	}
}

// do sends a request in the window and waits for its response.
func (b *Bind) do(ctx context.Context, what Body, p *pace) (*PDU, error) {
	if err := b.enter(ctx, p); err != nil {
		return nil, &NotSentError{err}
	}
	r, err := b.start(what, b.slots)
	if err != nil {
		<-b.slots
		return nil, &NotSentError{err}
	}
	select {
	case got := <-r.reply:
		return got.p, got.err
	case <-ctx.Done():
	}
	if r.withdraw() {
		b.finish(b.remove(r.sequence), settled{})
		return nil, &NotSentError{ctx.Err()}
	}
	return nil, &InDoubtError{ctx.Err()} // its place in the window stays taken until the answer comes
}

// enter takes a place in the window and a token.
func (b *Bind) enter(ctx context.Context, p *pace) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-b.leaving:
		return b.unusable()
	}
	if p == nil {
		return nil
	}
	if err := p.wait(ctx, b.leaving); err != nil {
		<-b.slots
		return errors.Join(err, b.unusable())
	}
	return nil
}

// unusable is why nothing more can be sent; nil: it can.
func (b *Bind) unusable() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unusableLocked()
}

func (b *Bind) unusableLocked() error {
	if b.err != nil {
		return ErrGone
	}
	if b.left {
		return ErrLeaving
	}
	return nil
}

// start numbers a request and hands it to write. With slots it is one of the window.
func (b *Bind) start(what Body, slots chan struct{}) (*request, error) {
	r := &request{command: what.command(), reply: make(chan settled, 1), counted: slots != nil}
	p := &PDU{Body: what}
	octets, err := p.Append(nil)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	if err = b.unusableLocked(); err != nil && (r.counted || b.err != nil) { // what ends a bind is still sent
		b.mu.Unlock()
		return nil, err
	}
	r.sequence = b.numberLocked()
	r.octets = octets
	setSequence(octets, r.sequence)
	b.waiting[r.sequence] = r
	if r.counted {
		b.counted++
	}
	r.timer = time.AfterFunc(b.set.Patience, func() { b.expire(r) })
	b.mu.Unlock()
	b.push(&r.written)
	return r, nil
}

// number is the next sequence number.
func (b *Bind) number() uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.numberLocked()
}

// numberLocked is the next sequence number that nothing outstanding has; after the last comes 1.
func (b *Bind) numberLocked() uint32 {
	for {
		if b.sequence >= lastSequence {
			b.sequence = 0
		}
		b.sequence++
		if _, used := b.waiting[b.sequence]; !used {
			return b.sequence
		}
	}
}

// remove takes a request out of those that wait; nil: somebody else did.
func (b *Bind) remove(sequence uint32) *request {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.waiting[sequence]
	if r == nil {
		return nil
	}
	delete(b.waiting, sequence)
	if r.counted {
		b.counted--
	}
	if b.counted == 0 && b.answered != nil {
		close(b.answered)
		b.answered = nil
	}
	return r
}

// finish tells whoever waits for a request that was removed.
func (b *Bind) finish(r *request, s settled) {
	if r == nil {
		return
	}
	r.timer.Stop()
	if r.counted {
		<-b.slots
	}
	r.reply <- s
}

// expire gives a request up that nobody answered.
func (b *Bind) expire(r *request) {
	if b.remove(r.sequence) != nil {
		b.finish(r, settled{err: r.lost(errNoAnswer)})
	}
}

// abandon gives up all requests: the line is gone.
func (b *Bind) abandon() {
	b.mu.Lock()
	all := make([]*request, 0, len(b.waiting))
	for _, r := range b.waiting {
		all = append(all, r)
	}
	b.mu.Unlock()
	for _, r := range all {
		if b.remove(r.sequence) != nil {
			b.finish(r, settled{err: r.lost(ErrGone)})
		}
	}
}

// lost is the error of a request without an answer.
func (r *request) lost(why error) error {
	if r.withdraw() {
		return &NotSentError{why}
	}
	return &InDoubtError{why}
}

// quiet is closed as soon as no request of the window waits.
func (b *Bind) quiet() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.counted == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	if b.answered == nil {
		b.answered = make(chan struct{})
	}
	return b.answered
}
