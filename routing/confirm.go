package routing

import (
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/mobilecore/ims"
	"tandem/routing/flow"
)

// soundPressOne asks who answers a handset for a sign of life. It ships with the product.
const soundPressOne flow.AudioID = "press_one"

// proofTime is how long they have for it; proofKey what they press.
const (
	proofTime = 5 * time.Second
	proofKey  = '1'
)

// askForKey asks who answered a handset to press a key. Meanwhile the others ring, and the caller hears nothing of it.
func (c *call) askForKey(l *leg, sign ims.Sign) {
	l.state = legAsked
	c.note("handset_asked", l, "because", string(sign))
	lang := c.lang // It may be the caller's, as a flow set it: the handset is a colleague's.
	if a := c.sw.dir.Snapshot().Accounts[c.account]; a != nil {
		lang = a.Language
	}
	if p := c.sw.sounds.Prompt(c.account, lang, soundPressOne); p != nil {
		c.plays++
		l.voice.Play(media.Play{ID: media.PlayID(c.plays), Prompts: []*prompt.Prompt{p}, Loop: true})
	}
	c.after(clockProof, l.ref, proofTime)
}

// keyPressed takes a key of who was asked for one: the right one proves a person, and gives them the call.
func (c *call) keyPressed(l *leg, key byte) {
	if key != proofKey || l.fork == nil || c.stage == over {
		return
	}
	c.clocks.stop(clockProof, l.ref)
	l.voice.StopPlay()
	c.won(l, l.fork)
}
