package web

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// ctiObject is what the panel in a page of others must know of where it is.
type ctiObject struct {
	Origins []string `json:"allowed_origins" doc:"Whose pages may show the panel and speak to it, beside our own."`
}

type ctiAnswer struct{ Body ctiObject }

func (s *Server) ctiAPI(a huma.API) {
	s.formatAPI(a)
	s.callerIDsAPI(a)
	s.inboxCountsAPI(a)
	huma.Get(a, "/api/v1/me/cti", s.showCTI, operation("me", "get-my-cti", "Shows which pages may show one's phone", provisioning.Own, http.StatusNotFound))
}

func (s *Server) showCTI(ctx context.Context, _ *struct{}) (*ctiAnswer, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	u, err := myself(ctx, st)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &ctiAnswer{Body: ctiObject{Origins: texts(originsOf(st, u.Account))}}, nil
}

// originsOf are those that an account allows; without one, those of every account, each once.
func originsOf(st *provisioning.State, account routing.AccountID) []provisioning.Origin {
	var out []provisioning.Origin
	for _, a := range st.Accounts {
		if account == "" || a.ID == account {
			out = append(out, a.Settings.Origins...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// framers are the origins whose pages may show the panel: of the account of who is signed in, and before that of every account.
func (s *Server) framers(r *http.Request) []string {
	if s.rooms.Records == nil {
		return nil
	}
	st, err := s.rooms.Records.State(r.Context())
	if err != nil {
		s.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("method", "show the panel"), slog.Any("err", err))
		return nil // our own pages alone
	}
	i, known, err := s.identify(r)
	if err != nil || known != rightKey {
		i = identity{}
	}
	var out []string
	for _, o := range originsOf(st, i.account) {
		if o.Valid() { // nothing else gets into a header, whatever the records say
			out = append(out, string(o))
		}
	}
	return out
}
