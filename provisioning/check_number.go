package provisioning

// checkNumber asks the rules of numbers.
func (s *State) checkNumber(before, after *Number) Refusals { return nil }

// leaveNumber says what follows where one goes, and what stands in the way.
func (s *State) leaveNumber(r *Number) ([]Change, Refusals) { return nil, nil }
