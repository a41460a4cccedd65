package routing

import (
	"context"
	"strings"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/routing/certify"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// talk makes the call in which most steps are tried.
func (b *bench) talk(ctx context.Context) *certify.CallSeen {
	if !b.dial(ctx, b.to, nil) {
		return b.call
	}
	c := b.call
	b.until(ctx, benchAnswer, func() bool { return c.Answered || b.over })
	if !c.Answered { // How it ends now is our doing.
		seen := *c
		b.leave(ctx)
		return &seen
	}
	defer b.leave(ctx)
	if b.over || c.Media != "" {
		return c
	}
	b.voice.Play(media.Play{ID: 1, Prompts: []*prompt.Prompt{b.tone}, Loop: true})
	for _, part := range []struct {
		of []certify.Step
		do func(context.Context)
	}{
		{[]certify.Step{certify.Audio, certify.Resume}, b.tryAudio},
		{[]certify.Step{certify.Digits}, b.tryDigits},
		{[]certify.Step{certify.Hold, certify.Resume}, b.tryHold},
		{[]certify.Step{certify.Fax}, b.tryFax},
	} {
		if ctx.Err() == nil && !b.over && b.wants(among(part.of...)) {
			part.do(ctx)
		}
	}
	c.PeerLeft = b.over
	return c
}

// ringAndLeave calls, and cancels as soon as it rings.
func (b *bench) ringAndLeave(ctx context.Context, to E164, more []message.Field) *certify.CallSeen {
	if !b.dial(ctx, to, more) {
		return b.call
	}
	c := b.call
	b.until(ctx, benchRing, func() bool { return c.Ringing != 0 || c.Answered || b.over })
	if c.Answered || c.Ringing == 0 { // There is nothing to be cancelled any more, or nothing that rang.
		seen := *c
		b.leave(ctx)
		return &seen
	}
	b.leave(ctx)
	return c
}

// ringWrong calls the number that is nobody's.
func (b *bench) ringWrong(ctx context.Context) *certify.CallSeen {
	if !b.dial(ctx, b.wrong, nil) {
		return b.call
	}
	c := b.call
	b.until(ctx, benchRing, func() bool { return c.Answered || b.over })
	seen := *c
	b.leave(ctx)
	return &seen
}

// tryAudio counts what comes while the tone is sent.
func (b *bench) tryAudio(ctx context.Context) {
	before, at := b.voice.Stats(), time.Now()
	b.listen(ctx, benchListen)
	after := b.voice.Stats()
	b.call.Audio = &certify.AudioSeen{
		Sent: after.Sent - before.Sent, Received: after.Received - before.Received, Lost: after.Lost, Jitter: after.Jitter, MOS: after.Quality.In.MOS,
		Codec: after.Codec, For: time.Since(at),
	}
}

// tryDigits types some keys, by the way that the trunk's terms say.
func (b *bench) tryDigits(ctx context.Context) {
	b.call.Digits = &certify.DigitsSeen{Sent: benchKeys}
	for _, f := range b.voice.Formats() {
		if strings.EqualFold(f.Name, "telephone-event") {
			b.call.Digits.Events = true
		}
	}
	for i := range len(benchKeys) {
		b.voice.SendDigit(benchKeys[i], digitLength)
	}
	b.listen(ctx, time.Duration(2*len(benchKeys))*digitLength+benchEcho)
}

// tryHold holds the call, and takes it up again.
func (b *bench) tryHold(ctx context.Context) {
	b.call.Hold = b.turnTo(ctx, media.SendOnly)
	if h := b.call.Hold; b.over || ctx.Err() != nil || h.Status == 0 || h.Media != "" {
		return
	}
	b.call.Resume = b.turnTo(ctx, media.SendRecv)
	if b.over || b.call.Resume.Status >= 300 {
		return
	}
	before := b.voice.Stats().Received
	b.listen(ctx, benchEcho)
	b.call.Resume.Received = b.voice.Stats().Received - before
}

// turnTo offers another direction by re-INVITE.
func (b *bench) turnTo(ctx context.Context, d media.Direction) *certify.ChangeSeen {
	offer, err := b.voice.Offer(d)
	if err != nil {
		return &certify.ChangeSeen{Media: err.Error()}
	}
	seen, answer := b.reinvite(ctx, offer)
	if answer == nil || seen.Status >= 300 {
		b.voice.Abandon()
		return seen
	}
	if err = b.voice.Accept(answer); err != nil {
		b.voice.Abandon()
		seen.Media = err.Error()
	}
	seen.Direction = directionIn(answer)
	return seen
}

// tryFax offers T.38 in the place of voice. It is the last that is tried in a call: whatever comes of it, the call ends then.
func (b *bench) tryFax(ctx context.Context) {
	offer, err := b.voice.Offer(media.SendRecv)
	if err != nil {
		return
	}
	b.voice.Abandon()
	seen, answer := b.reinvite(ctx, faxOffer(offer))
	seen.Image = takesImage(answer)
	if b.listen(ctx, benchEcho/2); b.over { // A peer that cannot bear it says so by BYE.
		seen.Over = true
	}
	b.call.Fax = seen
}

// reinvite sends an offer within the call, and gives the answer that came.
func (b *bench) reinvite(ctx context.Context, offer []byte) (*certify.ChangeSeen, []byte) {
	b.change = nil
	seen := &certify.ChangeSeen{}
	if err := b.line.Offer(message.SDP(offer)); err != nil {
		seen.Media = err.Error()
		return seen, nil
	}
	b.until(ctx, benchChange, func() bool { return b.change != nil || b.over })
	seen.Over = b.over
	if b.change == nil {
		return seen, nil
	}
	seen.Status = b.change.Status
	if b.change.Body == nil {
		return seen, nil
	}
	return seen, b.change.Body.Bytes
}

// read takes what came.
func (b *bench) read() {
	letters, _ := b.box.take()
	for i := range letters {
		switch l := &letters[i]; {
		case l.wire != nil:
			for _, signal := range b.line.Step(l.wire) {
				b.hear(signal)
			}
		case l.media != nil:
			b.heard(l.media)
		}
	}
}

// heard takes what happened in the media.
func (b *bench) heard(e media.Event) {
	switch e := e.(type) {
	case media.Typed:
		_ = b.line.Info(keyByInfo(e)) // It fails only when the peer has gone already.
	case media.Digit:
		if d := b.call.Digits; d != nil {
			d.Echo += string(rune(e.Key))
		}
	}
}

// hear takes what happened on the wire.
func (b *bench) hear(s dialog.Signal) {
	c := b.call
	switch s := s.(type) {
	case dialog.Progress:
		b.progress(&s)
	case dialog.Answered:
		c.Answered, c.AnsweredIn = true, time.Since(b.dialed)
		b.answered(&s)
	case dialog.Failed:
		c.Status, c.Phrase, b.over = s.Status, printable(s.Phrase), true
	case dialog.Ended:
		b.over = true
		c.Answered = c.Answered || c.Left // A 200 crossed our CANCEL, and was ended by BYE.
	case dialog.Cancelled, dialog.Parted:
		b.over = true
	case dialog.OfferEnded:
		b.change = &s
	case dialog.Offered:
		b.offered(s.Body)
	case dialog.OfferConfirmed:
		if s.Body != nil {
			_ = b.voice.Accept(s.Body.Bytes) // What was agreed before stays.
		}
	case dialog.Referred:
		_ = b.line.RefuseRefer(statusDecline) // It fails only when the peer has gone already.
	case dialog.InfoReceived:
		if s.Body != nil {
			b.voice.Info(s.Body.Type, s.Body.Bytes)
		}
	case dialog.EarlyOffered, dialog.EarlyConfirmed, dialog.Confirmed, dialog.Refreshed, dialog.ReferProgress:
	}
}

func (b *bench) progress(p *dialog.Progress) {
	c := b.call
	if c.Ringing == 0 {
		c.Ringing, c.RangIn = p.Status, time.Since(b.dialed)
	}
	c.Reliable = c.Reliable || len(p.Head.Values("RSeq")) > 0
	b.speaks(p.Head)
	if p.Body == nil {
		return
	}
	c.Ringing, c.Early = p.Status, true
	if b.early == "" && b.voice.Accept(p.Body.Bytes) == nil {
		b.early = string(p.Body.Bytes)
	}
}

// answered takes the description of the answer, and what it says of the dialog.
func (b *bench) answered(a *dialog.Answered) {
	c := b.call
	b.speaks(a.Head)
	c.Requires, c.Expires = a.Head.Values("Require"), first(a.Head.Values("Session-Expires"))
	c.Asserted = printable(first(a.Head.Values("P-Asserted-Identity")))
	if a.Body == nil {
		c.Media = "it has no description"
		return
	}
	c.Picked = codecsIn(a.Body.Bytes)
	if b.early == string(a.Body.Bytes) {
		return
	}
	if b.early != "" { // Media takes one answer an offer: it is offered the same again.
		if _, err := b.voice.Offer(media.SendRecv); err != nil {
			return
		}
	}
	if err := b.voice.Accept(a.Body.Bytes); err != nil {
		c.Media = err.Error()
	}
}

// speaks notes which methods and extensions the peer says that it has.
func (b *bench) speaks(h dialog.Head) {
	if all := h.Values("Allow"); all != nil {
		b.call.Allows = all
	}
	if all := h.Values("Supported"); all != nil {
		b.call.Supports = all
	}
}

// offered answers an offer of the peer.
func (b *bench) offered(body *message.Body) {
	var answer []byte
	var err error
	if body == nil {
		answer, err = b.voice.Offer(media.SendRecv)
	} else {
		answer, err = b.voice.Answer(body.Bytes)
	}
	if err != nil {
		_ = b.line.RefuseOffer(statusNotAcceptable, "") // It fails only when the peer has gone already.
		return
	}
	_ = b.line.AnswerOffer(message.SDP(answer)) // As above.
}
