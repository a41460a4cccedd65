package flow

import "maps"

// mostAsks is how often one call may ask a program: a flow can go round.
const mostAsks = 20

// ask asks a program where the call goes. What the caller hears goes on.
func (m *Machine) ask(r *RingToAPI) {
	m.phase = asking
	m.keepDigits()
	if m.asks++; m.asks > mostAsks {
		m.notRouted("too many programs were asked")
		return
	}
	within := seconds(r.TimeoutSeconds, 3)
	m.asked = m.id()
	m.do(Ask{ID: m.asked, Node: r, URL: r.URL, Within: within, Inputs: maps.Clone(m.inputs)})
	m.startTimer(nodeTimer, within)
}

// told takes the answer; one that comes too late is none.
func (m *Machine) told(in Told) {
	if m.phase != asking || in.ID == 0 || in.ID != m.asked {
		return
	}
	m.stopTimer(nodeTimer)
	m.asked = 0
	switch {
	case in.Failed != "":
		m.notRouted(in.Failed)
	case in.RingTo != nil && (in.RingTo.Team != "" || len(in.RingTo.Users) > 0):
		user := ""
		if len(in.RingTo.Users) > 0 {
			user = string(in.RingTo.Users[0])
		}
		m.note(NoteRouted, "", "user", user, "team", string(in.RingTo.Team))
		m.startQueue(in.RingTo)
	case in.Redirect != nil:
		m.note(NoteRouted, "", "number", string(in.Redirect.Number), "external", in.Redirect.External)
		m.startRedirect(in.Redirect)
	default:
		m.notRouted("no target")
	}
}

func (m *Machine) notRouted(reason string) {
	m.asked = 0
	m.note(NoteNotRouted, "", "reason", reason)
	m.follow(PortFallback)
}
