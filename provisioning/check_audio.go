package provisioning

// checkAudio asks the rules of sounds.
func (s *State) checkAudio(before, after *Audio) Refusals { return nil }

// leaveAudio says what follows where one goes, and what stands in the way.
func (s *State) leaveAudio(r *Audio) ([]Change, Refusals) { return nil, nil }
