package flow

import (
	"strconv"
	"time"
)

// menuState is what happened so far in an IVR.
type menuState struct {
	tries  int
	choice byte      // the option that is taken when no further digit of an extension comes (SPEC X19); 0: none
	wrong  string    // keys of the last wrong entry
	until  time.Time // another wrong key before this moment belongs to the same entry
}

// startMenu enters an IVR.
func (m *Machine) startMenu() {
	m.phase = menu
	m.menu = menuState{}
	m.keepDigits()
	m.dial.carried = m.dial.digits != ""
	m.playMenu("")
}

// playMenu plays the message, from its beginning, after a prompt where one is given.
func (m *Machine) playMenu(prompt AudioID) {
	m.stopTimer(nodeTimer)
	m.phase = menu
	m.say(prompt, m.node.IVR.Audio)
}

// waitForKey begins the time-out after the message (SPEC K5).
func (m *Machine) waitForKey() {
	m.phase = menuWait
	m.startTimer(nodeTimer, seconds(m.node.IVR.TimeoutSeconds, 5))
}

// menuDigit takes a key in an IVR. It interrupts the message (SPEC K3), and is an option, or a digit of an extension, or wrong.
func (m *Machine) menuDigit(key byte) {
	if m.sameWrongEntry(key) {
		return
	}
	m.menu.wrong = ""
	m.interrupt()
	switch {
	case isNumeral(key) && m.allowed() != NoOne:
		m.menuExtensionDigit(key)
	case m.dial.digits != "":
		m.dropDigits("cleared")
		m.waitForKey()
	default:
		m.act(key)
	}
}

// interrupt stops the message or the time-out.
func (m *Machine) interrupt() {
	m.silence()
	m.stopTimer(nodeTimer)
	m.phase = menuWait
}

// menuExtensionDigit tells options and extensions apart (SPEC X7, X19): a key that can begin no extension acts at once, one that can waits for
// the next digit.
func (m *Machine) menuExtensionDigit(key byte) {
	if bool(m.dial.carried) && !bool(m.begins(m.dial.digits+string(rune(key)))) {
		m.dropDigits("cleared")
	}
	m.dial.carried = false
	first := m.dial.digits == ""
	if _, is := m.node.IVR.option(key); first && bool(is) {
		m.menu.choice = key
	}
	m.addDigit(key)
	choice := m.menu.choice
	switch {
	case len(m.dial.digits) == 3:
		m.dialExtension()
	case bool(m.begins(m.dial.digits)) && choice != 0:
		m.startTimer(digitsTimer, m.set.InterDigit)
	case bool(m.begins(m.dial.digits)), choice == 0 && !first:
		// Two digits of an extension that nobody has: the third one makes it an unknown extension and not two wrong keys (SPEC X11).
		m.startTimer(digitsTimer, m.set.DigitsWithin)
	case first:
		m.takeDigits()
		m.act(key)
	default:
		// The first key was an option after all, and this one was pressed after it.
		m.takeDigits()
		m.act(choice)
		m.digit(key)
	}
}

// begins says whether what was dialled is, or begins, an extension.
func (m *Machine) begins(digits string) Has {
	if len(digits) == 3 {
		_, reach := m.office.Extension(digits)
		return reach != Unknown
	}
	return m.office.ExtensionPrefix(digits)
}

// menuDigitsTimedOut takes that no further digit came: the option is taken (SPEC X19), or the entry was wrong.
func (m *Machine) menuDigitsTimedOut() {
	choice, carried := m.menu.choice, m.dial.carried
	switch {
	case choice != 0:
		m.takeDigits()
		m.act(choice)
	case bool(carried):
		m.dropDigits("timeout")
	default:
		m.wrongEntry(m.takeDigits())
	}
}

// act takes a key that is no digit of an extension.
func (m *Machine) act(key byte) {
	o, is := m.node.IVR.option(key)
	if !is {
		m.wrongEntry(string(rune(key)))
		return
	}
	m.note(NoteIVROption, "", "option", o.ID, "key", string(rune(o.Key)), "title", o.Title, "branch", string(m.node.Next[o.ID]))
	m.follow(o.ID)
}

// wrongEntry plays the error and the message again, until the tries are used up (SPEC K4).
func (m *Machine) wrongEntry(keys string) {
	m.menu.wrong, m.menu.until = keys, m.now.Add(m.set.InterDigit)
	m.menu.tries++
	m.note(NoteIVRWrongKey, "", "key", keys, "attempt", strconv.Itoa(m.menu.tries))
	prompt := m.node.IVR.Error
	if prompt == "" {
		prompt = SoundWrongKey
	}
	m.tryAgain(prompt)
}

// noKey counts a silence as a try (SPEC K5).
func (m *Machine) noKey() {
	m.menu.tries++
	m.note(NoteIVRNoKey, "", "attempt", strconv.Itoa(m.menu.tries))
	m.tryAgain("")
}

func (m *Machine) tryAgain(prompt AudioID) {
	attempts := m.node.IVR.Attempts
	if attempts <= 0 {
		attempts = 3
	}
	if m.menu.tries >= attempts {
		m.follow(PortNoOrWrongInput)
		return
	}
	m.playMenu(prompt)
}

// sameWrongEntry swallows a key that belongs to the wrong entry before it, so that three digits dialled in a row do not use up three tries.
// Three of them are an extension that nobody has, and the caller is told so (SPEC X11).
func (m *Machine) sameWrongEntry(key byte) bool {
	if m.menu.wrong == "" || m.dial.digits != "" || m.now.After(m.menu.until) {
		return false
	}
	if _, is := m.node.IVR.option(key); is {
		return false
	}
	m.menu.wrong += string(rune(key))
	m.menu.until = m.now.Add(m.set.InterDigit)
	if len(m.menu.wrong) == 3 && m.allowed() != NoOne && numeric(m.menu.wrong) {
		m.dial.digits, m.menu.wrong = m.menu.wrong, ""
		m.menu.tries--
		m.dialExtension()
	}
	return true
}

func numeric(s string) bool {
	for i := range len(s) {
		if !isNumeral(s[i]) {
			return false
		}
	}
	return true
}
