package dialog

import (
	"bytes"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Defaults of a session timer (RFC 4028 section 4), and the longest that a peer may ask for.
const (
	defaultRefresh = 30 * time.Minute
	leastRefresh   = 90 * time.Second
	longestRefresh = 24 * time.Hour
	maxRaises      = 3 // how often a 422 is answered

	statusTooBrief = 422 // "Session Interval Too Small"
)

// Refresh is how a dialog proves that its peer is still there (RFC 4028). The zero value takes the defaults.
type Refresh struct {
	Every time.Duration // Session-Expires; 0: 30 min. Negative: no session timer, and none that the peer asks for
	Least time.Duration // Min-SE; 0: 90 s, which is also the least that the RFC allows: less is for test benches
}

// off says that there is no session timer.
func (r Refresh) off() (is bool) { return r.Every < 0 }

func (r Refresh) every() time.Duration {
	if r.Every == 0 {
		return max(defaultRefresh, r.least())
	}
	return max(r.Every, r.least())
}

func (r Refresh) least() time.Duration {
	if r.Least <= 0 {
		return leastRefresh
	}
	return r.Least
}

// TooShort says whether an INVITE or UPDATE asks for a shorter session timer than we allow; the header then names ours, for a 422 (RFC 4028 section 9). A caller
// that knows nothing of timers has one that some proxy wrote: it is not refused for that.
func (r Refresh) TooShort(m *gosip.Request) gosip.Header {
	if r.off() || !knows(m, extTimer) {
		return nil
	}
	asked, err := message.ParseSessionExpires(headerOf(m, "Session-Expires"))
	if err != nil || asked.Interval >= r.least() {
		return nil
	}
	return gosip.NewHeader("Min-SE", message.SessionExpires{Interval: roundUp(r.least())}.String())
}

// roundUp makes whole seconds.
func roundUp(d time.Duration) time.Duration { return (d + time.Second - 1).Truncate(time.Second) }

// keeper is the session timer of a leg's dialog.
type keeper struct {
	Refresh

	running time.Duration // as agreed; 0: none
	mine    bool          // we refresh
	raises  int
}

// asks are the headers of an INVITE or UPDATE of ours. Inside a dialog they keep what was agreed, and who refreshes.
func (k *keeper) asks(inside inside) []gosip.Header {
	if k.off() || bool(inside) && k.running == 0 {
		return nil
	}
	s := message.SessionExpires{Interval: roundUp(k.every())}
	if inside {
		s.Interval = roundUp(max(k.running, k.least()))
		s.Refresher = "uas"
		if k.mine {
			s.Refresher = "uac"
		}
	}
	return []gosip.Header{
		gosip.NewHeader("Session-Expires", s.String()),
		gosip.NewHeader("Min-SE", message.SessionExpires{Interval: roundUp(k.least())}.String()),
	}
}

// inside says whether a request is inside a dialog.
type inside bool

// raise takes a 422: the timer becomes as long as the peer wants it. False: it is too long, or has been raised often enough.
func (k *keeper) raise(r *gosip.Response) (again bool) {
	if r == nil || r.StatusCode != statusTooBrief || k.off() || k.raises >= maxRaises {
		return false
	}
	m, err := message.ParseSessionExpires(headerOf(r, "Min-SE"))
	if err != nil || m.Interval <= k.least() && m.Interval <= k.every() || m.Interval > longestRefresh {
		return false
	}
	k.raises++
	k.Least = max(k.Least, m.Interval)
	k.Every = max(k.Every, m.Interval)
	if k.running > 0 {
		k.running = max(k.running, m.Interval)
	}
	return true
}

// grants answers what an INVITE or UPDATE of the peer asks, with the headers of its 2xx. What counts is set when they are sent (RFC 4028 section 9).
func (l *Leg) grants(r *gosip.Request) []gosip.Header {
	k := &l.keeper
	knowsTimer := knows(r, extTimer)
	asked, err := message.ParseSessionExpires(headerOf(r, "Session-Expires"))
	has := err == nil && asked.Interval >= k.least()
	if k.off() || !has && !knowsTimer {
		l.keep(0, false)
		return nil
	}
	least, err := message.ParseSessionExpires(headerOf(r, "Min-SE"))
	if err != nil || least.Interval > longestRefresh {
		least.Interval = 0
	}
	s := message.SessionExpires{Interval: roundUp(max(k.every(), least.Interval)), Refresher: "uas"}
	if has {
		s.Interval = min(asked.Interval, s.Interval)
	}
	if has && knowsTimer && asked.Refresher != "uas" {
		s.Refresher = "uac"
	}
	l.keep(s.Interval, s.Refresher == "uas")
	fields := []gosip.Header{gosip.NewHeader("Session-Expires", s.String())}
	if s.Refresher == "uac" {
		fields = append(fields, gosip.NewHeader("Require", extTimer))
	}
	return fields
}

// granted takes what the peer's 2xx to an INVITE or UPDATE of ours says (RFC 4028 section 7.2).
func (l *Leg) granted(r *gosip.Response) {
	s, err := message.ParseSessionExpires(headerOf(r, "Session-Expires"))
	if err != nil || l.keeper.off() || s.Interval <= 0 {
		l.keep(0, false)
		return
	}
	l.keep(max(min(s.Interval, longestRefresh), l.keeper.least()), s.Refresher != "uas")
}

// keep sets the clocks of the session timer: who refreshes does so at half time; who does not ends the dialog shortly before the end (RFC 4028 section 10).
func (l *Leg) keep(every time.Duration, mine refresher) {
	k := &l.keeper
	k.running, k.mine = every, bool(mine)
	l.stop(clockRefresh)
	l.stop(clockExpiry)
	if every <= 0 {
		return
	}
	if mine {
		l.start(clockRefresh, every/2)
		l.start(clockExpiry, every)
		return
	}
	l.start(clockExpiry, every-min(32*time.Second, every/3))
}

// refresher says whether we refresh.
type refresher bool

// refresh proves to the peer that we are there, and asks whether it is: by UPDATE where it takes that, else by an INVITE that changes nothing.
func (l *Leg) refresh() {
	switch {
	case l.phase != talking || l.goodbye != 0:
		return
	case !bool(l.settled()) || l.queued != nil:
		l.refreshLater() // What is under way restarts the timer when it succeeds.
		return
	case l.dialog.update:
		l.ask(l.dialog, request{method: gosip.UPDATE, extra: l.keeper.asks(true), done: l.refreshed})
		return
	case l.ours == nil:
		return // nothing was ever agreed: the dialog ends when the timer does
	}
	inv := &invite{offered: true, refreshes: true}
	l.invite, l.dialog.rseq = inv, 0
	inv.req = l.ask(l.dialog, request{
		method: gosip.INVITE, body: l.ours, extra: l.keeper.asks(true), invite: inv,
		done: func(o outcome) { l.stop(clockC); l.stop(clockCancel); l.invite = nil; l.refreshed(o); l.nextOffer() },
	})
	inv.seq = l.dialog.localSeq
}

// refreshLater tries again soon, well before the end.
func (l *Leg) refreshLater() {
	if l.keeper.running > 0 {
		l.start(clockRefresh, max(l.keeper.running/16, 100*time.Millisecond))
	}
}

// refreshed takes the last word on a refresh of ours.
func (l *Leg) refreshed(o outcome) {
	switch {
	case l.phase != talking || l.goodbye != 0:
	case o.status < 300:
		l.dialog.refresh(o.resp)
		l.granted(o.resp)
	case o.status == 481 || o.status == 408:
		l.lost(o.status)
	case l.keeper.raise(o.resp):
		l.refresh()
	case o.status == 405 || o.status == 501: // It says that it takes none after all.
		l.dialog.update = false
		l.refreshLater()
	default:
		l.refreshLater()
	}
}

// refreshAccepted takes the 2xx to an INVITE that was to change nothing. Where the answer differs all the same, the owner hears of it.
func (l *Leg) refreshAccepted(resp *gosip.Response) {
	l.invite = nil
	l.sendAck(seqOf(resp), nil)
	if l.phase != talking {
		return
	}
	l.dialog.refresh(resp)
	l.granted(resp)
	if body := BodyOf(resp); body != nil && !same(body, l.theirs) {
		l.theirs = body
		l.tell(Refreshed{Body: body})
	}
	l.nextOffer()
}

// expired ends a dialog that nobody has refreshed in time.
func (l *Leg) expired() {
	if l.phase == talking && l.goodbye == 0 {
		l.bye(message.Reason{Protocol: "SIP", Cause: 408, Text: "Session timer expired"}, EndedByTimeout)
	}
}

// same compares two session descriptions.
func same(a, b *message.Body) (are bool) {
	return a != nil && b != nil && bytes.Equal(a.Bytes, b.Bytes)
}
