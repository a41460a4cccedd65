package sim

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// TalkState is where a call of somebody in the core is.
type TalkState int

// The states.
const (
	TalkCalling TalkState = iota // this side calls, and nothing rings yet
	TalkRinging                  // it rings, at this side or the other
	TalkUp
	TalkOver
)

// Talk is a call, as somebody in the core has it on the ear: who holds it tells them what to do.
type Talk struct {
	Peer     string // whom it is with: the number that is shown, or was dialled
	Incoming Incoming

	p       *party
	ear     *ear
	decided decision // the party's own
	ask     chan func()
	done    chan struct{}

	mu      sync.Mutex // guards what follows
	state   TalkState
	since   time.Time      // both talk
	status  int            // of a call that failed
	reason  message.Reason // of a call that was cancelled or failed
	keys    string
	hears   map[float64]bool
	changed chan struct{}
}

// Incoming says who called.
type Incoming bool

func newTalk(p *party, peer string, way Incoming) *Talk {
	t := &Talk{
		Peer: peer, Incoming: way, p: p, ask: make(chan func(), box), done: make(chan struct{}), changed: make(chan struct{}),
		hears: make(map[float64]bool),
	}
	p.ask = t.ask
	t.ear = &ear{p: p}
	return t
}

// set changes the state, and tells whoever waits.
func (t *Talk) set(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
	close(t.changed)
	t.changed = make(chan struct{})
}

// tell has something done by the goroutine of the party.
func (t *Talk) tell(do func()) error {
	select {
	case <-t.done:
		return ErrOver
	default:
	}
	select {
	case t.ask <- do:
		return nil
	case <-t.done:
		return ErrOver
	}
}

// until waits.
func (t *Talk) until(ctx context.Context, what string, is func() bool) error {
	for {
		t.mu.Lock()
		ok, state, status, changed := is(), t.state, t.status, t.changed
		t.mu.Unlock()
		if ok {
			return nil
		}
		if state == TalkOver {
			return fmt.Errorf("%s: the call is over (%d)", what, status)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
}

// State is where the call is.
func (t *Talk) State() TalkState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Rings waits until it rings.
func (t *Talk) Rings(ctx context.Context) error {
	return t.until(ctx, "it does not ring", func() bool { return t.state >= TalkRinging && t.state != TalkOver })
}

// Answered waits until both talk.
func (t *Talk) Answered(ctx context.Context) error {
	return t.until(ctx, "nobody answers", func() bool { return t.state == TalkUp })
}

// Ended waits for the end, and gives the status and the reason of a call that failed or was given up.
func (t *Talk) Ended(ctx context.Context) (int, message.Reason, error) {
	err := t.until(ctx, "the call does not end", func() bool { return t.state == TalkOver })
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status, t.reason, err
}

// Hears waits until that tone is heard.
func (t *Talk) Hears(ctx context.Context, hz float64) error {
	t.mu.Lock()
	t.hears[hz] = false
	t.mu.Unlock()
	return t.until(ctx, fmt.Sprintf("%.0f Hz is not heard", hz), func() bool { return t.hears[hz] })
}

// Hangup ends the call, or gives it up.
func (t *Talk) Hangup() error { return t.tell(func() { t.p.ended = true }) }

// Press sends digits.
func (t *Talk) Press(keys string) error {
	return t.tell(func() {
		for _, k := range []byte(keys) {
			t.p.voice.SendDigit(k, 120*time.Millisecond)
		}
	})
}

// Say plays a tone until told otherwise; 0 is silence.
func (t *Talk) Say(hz float64) error {
	return t.tell(func() {
		if hz == 0 {
			t.p.voice.StopPlay()
			return
		}
		t.p.say(forEver, tone(hz, time.Second))
	})
}

// Speak plays sounds, over and over.
func (t *Talk) Speak(sounds ...*prompt.Prompt) error {
	return t.tell(func() { t.p.say(forEver, sounds...) })
}

// up is the call from its answer to its end.
func (t *Talk) up() {
	t.set(func() { t.state, t.since = TalkUp, time.Now() })
	t.p.heard = t.listen
	t.p.note(t.ear.open(t.glance))
	for !t.p.ended && t.p.ctx.Err() == nil {
		t.p.next(time.Minute)
	}
	t.ear.close()
	t.p.heard = nil
}

// listen takes what the media say.
func (t *Talk) listen(e media.Event) {
	switch e := e.(type) {
	case media.Digit:
		t.set(func() { t.keys += string(e.Key) })
	case media.RecordEnded:
		t.ear.take(e)
	case media.PlayEnded, media.Silent, media.PathChanged, media.Typed:
	}
}

// Types waits until those digits came.
func (t *Talk) Types(ctx context.Context, keys string) error {
	return t.until(ctx, "the keys "+keys+" do not come", func() bool { return strings.HasSuffix(t.keys, keys) })
}

// glance looks at what was heard last.
func (t *Talk) glance() {
	t.set(func() {
		for hz := range t.hears {
			t.hears[hz] = t.ear.hears(hz)
		}
	})
}

// over closes the books of the call.
func (t *Talk) over() {
	t.set(func() {
		t.state = TalkOver
		switch s := t.p.over.(type) {
		case dialog.Failed:
			t.status, t.reason = s.Status, s.Reason
		case dialog.Cancelled:
			t.status, t.reason = 487, s.Reason
		case dialog.Ended:
			t.reason = s.Reason
		case dialog.Progress, dialog.Answered, dialog.Confirmed, dialog.Offered, dialog.OfferConfirmed, dialog.OfferEnded,
			dialog.InfoReceived, dialog.Referred, dialog.ReferProgress, dialog.Parted, nil:
		}
	})
	close(t.done)
}

// dial lets somebody in the core call.
func (c *Core) dial(from, to string) (*Talk, error) {
	p, err := c.access.newParty(c.ctx)
	if err != nil {
		return nil, err
	}
	offer, err := p.voice.Offer(media.SendRecv)
	if err != nil {
		p.voice.Close()
		return nil, fmt.Errorf("offer: %w", err)
	}
	p.leg, err = c.access.stack.Dial(sip.Dial{
		Trunk: line, To: message.Party{Scheme: "sip", User: to}, From: message.Party{Scheme: "sip", User: from}, Offer: message.SDP(offer),
	}, wireBox(p.wire), 0)
	if err != nil {
		p.voice.Close()
		return nil, fmt.Errorf("dial: %w", err)
	}
	t := newTalk(p, to, false)
	c.access.wg.Go(func() {
		t.call()
		p.hangup()
		t.over()
	})
	return t, nil
}

// call is a call out, from its INVITE to its end.
func (t *Talk) call() {
	for !t.p.ended && t.p.ctx.Err() == nil {
		switch s := t.p.next(time.Minute).(type) {
		case dialog.Progress:
			t.set(func() { t.state = TalkRinging })
		case dialog.Answered:
			if s.Body == nil {
				return
			}
			if err := t.p.voice.Accept(s.Body.Bytes); err != nil {
				t.p.note(err)
				return
			}
			t.up()
			return
		case dialog.Failed, dialog.Cancelled, dialog.Ended:
			return
		case dialog.Confirmed, dialog.Offered, dialog.OfferConfirmed, dialog.OfferEnded, dialog.InfoReceived, dialog.Referred, dialog.ReferProgress, nil:
		}
	}
}
