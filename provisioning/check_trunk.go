package provisioning

// checkTrunk asks the rules of trunks.
func (s *State) checkTrunk(before, after *Trunk) Refusals { return nil }

// leaveTrunk says what follows where one goes, and what stands in the way.
func (s *State) leaveTrunk(r *Trunk) ([]Change, Refusals) { return nil, nil }
