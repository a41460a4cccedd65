package provisioning

// checkDate asks the rules of special dates (SPEC T7).
func (s *State) checkDate(before, after *SpecialDate) Refusals {
	out := checkName(after.Name)
	for _, f := range after.Dates.Check() {
		out = append(out, &Refusal{Code: "dates_malformed", Row: "T7", Location: "body." + f.Path, Args: map[string]string{"text": f.Text}, Text: f.Text})
	}
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	return append(out, nameTaken(s.Dates, after, "body.name")...)
}

// leaveDate refuses while published flows ask for the special date.
func (s *State) leaveDate(d *SpecialDate) ([]Change, Refusals) {
	var where []string
	for _, name := range s.FlowsNaming(d.Account, string(d.ID)) {
		where = append(where, "the flow "+name)
	}
	return nil, inUse(d, where)
}
