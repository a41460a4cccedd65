package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// trunkObject is a trunk without its secrets.
type trunkObject struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	AccountID string      `json:"account_id,omitempty" doc:"Empty: shared by all accounts."`
	Sources   []string    `json:"sources" doc:"Networks whose requests are taken without a password."`
	Servers   []string    `json:"servers" doc:"Where calls go, best first."`
	Register  bool        `json:"register"`
	Country   string      `json:"country"`
	Dial      string      `json:"dial"`
	Emergency bool        `json:"emergency"`
	Priority  int         `json:"priority"`
	MaxCalls  int         `json:"max_calls"`
	Status    *trunkState `json:"status" doc:"null: not on the wire."`
}

// trunkState is what is known of a trunk on the wire.
type trunkState struct {
	ID         string  `json:"id"`
	Up         bool    `json:"up"`
	LastStatus int     `json:"last_status" doc:"SIP status of the last OPTIONS or REGISTER; 0: none yet, 408: no answer."`
	RTTMS      float64 `json:"rtt_ms"`
	Until      *string `json:"registered_until" format:"date-time"`
	Detail     string  `json:"detail,omitempty"`
}

func stateOf(t TrunkState) trunkState {
	return trunkState{
		ID: string(t.ID), Up: t.Up, LastStatus: t.LastStatus, RTTMS: float64(t.RTT.Microseconds()) / 1000, Until: stamp(t.Until), Detail: t.Detail,
	}
}

type trunkPath struct {
	ID string `path:"id" maxLength:"64"`
}

type trunkStatusAnswer struct{ Body trunkState }

func (s *Server) trunksAPI(a huma.API) {
	huma.Get(a, "/api/v1/trunks", s.listTrunks, operation("trunks", "list-trunks", "Lists the trunks and how they are", provisioning.TrunksRead))
	huma.Get(a, "/api/v1/trunks/{id}/status", s.trunkStatus,
		operation("trunks", "get-trunk-status", "Shows how a trunk is", provisioning.TrunksRead, http.StatusNotFound))
}

func (s *Server) states() map[routing.TrunkID]trunkState {
	out := map[routing.TrunkID]trunkState{}
	for _, t := range s.rooms.Trunks.Trunks() {
		out[t.ID] = stateOf(t)
	}
	return out
}

func (s *Server) listTrunks(context.Context, *struct{}) (*listOf[trunkObject], error) {
	states := s.states()
	out := []trunkObject{}
	for _, t := range s.teller().names.Trunks {
		o := trunkObject{
			ID: string(t.ID), Name: t.Name, AccountID: string(t.Account), Sources: []string{}, Servers: append([]string{}, t.Servers...),
			Register: t.Register, Country: t.Country, Dial: string(t.Dial), Emergency: t.Emergency, Priority: t.Priority, MaxCalls: t.MaxCalls,
		}
		for _, p := range t.Sources {
			o.Sources = append(o.Sources, p.String())
		}
		if st, known := states[t.ID]; known {
			o.Status = &st
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(x, y trunkObject) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return asList(out), nil
}

func (s *Server) trunkStatus(_ context.Context, p *trunkPath) (*trunkStatusAnswer, error) {
	st, known := s.states()[routing.TrunkID(p.ID)]
	if !known {
		return nil, problem(http.StatusNotFound, codeNotFound, "there is no trunk "+p.ID+" on the wire")
	}
	return &trunkStatusAnswer{Body: st}, nil
}
