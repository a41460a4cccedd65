package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow/simulate"
)

type simulateRequest struct {
	ID       string `path:"id" maxLength:"64"`
	Version  string `query:"version" default:"draft" maxLength:"12" doc:"A version, or draft."`
	Language string `header:"Accept-Language" maxLength:"1000"`
	Body     simulate.Request
}

type simulateAnswer struct{ Body simulate.Report }

func (s *Server) simulateAPI(a huma.API) {
	huma.Post(a, "/api/v1/flows/{id}/simulate", s.simulate,
		operation("flows", "simulate-flow", "Walks a flow on a virtual clock, and says why it went where", provisioning.FlowsRead, http.StatusNotFound), ok)
}

func (s *Server) simulate(ctx context.Context, q *simulateRequest) (*simulateAnswer, error) {
	_, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	parsed, err := s.versionOf(ctx, f, q.Version)
	if err != nil {
		return nil, s.refusal(ctx, provisioning.FlowRefusals(err))
	}
	if parsed.Nodes[parsed.Start] == nil {
		return nil, s.refusal(ctx, &provisioning.Refusal{Code: "E01", Row: "F14", Location: "body", Text: "the flow has no first node: there is nothing to walk"})
	}
	names, from := s.teller().names, routing.E164(q.Body.From)
	called := calledOf(names, f, q.Body.To)
	place, err := time.LoadLocation(names.Tryout(f.Account, called, from, time.Now()).Zone)
	if err != nil {
		place = time.UTC
	}
	script, faults := q.Body.Script(place, time.Now())
	if len(faults) > 0 {
		p := problem(http.StatusUnprocessableEntity, codeInvalid, faults[0].Text)
		for _, one := range faults {
			p.Errors = append(p.Errors, Fault{Location: "body." + one.Path, Message: one.Text})
		}
		return nil, p
	}
	desk := names.Tryout(f.Account, called, from, script.At)
	return &simulateAnswer{Body: simulate.Run(parsed, desk, script).Report(language(q.Language))}, nil
}

// calledOf is the number that is called: the one asked for, or the first of those that the flow serves.
func calledOf(names *routing.Snapshot, f *provisioning.Flow, to string) *routing.Number {
	if n := names.Numbers[routing.E164(to)]; n != nil && n.Account == f.Account {
		return n
	}
	var first *routing.Number
	for _, n := range names.Numbers {
		if n.Flow == f.ID && (first == nil || n.ID < first.ID) {
			first = n
		}
	}
	return first
}
