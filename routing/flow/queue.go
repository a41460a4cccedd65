package flow

import "slices"

// state is what became of a user at one Ring-to.
type state int

const (
	notYet     state = iota
	rings            // rings now
	ended            // did not answer: not rung again here (SPEC R14)
	refused          // declined: not rung again in this call (SPEC R18)
	deviceless       // nowhere to ring; rung again when the user's status changes
)

// member is a user of the target.
type member struct {
	user    UserID
	state   state
	ring    int    // id of the Ring while state is rings
	skipped string // why the timeline says that the user does not ring; said once
}

// queue is a Ring-to under way (SPEC Q10). The zero value is no queue.
type queue struct {
	node    *RingTo
	rule    Rule
	members []member
	rang    Has // somebody was rung
}

// startQueue begins a Ring-to: it rings, or the caller waits, or the next node comes at once (SPEC R4 to R9).
func (m *Machine) startQueue(r *RingTo) {
	m.phase = queueing
	m.keepDigits()
	users, rule := r.Users, r.Rule
	switch {
	case r.Team != "":
		users = m.office.Members(r.Team)
	case len(users) == 1:
		rule = Simultaneous // one user rings for the whole time
	}
	if rule == Random {
		users = slices.Clone(users)
		m.shuffle(users)
	}
	m.queue = queue{node: r, rule: rule, members: make([]member, 0, len(users))}
	for _, u := range users {
		if !slices.ContainsFunc(m.queue.members, func(a member) bool { return a.user == u }) {
			m.queue.members = append(m.queue.members, m.joining(u))
		}
	}
	free, waits := m.survey()
	if len(free) == 0 && !bool(waits) {
		m.queue = queue{}
		m.unanswered()
		return
	}
	m.note(NoteQueued, "")
	m.playMusic()
	m.startTimer(nodeTimer, seconds(r.RingForSeconds, 30))
	m.offer(free)
}

// joining is a member as it comes to this Ring-to.
func (m *Machine) joining(u UserID) member {
	if _, declined := m.declined[u]; declined {
		m.note(NoteUserSkipped, u, "reason", "declined_before")
		return member{user: u, state: refused}
	}
	// Only a team rings those who are there for outgoing calls (SPEC R23).
	if m.queueTeamless() && m.office.Assigned(u) == OutgoingOnly {
		m.note(NoteUserSkipped, u, "reason", "outgoing_only")
		return member{user: u, state: refused}
	}
	return member{user: u}
}

func (m *Machine) queueTeamless() bool { return m.queue.node.Team == "" }

// survey lists who can be rung now, and says whether the caller may wait for somebody who is busy: where the node says so (SPEC R5, R8), or
// when others were rung already (SPEC R16).
func (m *Machine) survey() (free []*member, waits Has) {
	for i := range m.queue.members {
		a := &m.queue.members[i]
		if a.state != notYet {
			continue
		}
		switch m.office.Status(a.user, RingByNode) {
		case Available:
			a.skipped = ""
			free = append(free, a)
		case Busy, BusyCallWaiting:
			m.skip(a, "busy")
			waits = true
		case Unavailable:
			m.skip(a, "unavailable")
		}
	}
	return free, waits && (Has(m.queue.node.EvenIfBusy) || m.queue.rang)
}

// skip says once why a user does not ring.
func (m *Machine) skip(a *member, reason string) {
	if a.skipped != reason {
		a.skipped = reason
		m.note(NoteUserSkipped, a.user, "reason", reason)
	}
}

// consider decides what comes next in the queue: somebody rings, the caller waits, or the next node (SPEC R15, R16, R20).
func (m *Machine) consider() {
	someone := m.queue.someoneRings()
	if someone && m.queue.rule != Simultaneous && m.queue.rule != "" {
		return // one by one: this one's turn first
	}
	free, waits := m.survey()
	if len(free) > 0 {
		m.offer(free)
		return
	}
	if someone || bool(waits) {
		return
	}
	m.closeQueue("exhausted")
	m.unanswered()
}

// statusChanged looks again at who can be rung.
func (m *Machine) statusChanged(u UserID) {
	if m.phase != queueing {
		return
	}
	for i := range m.queue.members {
		if a := &m.queue.members[i]; a.user == u && a.state == deviceless {
			a.state = notYet
		}
	}
	m.consider()
}

// queueTimedOut ends the time in all (SPEC R2).
func (m *Machine) queueTimedOut() {
	m.closeQueue("timeout")
	m.unanswered()
}

// unanswered goes on where nobody answered: by the port of the Ring-to, or of the program that asked for the ringing.
func (m *Machine) unanswered() {
	if m.node.RingToAPI != nil {
		m.follow(PortFallback)
		return
	}
	m.follow(PortUnanswered)
}

// closeQueue stops every ring; the caller is no longer in the queue (SPEC Q11).
func (m *Machine) closeQueue(reason string) {
	m.stopTimer(userTimer)
	m.stopTimer(nodeTimer)
	for i := range m.queue.members {
		a := &m.queue.members[i]
		if a.state != rings {
			continue
		}
		if m.queue.first(a.ring) == i {
			m.stopRing(a.ring)
		}
	}
	for _, a := range m.queue.members {
		if a.state == rings && reason == "timeout" {
			m.userEnded(a.user, NotAnswered)
		}
	}
	m.queue = queue{}
	m.note(NoteQueueLeft, "", "reason", reason)
}

// ringing says whether the user rings by this queue.
func (q *queue) ringing(u UserID) bool {
	return slices.ContainsFunc(q.members, func(a member) bool { return a.user == u && a.state == rings })
}

func (q *queue) someoneRings() bool {
	return slices.ContainsFunc(q.members, func(a member) bool { return a.state == rings })
}

// first is the index of the first member who still rings by a Ring; -1: none.
func (q *queue) first(ring int) int {
	return slices.IndexFunc(q.members, func(a member) bool { return a.state == rings && a.ring == ring })
}
