package smpp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// read takes PDUs off the line until it is gone.
func (b *Bind) read(ctx context.Context) {
	for {
		octets, err := b.next()
		if err != nil {
			b.ended(ctx, err)
			return
		}
		b.heard.Store(time.Now().UnixNano())
		p, err := Decode(octets)
		if wrong, is := errors.AsType[*FieldError](err); is {
			b.malformed(ctx, p, wrong)
			continue
		}
		if p.Command().IsResponse() {
			b.settle(p)
			continue
		}
		b.serve(ctx, p, len(octets))
	}
}

// next is the next PDU. Once it has begun, the rest has to follow.
func (b *Bind) next() ([]byte, error) {
	head, err := b.r.Peek(4)
	if err != nil {
		return nil, err
	}
	if frameSize(head) > b.r.Buffered() {
		if err = b.conn.SetReadDeadline(time.Now().Add(restWithin)); err != nil {
			return nil, err
		}
		defer func() { _ = b.conn.SetReadDeadline(time.Time{}) }()
	}
	return Read(b.r)
}

// ended ends the line because it cannot be read any further.
func (b *Bind) ended(ctx context.Context, err error) {
	switch {
	case errors.Is(err, ErrLength): // where the next PDU begins nobody knows
		b.refuse(GenericNack, 0, RINVCMDLEN)
		b.wait(ctx, b.flushed(), time.Second)
		b.die(err)
	case b.unbound.Load():
		b.die(ErrUnbound)
	case isTimeout(err):
		b.die(fmt.Errorf("%w: a PDU has no end", ErrGone))
	default:
		b.die(fmt.Errorf("%w: %w", ErrGone, err))
	}
}

// malformed answers what could not be read. A response that is broken still tells its status.
func (b *Bind) malformed(ctx context.Context, p *PDU, wrong *FieldError) {
	b.log.LogAttrs(ctx, slog.LevelDebug, "a malformed PDU", slog.String("peer", b.peer), slog.Any("err", wrong))
	c := wrong.Command
	switch {
	case c.IsResponse():
		b.settle(p)
	case c.answered():
		b.refuse(c.Response(), wrong.Sequence, wrong.Status)
	case c == Outbind:
		b.refuse(GenericNack, wrong.Sequence, RINVBNDSTS)
	}
}

// settle hands a response to whoever waits for it. What answers nothing, or something else, is dropped: it is late, or wrong.
func (b *Bind) settle(p *PDU) {
	b.mu.Lock()
	r := b.waiting[p.Sequence]
	b.mu.Unlock()
	if r == nil || (p.Command() != r.command.Response() && p.Command() != GenericNack) {
		return
	}
	if p.Command() == GenericNack && p.Status == ROK {
		p.Status = RUNKNOWNERR // a refusal that does not say why
	}
	if b.remove(r.sequence) != nil {
		b.finish(r, settled{p: p})
	}
}

// serve sees to a request of the peer.
func (b *Bind) serve(ctx context.Context, p *PDU, size int) {
	switch body := p.Body.(type) {
	case *SM:
		b.serveSM(ctx, p, size)
	case *Alert:
		b.serveAlert(ctx, p, size)
	case *Query, *Cancel, *Replace, *Multi:
		b.serveAsked(ctx, p, size)
	case *BindRequest:
		b.refuse(body.Command.Response(), p.Sequence, RALYBND)
	case *Outbound:
		b.refuse(GenericNack, p.Sequence, RINVBNDSTS)
	case *Plain:
		if body.Command == Unbind {
			b.peerUnbinds(ctx, p.Sequence)
			return
		}
		b.refuse(body.Command.Response(), p.Sequence, ROK) // enquire_link
	case *Unknown:
		b.refuse(GenericNack, p.Sequence, RINVCMDID)
	case *BindResponse, *SMResponse, *MultiResponse, *QueryResponse:
		// Their commands are responses.
	}
}

// serveSM has a message taken.
func (b *Bind) serveSM(ctx context.Context, p *PDU, size int) {
	m, _ := p.Body.(*SM)
	wrong := SubmitSM
	if b.side == smsc {
		wrong = DeliverSM
	}
	answer := m.Command.Response()
	if !b.Takes() || m.Command == wrong || b.unbound.Load() {
		b.refuse(answer, p.Sequence, RINVBNDSTS)
		return
	}
	t := task{lane: m.Source.Number + "\x00" + m.Destination.Number, size: size, do: func() {
		if ctx.Err() != nil {
			return // nobody waits for the answer
		}
		call, cancel := context.WithTimeout(ctx, serveWithin)
		defer cancel()
		a := b.up.Take(call, b, m)
		switch {
		case a.Withhold:
		case a.Status != ROK && a.MessageID == "" && len(a.TLVs) == 0:
			b.refuse(answer, p.Sequence, a.Status)
		default:
			b.reply(&PDU{Status: a.Status, Sequence: p.Sequence, Body: &SMResponse{Command: answer, MessageID: a.MessageID, TLVs: b.tlvs(a.TLVs)}})
		}
	}}
	if b.place(t) == placedNot {
		b.refuse(answer, p.Sequence, RMSGQFUL)
	}
}

// tlvs are those that the peer understands.
func (b *Bind) tlvs(t TLVs) TLVs {
	if b.version < Version34 {
		return nil
	}
	return t
}

// serveAlert has an alert heard. An SMSC repeats it, so one too many is dropped.
func (b *Bind) serveAlert(ctx context.Context, p *PDU, size int) {
	a, _ := p.Body.(*Alert)
	if b.side == smsc {
		return // only an SMSC says that, and nothing answers it
	}
	b.place(task{lane: "alert" + a.Source.Number, size: size, do: func() {
		if ctx.Err() != nil {
			return // nobody waits for the answer
		}
		call, cancel := context.WithTimeout(ctx, serveWithin)
		defer cancel()
		b.up.Alert(call, b, a)
	}})
}

// serveAsked has what is not a message answered.
func (b *Bind) serveAsked(ctx context.Context, p *PDU, size int) {
	c := p.Command()
	answer := c.Response()
	if b.side == esme || !b.Takes() || b.unbound.Load() {
		b.refuse(answer, p.Sequence, RINVBNDSTS)
		return
	}
	if b.ask == nil {
		b.refuse(answer, p.Sequence, unable(p.Body))
		return
	}
	t := task{lane: "asked", size: size, do: func() {
		if ctx.Err() != nil {
			return // nobody waits for the answer
		}
		call, cancel := context.WithTimeout(ctx, serveWithin)
		defer cancel()
		body, status := b.ask(call, b, p.Body)
		if body == nil || body.command() != answer {
			b.refuse(answer, p.Sequence, status)
			return
		}
		b.reply(&PDU{Status: status, Sequence: p.Sequence, Body: body})
	}}
	if b.place(t) == placedNot {
		b.refuse(answer, p.Sequence, RMSGQFUL)
	}
}

// unable is the status of what nobody here can do.
func unable(what Body) Status {
	switch what.command() { //nolint:exhaustive // What serveAsked is for.
	case QuerySM:
		return RQUERYFAIL
	case CancelSM:
		return RCANCELFAIL
	case ReplaceSM:
		return RREPLACEFAIL
	}
	return RSUBMITFAIL
}

// place has a task served. Where too much waits it first reads no further for a moment, which slows the peer down.
func (b *Bind) place(t task) placed {
	const moment = 10 * time.Millisecond
	where := b.in.put(t)
	if where == placedNot {
		timer := time.NewTimer(moment)
		defer timer.Stop()
		select {
		case <-b.in.room: // perhaps of long ago
		default:
		}
		select {
		case <-b.in.room:
		case <-timer.C:
		case <-b.gone:
		}
		where = b.in.put(t)
	}
	if where == placedNow {
		b.calls.Go(func() { b.in.serve(t) })
	}
	return where
}
