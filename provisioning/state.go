package provisioning

import (
	"slices"
	"strings"
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
	if i := place(list, id); i >= 0 {
		return list[i]
	}
	return nil
}

// place is where the record with an id is in a list; -1: nowhere. Ids rise with age, so lists are sorted by them, but for records of one millisecond in a
// state that was put together by hand: who is not found at once is looked for everywhere.
func place[R Record](list []R, id string) int {
	if i, there := sorted(list, id); there {
		return i
	}
	return slices.IndexFunc(list, func(r R) bool { return r.Ref().ID == id })
}

// sorted is where the record with an id is in a list sorted by ids, or where it would be.
func sorted[R Record](list []R, id string) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(r R, id string) int { return strings.Compare(r.Ref().ID, id) })
}

// Add puts a record into a state that nobody else has yet: whoever reads the records makes the state of them, in the order of their ids.
func (s *State) Add(r Record) {
	switch r := r.(type) {
	case *Account:
		s.Accounts = append(s.Accounts, r)
	case *User:
		s.Users = append(s.Users, r)
	case *Device:
		s.Devices = append(s.Devices, r)
	case *Team:
		s.Teams = append(s.Teams, r)
	case *Trunk:
		s.Trunks = append(s.Trunks, r)
	case *Flow:
		s.Flows = append(s.Flows, r)
	case *Number:
		s.Numbers = append(s.Numbers, r)
	case *Audio:
		s.Audio = append(s.Audio, r)
	case *WorkingHours:
		s.Hours = append(s.Hours, r)
	case *SpecialDate:
		s.Dates = append(s.Dates, r)
	case *Reason:
		s.Reasons = append(s.Reasons, r)
	case *Tag:
		s.Tags = append(s.Tags, r)
	case *BlockedNumber:
		s.Blocked = append(s.Blocked, r)
	case *Contact:
		s.Contacts = append(s.Contacts, r)
	case *Webhook:
		s.Webhooks = append(s.Webhooks, r)
	case *Key:
		s.Keys = append(s.Keys, r)
	}
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
	i := place(list, id)
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
	at, _ := sorted(list, id)
	return slices.Insert(slices.Clip(list), at, r)
}
