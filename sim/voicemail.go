package sim

import (
	"time"

	"tandem/media"
	"tandem/sip"
	"tandem/sip/message"
)

// Occasion is when the operator's voicemail takes a call.
type Occasion int

// The occasions.
const (
	WhenOff Occasion = iota + 1
	WhenBusy
	WhenNoAnswer
)

// Manner is how it takes it.
type Manner int

// The manners.
const (
	NoVoicemail      Manner = iota // it does not
	AnswersAtOnce                  // 200 after 300 ms, and nothing before it
	AnswersAtTimer                 // it rings, and is answered at the operator's own timer
	AnswersWith181                 // 181 Call Is Being Forwarded first
	AnswersHistory                 // History-Info with the cause, in the 180 and the 200
	AnswersChanged                 // another identity in the 200
	AnswersElsewhere               // another Contact in the 200
	AnswersUnrung                  // no 180 at all, and later than a machine would
)

// VoicemailTone is what the voicemail's greeting sounds like, in Hz.
const VoicemailTone = 620

// SetVoicemail makes the operator's voicemail take calls on that occasion.
func (c *Core) SetVoicemail(when Occasion, m Manner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.divert[when] = m
}

// Voicemail is what the operator's voicemail does on an occasion.
func (c *Core) Voicemail(when Occasion) Manner {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.divert[when]
}

// Deflected is how many calls the voicemail answered.
func (c *Core) Deflected() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deflected
}

// wear changes the responses of a call.
func (c *Core) wear(callID string, d dress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dresses[callID] = d
}

// cause is why a call was diverted, as History-Info says it (RFC 4458 section 2.2).
func (o Occasion) cause() string {
	switch o {
	case WhenOff:
		return "503"
	case WhenBusy:
		return "486"
	case WhenNoAnswer:
		return "408"
	}
	return ""
}

// deflects lets the voicemail take a call if it does so on that occasion; false: nothing was done.
func (c *Core) deflects(p *party, a *sip.Attempt, when Occasion) deflected {
	m := c.Voicemail(when)
	timing := c.cfg.Timing
	wait := timing.Voicemail
	ring := func(status int) { p.note(p.leg.Ring(status, nil)) }
	switch m {
	case NoVoicemail:
		return false
	case AnswersAtOnce:
	case AnswersAtTimer:
		if when != WhenNoAnswer {
			ring(180)
			wait = timing.NoReply
		}
	case AnswersWith181:
		ring(181)
	case AnswersHistory:
		c.wear(a.CallID, dress{fields: []message.Field{{
			Name:  "History-Info",
			Value: "<sip:" + a.RequestURI.User + "@" + c.cfg.Domain + ">;index=1, <sip:voicemail@" + c.cfg.Domain + ";cause=" + when.cause() + ">;index=1.1;mp=1",
		}}})
		ring(180)
	case AnswersChanged:
		ring(180)
		wait += timing.Paging[0]
		c.wear(a.CallID, dress{answer: []message.Field{{Name: "P-Asserted-Identity", Value: "<sip:voicemail@" + c.cfg.Domain + ">"}}})
	case AnswersElsewhere:
		ring(180)
		wait += timing.Paging[0]
		c.wear(a.CallID, dress{contact: c.mailboxContact()})
	case AnswersUnrung:
		wait += 2 * timing.Paging[0]
	}
	if p.wait(wait) == nil {
		c.greet(p, a)
	}
	return true
}

type deflected bool

// mailboxContact is where the voicemail itself is reached.
func (c *Core) mailboxContact() string {
	all := c.access.stack.Listeners()
	return "<sip:voicemail@" + all[len(all)-1].Bind.String() + ">"
}

// greet is the voicemail: it answers, speaks, and stays.
func (c *Core) greet(p *party, a *sip.Attempt) {
	if c.mailbox != nil {
		voice, err := c.mailbox.Open(media.Opening{Latch: media.LatchFixed, Sink: soundBox(p.sound), Inband: media.InbandNever, Allow: loopback()})
		if err != nil {
			p.note(err)
			return
		}
		p.voice.Close()
		p.voice = voice
	}
	if err := p.answer(a.Offer); err != nil {
		p.note(err)
		return
	}
	c.mu.Lock()
	c.deflected++
	c.mu.Unlock()
	p.say(forEver, tone(VoicemailTone, time.Second))
	_ = p.wait(time.Minute) // however it ends, it hangs up
}
