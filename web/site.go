package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

type siteRequest struct {
	DryRun  bool   `query:"dry_run" doc:"Only says what would change."`
	Name    string `query:"name" default:"site.toml" maxLength:"1024" doc:"The name of the file, for messages."`
	Base    string `query:"base" maxLength:"4096" doc:"The directory of the sounds that the site names. Only on the control socket."`
	RawBody []byte `contentType:"application/toml"`
}

type siteAnswer struct {
	Body struct {
		Applied bool         `json:"applied" doc:"false after a dry run."`
		Changes []siteChange `json:"changes"`
	}
}

type siteChange struct {
	Verb   string                     `json:"verb" enum:"create,update,delete"`
	Kind   string                     `json:"kind" doc:"account, user, device, team, trunk, flow, number or audio."`
	ID     string                     `json:"id"`
	Name   string                     `json:"name"`
	Fields []provisioning.FieldChange `json:"fields"`
	Text   string                     `json:"text" doc:"All of it in a line."`
}

func (s *Server) siteAPI(a huma.API) {
	huma.Post(a, "/api/v1/site", s.applySite, operation("site", "apply-site", "Makes the records what a site file declares: all of it, or nothing", provisioning.SystemWrite,
		http.StatusConflict, http.StatusUnprocessableEntity),
		func(o *huma.Operation) { o.MaxBodyBytes = maxBody })
}

func (s *Server) applySite(ctx context.Context, r *siteRequest) (*siteAnswer, error) {
	site := SiteFile{Name: r.Name, Text: r.RawBody, Actor: "api"}
	if isLocal(ctx) {
		site.Actor = "apply"
	}
	if r.Base != "" {
		if !isLocal(ctx) || !filepath.IsAbs(r.Base) {
			return nil, problem(http.StatusForbidden, codeForbidden, "base names a directory of this machine: it is for the control socket, and absolute")
		}
		root, err := os.OpenRoot(r.Base)
		if err != nil {
			return nil, problem(http.StatusUnprocessableEntity, codeSite, fmt.Sprintf("the directory %s cannot be opened by the server", r.Base))
		}
		defer func() { _ = root.Close() }()
		site.Files = root.FS()
	}
	act := s.rooms.Office.Apply
	if r.DryRun {
		act = s.rooms.Office.Plan
	}
	change, err := act(ctx, site)
	if errors.Is(err, provisioning.ErrMoved) {
		return nil, problem(http.StatusConflict, codeConflict, "somebody else changed the records meanwhile: nothing was applied, try again")
	}
	if err != nil {
		return nil, s.failed(ctx, "apply site", err)
	}
	if len(change.Problems) > 0 {
		return nil, siteRefused(change.Problems)
	}
	out := &siteAnswer{}
	out.Body.Applied = !r.DryRun
	out.Body.Changes = make([]siteChange, 0, len(change.Changes))
	for _, c := range change.Changes {
		ref := c.Record.Ref()
		out.Body.Changes = append(out.Body.Changes, siteChange{
			Verb: string(c.Verb), Kind: string(ref.Kind), ID: ref.ID, Name: ref.Name, Fields: c.Fields, Text: c.String(),
		})
	}
	return out, nil
}

// siteRefused says everything that is wrong with a site file at once.
func siteRefused(problems []provisioning.Problem) *ProblemError {
	p := problem(http.StatusUnprocessableEntity, codeSite, "nothing was applied: the site file has errors")
	for _, one := range problems {
		at := one.File
		if one.Line > 0 {
			at = fmt.Sprintf("%s:%d", one.File, one.Line)
		}
		message := one.Text
		if one.Key != "" {
			message = one.Key + ": " + message
		}
		p.Errors = append(p.Errors, Fault{Location: at, Message: message, Code: one.Code})
	}
	return p
}
