package flow

// Names gives other names to what a flow names: ids for the names of a site file, or the names for the ids.
type Names interface {
	User(u UserID) UserID
	Team(t TeamID) TeamID
	Audio(a AudioID) AudioID
	Number(n NumberID) NumberID
	Date(d DateID) DateID
	Tag(t string) string
}

// Rename is a copy of a flow in which everything that it names has its other name.
func Rename(f *Flow, names Names) *Flow {
	out := *f
	out.Nodes = make(map[NodeID]*Node, len(f.Nodes))
	for id, n := range f.Nodes {
		out.Nodes[id] = renamed(n, names)
	}
	return &out
}

func renamed(from *Node, names Names) *Node {
	n := *from
	switch n.Kind() {
	case KindAudioMessage:
		c := *n.AudioMessage
		c.Audio = names.Audio(c.Audio)
		n.AudioMessage = &c
	case KindIVR:
		c := *n.IVR
		c.Audio, c.Error = names.Audio(c.Audio), names.Audio(c.Error)
		n.IVR = &c
	case KindWaiting:
		c := *n.Waiting
		c.Music = names.Audio(c.Music)
		n.Waiting = &c
	case KindVoicemail:
		c := *n.Voicemail
		c.Greeting = names.Audio(c.Greeting)
		n.Voicemail = &c
	case KindHangup:
		c := *n.Hangup
		c.Audio = names.Audio(c.Audio)
		n.Hangup = &c
	case KindInput:
		c := *n.Input
		c.Audio, c.Retry = names.Audio(c.Audio), names.Audio(c.Retry)
		n.Input = &c
	case KindRingTo, KindRedirect, KindDateRule, KindCallerRule, KindSendSMS, KindSet:
		renamePeople(&n, names)
	case KindTimeRule, KindSplit, KindRingToAPI:
	}
	return &n
}

// renamePeople renames in a node that names people, numbers, dates or tags.
func renamePeople(n *Node, names Names) {
	switch {
	case n.RingTo != nil:
		c := *n.RingTo
		c.Users = each(c.Users, names.User)
		c.Team = names.Team(c.Team)
		n.RingTo = &c
	case n.Redirect != nil:
		c := *n.Redirect
		c.Number = names.Number(c.Number)
		n.Redirect = &c
	case n.DateRule != nil:
		c := *n.DateRule
		c.Date = names.Date(c.Date)
		n.DateRule = &c
	case n.CallerRule != nil:
		c := CallerRule{Branches: each(n.CallerRule.Branches, func(b CallerBranch) CallerBranch {
			b.Match.Tags = each(b.Match.Tags, names.Tag)
			b.Match.LastUsers = each(b.Match.LastUsers, names.User)
			return b
		})}
		n.CallerRule = &c
	case n.SendSMS != nil:
		c := *n.SendSMS
		c.From = names.Number(c.From)
		n.SendSMS = &c
	case n.Set != nil:
		c := *n.Set
		c.Tags = each(c.Tags, names.Tag)
		n.Set = &c
	}
}

// each is a list with every element changed; nil stays nil.
func each[T any](list []T, change func(T) T) []T {
	var out []T
	for _, one := range list {
		out = append(out, change(one))
	}
	return out
}
