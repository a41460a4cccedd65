package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

const box = 64 // events that wait for a party

// party is one person on a telephone: a leg, its voice, and a script that is written as it is told: ring, wait, talk, hang up. All its
// methods run on one goroutine.
type party struct {
	x     *exchange
	leg   *dialog.Leg
	voice *media.Session
	ctx   context.Context //nolint:containedctx // a script is one blocking story: its context is the story's
	wire  chan dialog.Event
	sound chan media.Event
	ask   chan func()       // what somebody outside asks of this party, to be done by its own goroutine
	heard func(media.Event) // is told what the media say; nil: nobody
	keys  []byte
	ended bool
	over  dialog.Signal // what ended it; nil: not yet, or we did
	plays media.PlayID
}

// ErrOver says that the call ended while somebody wanted something else of it.
var ErrOver = errors.New("the call is over")

type wireBox chan dialog.Event

// Post takes a wire event, or refuses it when the party does not listen.
func (b wireBox) Post(e dialog.Event) bool {
	select {
	case b <- e:
		return true
	default:
		return false
	}
}

type soundBox chan media.Event

// Post takes a media event, or refuses it.
func (b soundBox) Post(e media.Event) bool {
	select {
	case b <- e:
		return true
	default:
		return false
	}
}

func (x *exchange) newParty(ctx context.Context) (*party, error) {
	p := &party{x: x, ctx: ctx, wire: make(chan dialog.Event, box), sound: make(chan media.Event, box)}
	var err error
	p.voice, err = x.engine.Open(media.Opening{Latch: media.LatchFixed, Sink: soundBox(p.sound), Inband: media.InbandNever, Allow: loopback()})
	if err != nil {
		return nil, fmt.Errorf("simulated voice: %w", err)
	}
	return p, nil
}

func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// dial calls and gives what comes of it: nil when answered.
func (p *party) dial(d sip.Dial) error {
	offer, err := p.voice.Offer(media.SendRecv)
	if err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	d.Offer = message.SDP(offer)
	p.leg, err = p.x.stack.Dial(d, wireBox(p.wire), 0)
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	for {
		switch s := p.next(time.Minute).(type) {
		case dialog.Answered:
			if err := p.voice.Accept(s.Body.Bytes); err != nil {
				p.hangup()
				return fmt.Errorf("answer: %w", err)
			}
			return nil
		case dialog.Failed:
			return fmt.Errorf("refused with %d %s", s.Status, s.Phrase)
		case dialog.Ended, nil:
			p.hangup()
			return ErrOver
		}
	}
}

// answer answers a call that came in.
func (p *party) answer(offer *message.Body) error {
	var sdp []byte
	var err error
	if offer == nil {
		sdp, err = p.voice.Offer(media.SendRecv)
	} else {
		sdp, err = p.voice.Answer(offer.Bytes)
	}
	if err != nil {
		_ = p.leg.Reject(488, message.Reason{}, "no common codec")
		return fmt.Errorf("answer: %w", err)
	}
	if err := p.leg.Answer(message.SDP(sdp)); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// next gives the next signal of the leg; nil when none came in time, and after something that was asked of the party.
func (p *party) next(limit time.Duration) dialog.Signal {
	t := time.NewTimer(limit)
	defer t.Stop()
	for {
		select {
		case e := <-p.wire:
			for _, s := range p.leg.Step(e) {
				if p.react(s) {
					return s
				}
			}
		case e := <-p.sound:
			p.listen(e)
		case do := <-p.ask:
			do()
			return nil
		case <-t.C:
			return nil
		case <-p.ctx.Done():
			return nil
		}
	}
}

// listen takes what the media say.
func (p *party) listen(e media.Event) {
	if d, is := e.(media.Digit); is {
		p.keys = append(p.keys, d.Key)
	}
	if p.heard != nil {
		p.heard(e)
	}
}

// react does what every telephone does by itself; true says that the script must see the signal.
func (p *party) react(s dialog.Signal) bool {
	switch s := s.(type) {
	case dialog.Offered:
		p.reoffer(s.Body)
		return false
	case dialog.Confirmed:
		if s.Body != nil {
			p.note(p.voice.Accept(s.Body.Bytes))
		}
		return false
	case dialog.OfferEnded:
		if s.Status/100 == 2 && s.Body != nil {
			p.note(p.voice.Accept(s.Body.Bytes))
		}
		return true
	case dialog.Ended, dialog.Cancelled, dialog.Failed:
		p.ended, p.over = true, s
		return true
	case dialog.Progress, dialog.Answered:
		return true
	case dialog.InfoReceived, dialog.OfferConfirmed, dialog.ReferProgress, dialog.Parted:
		return false
	case dialog.Referred:
		p.note(p.leg.RefuseRefer(603))
		return false
	}
	return false
}

func (p *party) reoffer(offer *message.Body) {
	var sdp []byte
	var err error
	if offer == nil {
		sdp, err = p.voice.Offer(media.SendRecv)
	} else {
		sdp, err = p.voice.Answer(offer.Bytes)
	}
	if err != nil {
		p.note(p.leg.RefuseOffer(488, err.Error()))
		return
	}
	p.note(p.leg.AnswerOffer(message.SDP(sdp)))
}

func (p *party) note(err error) {
	if err != nil {
		p.x.log.LogAttrs(p.ctx, slog.LevelDebug, "simulated party", slog.String("sip_call_id", p.leg.CallID()), slog.Any("err", err))
	}
}

// wait lets time pass, and says whether the call still stands.
func (p *party) wait(d time.Duration) error {
	end := time.Now().Add(d)
	for !p.ended {
		left := time.Until(end)
		if left <= 0 {
			return p.ctx.Err()
		}
		p.next(left)
		if p.ctx.Err() != nil {
			return ErrOver
		}
	}
	return ErrOver
}

// say plays sounds, once or for ever.
func (p *party) say(repeat repeat, sounds ...*prompt.Prompt) {
	p.plays++
	p.voice.Play(media.Play{ID: p.plays, Prompts: sounds, Loop: bool(repeat)})
}

type repeat bool

const (
	once    repeat = false
	forEver repeat = true
)

// hangup ends the call and waits until nothing is left on the wire.
func (p *party) hangup() {
	if p.leg != nil {
		p.note(p.leg.Hangup(message.Reason{}))
		p.settle()
	}
	p.voice.Close()
}

// settle keeps stepping until the leg is over, for as long as SIP may take.
func (p *party) settle() {
	t := time.NewTimer(40 * time.Second)
	defer t.Stop()
	for !p.leg.Over() {
		select {
		case e := <-p.wire:
			p.leg.Step(e)
		case <-p.sound:
		case <-p.ctx.Done():
			return
		case <-t.C:
			return
		}
	}
}
