package provisioning

// checkFlow asks the rules of flows.
func (s *State) checkFlow(before, after *Flow) Refusals { return nil }

// leaveFlow says what follows where one goes, and what stands in the way.
func (s *State) leaveFlow(r *Flow) ([]Change, Refusals) { return nil, nil }
