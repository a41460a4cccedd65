package flow

import (
	"math"
	"strconv"
	"time"
)

// The types of Note, with their Args. Together they say why a call went where it went (SPEC L10).
const (
	NoteNodeEntered      = "node_entered"        // type, title
	NoteIVROption        = "ivr_option_selected" // option, key, title, branch (SPEC K2)
	NoteIVRWrongKey      = "ivr_wrong_key"       // key, attempt
	NoteIVRNoKey         = "ivr_no_key"          // attempt
	NoteDigitsDropped    = "digits_dropped"      // digits, why: "timeout" "cleared" (SPEC X20, X21)
	NoteExtensionDialed  = "extension_dialed"    // digits; User where it is somebody's
	NoteExtensionRefused = "extension_refused"   // digits, reason: "unknown" "outgoing_only" "not_in_distribution" "busy" "unavailable"
	NoteQueued           = "queued"              // the caller began to wait at a Ring-to
	NoteQueueLeft        = "queue_left"          // reason: "timeout" "exhausted" "extension" (SPEC Q11)
	NoteUserRinging      = "user_ringing"        // why: "node" "extension"
	NoteUserSkipped      = "user_skipped"        // reason: "busy" "unavailable" "declined_before" "outgoing_only" "no_device"
	NoteUserDone         = "user_done"           // outcome: "not_answered" "declined" "no_device"
	NoteRedirected       = "redirected"          // number or external
	NoteVoicemail        = "voicemail"           // the greeting began; User where it is a user's own
	NoteVoicemailLeft    = "voicemail_left"      // seconds
	NoteVoicemailShort   = "voicemail_too_short" // seconds (SPEC V3)
	NoteLoop             = "flow_loop"           // the flow went round without a wait and was ended
	NoteBranch           = "branch_taken"        // type, title, branch, label, reason, what, at: see Note.Words
	NoteInput            = "input_collected"     // title; value where it may be shown, else sensitive: "true" (SPEC K10, K11)
	NoteInputWrong       = "input_wrong"         // attempt, reason: "timeout" "empty" "too_short" "too_long"
	NoteRouted           = "api_routed"          // user, team, number or external
	NoteNotRouted        = "api_not_routed"      // reason
	NoteTextAsked        = "sms_asked"           // to; empty: the caller
	NoteTextRefused      = "sms_refused"         // why: "too_many"
	NoteMarked           = "marked"              // tags, priority, language, variables: their names
)

// note adds a line to the timeline; pairs are the names and values of its Args.
func (m *Machine) note(kind string, u UserID, pairs ...string) {
	n := Note{Type: kind, User: u}
	if m.node != nil {
		n.Node = m.node.ID
	}
	if len(pairs) > 0 {
		n.Args = make(map[string]string, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			n.Args[pairs[i]] = pairs[i+1]
		}
	}
	m.do(n)
}

// String is the word of the timeline.
func (o RingOutcome) String() string {
	switch o {
	case NotAnswered:
		return "not_answered"
	case Declined:
		return "declined"
	case NoDevice:
		return "no_device"
	}
	return "unknown"
}

// String is the word of the timeline.
func (w LeaveWhy) String() string {
	switch w {
	case FlowEnded:
		return "flow_ended"
	case NobodyAnswered:
		return "nobody_answered"
	case VoicemailLeft:
		return "voicemail_left"
	case VoicemailTooShort:
		return "voicemail_too_short"
	}
	return "unknown"
}

// String is the word of the timeline.
func (w RingWhy) String() string {
	switch w {
	case RingByNode:
		return "node"
	case RingByExtension:
		return "extension"
	}
	return "unknown"
}

// seconds makes a Duration of seconds in a document; nothing and nonsense are the standard.
func seconds(s, standard float64) time.Duration {
	if math.IsNaN(s) || s <= 0 {
		s = standard
	}
	// A day bounds what a document can ask for; beyond it the conversion could overflow.
	return time.Duration(min(s, 86400) * float64(time.Second))
}

func secondsText(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
}
