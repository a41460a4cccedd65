package provisioning

// checkContact asks the rules of contacts.
func (s *State) checkContact(before, after *Contact) Refusals { return nil }
