package routing

import (
	"time"

	"tandem/media"
	"tandem/sip"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// page is the browser at the other end of a leg. It is reached by one connection alone, and may come back on another one (API.md section 10).
type page struct {
	aor      message.AOR
	instance string    // names the browser, the same after a reload
	lost     time.Time // its connection went; zero: it stands
	apart    bool      // and no audio comes any more: the other party hears a tone
}

// overWeb says that a transport is a browser's.
func overWeb(n transport.Network) (web bool) { return n == transport.WS || n == transport.WSS }

// pageOf is the browser that a contact leads to; nil: another device.
func pageOf(c *sip.Contact) *page {
	if !overWeb(c.Target.Network) {
		return nil
	}
	return &page{aor: c.AOR, instance: c.Instance}
}

// away says that the page of a leg is gone, and nothing is heard of it.
func (l *leg) away() (gone bool) { return l.page != nil && l.page.apart }

// Bounds of coming back.
const (
	comeBackWithin = 20 * time.Second       // a leg waits so long for its page
	pickUpWithin   = 20 * time.Second       // a device that is called to take a leg over picks up by itself, or is a telephone that somebody has to reach
	stillHeard     = 600 * time.Millisecond // audio that stops for longer has gone with the page
	listenEvery    = 300 * time.Millisecond // while it has not
)

// parted takes that the connection of a leg's page closed. In a conversation the leg waits for the page to come back; whatever else it was doing is over.
func (c *call) parted(l *leg) {
	if c.stage == over || l.state == legGone || l.page == nil || !l.page.lost.IsZero() {
		return
	}
	if c.stage != talking || c.other(l) == nil || l.user == nil {
		c.leftAlone(l)
		return
	}
	l.page.lost = time.Now()
	c.note(noteSuspended, l)
	c.sw.lobby.enter(waiter{aor: l.page.aor, user: l.user.ID, call: c.id, leg: l.rec.ID})
	c.after(clockAway, l.ref, comeBackWithin)
	c.listen(l)
	c.publish()
	c.comeBack(l)
}

// leftAlone ends a leg whose page has gone for good.
func (c *call) leftAlone(l *leg) {
	if l == nil || l.state == legGone {
		return
	}
	why := Cause{Q850: q850OutOfOrder, SIP: statusTimeout, Text: "The page did not come back"}
	transferred := c.transfer != nil && c.transfer.by == l
	known := l == c.caller || l == c.callee
	l.hangup(message.Reason{}, why)
	if known && !transferred {
		c.end(why, c.sideOf(l))
	}
}

// pathChanged takes how the way of a page's audio stands. One that is lost may come back by a new offer, when only the network changed, or is the first sign of a
// page that is being loaded anew.
func (c *call) pathChanged(l *leg, is media.PathState) {
	if l.page == nil || l.isHeir() || l.state == legGone {
		return
	}
	switch is {
	case media.PathLost:
		if l.page.lost.IsZero() {
			c.note(noteSilent, l)
			c.after(clockAway, l.ref, comeBackWithin)
		}
		l.page.apart = true
		c.bridge()
	case media.PathUp:
		if l.page.lost.IsZero() {
			c.clocks.stop(clockAway, l.ref)
		}
		if l.page.apart {
			l.page.apart = false
			c.bridge()
			c.listen(l)
		}
	case media.PathUncertain:
	}
}

// listen looks whether the audio of a page goes on without its connection. Once it has stopped, the other party hears a tone.
func (c *call) listen(l *leg) {
	if l.page == nil || l.page.lost.IsZero() || l.page.apart || l.voice == nil {
		return
	}
	if last := l.voice.Stats().LastPacket; time.Since(last) < stillHeard {
		c.after(clockListen, l.ref, listenEvery)
		return
	}
	l.page.apart = true
	c.bridge()
}

// waitApart lets whoever still listens hear a tone while the other's page is away.
func (c *call) waitApart(a, b *leg) {
	a.voice.Unbridge()
	b.voice.Unbridge()
	for _, l := range [2]*leg{a, b} {
		if !l.away() {
			c.softTone(l)
		}
	}
}

// comeBack calls the page of a leg again, where it has registered anew: the same browser, or another one of the same device since.
func (c *call) comeBack(l *leg) {
	if c.stage != talking || l.heir != nil || l.page == nil || l.page.lost.IsZero() {
		return
	}
	d := c.sw.dir.Snapshot().Devices[string(l.page.aor)]
	if d == nil {
		return
	}
	var found *sip.Contact
	for _, t := range c.sw.wire.contacts(l.page.aor) {
		same := t.Instance != "" && t.Instance == l.page.instance
		if same || found == nil && t.Since.After(l.page.lost) {
			found = &t
		}
		if same {
			break
		}
	}
	if found != nil {
		_ = c.callHeir(l, target{d, *found}) // It is in the log; the next arrival is another chance.
	}
}

// suspended finds the leg of an id that waits for its page.
func (c *call) suspended(id LegID) *leg {
	for _, l := range [2]*leg{c.caller, c.callee} {
		if l != nil && l.rec.ID == id && l.page != nil && !l.page.lost.IsZero() {
			return l
		}
	}
	return nil
}
