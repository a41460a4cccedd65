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
	case KindOperator:
		return found(s.Operators, id)
	case KindConnector:
		return found(s.Connectors, id)
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
	case *Operator:
		s.Operators = append(s.Operators, r)
	case *Connector:
		s.Connectors = append(s.Connectors, r)
	}
}

// With is the state after changes; what they do not touch is shared with s.
func (s *State) With(changes []Change) *State {
	next := *s
	next.Accounts = with(s.Accounts, changes)
	next.Users = with(s.Users, changes)
	next.Devices = with(s.Devices, changes)
	next.Teams = with(s.Teams, changes)
	next.Trunks = with(s.Trunks, changes)
	next.Flows = with(s.Flows, changes)
	next.Numbers = with(s.Numbers, changes)
	next.Audio = with(s.Audio, changes)
	next.Hours = with(s.Hours, changes)
	next.Dates = with(s.Dates, changes)
	next.Reasons = with(s.Reasons, changes)
	next.Tags = with(s.Tags, changes)
	next.Blocked = with(s.Blocked, changes)
	next.Contacts = with(s.Contacts, changes)
	next.Webhooks = with(s.Webhooks, changes)
	next.Keys = with(s.Keys, changes)
	next.Operators = with(s.Operators, changes)
	next.Connectors = with(s.Connectors, changes)
	return &next
}

// with is a list in which those changes were made that are of its kind. The list that it came from stays as it was; where there are none it is that list.
func with[R Record](list []R, changes []Change) []R {
	out, touched := list, false
	gone := map[string]bool{}
	var known map[string]bool
	for _, c := range changes {
		r, mine := c.Record.(R)
		if !mine {
			continue
		}
		if !touched {
			out, touched, known = slices.Clone(list), true, idsOf(list, len(changes))
		}
		id := r.Ref().ID
		i := -1
		if known == nil || known[id] {
			i = place(out, id)
		}
		switch {
		case c.Verb == Delete && i >= 0:
			gone[id] = true
			continue
		case c.Verb == Delete:
			continue
		case i >= 0:
			out[i] = r
		default:
			at, _ := sorted(out, id)
			out = slices.Insert(out, at, r)
		}
		delete(gone, id)
		if known != nil {
			known[id] = true
		}
	}
	if len(gone) > 0 {
		out = slices.DeleteFunc(out, func(r R) bool { return gone[r.Ref().ID] })
	}
	return out
}

// idsOf is the set of the ids in a list, where so many changes are made that it is worth it; else nil.
func idsOf[R Record](list []R, changes int) map[string]bool {
	const few = 4
	if changes <= few {
		return nil
	}
	known := make(map[string]bool, len(list))
	for _, r := range list {
		known[r.Ref().ID] = true
	}
	return known
}
