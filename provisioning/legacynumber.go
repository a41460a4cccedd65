package provisioning

import (
	"fmt"

	"tandem/routing"
	"tandem/routing/flow"
)

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

// flow is what calls to the number walk: its settings as a flow that does the same (SPEC F19, F20, X8, X9).
func (l *Legacy) flow() *flow.Flow {
	whole := l.Settings
	whole.Open, whole.Hours, whole.Closed = flow.Opening(l.Open), l.Hours, l.Closed
	return flow.FromLegacy(whole)
}

// SetLegacy gives a number from before flows other settings: its flow is made of them again, and the next call walks it.
func (s *State) SetLegacy(id routing.NumberID, l Legacy, prompts []flow.AudioID) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	f, is := s.Find(KindFlow, string(n.Flow)).(*Flow)
	if !is || !legacy(n.Kind) {
		return nil, told(Refusal{
			Code: "number_not_legacy", Row: "F19", Location: "path.id", Args: map[string]string{"number": string(n.E164)},
			Text: "{number} has a flow already: its settings are there",
		})
	}
	if (n.Kind == routing.LegacyIVR) != (l.Settings.Menu != "") {
		return nil, &Refusal{Code: "legacy_settings", Location: "body.menu", Text: "a legacy IVR number has a menu, and a classic one has none"}
	}
	switch l.Open {
	case OpenAlways, OpenNever, OpenByHours:
	default:
		return nil, notOneOf("body.open", string(l.Open))
	}
	if faults := l.Hours.Check(); len(faults) > 0 {
		return nil, &Refusal{Code: "legacy_hours", Location: "body.hours", Args: map[string]string{"why": faults[0].Text}, Text: faults[0].Text}
	}
	body, err := f.written(l.flow())
	if err != nil {
		return nil, fmt.Errorf("make the flow of %s: %w", n.ID, err)
	}
	next := *n
	next.Settings.Legacy = &l
	changes, err := s.puts(&next)
	if err != nil || body == f.Published {
		return changes, err
	}
	published, err := s.With(changes).publish(f, body, prompts)
	return merge(changes, published), err
}
