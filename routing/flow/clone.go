package flow

import (
	"maps"
	"slices"
)

// Clone is a copy that shares nothing that can be changed.
func (f *Flow) Clone() *Flow {
	out := *f
	out.Listed, out.Layout = slices.Clone(f.Listed), maps.Clone(f.Layout)
	out.Nodes = make(map[NodeID]*Node, len(f.Nodes))
	for id, n := range f.Nodes {
		if n != nil {
			out.Nodes[id] = n.Clone()
		}
	}
	return &out
}

// Clone is a copy that shares nothing that can be changed.
func (n *Node) Clone() *Node {
	out := *n
	out.Next = maps.Clone(n.Next)
	out.AudioMessage, out.Waiting, out.Redirect, out.Voicemail = copied(n.AudioMessage), copied(n.Waiting), copied(n.Redirect), copied(n.Voicemail)
	out.Hangup, out.DateRule, out.Input, out.RingToAPI, out.SendSMS = copied(n.Hangup), copied(n.DateRule), copied(n.Input), copied(n.RingToAPI), copied(n.SendSMS)
	if out.IVR = copied(n.IVR); out.IVR != nil {
		out.IVR.Options = slices.Clone(n.IVR.Options)
	}
	if out.RingTo = copied(n.RingTo); out.RingTo != nil {
		out.RingTo.Users = slices.Clone(n.RingTo.Users)
	}
	if out.Split = copied(n.Split); out.Split != nil {
		out.Split.Branches = slices.Clone(n.Split.Branches)
	}
	if out.Set = copied(n.Set); out.Set != nil {
		out.Set.Tags, out.Set.Variables, out.Set.Priority = slices.Clone(n.Set.Tags), maps.Clone(n.Set.Variables), copied(n.Set.Priority)
	}
	out.TimeRule, out.CallerRule = n.TimeRule.clone(), n.CallerRule.clone()
	return &out
}

func (r *TimeRule) clone() *TimeRule {
	out := copied(r)
	if out == nil {
		return nil
	}
	out.Branches = slices.Clone(r.Branches)
	for i, b := range out.Branches {
		b.Slots = slices.Clone(b.Slots)
		for j := range b.Slots {
			b.Slots[j].Days = slices.Clone(b.Slots[j].Days)
		}
		out.Branches[i] = b
	}
	return out
}

func (r *CallerRule) clone() *CallerRule {
	out := copied(r)
	if out == nil {
		return nil
	}
	out.Branches = slices.Clone(r.Branches)
	for i, b := range out.Branches {
		m := &b.Match
		m.Prefixes, m.Countries, m.Tags = slices.Clone(m.Prefixes), slices.Clone(m.Countries), slices.Clone(m.Tags)
		m.LastUsers = slices.Clone(m.LastUsers)
		out.Branches[i] = b
	}
	return out
}

// copied is a pointer to a copy; nil stays nil.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
