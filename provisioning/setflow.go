package provisioning

import (
	"tandem/routing"
	"tandem/routing/flow"
)

// SetFlow gives a number another flow, which calls follow from the next one on. A flow that is not published would take the line away; that of a direct
// number obeys what direct numbers obey (SPEC D7, D18).
func (s *State) SetFlow(id routing.NumberID, to flow.ID) ([]Change, error) {
	n, is := s.Find(KindNumber, string(id)).(*Number)
	if !is {
		return nil, NotFound(KindNumber, string(id))
	}
	if legacy(n.Kind) {
		return nil, told(Refusal{
			Code: "number_is_legacy", Row: "F19", Location: "path.id", Args: map[string]string{"number": string(n.E164)},
			Text: "{number} is from before flows: convert it to a flow first",
		})
	}
	next := *n
	next.Flow = to
	if refused := s.checkNumberFlow(&next); len(refused) > 0 {
		return nil, refused
	}
	live := s.flowOf(&next)
	if live == nil && to != n.Flow {
		return nil, told(Refusal{
			Code: "flow_not_published", Row: "F2", Location: "body.flow_id", Args: map[string]string{"flow": string(to)},
			Text: "nothing of the flow {flow} is published: publish it first",
		})
	}
	if n.Kind == routing.Direct && live != nil {
		user := routing.UserID("")
		if len(n.Users) == 1 {
			user = n.Users[0]
		}
		f, _ := s.Find(KindFlow, string(to)).(*Flow)
		if refused := violationRefusals(live, user, s.Catalog(f, nil)); len(refused) > 0 {
			return nil, refused
		}
	}
	return s.Put(&next)
}
