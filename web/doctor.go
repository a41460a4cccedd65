package web

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

type doctorRequest struct {
	Operator string `query:"operator_id" maxLength:"64" doc:"Looks at what concerns this operator alone."`
}

// doctorAnswer is what was found.
type doctorAnswer struct {
	Body struct {
		State  Verdict   `json:"state" enum:"ok,warn,fail" doc:"The worst of them."`
		Checks []Finding `json:"checks"`
	}
}

func (s *Server) doctorAPI(a huma.API) {
	huma.Get(a, "/api/v1/system/doctor", s.examine, operation("system", "examine", "Looks whether everything is as it should be, and says what to do where it is not",
		provisioning.SystemRead, http.StatusNotFound, http.StatusConflict))
}

// examine shows what was found, as far as it concerns who asks.
func (s *Server) examine(ctx context.Context, q *doctorRequest) (*doctorAnswer, error) {
	if s.rooms.Examiner == nil {
		return nil, problem(http.StatusConflict, codeUnavailable, "nobody looks here: the program does not run")
	}
	var about *provisioning.Operator
	if q.Operator != "" {
		_, o, err := s.operatorFor(ctx, q.Operator)
		if err != nil {
			return nil, err
		}
		about = o
	}
	out := &doctorAnswer{}
	out.Body.State, out.Body.Checks = Fine, []Finding{}
	for _, f := range s.rooms.Examiner.Examine(ctx, about) {
		if f.Account != "" && !bool(who(ctx).sees(f.Account)) {
			continue
		}
		out.Body.Checks = append(out.Body.Checks, f)
	}
	for _, worst := range []Verdict{Warn, Fail} {
		if slices.ContainsFunc(out.Body.Checks, func(f Finding) bool { return f.State == worst }) {
			out.Body.State = worst
		}
	}
	return out, nil
}
