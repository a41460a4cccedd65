package provisioning

// checkUser asks the rules of users.
func (s *State) checkUser(before, after *User) Refusals { return nil }

// leaveUser says what follows where one goes, and what stands in the way.
func (s *State) leaveUser(r *User) ([]Change, Refusals) { return nil, nil }
