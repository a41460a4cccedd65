package routing

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/routing/certify"
	"tandem/routing/peering"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// How long a run waits; all of it together stays below certifyLongest.
const (
	benchInspect = 5 * time.Second
	benchAnswer  = 25 * time.Second
	benchRing    = 15 * time.Second
	benchListen  = 3 * time.Second
	benchEcho    = time.Second
	benchChange  = 6 * time.Second
	benchEnd     = 5 * time.Second
	benchLeave   = certifyLongest - benchEnd - time.Second // when a run has to come to its end
)

// benchKeys are typed in a run.
const benchKeys = "159#"

// bench is a run of interop steps against the peer of a trunk. Its goroutine owns it, and the one call that it makes at a time.
type bench struct {
	sw    *Switch
	trunk *Trunk
	to    E164 // empty: nobody is called
	wrong E164
	show  *Number
	steps []certify.Step
	began time.Time
	tone  *prompt.Prompt
	seen  certify.Seen

	box    *mailbox
	line   line
	voice  voice
	call   *certify.CallSeen
	dialed time.Time
	early  string // the description that was taken before the answer
	change *dialog.OfferEnded
	over   bool // nothing more comes of the call
}

// run does the steps.
func (b *bench) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, benchLeave)
	defer cancel()
	b.inspect(ctx)
	if b.to != "" && b.wants(inOneCall) {
		b.seen.Call = b.talk(ctx)
	}
	if b.to != "" && b.wants(among(certify.Cancel)) {
		b.seen.Cancel = b.ringAndLeave(ctx, b.to, nil)
	}
	if b.to != "" && b.wants(among(certify.Large)) {
		b.seen.Large = b.ringAndLeave(ctx, b.to, padding())
	}
	if b.wrong != "" && b.wants(among(certify.Wrong)) {
		b.seen.Wrong = b.ringWrong(ctx)
	}
	b.seen.At, b.seen.NoTime = time.Now(), ctx.Err() != nil
}

// wants says whether a step is wanted of which that holds.
func (b *bench) wants(holds func(certify.Step) bool) (does bool) {
	return slices.ContainsFunc(b.steps, holds)
}

func inOneCall(s certify.Step) bool { return s.Calls() && !s.OwnCall() }

// among says whether a step is one of some.
func among(which ...certify.Step) func(certify.Step) bool {
	return func(s certify.Step) bool { return slices.Contains(which, s) }
}

// inspect looks at what needs no call.
func (b *bench) inspect(ctx context.Context) {
	if !b.wants(func(s certify.Step) bool { return !s.Calls() }) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, benchInspect)
	defer cancel()
	if in, err := b.sw.wire.inspect(ctx, sip.TrunkID(b.trunk.ID)); err == nil {
		b.inspected(&in)
	}
}

// dial begins a call; false: none can be made, or there is no time for it.
func (b *bench) dial(ctx context.Context, to E164, more []message.Field) (sent bool) {
	b.box, b.line, b.voice, b.early, b.change, b.over = newMailbox(), nil, nil, "", nil, false
	b.call = &certify.CallSeen{Terms: b.terms()}
	if ctx.Err() != nil {
		b.call = nil
		return false
	}
	t := b.trunk
	o := media.Opening{
		Key: b.sw.keys.Add(1), Latch: media.LatchFixed, Allow: t.MediaAllow, SRTP: (&leg{trunk: t}).secrecy(), Sink: mediaBox{b.box},
	}
	t.sounds(&o)
	v, err := b.sw.studio.open(o)
	if err != nil {
		b.call.Impossible = err.Error()
		return false
	}
	offer, err := v.Offer(media.SendRecv)
	if err == nil {
		d := b.invite(to, more)
		d.Offer = message.SDP(offer)
		b.call.Offer = codecsIn(offer)
		b.dialed = time.Now()
		b.line, err = b.sw.wire.dial(d, wireBox{b.box}, 0)
	}
	if err != nil {
		v.Close()
		b.call.Impossible = err.Error()
		return false
	}
	b.voice = v
	return true
}

// invite is the INVITE of a call, as the trunk's terms have it.
func (b *bench) invite(to E164, more []message.Field) sip.Dial {
	t, show := b.trunk, b.show.E164
	d := trunkDial(t, goingOut{called: t.calledFormat(to), to: to, show: show})
	d.Headers = append(d.Headers, more...)
	d.Rewrite = t.rewriteOut(&peering.Facts{
		Caller: string(show), Called: string(to), Trunk: t.Name, Account: string(b.show.Account), Call: NewID("call", b.began),
		Header: func(string) string { return "" },
	})
	b.call.Shown, _ = t.shownFormats(show)
	for _, f := range more {
		b.call.Size += len(f.Name) + len(f.Value)
	}
	return d
}

// terms are what was agreed on before.
func (b *bench) terms() certify.Terms {
	t := &b.trunk.Terms
	digits := string(t.DigitsOut)
	if digits == "" {
		digits = string(peering.DigitsAuto)
	}
	return certify.Terms{
		TimerOff: t.Timer == peering.PolicyOff, ReliableOff: t.Reliable == peering.PolicyOff, ReliableRequired: t.Reliable == peering.PolicyRequired, Digits: digits,
	}
}

// padding makes an INVITE longer than a datagram may be without fragments (RFC 3261 section 18.1.1).
func padding() []message.Field {
	const lines, length = 7, 200
	var out []message.Field
	for range lines {
		out = append(out, message.Field{Name: "X-Certify", Value: strings.Repeat("0123456789", length/10)})
	}
	return out
}

// certifyTone is what the peer hears: a second of 440 Hz.
func certifyTone() *prompt.Prompt {
	const pitch, height = 440.0, 6000.0
	pcm := make([]int16, prompt.Rate)
	for i := range pcm {
		pcm[i] = int16(height * math.Sin(2*math.Pi*pitch*float64(i)/prompt.Rate))
	}
	return prompt.FromPCM("certify", pcm)
}

// until follows the call until something is so, for a limited time. False: it is not.
func (b *bench) until(ctx context.Context, limit time.Duration, so func() bool) (is bool) {
	clock := time.NewTimer(limit)
	defer clock.Stop()
	for !so() {
		select {
		case <-b.box.wake:
			b.read()
		case <-clock.C:
			b.read()
			return so()
		case <-ctx.Done():
			return false
		case <-b.sw.stop:
			return false
		}
	}
	return true
}

// listen lets time pass in the call; it ends early with the call.
func (b *bench) listen(ctx context.Context, d time.Duration) {
	b.until(ctx, d, func() bool { return b.over })
}

// leave ends the call, and waits a moment for the peer's last word; what comes later is dealt with beside the run.
func (b *bench) leave(ctx context.Context) {
	if b.line == nil {
		return
	}
	c := b.call
	if !b.over {
		at := time.Now()
		ctx = context.WithoutCancel(ctx) // The peer gets its time, whoever gave up.
		c.Left = true
		_ = b.line.Hangup(message.Reason{}) // It fails only when the leg has ended already.
		c.Ended = b.until(ctx, benchEnd, func() bool { return b.over || b.line.Over() })
		c.EndedIn = time.Since(at)
	}
	b.voice.Close()
	left, box := b.line, b.box
	b.line = nil
	if !left.Over() {
		b.sw.calls.Go(func() { linger(left, box, b.sw.stop) })
	}
}

// linger follows a leg that nobody waits for any more until the wire is at rest.
func linger(l line, box *mailbox, stop <-chan struct{}) {
	clock := time.NewTimer(lingerMax)
	defer clock.Stop()
	defer box.close()
	for !l.Over() {
		select {
		case <-box.wake:
			letters, _ := box.take()
			for i := range letters {
				if letters[i].wire != nil {
					l.Step(letters[i].wire)
				}
			}
		case <-clock.C:
			return
		case <-stop:
			return
		}
	}
}
