package routing

import (
	"slices"
	"time"

	"tandem/routing/flow"
)

// Explanation is why a call was missed, as facts (SPEC L10): made from its timeline alone.
type Explanation struct {
	Reason    MissedReason
	Lasted    time.Duration
	EndedBy   string        // "caller" "callee" "system"
	Waited    time.Duration // from the queue to the end; 0: it never waited
	Node      string        // the title of the node in which it ended; else its type; empty: none
	Users     []Effort      // in the order in which the call came to them
	Voicemail time.Duration // that was left; 0: none
}

// Effort is what was done to reach one user.
type Effort struct {
	User     UserID
	Times    int           // they rang
	Rang     time.Duration // in all
	Declined bool
	Skipped  string     // why they were not rung, where they never were: "busy" "unavailable" "declined_before" "outgoing_only" "no_device"
	Status   UserStatus // with Skipped: what they were doing
	Away     string     // with Skipped: the name of the reason that they gave
	Since    time.Time  // with Skipped: of the status; zero: not known

	Handset HandsetState // what became of their handset, where it was to ring; empty: nothing that is known, or it was not
}

// Explain says why a call was missed. Of a call that was not, it says nothing: the reason is NotMissed.
func Explain(r *CallRecord) Explanation {
	why := Missed(r)
	if why == NotMissed {
		return Explanation{}
	}
	e := Explanation{Reason: why, Lasted: r.EndedAt.Sub(r.StartedAt), EndedBy: r.EndedBy}
	if !r.QueuedAt.IsZero() {
		e.Waited = r.EndedAt.Sub(r.QueuedAt)
	}
	if n := lastNode(r); n != nil {
		if e.Node = n.Args["title"]; e.Node == "" {
			e.Node = n.Args[argType]
		}
	}
	if r.Voicemail != nil {
		e.Voicemail = r.Voicemail.Length
	}
	ringing := map[UserID]time.Time{}
	for i := range r.Timeline {
		e.follow(&r.Timeline[i], ringing)
	}
	for u, since := range ringing {
		e.effort(u).Rang += r.EndedAt.Sub(since) // They rang to the end.
	}
	return e
}

// follow takes one thing on the timeline; ringing is who rings, since when.
func (e *Explanation) follow(item *TimelineItem, ringing map[UserID]time.Time) {
	stop := func(u UserID) {
		if since, rings := ringing[u]; rings {
			e.effort(u).Rang += item.At.Sub(since)
			delete(ringing, u)
		}
	}
	switch item.Type {
	case flow.NoteUserRinging:
		stop(item.User)
		one := e.effort(item.User)
		one.Times++
		one.Skipped = ""
		ringing[item.User] = item.At
	case flow.NoteUserDone:
		stop(item.User)
		if item.Args["outcome"] == flow.Declined.String() {
			e.effort(item.User).Declined = true
		}
	case flow.NoteUserSkipped:
		if one := e.effort(item.User); one.Times == 0 {
			one.Skipped, one.Status, one.Away = item.Args["reason"], UserStatus(item.Args["status"]), item.Args["away"]
			one.Since, _ = time.Parse(time.RFC3339, item.Args["since"]) // Without one it is zero.
		}
	case noteHandset:
		e.effort(item.User).Handset = HandsetState(item.Args["state"])
	case flow.NoteQueueLeft, flow.NoteVoicemail, flow.NoteNodeEntered, "hungup":
		for u := range ringing {
			stop(u)
		}
	}
}

// effort finds what was done to reach a user.
func (e *Explanation) effort(u UserID) *Effort {
	i := slices.IndexFunc(e.Users, func(o Effort) bool { return o.User == u })
	if i < 0 {
		e.Users = append(e.Users, Effort{User: u})
		i = len(e.Users) - 1
	}
	return &e.Users[i]
}
