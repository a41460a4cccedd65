package routing

import (
	"time"

	"tandem/routing/flow"
)

// MissedReason is why an inbound call was not answered by anybody (SPEC L1 to L7).
type MissedReason string

// The reasons, and the empty one of a call that was not missed.
const (
	NotMissed          MissedReason = ""
	ShortAbandoned     MissedReason = "short_abandoned"
	AgentsDidNotAnswer MissedReason = "agents_did_not_answer"
	NoAvailableAgent   MissedReason = "no_available_agent"
	OutOfOpeningHours  MissedReason = "out_of_opening_hours"
	AbandonedInIVR     MissedReason = "abandoned_in_ivr"
	AbandonedInClassic MissedReason = "abandoned_in_classic"
	shortCall                       = 10 * time.Second // SPEC L8: from the moment the call entered the system
	argType, argBranch              = "type", "branch"
)

// Missed says why a call was missed: one decision, the first rule that fits (SPEC L1 to L7). A call that somebody answered, that did not come
// in, or that is not over, was not missed.
func Missed(r *CallRecord) MissedReason {
	if r.Direction != Inbound || !r.AnsweredAt.IsZero() || r.EndedAt.IsZero() {
		return NotMissed
	}
	short := r.EndedAt.Sub(r.StartedAt) < shortCall
	rung, ringTo := rungIn(r)
	switch {
	case ringTo && rung && short:
		return ShortAbandoned // L1
	case ringTo && rung:
		return AgentsDidNotAnswer // L2
	case ringTo:
		return NoAvailableAgent // L3
	}
	last := lastNode(r)
	switch {
	case atAnyOtherTime(r):
		return OutOfOpeningHours // L4
	case short:
		return ShortAbandoned // L5
	case last != nil && (last.Args[argType] == string(flow.KindIVR) || last.Args[argType] == string(flow.KindInput)):
		return AbandonedInIVR // L6
	}
	return AbandonedInClassic // L7
}

// rungIn says whether a user was rung, and whether the call passed a Ring-to at all.
func rungIn(r *CallRecord) (rung, ringTo bool) {
	for i := range r.Timeline {
		it := &r.Timeline[i]
		switch it.Type {
		case flow.NoteUserRinging:
			rung = true
			ringTo = ringTo || it.Args["why"] == flow.RingByExtension.String()
		case flow.NoteNodeEntered:
			ringTo = ringTo || it.Args[argType] == string(flow.KindRingTo)
		case flow.NoteRouted: // by a program, to a user or a team
			ringTo = ringTo || it.Args["user"] != "" || it.Args["team"] != ""
		}
	}
	return rung, ringTo
}

// atAnyOtherTime says whether the call ended in the branch "At any other time" of a Time rule: the last one that it passed took it there.
func atAnyOtherTime(r *CallRecord) bool {
	for i := len(r.Timeline) - 1; i >= 0; i-- {
		it := &r.Timeline[i]
		if it.Type == flow.NoteBranch && it.Args[argType] == string(flow.KindTimeRule) {
			return it.Args[argBranch] == flow.PortOtherwise
		}
	}
	return false
}

// lastNode is the note of the node in which the call ended.
func lastNode(r *CallRecord) *TimelineItem {
	for i := len(r.Timeline) - 1; i >= 0; i-- {
		if r.Timeline[i].Type == flow.NoteNodeEntered {
			return &r.Timeline[i]
		}
	}
	return nil
}
