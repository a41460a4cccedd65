package provisioning

import (
	"fmt"
	"slices"

	"tandem/routing"
	"tandem/routing/flow"
)

// restriction is what the flow of a direct number may hold (SPEC D7, D9, D16, D18).
type restriction struct {
	state *State
	user  routing.UserID // empty: the number waits for a new user (SPEC D21)
	kept  *flow.Flow     // nodes that the conversion kept as they were stay (SPEC D6); may be nil
}

// restrict is what a flow may hold in whose numbers there is a direct one, or one that is on its way to be; nil where all of them are free. kept is what is
// published, or the draft that the conversion made.
func (s *State) restrict(f *Flow, kept *flow.Flow) *restriction {
	for _, n := range s.Numbers {
		if c := n.Settings.Conversion; c != nil && c.Flow == f.ID {
			return &restriction{s, c.User, kept}
		}
		if n.Kind == routing.Direct && n.Flow == f.ID {
			r := &restriction{state: s, kept: kept}
			if len(n.Users) == 1 {
				r.user = n.Users[0]
			}
			return r
		}
	}
	return nil
}

// refusals names each node that a direct number may not have.
func (r *restriction) refusals(f *flow.Flow) Refusals {
	if r == nil {
		return nil
	}
	var out Refusals
	for i, id := range f.Order() {
		n := f.Nodes[id]
		at := fmt.Sprintf("body.nodes[%d]", i)
		switch {
		case n.RingTo != nil:
			if n.RingTo.Team != "" || len(n.RingTo.Users) != 1 || (r.user != "" && n.RingTo.Users[0] != r.user) {
				out = append(out, told(Refusal{
					Code: codeSingleUser, Row: "D16", Location: at + ".config.target", Args: map[string]string{"node": string(id), "user": string(r.user)},
					Text: "node {node} rings a team or somebody else: a direct number rings its user alone ({user})",
				}))
			}
		case n.Redirect != nil && n.Redirect.Number != "":
			if !r.keeps(n) && r.state.ringsTeam(n.Redirect.Number) {
				out = append(out, told(Refusal{
					Code: "direct_number_no_team", Row: "D9", Location: at + ".config.number", Args: map[string]string{"node": string(id)},
					Text: "node {node} leads to a line that rings a team: a direct number redirects to individual numbers only",
				}))
			}
		case !forDirect(n.Kind()) && !r.keeps(n):
			out = append(out, told(Refusal{
				Code: "direct_number_widget", Row: "D18", Location: at, Args: map[string]string{"node": string(id), "type": string(n.Kind())},
				Text: "node {node} ({type}) is not among the widgets of a direct number",
			}))
		}
	}
	return out
}

// keeps says whether a node was there before, of the same type.
func (r *restriction) keeps(n *flow.Node) bool {
	if r.kept == nil {
		return false
	}
	was := r.kept.Nodes[n.ID]
	if was == nil || was.Kind() != n.Kind() {
		return false
	}
	return n.Redirect == nil || was.Redirect.Number == n.Redirect.Number
}

// ringsTeam says whether calls to a number of ours can ring a team.
func (s *State) ringsTeam(id routing.NumberID) bool {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return false
	}
	if len(n.Teams) > 0 {
		return true
	}
	f := s.flowOf(n)
	if f == nil {
		return false
	}
	for _, node := range f.Nodes {
		if node.RingTo != nil && node.RingTo.Team != "" {
			return true
		}
	}
	return false
}

// reassigned is a copy of a flow in which every Ring-to rings one user, and everything else is as it was (SPEC D6).
func reassigned(f *flow.Flow, u routing.UserID) *flow.Flow {
	out := *f
	out.Nodes = make(map[flow.NodeID]*flow.Node, len(f.Nodes))
	for id, node := range f.Nodes {
		n := *node
		if n.RingTo != nil {
			ring := *n.RingTo
			ring.Team, ring.Users = "", []flow.UserID{u}
			n.RingTo = &ring
		}
		out.Nodes[id] = &n
	}
	return &out
}

// directTemplate is the flow of direct numbers: ring the user, then take a voicemail.
func directTemplate(u routing.UserID) *flow.Flow {
	return &flow.Flow{Start: "ring", Listed: []flow.NodeID{"ring", "voicemail"}, Nodes: map[flow.NodeID]*flow.Node{
		"ring": {
			ID: "ring", Next: map[string]flow.NodeID{flow.PortUnanswered: "voicemail"},
			RingTo: &flow.RingTo{Users: []flow.UserID{u}, Rule: flow.Simultaneous, RingForSeconds: 30, RingUserSeconds: 30},
		},
		"voicemail": {ID: "voicemail", Next: map[string]flow.NodeID{}, Voicemail: &flow.Voicemail{MaxSeconds: 180}},
	}}
}

// serves lists the numbers of a flow.
func (s *State) serves(f flow.ID) []*Number {
	var out []*Number
	for _, n := range s.Numbers {
		if n.Flow == f {
			out = append(out, n)
		}
	}
	return out
}

// freeName is a name that no flow of the account has: the one asked for, or that with a number behind it.
func (s *State) freeName(account routing.AccountID, name string) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(s.Flows, func(f *Flow) bool { return f.Account == account && f.Name == n })
	}
	free := name
	for i := 2; taken(free); i++ {
		free = fmt.Sprintf("%s (%d)", name, i)
	}
	return free
}

// forDirect says whether a widget is in the template of direct numbers (SPEC D7).
func forDirect(k flow.Kind) bool {
	switch k {
	case flow.KindAudioMessage, flow.KindWaiting, flow.KindRingTo, flow.KindRedirect, flow.KindVoicemail, flow.KindHangup, flow.KindTimeRule,
		flow.KindDateRule:
		return true
	case flow.KindIVR, flow.KindInput, flow.KindCallerRule, flow.KindSplit, flow.KindRingToAPI, flow.KindSendSMS, flow.KindSet:
	}
	return false
}
