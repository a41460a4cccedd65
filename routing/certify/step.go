package certify

import "slices"

// Step is one thing that a peer is tried for.
type Step string

// The steps, in the order in which they are told.
const (
	Options      Step = "options"
	Registration Step = "registration"
	Certificate  Step = "certificate"
	Answer       Step = "answer"
	Ringing      Step = "ringing"
	Codecs       Step = "codecs"
	Audio        Step = "audio"
	CallerID     Step = "caller_id"
	Digits       Step = "digits"
	Reliable     Step = "reliable"
	Timer        Step = "session_timer"
	Update       Step = "update"
	Hold         Step = "hold"
	Resume       Step = "resume"
	Fax          Step = "t38"
	Hangup       Step = "hangup"
	Cancel       Step = "cancel"
	Large        Step = "large_invite"
	Wrong        Step = "wrong_number"
)

// Steps are all of them, in their order.
func Steps() []Step {
	return []Step{
		Options, Registration, Certificate, Answer, Ringing, Codecs, Audio, CallerID, Digits, Reliable, Timer, Update, Hold, Resume, Fax, Hangup, Cancel, Large, Wrong,
	}
}

// Known says whether a step is one of them.
func (s Step) Known() (is bool) { return slices.Contains(Steps(), s) }

// Calls says whether a step needs a call.
func (s Step) Calls() (does bool) { return s != Options && s != Registration && s != Certificate }

// OwnCall says whether a step needs a call of its own, and not the one in which the others are tried.
func (s Step) OwnCall() (does bool) { return s == Cancel || s == Large || s == Wrong }

// about is a step's name for people, and where it is written how it should go.
func (s Step) about() (name, standard string) {
	switch s {
	case Options:
		return "OPTIONS is answered", "RFC 3261 section 11"
	case Registration:
		return "Registration", "RFC 3261 section 10"
	case Certificate:
		return "Name and expiry of its certificate", "RFC 5922"
	case Answer:
		return "A call is answered", "RFC 3261 section 13"
	case Ringing:
		return "Ringing or early media", "RFC 3261 section 13.2.2.1"
	case Codecs:
		return "Codecs within what was offered", "RFC 3264 section 6"
	case Audio:
		return "Voice comes back", "RFC 3550"
	case CallerID:
		return "The caller ID is taken", "RFC 3325"
	case Digits:
		return "Digits are sent as agreed", "RFC 4733"
	case Reliable:
		return "Reliable provisional responses", "RFC 3262"
	case Timer:
		return "Session timer", "RFC 4028"
	case Update:
		return "UPDATE is allowed", "RFC 3311"
	case Hold:
		return "Hold by re-INVITE", "RFC 3264 section 8.4"
	case Resume:
		return "Resume by re-INVITE", "RFC 3264 section 8.4"
	case Fax:
		return "T.38 is taken or refused in order", "RFC 3261 section 14.2"
	case Hangup:
		return "BYE is answered", "RFC 3261 section 15"
	case Cancel:
		return "CANCEL while it rings", "RFC 3261 section 9"
	case Large:
		return "An INVITE beyond 1,300 bytes", "RFC 3261 section 18.1.1"
	case Wrong:
		return "A wrong number is refused", "RFC 3261 section 21"
	}
	return string(s), ""
}
