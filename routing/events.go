package routing

import (
	"log/slog"

	"tandem/routing/flow"
)

// eventOf names the event that listeners hear of something on the timeline (API.md section 5); empty: it is for the timeline alone. call.created,
// call.missed and call.ended are the ledger's, which knows when they are.
func eventOf(item *TimelineItem) string {
	switch item.Type {
	case noteFlowEntered, flow.NoteIVROption, flow.NoteQueued, flow.NoteExtensionDialed, "answered", "hold", "unhold", "dtmf", "unsuccessful_transfer",
		"hungup", noteDegraded, "tagged", "untagged", "commented", "assigned", "archived", flow.NoteInput:
		return "call." + item.Type
	case flow.NoteUserRinging:
		return "call.ringing_on_agent"
	case flow.NoteUserDone:
		switch item.Args["outcome"] {
		case flow.Declined.String():
			return "call.agent_declined"
		case flow.NotAnswered.String():
			return "call.agent_missed"
		}
	case "transferred":
		if item.Args["where"] == transferOutside {
			return "call.external_transferred"
		}
		return "call.transferred"
	}
	return ""
}

// Types of notes that are events, and words in them.
const (
	noteFlowEntered = "flow_entered" // flow, version, number
	transferOutside = "outside"
)

// tell lets listeners hear of something on the timeline. The event lies in the call, and so does what it shows of the record: a call costs no more for
// being told of.
func (c *call) tell(item *TimelineItem) {
	kind := eventOf(item)
	if kind == "" {
		return
	}
	c.told.record = c.outline()
	status := c.status()
	if item.Type == flow.NoteUserRinging {
		status = CallRinging // They are about to.
	}
	c.told.event = CallEvent{
		Type: kind, Call: &c.told.record, Status: status, Seq: int64(item.Seq) + 1, At: item.At, Node: item.Node, User: item.User, Leg: item.Leg,
		Args: item.Args,
	}
	if err := c.sw.ledger.Tell(&c.told.event); err != nil {
		c.sw.log.Error("event is not in the ledger", slog.String("call_id", string(c.id)), slog.Any("err", err))
	}
}

// telling is the last event of a call, kept so that the next one needs no memory of its own.
type telling struct {
	event  CallEvent
	record CallRecord
}
