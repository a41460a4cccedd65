package flow

import "time"

// phase is where a machine stands in its node.
//
//	before ─▶ message ─▶ menu ⇄ menuWait ─▶ queueing ─▶ greeting ─▶ recording ─▶ over
//	             │         │        │           │           ▲
//	             └─────────┴────────┴───────────┴─▶ calling ┘      redirecting, goodbye ─▶ over
//	          collecting ⇄ collectWait      asking ─▶ queueing, redirecting
//
// Nodes come in any order; calling is an extension that rings, which leads to a voicemail or to the end (SPEC X24).
type phase int

const (
	before      phase = iota // no Begin yet
	message                  // an audio message is heard
	menu                     // an IVR's message is heard
	menuWait                 // an IVR waits for a key, or for the next digit of an extension
	queueing                 // a Ring-to rings or waits, with music
	calling                  // a dialled extension rings
	collecting               // an input's message is heard
	collectWait              // an input waits for a digit
	asking                   // a program is asked where the call goes
	redirecting              // another number rings
	greeting                 // a voicemail's greeting and beep are heard
	recording                // the caller speaks
	goodbye                  // a Hangup's message is heard
	over
)

// slot is a timer of which a machine runs one at a time.
type slot int

const (
	nodeTimer   slot = iota // an IVR's time-out, an input's, a program's, a Ring-to's time in all, an extension's ringing
	userTimer               // one user's turn in a one-by-one rule
	digitsTimer             // the next digit
	slots
)

// Machine walks one flow for one call. Its owner calls Step from one goroutine.
type Machine struct {
	flow   *Flow
	office Office
	set    Settings

	// The step under way.
	now time.Time
	out []Command

	// Where the walk is, and how many nodes it entered since a moment: see hurries.
	node    *Node
	phase   phase
	since   time.Time
	entered int

	// What runs.
	ids    int
	rounds uint64
	timers [slots]int // id of the timer in each slot; 0: none
	sound  sound
	dial   dial
	menu   menuState
	queue  queue
	called called

	// What the caller brought along.
	music      AudioID    // of the last Waiting
	extensions Extensions // of the last Waiting
	declined   map[UserID]struct{}
	dialed     Has
	mailbox    *Voicemail // of the greeting and recording under way
	mailboxFor UserID     // whose it is; empty: the number's
	stopping   Has        // the recording was told to stop
	collected  collected  // of the input under way
	inputs     map[string]string
	asked      int // id of the Ask under way; 0: none
	texts      int // how many text messages were sent
	asks       int // how many programs were asked
}

// New makes a machine that stands before the start of f.
func New(f *Flow, o Office) *Machine { return NewWith(f, o, Settings{}) }

// NewWith makes a machine with other times, or one that forbids extensions.
func NewWith(f *Flow, o Office, s Settings) *Machine {
	return &Machine{flow: f, office: o, set: s.filled()}
}

// ExtensionDialed says whether the caller has dialled three digits in this call: then no estimated waiting time is announced any more (SPEC
// X27).
func (m *Machine) ExtensionDialed() Has { return m.dialed }

// Over says whether the walk has ended: no Step does anything any more.
func (m *Machine) Over() Has { return m.phase == over }

// Node is where the walk is; empty before Begin.
func (m *Machine) Node() NodeID {
	if m.node == nil {
		return ""
	}
	return m.node.ID
}

// Step takes what happened and says what to do, in order.
func (m *Machine) Step(now time.Time, in Input) []Command {
	_, begins := in.(Begin)
	if m.phase == over || begins != (m.phase == before) {
		return nil
	}
	m.now, m.out = now, nil
	switch in := in.(type) {
	case Begin:
		m.enter(m.flow.Start)
	case Digit:
		m.digit(in.Key)
	case PlayDone:
		m.playDone(in.ID)
	case TimerFired:
		m.timerFired(in.ID)
	case RingDone:
		m.ringDone(in)
	case UserDone:
		m.userDone(in)
	case StatusChanged:
		m.statusChanged(in.User)
	case RecordDone:
		m.recordDone(in.Length)
	case RedirectDone:
		m.redirectDone()
	case Told:
		m.told(in)
	}
	out := m.out
	m.out = nil
	return out
}

// do adds a command to the answer.
func (m *Machine) do(c Command) { m.out = append(m.out, c) }

// id is the next id of a Play, timer or Ring.
func (m *Machine) id() int {
	m.ids++
	return m.ids
}

// follow goes on by a port of the node.
func (m *Machine) follow(port string) {
	m.enter(m.node.Next[port])
}

// enter goes to a node and starts it. It is the last thing that a caller does: a node that needs no wait has gone on when it returns.
func (m *Machine) enter(id NodeID) {
	m.stopTimer(nodeTimer)
	m.stopTimer(userTimer)
	n, found := m.flow.Nodes[id]
	if !found || n == nil {
		m.leave(FlowEnded)
		return
	}
	m.node = n
	if m.hurries() {
		m.note(NoteLoop, "")
		m.leave(FlowEnded)
		return
	}
	m.note(NoteNodeEntered, "", "type", string(n.Kind()), "title", n.Title)
	m.start(n)
}

// start does what a node is for.
func (m *Machine) start(n *Node) {
	switch {
	case n.AudioMessage != nil:
		m.startMessage(n.AudioMessage)
	case n.IVR != nil:
		m.startMenu()
	case n.Waiting != nil:
		m.music, m.extensions = n.Waiting.Music, n.Waiting.Extensions
		m.follow(PortDone)
	case n.RingTo != nil:
		m.startQueue(n.RingTo)
	case n.Redirect != nil:
		m.startRedirect(n.Redirect)
	case n.Voicemail != nil:
		m.startVoicemail(n.Voicemail, "")
	case n.Hangup != nil:
		m.startGoodbye(n.Hangup)
	case n.Input != nil:
		m.startInput()
	case n.RingToAPI != nil:
		m.ask(n.RingToAPI)
	default:
		m.decide(n)
	}
}

// hurries says whether the walk entered more nodes within a second than any caller could have heard: a flow that goes round without a wait,
// be it inside one step or through sounds and rings that fail at once.
func (m *Machine) hurries() bool {
	const most = 100
	if m.entered == 0 || m.now.Sub(m.since) > time.Second {
		m.since, m.entered = m.now, 0
	}
	m.entered++
	return m.entered > most
}

// leave ends the call.
func (m *Machine) leave(why LeaveWhy) {
	m.phase = over
	m.do(Leave{Why: why})
}

// startTimer starts the timer of a slot, in place of the one that runs.
func (m *Machine) startTimer(s slot, after time.Duration) {
	m.stopTimer(s)
	m.timers[s] = m.id()
	m.do(StartTimer{ID: m.timers[s], After: after})
}

func (m *Machine) stopTimer(s slot) {
	if m.timers[s] != 0 {
		m.do(StopTimer{ID: m.timers[s]})
		m.timers[s] = 0
	}
}

// timerFired finds which timer it was; one that was stopped or replaced is none of ours.
func (m *Machine) timerFired(id int) {
	for s := range slots {
		if id == 0 || m.timers[s] != id {
			continue
		}
		m.timers[s] = 0
		switch s {
		case nodeTimer:
			m.timeIsUp()
		case userTimer:
			m.turnIsOver()
		case digitsTimer:
			m.digitsTimedOut()
		case slots:
		}
		return
	}
}

// timeIsUp is the end of a node's own time.
func (m *Machine) timeIsUp() {
	switch m.phase {
	case menuWait:
		m.noKey()
	case collectWait:
		m.inputFailed("timeout")
	case asking:
		m.notRouted("timeout")
	case queueing:
		m.queueTimedOut()
	case calling:
		m.stopRing(m.called.ring)
		m.extensionFailed(NotAnswered)
	case before, message, menu, collecting, redirecting, greeting, recording, goodbye, over:
	}
}
