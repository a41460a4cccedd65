package provisioning

// checkHours asks the rules of working hours.
func (s *State) checkHours(before, after *WorkingHours) Refusals {
	out := checkName(after.Name)
	for _, f := range after.Hours.Check() {
		out = append(out, &Refusal{Code: "hours_malformed", Location: "body." + f.Path, Args: map[string]string{"text": f.Text}, Text: f.Text})
	}
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	return append(out, nameTaken(s.Hours, after, "body.name")...)
}

// leaveHours refuses while users follow the hours.
func (s *State) leaveHours(w *WorkingHours) ([]Change, Refusals) {
	var where []string
	for _, u := range s.Users {
		if u.Settings.Hours == w.ID {
			where = append(where, u.Name)
		}
	}
	return nil, inUse(w, where)
}
