package provisioning

import (
	"slices"
)

// Find gives the record of a kind with an id; nil where there is none.
func (s *State) Find(k Kind, id string) Record {
	switch k {
	case KindAccount:
		return found(s.Accounts, id)
	case KindUser:
		return found(s.Users, id)
	case KindDevice:
		return found(s.Devices, id)
	case KindTeam:
		return found(s.Teams, id)
	case KindTrunk:
		return found(s.Trunks, id)
	case KindFlow:
		return found(s.Flows, id)
	case KindNumber:
		return found(s.Numbers, id)
	case KindAudio:
		return found(s.Audio, id)
	case KindHours:
		return found(s.Hours, id)
	case KindSpecialDate:
		return found(s.Dates, id)
	case KindReason:
		return found(s.Reasons, id)
	case KindTag:
		return found(s.Tags, id)
	case KindBlocked:
		return found(s.Blocked, id)
	case KindContact:
		return found(s.Contacts, id)
	case KindWebhook:
		return found(s.Webhooks, id)
	case KindKey:
		return found(s.Keys, id)
	}
	return nil
}

// found is the record with an id, as a Record that is nil where there is none.
func found[R Record](list []R, id string) Record {
	if i := slices.IndexFunc(list, func(r R) bool { return r.Ref().ID == id }); i >= 0 {
		return list[i]
	}
	return nil
}

// With is the state after changes; what they do not touch is shared with s.
func (s *State) With(changes []Change) *State {
	next := *s
	for _, c := range changes {
		switch r := c.Record.(type) {
		case *Account:
			next.Accounts = with(next.Accounts, r, c.Verb)
		case *User:
			next.Users = with(next.Users, r, c.Verb)
		case *Device:
			next.Devices = with(next.Devices, r, c.Verb)
		case *Team:
			next.Teams = with(next.Teams, r, c.Verb)
		case *Trunk:
			next.Trunks = with(next.Trunks, r, c.Verb)
		case *Flow:
			next.Flows = with(next.Flows, r, c.Verb)
		case *Number:
			next.Numbers = with(next.Numbers, r, c.Verb)
		case *Audio:
			next.Audio = with(next.Audio, r, c.Verb)
		case *WorkingHours:
			next.Hours = with(next.Hours, r, c.Verb)
		case *SpecialDate:
			next.Dates = with(next.Dates, r, c.Verb)
		case *Reason:
			next.Reasons = with(next.Reasons, r, c.Verb)
		case *Tag:
			next.Tags = with(next.Tags, r, c.Verb)
		case *BlockedNumber:
			next.Blocked = with(next.Blocked, r, c.Verb)
		case *Contact:
			next.Contacts = with(next.Contacts, r, c.Verb)
		case *Webhook:
			next.Webhooks = with(next.Webhooks, r, c.Verb)
		case *Key:
			next.Keys = with(next.Keys, r, c.Verb)
		}
	}
	return &next
}

// with is a list in which a record was changed, added or deleted. The list that it came from stays as it was.
func with[R Record](list []R, r R, v Verb) []R {
	id := r.Ref().ID
	i := slices.IndexFunc(list, func(o R) bool { return o.Ref().ID == id })
	switch {
	case v == Delete && i >= 0:
		return slices.Delete(slices.Clone(list), i, i+1)
	case v == Delete:
		return list
	case i >= 0:
		out := slices.Clone(list)
		out[i] = r
		return out
	}
	return append(slices.Clip(list), r)
}
