package provisioning

// checkTag asks the rules of tags.
func (s *State) checkTag(before, after *Tag) Refusals { return nil }

// leaveTag says what follows where one goes, and what stands in the way.
func (s *State) leaveTag(r *Tag) ([]Change, Refusals) { return nil, nil }
