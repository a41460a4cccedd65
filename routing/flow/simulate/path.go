package simulate

import (
	"time"

	"tandem/routing/flow"
)

// Visit is a node that the walk entered, and how it went on from there.
type Visit struct {
	Node   flow.NodeID
	Kind   flow.Kind
	Title  string
	After  time.Duration // since the beginning
	Branch string        // the port by which it went on; empty: the walk ended there
	Label  string        // the title of the branch
	Reason flow.Note     // why: see flow.Note.Words
}

// Path lists the nodes in the order in which the walk entered them.
func (c *Course) Path() []Visit {
	var path []Visit
	for _, s := range c.Steps {
		for _, command := range s.Commands {
			n, is := command.(flow.Note)
			if !is {
				continue
			}
			if n.Type == flow.NoteNodeEntered {
				if len(path) > 0 {
					path[len(path)-1].leave()
				}
				path = append(path, Visit{Node: n.Node, Kind: flow.Kind(n.Args["type"]), Title: n.Args["title"], After: s.After})
				continue
			}
			if len(path) > 0 && path[len(path)-1].Node == n.Node {
				path[len(path)-1].explain(n)
			}
		}
	}
	return path
}

// explain keeps what a note says about the way on.
func (v *Visit) explain(n flow.Note) {
	switch n.Type {
	case flow.NoteBranch:
		v.Branch, v.Label, v.Reason = n.Args["branch"], n.Args["label"], n
	case flow.NoteIVROption:
		v.Branch, v.Label, v.Reason = n.Args["option"], n.Args["title"], n
	case flow.NoteInput:
		v.Branch, v.Reason = flow.PortInput, n
	case flow.NoteInputWrong, flow.NoteIVRNoKey, flow.NoteIVRWrongKey:
		v.Reason = n
	case flow.NoteRouted:
		v.Branch, v.Reason = flow.PortRouted, n
	case flow.NoteNotRouted:
		v.Branch, v.Reason = flow.PortFallback, n
	case flow.NoteQueueLeft, flow.NoteUserSkipped:
		if v.Kind == flow.KindRingTo {
			v.Reason = n
		}
	}
}

// leave says by which port the walk went on where no note says it.
func (v *Visit) leave() {
	switch v.Kind {
	case flow.KindIVR, flow.KindInput:
		if v.Branch == "" {
			v.Branch = flow.PortNoOrWrongInput
		}
	case flow.KindRingTo:
		v.Branch = flow.PortUnanswered
	case flow.KindRingToAPI:
		v.Branch = flow.PortFallback // also where the program routed the call and nobody answered
	case flow.KindAudioMessage, flow.KindWaiting, flow.KindSendSMS, flow.KindSet:
		v.Branch = flow.PortDone
	case flow.KindRedirect, flow.KindVoicemail, flow.KindHangup, flow.KindTimeRule, flow.KindDateRule, flow.KindCallerRule, flow.KindSplit:
	}
}

// Result is the outcome in one word: "answered", "redirected", "hung_up", "endless", or how the flow ended the call: "voicemail",
// "voicemail_too_short", "nobody_answered", "flow_ended".
func (c *Course) Result() string {
	if c.Outcome != Left {
		return string(c.Outcome)
	}
	if c.Why == flow.VoicemailLeft {
		return "voicemail"
	}
	return c.Why.String()
}

// Rang lists the users who were rung, each once, in the order in which they rang.
func (c *Course) Rang() []flow.UserID {
	var all []flow.UserID
	seen := make(map[flow.UserID]struct{})
	for _, n := range c.Notes(flow.NoteUserRinging) {
		if _, again := seen[n.User]; !again {
			seen[n.User] = struct{}{}
			all = append(all, n.User)
		}
	}
	return all
}

// RedirectedTo is where the walk redirected the call, answered or not; empty: nowhere.
func (c *Course) RedirectedTo() string {
	to := ""
	for _, n := range c.Notes(flow.NoteRedirected) {
		to = n.Args["number"] + n.Args["external"] + n.Args["sip"]
	}
	return to
}
