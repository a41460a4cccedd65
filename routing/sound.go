package routing

import (
	"log/slog"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/routing/flow"
)

// soundMusic and soundRingback are what a party hears while it waits on hold, and while somebody rings for them. They ship with the product.
const (
	soundMusic    flow.AudioID = "music"
	soundRingback flow.AudioID = "ringback_fr"
)

// sound is what the switchboard plays to the caller now.
type sound struct {
	on    bool
	id    media.PlayID
	play  flow.Play // the machine's; its ID is 0 for the switchboard's own
	tone  bool      // ringback: the machine is silent, and somebody rings
	wait  bool      // held back: nothing can be heard before the ACK, or the caller still hears their own network's ringing
	music map[flow.AudioID]time.Duration
}

// prompts finds the sounds of a list; what is missing is left out and told to the operator.
func (c *call) prompts(list []flow.AudioID) []*prompt.Prompt {
	found := make([]*prompt.Prompt, 0, len(list))
	for _, a := range list {
		p := c.sw.sounds.Prompt(c.account, c.lang, a)
		if p == nil {
			c.sw.log.Warn("sound is missing", slog.String("call_id", string(c.id)), slog.String("account", string(c.account)), slog.String("err", string(a)))
			c.note("sound_missing", nil, "audio", string(a))
			continue
		}
		found = append(found, p)
	}
	return found
}

// play lets the caller hear p. It answers the call first, where that has not been done.
func (c *call) play(p flow.Play) {
	c.stopSound()
	c.sound.on, c.sound.play, c.sound.tone = true, p, false
	if c.caller.state == legArriving && p.Loop && c.flow != nil && c.flow.ringsFirst() {
		c.sound.wait = true // Nobody pays for music before a person has been rung: the caller hears ringing (SPEC Q5).
		return
	}
	if !c.answerCaller() {
		return
	}
	c.replay()
}

// replay starts what is to be heard, now that it can be.
func (c *call) replay() {
	s := &c.sound
	if !s.on || c.caller.voice == nil {
		return
	}
	if c.caller.late || c.caller.state != legUp {
		s.wait = true
		return
	}
	s.wait = false
	list := c.prompts(s.play.Audio)
	if len(list) == 0 {
		s.on = false
		if s.play.ID != 0 && !s.play.Loop {
			c.played(s.play.ID)
		}
		return
	}
	c.plays++
	s.id = media.PlayID(c.plays)
	p := media.Play{ID: s.id, Prompts: list, Loop: s.play.Loop}
	if p.Loop {
		p.From = s.music[s.play.Audio[0]]
	}
	c.caller.voice.Play(p)
}

// stopSound leaves silence, and notes where music was: it goes on there (SPEC Q4).
func (c *call) stopSound() {
	s := &c.sound
	if !s.on {
		return
	}
	s.on = false
	if s.wait || c.caller.voice == nil {
		s.wait = false
		return
	}
	at := c.caller.voice.StopPlay()
	if s.play.Loop && !s.tone {
		if s.music == nil {
			s.music = map[flow.AudioID]time.Duration{}
		}
		s.music[s.play.Audio[0]] = at
	}
}

// ringback lets the caller hear that somebody rings, where they hear nothing else.
func (c *call) ringback() {
	if c.caller.state == legArriving {
		c.ringCaller()
		return
	}
	if c.sound.on {
		return
	}
	c.sound = sound{on: true, tone: true, play: flow.Play{Audio: []flow.AudioID{soundRingback}, Loop: true}, music: c.sound.music}
	c.replay()
}

// stopRingback ends the tone, and nothing else.
func (c *call) stopRingback() {
	if c.sound.on && c.sound.tone {
		c.stopSound()
	}
}

// holdMusic plays to a party that was put on hold.
func (c *call) holdMusic(l *leg) {
	if list := c.prompts([]flow.AudioID{soundMusic}); len(list) > 0 {
		c.plays++
		l.voice.Play(media.Play{ID: media.PlayID(c.plays), Prompts: list, Loop: true})
	}
}

// heard takes what media tells.
func (c *call) heard(l *leg, e media.Event) {
	if c.stage == over {
		if end, ok := e.(media.RecordEnded); ok {
			c.recordEnded(end)
		}
		return
	}
	switch e := e.(type) {
	case media.Digit:
		c.digit(l, e)
	case media.Typed:
		c.typed(l, e)
	case media.PlayEnded:
		if l == c.caller && c.sound.on && e.Play == c.sound.id && !e.Cut {
			id := c.sound.play.ID
			c.sound.on = false
			c.played(id)
		}
	case media.RecordEnded:
		c.recordEnded(e)
	case media.Silent:
		c.silent(l, e)
	case media.PathChanged:
		c.pathChanged(l, e.State)
	case media.AudioChanged:
		c.audioChanged(l, e)
	case media.QualityChanged:
		c.qualityChanged(l, e)
	}
}

// digit takes a key. In a conversation media carries it to the other party by itself, however it came (SPEC C3).
func (c *call) digit(l *leg, d media.Digit) {
	if l.state == legAsked {
		c.keyPressed(l, d.Key)
		return
	}
	switch c.stage {
	case inFlow:
		if l == c.caller {
			c.feed(flow.Digit{Key: d.Key})
		}
	case talking: // The bridge carries it.
	case planning, alerting, over:
	}
}

// played takes that the caller heard a list of sounds to its end.
func (c *call) played(id int) {
	if c.explained != nil {
		c.end(*c.explained, "callee")
		return
	}
	c.feed(flow.PlayDone{ID: id})
}

// silent notes that a party's audio stopped. When both have gone, nobody is there any more.
func (c *call) silent(l *leg, e media.Silent) {
	c.note("silent", l, "seconds", secondsText(e.For))
	o := c.other(l)
	if c.stage != talking || o == nil || o.voice == nil || l.voice == nil {
		return
	}
	now := time.Now()
	if quietSince(l, now) >= e.For && quietSince(o, now) >= e.For && e.For > 0 {
		c.end(Cause{Q850: q850Temporary, SIP: statusTimeout, Text: "No audio from either side"}, "system")
	}
}

func quietSince(l *leg, now time.Time) time.Duration {
	last := l.voice.Stats().LastPacket
	if last.IsZero() {
		last = l.rec.AnsweredAt
	}
	return now.Sub(last)
}
