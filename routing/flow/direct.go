package flow

import "slices"

// Why a node or a target cannot be in the flow of a direct number. The words are stable: catalogues of languages have a sentence for each.
const (
	WhyTeam         = "direct_no_team"          // SPEC D7: a direct number rings no team
	WhyOtherUser    = "direct_other_user"       // SPEC D7: nor another user than its own
	WhyRedirectTeam = "direct_redirect_to_team" // SPEC D9: nor a team by way of another number
	WhyAPI          = "direct_no_api"           // a program could name a team or another user
	WhySplit        = "direct_no_split"         // there is nobody to share calls among
)

// Violation is a node that the flow of a direct number cannot have (SPEC D7, D18).
type Violation struct {
	Node NodeID
	Path string // in the document, below the node: "config.target.team"
	Why  string // one of the Why… words
	Text string
}

// Violations lists the nodes that a direct number's flow cannot have, in their order; user is the one whom it belongs to, empty while it waits for one
// (SPEC D21). Every node counts, also one that is never run: what is not run today may be connected tomorrow.
func Violations(f *Flow, user UserID, lines Lines) []Violation {
	var all []Violation
	for _, id := range f.Order() {
		n := f.Nodes[id]
		path, why := n.violates(user, lines)
		if why != "" {
			all = append(all, Violation{Node: id, Path: path, Why: why, Text: WhyText(why, "en")})
		}
	}
	return all
}

// violates says why a node cannot be in a direct number's flow; nothing when it can.
func (n *Node) violates(user UserID, lines Lines) (path, why string) {
	switch {
	case n.RingToAPI != nil:
		return "type", WhyAPI
	case n.Split != nil:
		return "type", WhySplit
	case n.RingTo != nil && n.RingTo.Team != "":
		return "config.target.team", WhyTeam
	case n.RingTo != nil && user != "" && !slices.Equal(n.RingTo.Users, []UserID{user}):
		return "config.target", WhyOtherUser
	case n.Redirect != nil && n.Redirect.Number != "" && ringsTeam(lines.FlowOf(n.Redirect.Number)):
		return "config.number", WhyRedirectTeam
	}
	return "", ""
}

// ringsTeam says whether a flow can ring a team.
func ringsTeam(f *Flow) bool {
	if f == nil {
		return false
	}
	for id := range newGraph(f).reached {
		if r := f.Nodes[id].RingTo; r != nil && r.Team != "" {
			return true
		}
	}
	return false
}

// WhyText is the sentence of a Why… word in a language, "fr" or any other for English.
func WhyText(why, language string) string {
	var english, french string
	switch why {
	case WhyTeam:
		english, french = "a direct number rings its own user and no team", "un numéro direct fait sonner son utilisateur, et aucune équipe"
	case WhyOtherUser:
		english, french = "a direct number rings its own user and nobody else", "un numéro direct fait sonner son utilisateur, et personne d'autre"
	case WhyRedirectTeam:
		english = "a direct number redirects to individual numbers, and this one rings a team"
		french = "un numéro direct redirige vers le numéro d'une personne, et celui-ci fait sonner une équipe"
	case WhyAPI:
		english = "a program could send the call to a team or to another user: not on a direct number"
		french = "un programme pourrait envoyer l'appel à une équipe ou à un autre utilisateur : pas sur un numéro direct"
	case WhySplit:
		english, french = "a direct number has one user: there is nobody to share calls among", "un numéro direct a un seul utilisateur : il n'y a personne entre qui répartir les appels"
	}
	if language == "fr" {
		return french
	}
	return english
}

// direct checks what the flow of a direct number cannot have.
func (l *linter) direct() {
	line := l.catalog.Line()
	if line.Kind != DirectLine {
		return
	}
	for _, v := range Violations(l.flow, line.User, l.catalog) {
		l.at = v.Node
		l.say(NotDirect, v.Path, "%s: change it or delete it", v.Text)
	}
}

// ForUser is a copy of a flow as it is after its number became a direct one (SPEC D6): every Ring-to rings that user and no team, whatever else is in
// the flow stays as it was. The second list names the nodes that were changed, the third what Violations still finds.
func ForUser(f *Flow, user UserID, lines Lines) (*Flow, []NodeID, []Violation) {
	out := f.Clone()
	var changed []NodeID
	for _, id := range out.Order() {
		r := out.Nodes[id].RingTo
		if r == nil || r.Team == "" && slices.Equal(r.Users, []UserID{user}) {
			continue
		}
		r.Team, r.Users = "", []UserID{user}
		changed = append(changed, id)
	}
	return out, changed, Violations(out, user, lines)
}

// Widget is a type of node, or one of its targets, in the palette of an editor (SPEC D19).
type Widget struct {
	Kind    Kind
	Target  string // "user", "other_user", "team", "number", "external" or "sip", where the type has targets; empty: the type itself
	Allowed Has
	Why     string // one of the Why… words where it is not allowed
}

// Palette lists what a flow for a kind of line may have, and why not where it may not (SPEC D19).
func Palette(kind LineKind) []Widget {
	all := make([]Widget, 0, 24)
	add := func(k Kind, target, why string) {
		w := Widget{Kind: k, Target: target, Allowed: true}
		if kind == DirectLine && why != "" {
			w.Allowed, w.Why = false, why
		}
		all = append(all, w)
	}
	for _, k := range Kinds() {
		switch k {
		case KindRingTo:
			add(k, "", "")
			add(k, "user", "")
			add(k, "other_user", WhyOtherUser)
			add(k, "team", WhyTeam)
		case KindRedirect:
			add(k, "", "")
			add(k, "number", "")
			add(k, "external", "")
			add(k, "sip", "")
		case KindRingToAPI:
			add(k, "", WhyAPI)
		case KindSplit:
			add(k, "", WhySplit)
		case KindAudioMessage, KindIVR, KindInput, KindTimeRule, KindDateRule, KindWaiting, KindVoicemail, KindCallerRule, KindSendSMS, KindSet, KindHangup:
			add(k, "", "")
		}
	}
	return all
}
