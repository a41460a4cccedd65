package flow

// dial is what the caller has dialled of an extension.
type dial struct {
	digits  string // at most two: the third one dials
	carried Has    // the digits were dialled before the IVR in which the caller is now
}

// called is the extension that rings.
type called struct {
	user UserID
	ring int
}

// allowed says who can be reached by digits where the caller is now.
func (m *Machine) allowed() Extensions {
	switch {
	case m.set.Extensions != "":
		return m.set.Extensions
	case m.phase == message:
		return m.node.AudioMessage.Extensions.or(AnyUser)
	case m.phase == menu, m.phase == menuWait:
		return m.node.IVR.Extensions.or(AnyUser)
	case m.phase == queueing:
		return m.extensions.or(AnyUser)
	}
	return NoOne
}

// digit takes a key.
func (m *Machine) digit(key byte) {
	if !isNumeral(key) && key != '*' && key != '#' {
		return
	}
	switch m.phase {
	case message, queueing:
		m.extensionDigit(key)
	case menu, menuWait:
		m.menuDigit(key)
	case recording:
		m.recordingDigit(key)
	case collecting, collectWait:
		m.inputDigit(key)
	case before, calling, asking, redirecting, greeting, goodbye, over:
	}
}

func isNumeral(key byte) bool { return key >= '0' && key <= '9' }

// extensionDigit takes a key outside of an IVR: what the caller hears goes on until an extension is complete (SPEC X3, X4, X20, X21).
func (m *Machine) extensionDigit(key byte) {
	switch {
	case m.allowed() == NoOne:
	case !isNumeral(key):
		m.dropDigits("cleared")
	default:
		m.addDigit(key)
		if len(m.dial.digits) == 3 {
			m.dialExtension()
			return
		}
		m.startTimer(digitsTimer, m.set.DigitsWithin)
	}
}

func (m *Machine) addDigit(key byte) { m.dial.digits += string(rune(key)) }

// takeDigits gives what was dialled and forgets it.
func (m *Machine) takeDigits() string {
	digits := m.dial.digits
	m.stopTimer(digitsTimer)
	m.dial = dial{}
	m.menu.choice = 0
	return digits
}

func (m *Machine) dropDigits(why string) {
	if digits := m.takeDigits(); digits != "" {
		m.note(NoteDigitsDropped, "", "digits", digits, "why", why)
	}
}

// keepDigits carries digits over into a new node, so that an extension dialled while a message ends is still one; it drops them where nobody
// can be reached.
func (m *Machine) keepDigits() {
	if m.dial.digits != "" && m.allowed() == NoOne {
		m.dropDigits("cleared")
	}
}

// digitsTimedOut takes that the next digit did not come in time: outside of an IVR the digits are dropped without a word (SPEC X20).
func (m *Machine) digitsTimedOut() {
	switch m.phase {
	case menu, menuWait:
		m.menuDigitsTimedOut()
	case message, queueing:
		m.dropDigits("timeout")
	case before, calling, collecting, collectWait, asking, redirecting, greeting, recording, goodbye, over:
	}
}

// dialExtension rings whom the three digits belong to, or says why not (SPEC X5, X8 to X11, X23).
func (m *Machine) dialExtension() {
	allowed := m.allowed()
	digits := m.takeDigits()
	m.dialed = true
	u, reach := m.office.Extension(digits)
	if reach == Unknown {
		u = ""
	}
	m.note(NoteExtensionDialed, u, "digits", digits)
	reason, prompt := m.refusal(u, reach, allowed)
	if reason == "" {
		m.callExtension(u)
		return
	}
	m.note(NoteExtensionRefused, u, "digits", digits, "reason", reason)
	m.refuse(prompt)
}

// refusal says why an extension cannot ring, and what the caller is told; nothing when it can.
func (m *Machine) refusal(u UserID, reach Reach, allowed Extensions) (string, AudioID) {
	switch {
	case reach == Unknown:
		return "unknown", SoundUnknown
	case reach == OutgoingOnly:
		return "outgoing_only", SoundUnknown
	case allowed == OwnUsers && m.office.Assigned(u) == Unknown:
		return "not_in_distribution", SoundUnknown
	case m.queue.ringing(u):
		return "", "" // this very call rings them already
	}
	switch m.office.Status(u, RingByExtension) {
	case Available, BusyCallWaiting:
		return "", ""
	case Busy:
		return "busy", SoundUnavailable
	case Unavailable:
	}
	return "unavailable", SoundUnavailable
}

// refuse tells the caller, who is then back in the same place: a message or a menu begins again, the queue went on meanwhile.
func (m *Machine) refuse(prompt AudioID) {
	switch m.phase {
	case message:
		m.say(prompt, m.node.AudioMessage.Audio)
	case menu, menuWait:
		m.playMenu(prompt)
	case queueing:
		m.announce(prompt)
	case before, calling, collecting, collectWait, asking, redirecting, greeting, recording, goodbye, over:
	}
}

// callExtension rings a user by extension. A caller in a queue leaves it now (SPEC X18); a message stops (SPEC X17); music plays while it
// rings.
func (m *Machine) callExtension(u UserID) {
	if m.phase == queueing {
		m.closeQueue("extension")
	}
	m.stopTimer(nodeTimer)
	m.phase = calling
	m.called = called{user: u, ring: m.id()}
	m.note(NoteUserRinging, u, "why", RingByExtension.String())
	m.do(Ring{ID: m.called.ring, Users: []UserID{u}, Why: RingByExtension})
	m.startTimer(nodeTimer, m.set.ExtensionRing)
	m.playMusic()
}

func (m *Machine) stopRing(id int) { m.do(StopRing{ID: id}) }

// extensionFailed goes on when a dialled extension was not answered: the user's voicemail, else the number's, else the end (SPEC X24).
func (m *Machine) extensionFailed(outcome RingOutcome) {
	u := m.called.user
	m.called = called{}
	m.stopTimer(nodeTimer)
	m.userEnded(u, outcome)
	if greeting, has := m.office.Voicemail(u); has {
		m.startVoicemail(&Voicemail{Greeting: greeting}, u)
		return
	}
	if v, has := m.office.NumberVoicemail(); bool(has) && v != nil {
		m.startVoicemail(v, "")
		return
	}
	m.leave(NobodyAnswered)
}
