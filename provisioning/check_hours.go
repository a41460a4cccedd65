package provisioning

// checkHours asks the rules of working hours.
func (s *State) checkHours(before, after *WorkingHours) Refusals { return nil }

// leaveHours says what follows where one goes, and what stands in the way.
func (s *State) leaveHours(r *WorkingHours) ([]Change, Refusals) { return nil, nil }
