package provisioning

// checkKey asks the rules of keys.
func (s *State) checkKey(before, after *Key) Refusals { return nil }
