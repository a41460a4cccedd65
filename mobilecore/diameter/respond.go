package diameter

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
)

// take is what one message does. The error is why the connection ends.
func (p *Peer) take(ctx context.Context, f frame) error {
	refused, isRefused := errors.AsType[*RefusalError](f.err)
	if f.err != nil && !isRefused {
		return firstError(p.ending, f.err)
	}
	p.heard()
	switch {
	case f.m.IsRequest() && isRefused:
		return p.refuse(ctx, f.m, refused)
	case f.m.IsRequest() && f.m.Application == Common:
		return p.courtesy(ctx, f.m)
	case f.m.IsRequest():
		return p.serve(ctx, f.m)
	}
	if a := p.waiting[f.m.HopByHop]; a != nil && a.request.Command == f.m.Command {
		delete(p.waiting, f.m.HopByHop)
		a.reply <- f
	}
	if isRefused {
		return p.lost(ctx, refused)
	}
	return nil // also the answer of a watchdog, and those that came too late
}

// refuse answers a message that is not taken.
func (p *Peer) refuse(ctx context.Context, request *Message, e *RefusalError) error {
	p.Complain(ctx, request, e)
	p.tally.answered(request.Command, e.Result)
	if err := p.post(p.cfg.Refuse(request, e)); err != nil {
		return err
	}
	return p.lost(ctx, e)
}

// lost ends a connection of which nobody knows where the next message begins, when what waits is written.
func (p *Peer) lost(_ context.Context, e *RefusalError) error {
	if e.Result != InvalidMessageLength && e.Result != UnsupportedVersion {
		return nil
	}
	p.leave(errBroken)
	return p.queue(nil)
}

// leave begins the end.
func (p *Peer) leave(why error) {
	p.ending, p.watch = why, leaving
	p.watchdog.Reset(lingerWithin)
}

// Complain logs that a message is refused, as often as a peer may fill the log: what is over goes to the debug level.
func (p *Peer) Complain(ctx context.Context, m *Message, e *RefusalError) {
	level := slog.LevelWarn
	p.laments.Lock()
	quiet := !p.lament.take(time.Now())
	p.laments.Unlock()
	if quiet {
		level = slog.LevelDebug
	}
	p.cfg.Log.LogAttrs(ctx, level, "a diameter request is refused", slog.String("peer", p.host), slog.String("method", m.Command.String()), slog.Any("err", e))
}

// courtesy answers what peers ask of each other. It is cheap, and all the same nobody needs it often.
func (p *Peer) courtesy(ctx context.Context, request *Message) error {
	if !p.chatter.take(time.Now()) {
		return errFlood
	}
	//exhaustive:ignore // The others are none between peers.
	switch request.Command {
	case DeviceWatchdog:
		p.tally.answered(request.Command, Success)
		return p.post(p.cfg.Answer(request, Success))
	case DisconnectPeer:
		p.tally.answered(request.Command, Success)
		p.leave(errEnded)
		return p.post(p.cfg.Answer(request, Success))
	case CapabilitiesExchange:
		return p.refuse(ctx, request, Refusal(UnableToComply, "capabilities were exchanged")) // no second one on an open connection
	}
	return p.refuse(ctx, request, Refusal(CommandUnsupported, "this command is unknown here"))
}

// serve has a request answered by whoever owns its application.
func (p *Peer) serve(ctx context.Context, request *Message) error {
	if refused := p.misdirected(request); refused != nil {
		return p.refuse(ctx, request, refused)
	}
	select {
	case p.slots <- struct{}{}:
	default:
		return p.refuse(ctx, request, Refusal(TooBusy, "too many requests of this peer wait for their answers"))
	}
	p.busy.Go(func() {
		defer func() { <-p.slots }()
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), serveWithin) // what was begun is ended, whoever hears of it
		defer cancel()
		p.reply(within, request)
	})
	return nil
}

// misdirected refuses what is not for us.
func (p *Peer) misdirected(request *Message) *RefusalError {
	switch to := request.Text(DestinationHost); {
	case to != "" && !strings.EqualFold(to, p.cfg.Identity):
		return Refusal(UnableToDeliver, "we pass nothing on to other hosts")
	case p.cfg.Serve == nil:
		return Refusal(CommandUnsupported, "nothing is served here")
	case !p.cfg.serves(request.Application):
		return Refusal(ApplicationUnsupported, "this application is not served here")
	}
	return nil
}

// reply asks for the answer and has it written.
func (p *Peer) reply(ctx context.Context, request *Message) {
	answer := p.cfg.Serve(ctx, p, request)
	if answer == nil {
		e := Refusal(CommandUnsupported, "this command is unknown here")
		p.cfg.Log.LogAttrs(ctx, slog.LevelDebug, "a diameter request is refused", slog.String("peer", p.host), slog.Any("err", e))
		answer = p.cfg.Refuse(request, e)
	}
	b, err := answer.Append(nil)
	if err != nil {
		answer = p.cfg.Answer(request, UnableToComply)
		b, _ = answer.Append(nil) // short enough: its Session-Id came in a message
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "a diameter answer cannot be sent", slog.String("peer", p.host), slog.Any("err", err))
	}
	p.tally.answered(request.Command, answer.Result())
	select {
	case p.out <- b:
	case <-p.gone:
	}
}

// bucket holds tokens: so many at once, and one more each time.
type bucket struct {
	most  int
	every time.Duration
	used  int
	since time.Time
}

// take says whether there was a token left.
func (b *bucket) take(now time.Time) bool {
	if back := int(now.Sub(b.since) / b.every); back > 0 {
		b.used = max(0, b.used-back)
		b.since = now
	}
	if b.used >= b.most {
		return false
	}
	b.used++
	return true
}
