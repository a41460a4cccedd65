package flow

import (
	"maps"
	"strconv"
)

// collected is what the caller typed into an input so far.
type collected struct {
	digits string
	tries  int
}

// startInput enters an input (SPEC K6).
func (m *Machine) startInput() {
	m.phase = collecting
	m.collected = collected{}
	m.keepDigits()
	m.say(m.node.Input.Audio)
}

// waitForDigit begins the time for one digit (SPEC K7).
func (m *Machine) waitForDigit() {
	m.phase = collectWait
	m.startTimer(nodeTimer, seconds(m.node.Input.TimeoutSeconds, 5))
}

// inputDigit takes a key: it interrupts the message, and ends the input or belongs to it.
func (m *Machine) inputDigit(key byte) {
	v := m.node.Input
	m.silence()
	switch {
	case key == v.EndKey:
		m.inputEnded()
		return
	case isNumeral(key):
		m.collected.digits += string(rune(key))
	}
	n := len(m.collected.digits)
	switch {
	case v.Length > 0 && n >= v.Length:
		m.inputEnded()
	case n > mostInput:
		m.inputFailed("too_long")
	default:
		m.waitForDigit()
	}
}

// inputEnded takes what was typed, if it is what was asked for.
func (m *Machine) inputEnded() {
	v, digits := m.node.Input, m.collected.digits
	switch {
	case digits == "":
		m.inputFailed("empty")
		return
	case len(digits) < v.Length:
		m.inputFailed("too_short")
		return
	}
	m.stopTimer(nodeTimer)
	m.collected = collected{}
	name := m.node.Title
	if name == "" {
		name = string(m.node.ID)
	}
	if m.inputs == nil {
		m.inputs = make(map[string]string)
	}
	m.inputs[name] = digits
	if v.Display {
		m.note(NoteInput, "", "title", m.node.Title, "value", digits)
	} else {
		m.note(NoteInput, "", "title", m.node.Title, "sensitive", "true")
	}
	m.follow(PortInput)
}

// inputFailed lets the caller try again, as often as the node says (SPEC K8).
func (m *Machine) inputFailed(reason string) {
	v := m.node.Input
	m.stopTimer(nodeTimer)
	m.collected.digits = ""
	m.collected.tries++
	m.note(NoteInputWrong, "", "attempt", strconv.Itoa(m.collected.tries), "reason", reason)
	if m.collected.tries >= v.Attempts {
		m.follow(PortNoOrWrongInput)
		return
	}
	m.phase = collecting
	if v.Retry != "" {
		m.say(v.Retry)
		return
	}
	m.say(v.Audio)
}

// Sensitive says whether a key that the caller presses now belongs to an input that nobody may see: whoever keeps or traces digits leaves it out
// (SPEC K10).
func (m *Machine) Sensitive() Has {
	return (m.phase == collecting || m.phase == collectWait) && !Has(m.node.Input.Display)
}

// Inputs is what the caller typed, by the title of its node; sensitive inputs are left out (SPEC K10, K11).
func (m *Machine) Inputs() map[string]string {
	all := maps.Clone(m.inputs)
	for _, n := range m.flow.Nodes {
		if n.Input != nil && !n.Input.Display {
			delete(all, n.Title)
			delete(all, string(n.ID))
		}
	}
	return all
}
