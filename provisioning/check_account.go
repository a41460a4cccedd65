package provisioning

// checkAccount asks the rules of accounts.
func (s *State) checkAccount(before, after *Account) Refusals { return nil }

// leaveAccount says what follows where one goes, and what stands in the way.
func (s *State) leaveAccount(r *Account) ([]Change, Refusals) { return nil, nil }
