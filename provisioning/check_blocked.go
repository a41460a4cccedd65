package provisioning

// checkBlocked asks the rules of blocked numbers.
func (s *State) checkBlocked(before, after *BlockedNumber) Refusals { return nil }
