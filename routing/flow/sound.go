package flow

import "slices"

// The prompts that ship with the product, as the library of sounds names them: AudioIDs that a flow may name too. They are not typed, because
// an AudioID is no enumeration.
const (
	SoundMusic       = "music"              // where no Waiting says another (SPEC Q3)
	SoundWrongKey    = "wrong_key"          // SPEC K4
	SoundUnavailable = "unavailable"        // SPEC X10
	SoundUnknown     = "extension_unknown"  // SPEC X11
	SoundGreeting    = "voicemail_greeting" // SPEC V1
	SoundBeep        = "beep"
	SoundWelcome     = "welcome"
	SoundMenu        = "menu"
	SoundClosed      = "closed"
)

// sound is what the caller hears.
type sound struct {
	id        int     // of its Play; 0: silence
	music     AudioID // of a loop; empty: no loop
	announces Has     // it is an announcement to a caller who waits in a queue, or whose extension rings: music follows
}

// say plays sounds once, one after the other; where none is named it is as if they had been heard.
func (m *Machine) say(audio ...AudioID) {
	audio = slices.DeleteFunc(audio, func(a AudioID) bool { return a == "" })
	if len(audio) == 0 {
		m.silence()
		m.heard()
		return
	}
	m.sound = sound{id: m.id()}
	m.do(Play{ID: m.sound.id, Audio: audio})
}

// announce plays a prompt over the music; the music comes back when it was heard.
func (m *Machine) announce(a AudioID) {
	m.sound = sound{id: m.id(), announces: true}
	m.do(Play{ID: m.sound.id, Audio: []AudioID{a}})
}

// playMusic lets the caller hear the waiting music. The same music is not begun again: it goes on without a gap between attempts and over
// nodes (SPEC Q4). An announcement is heard to its end first.
func (m *Machine) playMusic() {
	music := m.music
	if music == "" {
		music = SoundMusic
	}
	if m.sound.id != 0 && (m.sound.music == music || bool(m.sound.announces)) {
		return
	}
	m.sound = sound{id: m.id(), music: music}
	m.do(Play{ID: m.sound.id, Audio: []AudioID{music}, Loop: true})
}

func (m *Machine) silence() {
	if m.sound.id != 0 {
		m.do(StopPlay{})
		m.sound = sound{}
	}
}

// playDone takes the end of a sound; that of one that was replaced crossed with the new one.
func (m *Machine) playDone(id int) {
	if id == 0 || id != m.sound.id || m.sound.music != "" {
		return
	}
	m.sound = sound{}
	m.heard()
}

// heard goes on when what was said has been heard to its end.
func (m *Machine) heard() {
	switch m.phase {
	case message:
		m.follow(PortDone)
	case menu:
		m.waitForKey()
	case queueing, calling:
		m.playMusic()
	case greeting:
		m.record()
	case goodbye:
		m.leave(FlowEnded)
	case collecting:
		m.waitForDigit()
	case before, menuWait, collectWait, asking, redirecting, recording, over:
	}
}

// startMessage plays an audio message.
func (m *Machine) startMessage(a *AudioMessage) {
	m.phase = message
	m.keepDigits()
	m.say(a.Audio)
}

// startGoodbye ends the call, after a message where there is one.
func (m *Machine) startGoodbye(h *Hangup) {
	m.phase = goodbye
	m.keepDigits()
	if h.Audio == "" {
		m.leave(FlowEnded)
		return
	}
	m.say(h.Audio)
}
