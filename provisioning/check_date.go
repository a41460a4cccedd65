package provisioning

// checkDate asks the rules of special dates.
func (s *State) checkDate(before, after *SpecialDate) Refusals { return nil }

// leaveDate says what follows where one goes, and what stands in the way.
func (s *State) leaveDate(r *SpecialDate) ([]Change, Refusals) { return nil, nil }
