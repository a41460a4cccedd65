package provisioning

// checkTeam asks the rules of teams.
func (s *State) checkTeam(before, after *Team) Refusals { return nil }

// leaveTeam says what follows where one goes, and what stands in the way.
func (s *State) leaveTeam(r *Team) ([]Change, Refusals) { return nil, nil }
