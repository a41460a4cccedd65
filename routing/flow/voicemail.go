package flow

import "time"

// startVoicemail plays the greeting and the beep (SPEC V1). It is the number's, or the user's whose extension was dialled.
func (m *Machine) startVoicemail(v *Voicemail, u UserID) {
	m.phase = greeting
	m.keepDigits()
	m.mailbox, m.mailboxFor = v, u
	m.note(NoteVoicemail, u)
	words := v.Greeting
	if words == "" {
		words = SoundGreeting
	}
	m.say(words, SoundBeep)
}

// record begins after the beep.
func (m *Machine) record() {
	m.phase = recording
	r := Record{Max: seconds(m.mailbox.MaxSeconds, 180), Silence: m.set.Silence}
	if m.mailboxFor != "" {
		r.For = []UserID{m.mailboxFor}
	}
	m.do(r)
}

// recordingDigit ends the recording by '#' (SPEC V2); no other key means anything here (SPEC X25).
func (m *Machine) recordingDigit(key byte) {
	if key == '#' && !bool(m.stopping) {
		m.stopping = true
		m.do(StopRecord{})
	}
}

// recordDone keeps the recording, or says that it is too short to keep (SPEC V3).
func (m *Machine) recordDone(length time.Duration) {
	switch {
	case m.phase != recording:
	case length < m.set.Shortest:
		m.note(NoteVoicemailShort, m.mailboxFor, "seconds", secondsText(length))
		m.leave(VoicemailTooShort)
	default:
		m.note(NoteVoicemailLeft, m.mailboxFor, "seconds", secondsText(length))
		m.leave(VoicemailLeft)
	}
}
