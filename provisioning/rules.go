package provisioning

// check asks the rules of a record's kind: what it says, and whom it names, by what the state says of them. before is nil for a new one. The state may
// have the record in it already, as it was or as it is to be.
func (s *State) check(before, after Record) Refusals {
	switch r := after.(type) {
	case *Account:
		return s.checkAccount(was[*Account](before), r)
	case *User:
		return s.checkUser(was[*User](before), r)
	case *Device:
		return s.checkDevice(was[*Device](before), r)
	case *Team:
		return s.checkTeam(was[*Team](before), r)
	case *Trunk:
		return s.checkTrunk(was[*Trunk](before), r)
	case *Flow:
		return s.checkFlow(was[*Flow](before), r)
	case *Number:
		return s.checkNumber(was[*Number](before), r)
	case *Audio:
		return s.checkAudio(was[*Audio](before), r)
	case *WorkingHours:
		return s.checkHours(was[*WorkingHours](before), r)
	case *SpecialDate:
		return s.checkDate(was[*SpecialDate](before), r)
	case *Reason:
		return s.checkReason(was[*Reason](before), r)
	case *Tag:
		return s.checkTag(was[*Tag](before), r)
	case *BlockedNumber:
		return s.checkBlocked(was[*BlockedNumber](before), r)
	case *Contact:
		return s.checkContact(was[*Contact](before), r)
	case *Webhook:
		return s.checkWebhook(was[*Webhook](before), r)
	case *Key:
		return s.checkKey(was[*Key](before), r)
	case *Operator:
		return s.checkOperator(was[*Operator](before), r)
	case *Connector:
		return s.checkConnector(was[*Connector](before), r)
	}
	return nil
}

// was is the record before a change; nil for a new one.
func was[R Record](before Record) R {
	r, _ := before.(R)
	return r
}

// Delete plans that a record goes, and whatever follows from that; what stands in the way refuses it. The record's own change comes last.
func (s *State) Delete(k Kind, id string) ([]Change, error) {
	r := s.Find(k, id)
	if r == nil {
		return nil, NotFound(k, id)
	}
	follows, refused := s.leave(r)
	if len(refused) > 0 {
		return nil, refused.err()
	}
	return append(follows, Change{Verb: Delete, Record: r}), nil
}

// leave says what follows where a record goes, and what stands in the way.
func (s *State) leave(r Record) ([]Change, Refusals) {
	switch r := r.(type) {
	case *Account:
		return s.leaveAccount(r)
	case *User:
		return s.leaveUser(r)
	case *Device:
		return nil, nil
	case *Team:
		return s.leaveTeam(r)
	case *Trunk:
		return s.leaveTrunk(r)
	case *Flow:
		return s.leaveFlow(r)
	case *Number:
		return s.leaveNumber(r)
	case *Audio:
		return s.leaveAudio(r)
	case *WorkingHours:
		return s.leaveHours(r)
	case *SpecialDate:
		return s.leaveDate(r)
	case *Reason:
		return s.leaveReason(r)
	case *Tag:
		return s.leaveTag(r)
	case *Operator:
		return s.leaveOperator(r)
	case *Connector:
		return s.leaveConnector(r)
	case *BlockedNumber, *Contact, *Webhook, *Key:
		return nil, nil
	}
	return nil, nil
}
