package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

type exportQuery struct {
	Passwords bool   `query:"passwords" doc:"Tells passwords too, or the digests of those that others show to us. For who may do everything."`
	Sounds    string `query:"sounds" enum:"digests,files" default:"digests" doc:"How sounds are named: by their digest, or as files that lie beside the site file: sounds/<id>.wav."`
	AccountID string `query:"account_id" maxLength:"64" doc:"Only this account."`
}

type exportAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// exportAPI mounts the way out for a whole office.
func (s *Server) exportAPI(a huma.API) {
	huma.Get(a, "/api/v1/site", s.exportSite, operation("site", "export-site", "Shows the records as a site file: applied again, it changes nothing",
		provisioning.SystemRead))
}

func (s *Server) exportSite(ctx context.Context, q *exportQuery) (*exportAnswer, error) {
	if q.Passwords && !bool(who(ctx).all) {
		return nil, problem(http.StatusForbidden, codeForbidden, "passwords are told on the control socket, and to the key of the configuration")
	}
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	what := provisioning.ExportWhat{Passwords: q.Passwords, Account: routing.AccountID(q.AccountID), Sounds: map[flow.AudioID]string{}}
	if own := who(ctx).account; own != "" {
		if q.AccountID != "" && q.AccountID != string(own) {
			return nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindAccount, q.AccountID))
		}
		what.Account = own
	}
	if q.Sounds == "files" {
		for _, sound := range st.Audio {
			what.Sounds[sound.ID] = "sounds/" + string(sound.ID) + ".wav"
		}
	}
	text, err := provisioning.Export(st, what)
	if err != nil {
		return nil, s.failed(ctx, "export the records", err)
	}
	return &exportAnswer{ContentType: "application/toml", Body: text}, nil
}
