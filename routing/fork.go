package routing

import (
	"slices"
	"strings"
	"time"

	"tandem/media"
	"tandem/routing/desk"
	"tandem/routing/flow"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// forkWhy says what a fork is for, and so what follows when it fails.
type forkWhy int

const (
	forFlow     forkWhy = iota + 1 // a machine's Ring
	forPlan                        // what a user dialled
	forRedirect                    // a machine's Call to a number outside
	forTransfer                    // the target of a transfer
	forReturn                      // back to who transferred (SPEC C7)
	forOpener                      // who wants the call: their own devices ring first (SPEC O11)
)

// fork is several places that are tried at once for one answer; the first wins (SPEC E7, R10).
type fork struct {
	id       int // of the machine's Ring; the switchboard's own count down from -1
	why      forkWhy
	users    []UserID
	declined []UserID
	live     int   // legs that may still answer
	rang     bool  // somebody's phone rang
	worst    Cause // of the failure that says most
	means    means // by which its users were asked for
	handset  *handset

	// of a call outside
	out  dialOut
	left []*Trunk // not tried yet
	ring time.Duration
	via  TrunkID // whose place was taken
}

// ringForFlow rings users for the machine.
func (c *call) ringForFlow(r flow.Ring) {
	f := &fork{id: r.ID, why: forFlow, means: meansOf(r.Why)}
	c.forks = append(c.forks, f)
	snap := c.sw.dir.Snapshot()
	for _, id := range r.Users {
		if u := snap.Users[id]; u != nil && u.Account == c.account {
			c.ringUser(f, u)
		}
	}
	c.started(f)
	if f.live == 0 {
		return // the machine has been told that nobody rings
	}
	for _, id := range r.Users {
		if !slices.Contains(f.users, id) { // taken by another call at this very moment: the machine must not think that they ring
			c.feed(flow.UserDone{ID: f.id, User: id, Outcome: flow.NoDevice})
		}
	}
}

// started tells the caller that somebody rings; a fork that reached nobody has failed already.
func (c *call) started(f *fork) {
	if f.live == 0 {
		c.forkFailed(f)
		return
	}
	c.ringCaller() // A caller who has been answered hears the machine's music.
	c.publish()
}

// part says whether a user talks in a call.
type part int

const (
	notInCall part = iota
	partOfCall
)

func (c *call) has(u UserID) part {
	for _, l := range c.legs {
		if l.user != nil && l.user.ID == u && (l.state == legUp || l.state == legArriving) {
			return partOfCall
		}
	}
	return notInCall
}

// ringUser calls every registered device of a user, and where their calls are forwarded to, if nobody else has the user (SPEC R22) and they did not
// decline this call (SPEC R18). Who is unavailable is called on the handset alone (SPEC E9).
func (c *call) ringUser(f *fork, u *User) {
	if u.NeverRing || slices.Contains(c.declined, u.ID) || c.has(u.ID) == partOfCall {
		return
	}
	second := desk.OneCall
	if u.CallWaiting {
		second = desk.SecondCall
	}
	if !c.sw.presence.offer(u.ID, c, second) {
		return
	}
	before, closed, r := f.live, c.sw.closed(u), c.reachOf(u, f.means)
	c.ringDevices(f, u, func(d *Device) bool { return (!closed || d.Kind == Native) && !r.silences(d) })
	if r.number != nil {
		c.ringHandset(f, u, r.number)
	}
	if u.ForwardTo != "" && !closed {
		c.ringForward(f, u)
	}
	if f.live == before {
		c.freeUser(u.ID)
		return
	}
	f.users = append(f.users, u.ID)
	if f.why != forFlow { // A machine makes its own notes.
		c.addItem(TimelineItem{Type: flow.NoteUserRinging, User: u.ID})
	}
}

// ringDevices calls those devices of a user that are wanted.
func (c *call) ringDevices(f *fork, u *User, wanted func(*Device) bool) {
	for _, d := range u.Devices {
		if !wanted(d) {
			continue
		}
		for _, contact := range c.sw.wire.contacts(message.AOR(strings.ToLower(d.AOR))) {
			c.ringContact(f, u, target{device: d, contact: contact})
		}
	}
}

// progress is a provisional response to a leg that we try.
func (c *call) progress(l *leg, p dialog.Progress) {
	f := l.fork
	if f == nil || c.stage == over || (l.handset != nil && c.handsetSpoke(l, p) == machine) {
		return
	}
	if p.Status == 199 { // One branch of the far network's fork is over; others ring on (RFC 6228).
		return
	}
	if l.state == legTrying {
		l.state = legRinging
		l.rec.RingingAt = time.Now()
		f.rang = true
	}
	if c.caller == nil {
		c.publish()
		return
	}
	if p.Body != nil && l.user == nil && l.hearsEarly() && c.earlyMedia(l, p) {
		return
	}
	if c.transfer != nil {
		c.transfer.report(p.Status)
		return
	}
	if l.user == nil && p.Status != 180 && l.hearsEarly() {
		return // Somebody outside who does not ring yet.
	}
	c.ringCaller()
}

// answered is the first 2xx of a leg that we try.
func (c *call) answered(l *leg, s dialog.Answered) {
	f := l.fork
	if f == nil || c.stage == over || l.state == legGone {
		return // Too late: the leg was told to hang up, which ends the dialog of a 2xx that crossed it.
	}
	if status, warning := l.accept(s.Body); status != 0 {
		c.note("unusable_answer", l, "text", warning)
		l.hangup(Cause{Q850: q850Incompatible, Text: textOf(q850Incompatible)}.reason(), causeOfStatus(status))
		c.lostTry(l, causeOfStatus(status))
		return
	}
	if l.handset != nil && c.handsetAnswered(l, s) != person {
		return
	}
	c.won(l, f)
}

// won gives the call to a leg that a person has answered; all others stop.
func (c *call) won(l *leg, f *fork) {
	l.state = legUp
	l.rec.AnsweredAt = time.Now()
	l.fork = nil
	c.stopForks(l)
	if f.why == forOpener {
		c.opened(l)
		return
	}
	c.connect(l, f)
}

// accept takes the answer to our offer. One that came early already counts.
func (l *leg) accept(body *message.Body) (status int, warning string) {
	if body == nil {
		if l.early {
			return 0, ""
		}
		return statusNotAcceptable, "no session description in the answer"
	}
	if l.early {
		if string(l.answer) == string(body.Bytes) {
			return 0, ""
		}
		// What came early was of another branch of the far network's fork. Media takes one answer an offer: it is offered the same again.
		if _, err := l.voice.Offer(media.SendRecv); err != nil {
			return refusalOf(err)
		}
	}
	if err := l.voice.Accept(body.Bytes); err != nil {
		return refusalOf(err)
	}
	return 0, ""
}

// stopForks ends every leg that still rings, because winner answered.
func (c *call) stopForks(winner *leg) {
	c.forks = nil
	c.clocks.stopKind(clockNoAnswer)
	elsewhere := Cause{Q850: q850NonSelected, SIP: statusOK, Text: "Completed elsewhere"}
	for _, l := range c.legs {
		if l != winner && l.fork != nil && l.state != legGone {
			l.fork = nil
			l.hangup(message.CompletedElsewhere, elsewhere)
		}
	}
}

// stopRing takes a machine's Ring back.
func (c *call) stopRing(id int) {
	i := slices.IndexFunc(c.forks, func(f *fork) bool { return f.id == id })
	if i < 0 {
		return
	}
	f := c.forks[i]
	c.forks = slices.Delete(c.forks, i, i+1)
	if c.flow != nil && c.flow.onTimer {
		c.missedBy(f)
	}
	c.cancelFork(f, causeOfQ850(q850NoAnswer))
	c.stopRingback()
}

// cancelFork hangs up what still rings, without a word of another device: its user missed the call.
func (c *call) cancelFork(f *fork, why Cause) {
	c.clocks.stop(clockNoAnswer, f.id)
	for _, l := range c.legs {
		if l.fork == f && l.state != legGone {
			l.fork = nil
			l.hangup(message.Reason{}, why)
		}
	}
}

// failed is the final failure of a leg that we try.
func (c *call) failed(l *leg, s dialog.Failed) {
	why := causeOfStatus(s.Status)
	if s.Reason.Protocol == "Q.850" && s.Reason.Cause > 0 {
		why.Q850, why.Text = s.Reason.Cause, textOf(s.Reason.Cause)
	}
	if l.state == legGone {
		return
	}
	if l.handset != nil {
		c.handsetFailed(l, s.Status, s.Head)
		return
	}
	heard := l.state == legRinging || l.early
	l.gone(why)
	if c.stage == over || l.fork == nil {
		return
	}
	if l.user == nil && !heard && tryNext(s.Status) && c.nextTrunk(l.fork) {
		l.fork.live--
		return
	}
	c.lostTry(l, why)
}

// lostTry counts a leg of a fork that will not answer.
func (c *call) lostTry(l *leg, why Cause) {
	f := l.fork
	l.fork = nil
	f.live--
	if worse(why, f.worst) {
		f.worst = why
	}
	if l.user != nil && l.trunk == nil && declinedBy(why.SIP) {
		c.userDeclined(f, l.user.ID)
	}
	c.gaveUp(f, l, why)
	if l.user != nil {
		c.userTriesEnded(f, l.user.ID)
	}
	if f.live == 0 {
		c.forkFailed(f)
	}
}

// userDeclined stops the user's other devices: a 6xx speaks for the person (RFC 3261 section 21.6, SPEC R18).
func (c *call) userDeclined(f *fork, u UserID) {
	if slices.Contains(c.declined, u) {
		return
	}
	c.declined = append(c.declined, u)
	c.sw.presence.decline(u)
	f.declined = append(f.declined, u)
	for _, l := range c.legs {
		if l.fork == f && l.user != nil && l.user.ID == u && l.state != legGone {
			l.fork = nil
			f.live--
			l.hangup(message.CompletedElsewhere, causeOfStatus(statusDecline))
		}
	}
}

// userTriesEnded tells the machine that one user of several is out (SPEC R18).
func (c *call) userTriesEnded(f *fork, u UserID) {
	if f.why != forFlow || f.live == 0 {
		return
	}
	for _, l := range c.legs {
		if l.fork == f && l.user != nil && l.user.ID == u {
			return
		}
	}
	outcome := flow.NotAnswered
	if slices.Contains(f.declined, u) {
		outcome = flow.Declined
	}
	c.feed(flow.UserDone{ID: f.id, User: u, Outcome: outcome})
}

// forkFailed goes on when nobody of a fork will answer any more.
func (c *call) forkFailed(f *fork) {
	i := slices.Index(c.forks, f)
	if i < 0 {
		return
	}
	c.forks = slices.Delete(c.forks, i, i+1)
	c.clocks.stop(clockNoAnswer, f.id)
	c.giveTrunk(f)
	c.stopRingback()
	switch f.why {
	case forFlow:
		c.feed(flow.RingDone{ID: f.id, Outcome: f.outcome()})
	case forRedirect:
		c.feed(flow.RedirectDone{Outcome: f.outcome()})
	case forPlan:
		c.planFailed(f)
	case forTransfer:
		c.transferFailed(f.cause())
	case forReturn:
		c.end(f.cause(), "system")
	case forOpener:
		c.end(f.cause(), "caller")
	}
}

// outcome is how the fork failed, for a machine.
func (f *fork) outcome() flow.RingOutcome {
	switch {
	case len(f.declined) > 0 && len(f.declined) == len(f.users):
		return flow.Declined
	case f.rang || f.worst.SIP == statusBusy || f.worst.SIP == statusTerminated:
		return flow.NotAnswered
	case len(f.declined) > 0:
		return flow.Declined
	}
	return flow.NoDevice
}

// cause is why the fork failed, for a caller.
func (f *fork) cause() Cause {
	if f.worst.SIP == 0 {
		return causeOfQ850(q850Absent)
	}
	return f.worst
}

// unanswered ends a fork of the switchboard's own that rang long enough.
func (c *call) unanswered(id int) {
	for _, f := range c.forks {
		if f.id == id {
			c.missedBy(f)
			c.cancelFork(f, causeOfQ850(q850NoAnswer))
			f.live, f.rang, f.worst = 0, true, causeOfQ850(q850NoAnswer)
			c.forkFailed(f)
			return
		}
	}
}

// worse says whether a failure tells the caller more than another: a decline more than busy, busy more than no answer, no answer more than a
// phone that could not be reached (after RFC 3261 section 16.7 step 6).
func worse(a, b Cause) bool { return weight(a.SIP) > weight(b.SIP) }

func weight(status int) int {
	switch {
	case status == 0:
		return 0
	case status >= statusBusyEverywhere:
		return 5
	case status == statusBusy:
		return 4
	case status == statusUnavailable, status == statusTerminated:
		return 3
	case status == statusTimeout, status >= statusServerError:
		return 1
	}
	return 2
}

// declinedBy says whether a status is a person's no.
func declinedBy(status int) bool { return status >= statusBusyEverywhere && status != 606 }

// tryNext says whether another trunk may have more luck (RFC 3263 section 4.3).
func tryNext(status int) bool {
	return status == statusNoService || status == statusTimeout || status == statusServerError || status == 502 || status == 504
}

// formatsFor offers first what the other party talks, so that packets can pass as they are.
func formatsFor(l *leg, t *Trunk) []media.Format {
	if l == nil || l.voice == nil || t != nil && len(t.Terms.Codecs) > 0 {
		return nil
	}
	have := l.voice.Formats()
	if len(have) == 0 || have[0].Name != "PCMU" {
		return nil
	}
	const eventType = 101
	return []media.Format{
		{Name: "PCMU", ClockRate: 8000},
		{Name: "PCMA", ClockRate: 8000, PayloadType: 8},
		{Name: "telephone-event", ClockRate: 8000, PayloadType: eventType, Fmtp: "0-16"},
	}
}
