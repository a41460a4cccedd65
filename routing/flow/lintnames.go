package flow

import "slices"

// names checks that what the node names exists.
func (l *linter) names(n *Node) {
	for _, a := range n.sounds() {
		l.audio("config."+a.key, a.audio)
	}
	switch n.Kind() {
	case KindRingTo:
		l.target(n.RingTo)
	case KindRedirect:
		l.number("config.number", n.Redirect.Number)
		l.beyond(n.Redirect)
	case KindDateRule:
		if d := n.DateRule.Date; !bool(l.catalog.Date(d)) {
			l.say(UnknownName, "config.date", "there is no special date %s: choose another", d)
		}
	case KindCallerRule:
		l.caller(n.CallerRule)
	case KindSendSMS:
		l.number("config.from", n.SendSMS.From)
	case KindSet:
		for i, t := range n.Set.Tags {
			l.tag(at("config.tags[%d]", i), t)
		}
	case KindAudioMessage, KindIVR, KindWaiting, KindVoicemail, KindHangup, KindTimeRule, KindSplit, KindInput, KindRingToAPI:
	}
}

// soundAt is a sound that a node plays, and where its config says so.
type soundAt struct {
	key   string
	audio AudioID
}

// sounds lists the sounds that a node plays; those that are not named are the product's.
func (n *Node) sounds() []soundAt {
	var all []soundAt
	switch n.Kind() {
	case KindAudioMessage:
		all = []soundAt{{"audio", n.AudioMessage.Audio}}
	case KindIVR:
		all = []soundAt{{"audio", n.IVR.Audio}, {"error", n.IVR.Error}}
	case KindInput:
		all = []soundAt{{"audio", n.Input.Audio}, {"retry", n.Input.Retry}}
	case KindWaiting:
		all = []soundAt{{"music", n.Waiting.Music}}
	case KindVoicemail:
		all = []soundAt{{"greeting", n.Voicemail.Greeting}}
	case KindHangup:
		all = []soundAt{{"audio", n.Hangup.Audio}}
	case KindRingTo, KindRedirect, KindTimeRule, KindDateRule, KindCallerRule, KindSplit, KindRingToAPI, KindSendSMS, KindSet:
	}
	return slices.DeleteFunc(all, func(a soundAt) bool { return a.audio == "" })
}

func (l *linter) audio(path string, a AudioID) {
	if !l.catalog.Audio(a) {
		l.say(UnknownName, path, "there is no audio %s: choose one of the library, or upload it", a)
	}
}

func (l *linter) number(path string, n NumberID) {
	if n != "" && !bool(l.catalog.Number(n)) {
		l.say(UnknownName, path, "the account has no number %s: choose one of its numbers", n)
	}
}

func (l *linter) tag(path, id string) {
	if !l.catalog.Tag(id) {
		l.say(UnknownName, path, "there is no tag %s: choose another", id)
	}
}

// target checks whom a Ring-to rings.
func (l *linter) target(r *RingTo) {
	for _, u := range r.Users {
		switch l.catalog.User(u) {
		case Unknown:
			l.say(UnknownName, "config.target", "there is no user %s: choose another", u)
		case OutgoingOnly:
			l.say(OutgoingInTeam, "config.target", "user %s is there for outgoing calls only and will not ring: choose another", u)
		case Reachable:
		}
	}
	if r.Team == "" {
		return
	}
	members, has := l.catalog.Team(r.Team)
	switch {
	case !bool(has):
		l.say(UnknownName, "config.target.team", "there is no team %s: choose another", r.Team)
	case len(members) == 0:
		l.say(EmptyTeam, "config.target.team", "team %s has no users, so nobody will ring: add some, or choose another team", r.Team)
	}
	for _, u := range members {
		if l.catalog.User(u) == OutgoingOnly {
			l.say(OutgoingInTeam, "config.target.team",
				"user %s of team %s is there for outgoing calls only, and rings with the team: take them out if that is not meant", u, r.Team)
		}
	}
}

// caller checks the tags and users that a caller can be known by.
func (l *linter) caller(r *CallerRule) {
	for i, b := range r.Branches {
		for j, t := range b.Match.Tags {
			l.tag(at("config.branches[%d].match.tags[%d]", i, j), t)
		}
		for j, u := range b.Match.LastUsers {
			if l.catalog.User(u) == Unknown {
				l.say(UnknownName, at("config.branches[%d].match.last_users[%d]", i, j), "there is no user %s: choose another", u)
			}
		}
	}
}

// beyond warns of a redirection that comes back, or that a trunk may refuse.
func (l *linter) beyond(r *Redirect) {
	if r.External != "" && bool(l.catalog.Rejected(r.External)) {
		l.say(CallerRejected, "config.external",
			"calls to %s show a caller ID that the trunk may reject: show another number, or have the carrier allow this one", r.External)
	}
	if r.Number != "" && l.comesBack(r.Number, make(map[NumberID]struct{})) {
		l.say(NumberLoop, "config.number", "number %s leads back to this flow: a call can go round until it is cut off; redirect to another", r.Number)
	}
}

// comesBack says whether the flow of a number redirects to this flow, be it by way of others.
func (l *linter) comesBack(n NumberID, seen map[NumberID]struct{}) bool {
	if _, again := seen[n]; again {
		return false
	}
	seen[n] = struct{}{}
	f := l.catalog.FlowOf(n)
	switch {
	case f == nil:
		return false
	case f == l.flow, f.ID != "" && f.ID == l.flow.ID:
		return true
	}
	for id := range newGraph(f).reached {
		if r := f.Nodes[id].Redirect; r != nil && r.Number != "" && l.comesBack(r.Number, seen) {
			return true
		}
	}
	return false
}

// unused warns of sounds that were brought along for the draft and are not played.
func (l *linter) unused() {
	l.at = ""
	played := make(map[AudioID]struct{})
	for _, n := range l.flow.Nodes {
		for _, a := range n.sounds() {
			played[a.audio] = struct{}{}
		}
	}
	for _, a := range l.catalog.DraftAudio() {
		if _, is := played[a]; !is {
			l.say(UnusedAudio, "nodes", "audio %s was brought along for this draft and is played nowhere: use it, or delete it", a)
		}
	}
}
