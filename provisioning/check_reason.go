package provisioning

// checkReason asks the rules of reasons.
func (s *State) checkReason(before, after *Reason) Refusals { return nil }

// leaveReason says what follows where one goes, and what stands in the way.
func (s *State) leaveReason(r *Reason) ([]Change, Refusals) { return nil, nil }
