package provisioning

import "tandem/routing"

// ConvertToFlow makes a number from before flows a shared line whose flow does what its settings did (SPEC F19, F20): the flow is there already, since calls
// walk it.
func (s *State) ConvertToFlow(id routing.NumberID) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	if !legacy(n.Kind) {
		return nil, told(Refusal{
			Code: "number_not_legacy", Row: "F19", Location: "path.id", Args: map[string]string{"number": string(n.E164)},
			Text: "{number} has a flow already: only numbers from before flows are converted to one",
		})
	}
	next := *n
	next.Kind, next.Settings.Legacy = routing.Shared, nil
	return s.Put(&next)
}
