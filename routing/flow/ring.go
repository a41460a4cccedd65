package flow

// offer rings those who are free: all of them, or the next one by the rule (SPEC R10 to R13).
func (m *Machine) offer(free []*member) {
	if len(free) == 0 {
		return
	}
	oneByOne := false
	switch m.queue.rule {
	case Random: // in the order that was drawn when the caller came
		free, oneByOne = free[:1], true
	case LongestIdle:
		free, oneByOne = []*member{m.longestIdle(free)}, true
	case Simultaneous:
	}
	id := m.id()
	users := make([]UserID, 0, len(free))
	for _, a := range free {
		a.state, a.ring = rings, id
		users = append(users, a.user)
		m.note(NoteUserRinging, a.user, "why", RingByNode.String())
	}
	m.queue.rang = true
	m.do(Ring{ID: id, Users: users, Why: RingByNode})
	if oneByOne {
		m.startTimer(userTimer, seconds(m.queue.node.RingUserSeconds, 30))
	}
}

// longestIdle is who has been free for the longest time (SPEC R12); of equals the first in the team's order.
func (m *Machine) longestIdle(free []*member) *member {
	best := free[0]
	since := m.office.IdleSince(best.user)
	for _, a := range free[1:] {
		if t := m.office.IdleSince(a.user); t.Before(since) {
			best, since = a, t
		}
	}
	return best
}

// turnIsOver takes that a user did not answer in their own time.
func (m *Machine) turnIsOver() {
	if m.phase != queueing {
		return
	}
	for i := range m.queue.members {
		if a := &m.queue.members[i]; a.state == rings {
			m.stopRing(a.ring)
			m.memberEnded(a, NotAnswered)
		}
	}
	m.consider()
}

// ringDone takes the end of a Ring that nobody answered.
func (m *Machine) ringDone(in RingDone) {
	switch m.phase {
	case calling:
		if in.ID == m.called.ring {
			m.extensionFailed(in.Outcome)
		}
	case queueing:
		m.queueRingDone(in)
	case before, message, menu, menuWait, collecting, collectWait, asking, redirecting, greeting, recording, goodbye, over:
	}
}

func (m *Machine) queueRingDone(in RingDone) {
	ours := false
	alone := m.queue.left(in.ID) == 1
	for i := range m.queue.members {
		a := &m.queue.members[i]
		if a.ring != in.ID || in.ID == 0 {
			continue
		}
		ours, a.ring = true, 0
		if a.state != rings {
			continue // a UserDone said it
		}
		outcome := in.Outcome
		if outcome == Declined && !alone {
			outcome = NotAnswered // who declined is not known
		}
		m.memberEnded(a, outcome)
	}
	if !ours {
		return
	}
	if !m.queue.someoneRings() {
		m.stopTimer(userTimer)
	}
	m.consider()
}

// userDone takes the end of one user of a Ring, while the others go on.
func (m *Machine) userDone(in UserDone) {
	if m.phase == calling && in.ID == m.called.ring && in.User == m.called.user && in.Outcome == Declined {
		m.decline(in.User) // RingDone follows
		return
	}
	if m.phase != queueing {
		return
	}
	for i := range m.queue.members {
		if a := &m.queue.members[i]; in.ID != 0 && a.state == rings && a.ring == in.ID && a.user == in.User {
			m.memberEnded(a, in.Outcome)
		}
	}
}

// left counts who still rings by a Ring.
func (q *queue) left(ring int) int {
	n := 0
	for _, a := range q.members {
		if a.state == rings && a.ring == ring {
			n++
		}
	}
	return n
}

// memberEnded marks that a member of the queue rings no more.
func (m *Machine) memberEnded(a *member, outcome RingOutcome) {
	switch outcome {
	case NotAnswered:
		a.state = ended
	case Declined:
		a.state = refused
	case NoDevice:
		a.state = deviceless
	}
	if a.state == rings {
		a.state = ended
	}
	m.userEnded(a.user, outcome)
}

// userEnded puts on the timeline how a user's ringing ended, and keeps who declined.
func (m *Machine) userEnded(u UserID, outcome RingOutcome) {
	m.note(NoteUserDone, u, "outcome", outcome.String())
	if outcome == Declined {
		m.decline(u)
	}
}

// decline keeps that a user is not offered this call again by a Ring-to (SPEC R18).
func (m *Machine) decline(u UserID) {
	if m.declined == nil {
		m.declined = make(map[UserID]struct{})
	}
	m.declined[u] = struct{}{}
}

// startRedirect calls another number; the walk ends there, answered or not.
func (m *Machine) startRedirect(r *Redirect) {
	m.phase = redirecting
	m.keepDigits()
	to := *r
	if to.RingForSeconds <= 0 {
		to.RingForSeconds = 60
	}
	m.note(NoteRedirected, "", "number", string(r.Number), "external", r.External, "sip", r.SIP)
	m.do(Call{To: to})
}

// redirectDone ends the walk; where a program asked for the redirection the caller takes its other port.
func (m *Machine) redirectDone() {
	switch {
	case m.phase != redirecting:
	case m.node.RingToAPI != nil:
		m.follow(PortFallback)
	default:
		m.leave(NobodyAnswered)
	}
}
