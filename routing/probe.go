package routing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tandem/media"
	"tandem/mobilecore/ims"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// ProbeResult is what came of a call to a handset that nobody answers (the first layer of SPEC E8's guard).
type ProbeResult struct {
	Number  E164
	Found   ProbeFound
	After   time.Duration // from the INVITE to what was found
	Rang    time.Duration // from the INVITE to the first ringing; 0: it did not ring. With a machine, After less Rang is the operator's no-reply timer
	Because string        // what gave the machine away, "answered" where nothing else did; or why nothing was found out; empty with ProbeClean
}

// ProbeFound is what a probe found.
type ProbeFound string

// The findings.
const (
	ProbeClean   ProbeFound = "clean"   // nobody answered
	ProbeMachine ProbeFound = "machine" // somebody did, or the core said that somebody else would
	ProbeNothing ProbeFound = "nothing" // the core could not be asked
)

// Errors of a probe that could not be made.
var (
	ErrNoOperator  = errors.New("there is no such operator, or it has no trunk")
	ErrNotANumber  = errors.New("this is no public number")
	errProbeFailed = errors.New("the handset could not be called")
)

// probeTime is how long a probe rings: longer than operators wait before they divert.
const probeTime = 25 * time.Second

// probe is a call to a handset without a caller. Its goroutine owns it.
type probe struct {
	box   *mailbox
	line  line
	voice voice
	watch ims.Watch
	began time.Time
	rang  time.Duration
}

// ProbeOperator calls a handset that is switched off, or that nobody answers, as calls for its user do, for up to 25 s: whoever answers is a machine. It fails
// with ErrNoOperator and ErrNotANumber, with what the wire says of a call that cannot be made, and with the cause of ctx. It makes no record of a call.
func (s *Switch) ProbeOperator(ctx context.Context, id OperatorID, number E164) (ProbeResult, error) {
	snap := s.dir.Snapshot()
	o := snap.Operators[id]
	if o == nil || snap.Trunks[o.Trunk] == nil {
		return ProbeResult{}, ErrNoOperator
	}
	if !number.valid() {
		return ProbeResult{}, ErrNotANumber
	}
	p := &probe{box: newMailbox(), began: time.Now()}
	if err := s.startProbe(p, o, snap.Trunks[o.Trunk], number); err != nil {
		return ProbeResult{}, err
	}
	found := make(chan ProbeResult, 1)
	s.calls.Go(func() { p.run(ctx.Done(), s.stop, found) })
	select {
	case r := <-found:
		r.Number = number
		s.log.Info("operator was probed", slog.String("trunk", string(o.Trunk)), slog.Any("number", number), slog.String("cause", string(r.Found)+" "+r.Because))
		return r, nil
	case <-ctx.Done():
		return ProbeResult{}, fmt.Errorf("probe: %w", context.Cause(ctx))
	}
}

// startProbe sends the INVITE.
func (s *Switch) startProbe(p *probe, o *Operator, t *Trunk, number E164) error {
	opening := media.Opening{Key: s.keys.Add(1), Latch: media.LatchFixed, Allow: t.MediaAllow, Sink: mediaBox{p.box}}
	v, err := s.studio.open(opening)
	if err != nil {
		return fmt.Errorf("%w: %w", errProbeFailed, err)
	}
	p.voice = v
	offer, err := v.Offer(media.SendRecv)
	if err == nil {
		mark := NewID("call", p.began)
		out := summons{operator: o, trunk: t, number: number, call: mark, icid: mark, hidden: true, at: p.began}
		p.watch.Handset = out.expected()
		s.loops.Sent(out.passage(), p.began)
		d := out.dial(s.anchors)
		d.Offer = message.SDP(offer)
		p.line, err = s.wire.dial(d, wireBox{p.box}, 0)
	}
	if err != nil {
		v.Close()
		return fmt.Errorf("%w: %w", errProbeFailed, err)
	}
	return nil
}

// run follows the leg until something is found, and then until the wire is at rest. The number is free for real calls as soon as the leg has gone.
func (p *probe) run(left <-chan struct{}, stop <-chan struct{}, found chan<- ProbeResult) {
	clock := time.NewTimer(probeTime)
	defer clock.Stop()
	defer p.voice.Close()
	tell := func(what ProbeFound, because string) {
		if found == nil {
			return
		}
		found <- ProbeResult{Found: what, After: time.Since(p.began), Rang: p.rang, Because: because}
		found, left = nil, nil
		_ = p.line.Hangup(message.Reason{}) // It fails only when the leg has ended already.
		clock.Reset(lingerMax)
	}
	for !p.line.Over() {
		select {
		case <-p.box.wake:
			letters, _ := p.box.take()
			for i := range letters {
				if letters[i].wire == nil {
					continue
				}
				for _, signal := range p.line.Step(letters[i].wire) {
					p.hear(signal, tell)
				}
			}
		case <-clock.C:
			if found == nil {
				return
			}
			tell(ProbeClean, "")
		case <-left:
			tell(ProbeNothing, "given up")
		case <-stop:
			tell(ProbeNothing, "shutting down")
			return
		}
	}
}

// hear takes what happened on the wire.
func (p *probe) hear(s dialog.Signal, tell func(ProbeFound, string)) {
	switch s := s.(type) {
	case dialog.Progress:
		if sign := p.watch.Saw(ims.Reply{Status: s.Status, Head: s.Head, Media: voiceAt(s.Body)}); sign != ims.NoSign {
			tell(ProbeMachine, string(sign))
		}
		if p.rang == 0 && p.watch.Rang() == ims.Alerted {
			p.rang = time.Since(p.began)
		}
	case dialog.Answered:
		sign := p.watch.Answered(ims.Reply{Status: statusOK, Head: s.Head, Media: voiceAt(s.Body)}, time.Since(p.began))
		if sign == ims.NoSign {
			sign = "answered"
		}
		tell(ProbeMachine, string(sign))
	case dialog.Failed:
		q850 := ims.CauseFrom(s.Status, s.Head, nil)
		if ims.Classify(s.Status, q850, p.watch.Rang()) == ims.EndingCore || s.Status == statusTimeout {
			tell(ProbeNothing, message.Phrase(s.Status))
			return
		}
		tell(ProbeClean, "")
	case dialog.Ended, dialog.Parted, dialog.Cancelled, dialog.Confirmed, dialog.Offered, dialog.OfferConfirmed, dialog.OfferEnded, dialog.InfoReceived, dialog.Referred,
		dialog.ReferProgress:
	}
}
