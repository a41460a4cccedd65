package routing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/routing/flow"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// Sounds finds what callers hear. It is asked by every call: it answers from memory.
type Sounds interface {
	// Prompt finds a sound of the account's library, or one that ships with the product, in the language asked for. nil: there is none.
	Prompt(account AccountID, language string, id flow.AudioID) *prompt.Prompt
}

// wire is what the switchboard asks of the sip room.
type wire interface {
	dial(d sip.Dial, sink dialog.Sink, ref dialog.Ref) (line, error)
	contacts(aor message.AOR) []sip.Contact
	setPeers(p *sip.Peers)
	inspect(ctx context.Context, id sip.TrunkID) (sip.Inspection, error)
	drain()
}

// line is one leg on the wire: *dialog.Leg, or a test's own.
type line interface {
	liner
	answerer
	offerer
	referrer
	Info(body *message.Body) error
}

type liner interface {
	Step(e dialog.Event) []dialog.Signal
	Over() bool
	CallID() string
	Matches(r message.Replaces) dialog.Match
	Hangup(reason message.Reason) error
}

type answerer interface {
	Ring(status int, body *message.Body) error
	RingPlainly(status int, body *message.Body) error
	Answer(body *message.Body) error
	Reject(status int, reason message.Reason, warning string) error
	Carry(fields ...message.Field)
	Acknowledge(body *message.Body) error
	AnswerEarly(body *message.Body) error
}

type offerer interface {
	Offer(body *message.Body) error
	AnswerOffer(body *message.Body) error
	RefuseOffer(status int, warning string) error
}

type referrer interface {
	Refer(to message.Party, replaces string) error
	AcceptRefer() error
	RefuseRefer(status int) error
	ReportRefer(status int) error
}

// voice is the media of one leg: *media.Session, or a test's own.
type voice interface {
	describer
	player
	Info(contentType string, body []byte) bool
	SendDigit(key byte, d time.Duration)
	Unbridge()
	Stats() media.Stats
	Close()
}

type describer interface {
	Offer(d media.Direction) ([]byte, error)
	Answer(offer []byte) ([]byte, error)
	Accept(answer []byte) error
	Abandon()
	Formats() []media.Format
	HeldByPeer() bool
}

type player interface {
	Play(p media.Play)
	StopPlay() time.Duration
	Record(r media.Record)
	StopRecord()
}

// studio is what the switchboard asks of the media room.
type studio interface {
	open(o media.Opening) (voice, error)
	bridge(a, b voice) error
}

// door is the way in of an attempt.
type door interface {
	accept(sink dialog.Sink, ref dialog.Ref) line
	refuse(status int, warning string, retryAfter time.Duration)
	instead(status int, body *message.Body, headers ...message.Field)
}

// stackWire, engineStudio and attemptDoor are the real ones.
type (
	stackWire    struct{ stack *sip.Stack }
	engineStudio struct{ engine *media.Engine }
	attemptDoor  struct{ attempt *sip.Attempt }
)

func (w stackWire) dial(d sip.Dial, sink dialog.Sink, ref dialog.Ref) (line, error) {
	l, err := w.stack.Dial(d, sink, ref)
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (w stackWire) contacts(aor message.AOR) []sip.Contact { return w.stack.Contacts(aor) }

func (w stackWire) setPeers(p *sip.Peers) { w.stack.SetPeers(p) }

func (w stackWire) inspect(ctx context.Context, id sip.TrunkID) (sip.Inspection, error) {
	return w.stack.Inspect(ctx, id)
}

func (w stackWire) drain() { w.stack.Drain() }

func (e engineStudio) open(o media.Opening) (voice, error) {
	s, err := e.engine.Open(o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

var errForeign = errors.New("not a session of this engine")

func (e engineStudio) bridge(a, b voice) error {
	x, okX := a.(*media.Session)
	y, okY := b.(*media.Session)
	if !okX || !okY {
		return fmt.Errorf("bridge: %w", errForeign)
	}
	return media.Bridge(x, y)
}

func (d attemptDoor) accept(sink dialog.Sink, ref dialog.Ref) line {
	return d.attempt.Accept(sink, ref)
}

func (d attemptDoor) refuse(status int, warning string, retryAfter time.Duration) {
	d.attempt.Refuse(status, warning, retryAfter)
}

func (d attemptDoor) instead(status int, body *message.Body, headers ...message.Field) {
	d.attempt.RefuseWith(status, body, headers...)
}
