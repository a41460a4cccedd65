package routing

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// retryAfter is when a caller who was refused for want of room may try again.
const retryAfter = 10 * time.Second

const fullText = "this server has as many calls as it can take"

// origin is who an attempt comes from; exactly one of trunk and user is set.
type origin struct {
	trunk  *Trunk
	user   *User
	device *Device
}

// Invite takes an attempt to call. It decides where the call goes from the snapshot, and leaves the rest to the call's own goroutine.
func (s *Switch) Invite(a *sip.Attempt) { s.invite(a, attemptDoor{a}) }

func (s *Switch) invite(a *sip.Attempt, d door) {
	snap := s.dir.Snapshot()
	from, found := snap.originOf(a)
	if from.trunk != nil {
		from.trunk.rewriteIn(a)
	}
	switch {
	case !found:
		d.refuse(statusForbidden, "unknown trunk or device", 0)
		return
	case a.Replaces != nil:
		s.inviteInstead(from, a, d)
		return
	case from.trunk != nil && snap.operatorAt(from.trunk) != nil:
		s.inviteCore(snap, snap.operatorAt(from.trunk), a, d)
		return
	case s.draining.Load() && (from.user == nil || !EmergencyAnywhere(a.RequestURI.User)):
		d.refuse(statusNoService, "this server is going down", retryAfter)
		return
	}
	if from.trunk != nil {
		if in, back := s.callsBackOutside(snap, from.trunk, a); back {
			s.callBack(&in, d)
			return
		}
		s.inviteNumber(snap, from.trunk, incoming{a, d}, planTrunk(snap, from.trunk, a))
		return
	}
	s.inviteUser(snap, from, a, d)
}

// originOf finds who an attempt comes from.
func (s *Snapshot) originOf(a *sip.Attempt) (origin, bool) {
	if a.Trunk != "" {
		t := s.Trunks[TrunkID(a.Trunk)]
		return origin{trunk: t}, t != nil
	}
	d := s.Devices[string(a.Device)]
	if d == nil {
		return origin{}, false
	}
	u := s.Users[d.User]
	return origin{user: u, device: d}, u != nil
}

// incoming is an attempt and the way to answer it.
type incoming struct {
	attempt *sip.Attempt
	door    door
}

// seat takes a place for a call on the trunk that it comes by. False: there is none here, or none on the trunk, and the attempt has been refused.
func (s *Switch) seat(t *Trunk, d door) (taken bool) {
	if s.full() {
		s.refuseTrunk(t, d, reject{status: statusNoService, warning: fullText})
		return false
	}
	if !s.board.take(t, inward) {
		s.refuseTrunk(t, d, reject{status: t.fullStatus(), warning: "this trunk has as many calls as it may"})
		return false
	}
	return true
}

// inviteNumber takes an attempt from a carrier or a core that was planned to reach a number of ours.
func (s *Switch) inviteNumber(snap *Snapshot, t *Trunk, o incoming, plan decision) {
	a, d := o.attempt, o.door
	if !s.seat(t, d) {
		return
	}
	run, ok := plan.(runFlow)
	if !ok {
		s.board.give(trunkSeat{t.ID, inward})
		if r, ok := plan.(reject); ok {
			s.refuseTrunk(t, d, r)
		}
		return
	}
	c := s.newCall(snap.Accounts[run.number.Account], Inbound)
	c.trunks = append(c.trunks, trunkSeat{t.ID, inward})
	c.rec.Trunk, c.rec.NumberID = t.ID, run.number.ID
	c.rec.From, c.rec.To = partyNumber(callerOf(a, t), t), string(run.number.E164)
	c.rec.Anonymous = anonymous(a)
	if c.rec.Anonymous && !t.TrustPAI {
		c.rec.From = ""
	}
	if !c.rec.Anonymous { // What a caller who asked to be withheld is called is for nobody either.
		c.fromDisplay = cmp.Or(callerOf(a, t).Display, a.From.Display)
	}
	l := c.newLeg(legArriving, a.At)
	l.trunk, l.source = t, sourceOf(a, t)
	l.rec.Trunk, l.rec.Kind = t.ID, "trunk"
	c.admit(a, d, plan)
}

// refuseTrunk refuses an attempt of a trunk, in words for its operator and for ours (SPEC O13).
func (s *Switch) refuseTrunk(t *Trunk, d door, r reject) {
	s.counters.refused.Add(1)
	s.board.refuse(t.ID, Refused{At: time.Now(), Status: r.status, Why: r.warning})
	s.log.Warn("attempt refused", slog.String("trunk", string(t.ID)), slog.Int("status", r.status), slog.String("err", maskDigits(r.warning)))
	var after time.Duration
	if r.status == statusNoService {
		after = retryAfter
	}
	d.refuse(r.status, r.warning, after)
}

// inviteUser takes an attempt from a device of ours.
func (s *Switch) inviteUser(snap *Snapshot, from origin, a *sip.Attempt, d door) {
	u := from.user
	account := snap.Accounts[u.Account]
	if account == nil {
		d.refuse(statusForbidden, "the account of this device is gone", 0)
		return
	}
	who, may := s.callsAs(snap, u, a)
	if !may {
		d.refuse(statusForbidden, "this user may not show this number", 0)
		return
	}
	plan := s.planDialled(snap, who, a.RequestURI.User)
	if out, _ := plan.(dialOut); s.full() && !out.emergency {
		s.counters.refused.Add(1)
		d.refuse(statusNoService, fullText, retryAfter)
		return
	}
	c := s.newCall(account, Internal)
	c.dialled(u, a.RequestURI.User, plan)
	l := c.newLeg(legArriving, a.At)
	l.user, l.device, l.source = u, from.device, sourceOf(a, nil)
	if overWeb(a.Network) {
		l.page = &page{aor: message.AOR(strings.ToLower(from.device.AOR)), instance: a.Instance}
	}
	l.rec.User, l.rec.Device, l.rec.Kind = u.ID, from.device.Kind, kindOf(from.device.Kind, a.Network)
	c.admit(a, d, plan)
}

// dialled notes what a user dials, and where it goes.
func (c *call) dialled(u *User, to string, plan decision) {
	c.rec.User = u.ID
	c.rec.From, c.rec.To = u.Extension, printable(digitsOf(to))
	switch p := plan.(type) {
	case dialOut:
		c.rec.Direction, c.rec.NumberID = Outbound, p.showOf
		c.rec.From = string(p.show)
		if p.to != "" {
			c.rec.To = string(p.to)
		}
	case runFlow:
		c.rec.To, c.rec.NumberID = string(p.number.E164), p.number.ID
	case ringUser:
		c.toDisplay = p.user.Name
	case ringTeam, announce, reject:
	}
}

// admit lets the call in: from here on its goroutine owns it.
func (c *call) admit(a *sip.Attempt, d door, plan decision) {
	l := c.legs[0]
	c.caller, c.opener = l, l
	if a.Offer != nil {
		l.offer = a.Offer.Bytes
	}
	l.rec.SIPCallID = a.CallID
	snap := c.sw.dir.Snapshot()
	c.came, c.heads = snap.arrivalOf(a, l.trunk, plan), snap.headsFor(a)
	c.rec.StartedAt = a.At
	if c.rec.StartedAt.IsZero() {
		c.rec.StartedAt = time.Now()
		l.rec.StartedAt = c.rec.StartedAt
	}
	c.box.post(letter{own: began{plan}})
	c.publish()
	c.sw.admit(c)
	c.sw.index(a.CallID, c)
	l.line = d.accept(wireBox{c.box}, dialog.Ref(0))
	c.sw.calls.Go(c.run)
}

// begin is the first thing that a call's goroutine does.
func (c *call) begin(plan decision) {
	defer c.sw.starting.Add(-1)
	c.openRecord(c.caller.rec.SIPCallID)
	if c.caller.user != nil {
		c.sw.presence.talk(c.caller.user.ID, c, c.caller.rec.Device)
	}
	if args := accessArgs(c.caller.access); args != nil {
		c.addItem(TimelineItem{Type: noteAccess, Leg: c.caller.rec.ID, Args: args})
	}
	if c.prepareCaller() {
		c.goOn(plan)
	}
}

// openRecord writes that the call exists.
func (c *call) openRecord(sipCallID string) {
	c.rec.Number = c.sw.ledger.NextNumber()
	c.rec.Status = "initiated"
	rec := c.rec // The ledger may keep what it is given; ours goes on.
	if err := c.sw.ledger.Begin(&rec); err != nil {
		// A call is worth more than its record: it goes on, and the operator hears of it.
		c.sw.log.Error("call has no beginning in the ledger", slog.String("call_id", string(c.id)), slog.Any("err", err))
	}
	c.note("started", nil)
	c.sw.log.Info("call started", slog.String("call_id", string(c.id)), slog.String("account", string(c.account)),
		slog.String("sip_call_id", sipCallID), slog.Any("number", E164(c.rec.From)))
}

// goOn does with the caller what was decided.
func (c *call) goOn(plan decision) {
	switch p := plan.(type) {
	case runFlow:
		c.enterNumber(p.number)
	case ringUser:
		c.callUser(p.user)
	case ringTeam: // Nobody dials a team.
	case dialOut:
		c.noteUrgent(p)
		c.callOutside(p, forPlan, 0)
	case announce:
		c.announce(p.audio)
	case reject:
		c.refuseCaller(p)
	}
}

// prepareCaller opens the caller's media and reads their offer: one that cannot be used is refused before anybody is rung.
func (c *call) prepareCaller() bool {
	l := c.caller
	if err := l.openVoice(nil); err != nil {
		c.sw.log.Error("call has no media", slog.String("call_id", string(c.id)), slog.Any("err", err))
		c.refuseCaller(reject{status: statusNoService, warning: "no media ports left"})
		return false
	}
	if l.offer == nil {
		return true
	}
	if _, err := l.describe(); err != nil {
		status, warning := refusalOf(err)
		c.refuseCaller(reject{status: status, warning: warning})
		return false
	}
	return true
}

// refuseCaller ends the call with a final failure and its reason in words.
func (c *call) refuseCaller(r reject) {
	why := causeOfStatus(r.status)
	why.Text = r.warning
	l := c.caller
	if l.state == legUp {
		c.explain(why) // It was them who were called first.
		return
	}
	l.gone(why)
	_ = l.line.Reject(r.status, message.Reason{}, r.warning) // It fails only when the caller has gone already.
	c.end(why, "system")
}

// ringCaller tells the caller, once, that somebody rings.
func (c *call) ringCaller() {
	l := c.caller
	if l == nil || l.state != legArriving || l.early || !l.rec.RingingAt.IsZero() || c.stage == over {
		return
	}
	l.rec.RingingAt = time.Now()
	_ = l.line.Ring(180, nil) // It fails only when the caller has gone already.
	c.sw.counters.setup(c.rec.Direction, l.rec.RingingAt.Sub(c.rec.StartedAt))
}

// answerCaller sends the caller our 200, once. False: it could not be, and the call has ended.
func (c *call) answerCaller() (answered bool) {
	l := c.caller
	if l.state == legUp {
		return true
	}
	if l.state != legArriving {
		return false
	}
	sdp, err := l.describe()
	if err != nil {
		status, warning := refusalOf(err)
		c.refuseCaller(reject{status: status, warning: warning})
		return false
	}
	if err := l.line.Answer(message.SDP(sdp)); err != nil {
		c.end(causeOfQ850(q850Temporary), "system") // The caller has gone already: a CANCEL is on its way here.
		return false
	}
	l.state = legUp
	l.rec.AnsweredAt = time.Now()
	if l.rec.RingingAt.IsZero() {
		c.sw.counters.setup(c.rec.Direction, l.rec.AnsweredAt.Sub(c.rec.StartedAt))
	}
	c.after(clockDuration, 0, c.sw.maxDuration)
	return true
}

// maskDigits hides the middle of every number in a text that goes to the log.
func maskDigits(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if e := E164(w); e.valid() {
			words[i] = e.LogValue().String()
		}
	}
	return strings.Join(slices.Clip(words), " ")
}
