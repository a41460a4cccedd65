package smpp

import "strings"

// MessageState is how far a message is (section 5.2.28).
type MessageState uint8

// The states. Scheduled and skipped are of SMPP 5.
const (
	StateScheduled     MessageState = 0
	StateEnroute       MessageState = 1
	StateDelivered     MessageState = 2
	StateExpired       MessageState = 3
	StateDeleted       MessageState = 4
	StateUndeliverable MessageState = 5
	StateAccepted      MessageState = 6
	StateUnknown       MessageState = 7
	StateRejected      MessageState = 8
	StateSkipped       MessageState = 9
)

// Final says whether nothing more will become of the message.
func (s MessageState) Final() bool {
	return s == StateDelivered || s == StateExpired || s == StateDeleted || s == StateUndeliverable || s == StateRejected || s == StateSkipped
}

// String is the word of receipts (appendix B).
func (s MessageState) String() string {
	switch s {
	case StateScheduled:
		return "SCHEDLD"
	case StateEnroute:
		return "ENROUTE"
	case StateDelivered:
		return "DELIVRD"
	case StateExpired:
		return "EXPIRED"
	case StateDeleted:
		return "DELETED"
	case StateUndeliverable:
		return "UNDELIV"
	case StateAccepted:
		return "ACCEPTD"
	case StateRejected:
		return "REJECTD"
	case StateSkipped:
		return "SKIPPED"
	case StateUnknown:
	}
	return "UNKNOWN"
}

// readState is the state that a word of a receipt means: those of appendix B, the whole English words, and a few that are seen. A word that nobody knows is unknown.
func readState(word string) MessageState {
	w := strings.ToUpper(strings.TrimSpace(word))
	for _, known := range []struct {
		state MessageState
		words string
	}{
		{StateDelivered, " DELIVRD DELIVERED DELIVERD DLVRD DELIVERED_TO_HANDSET DELIVRED SUCCESS READ 2 "},
		{StateExpired, " EXPIRED EXPIRD 3 "},
		{StateDeleted, " DELETED CANCELLED CANCELED 4 "},
		{StateUndeliverable, " UNDELIV UNDELIVERABLE UNDELIVERED UNDELIVRD UNDELIVERD FAILED NON_DELIVERED 5 "},
		{StateAccepted, " ACCEPTD ACCEPTED ACKED 6 "},
		{StateRejected, " REJECTD REJECTED BLOCKED 8 "},
		{StateEnroute, " ENROUTE EN_ROUTE BUFFERED BUFFRED BUFFERD SENT SUBMITTED PENDING SMSC 1 "},
		{StateScheduled, " SCHEDLD SCHEDULED SCHEDULD 0 "},
		{StateSkipped, " SKIPPED 9 "},
	} {
		if w != "" && strings.Contains(known.words, " "+w+" ") {
			return known.state
		}
	}
	return StateUnknown
}
