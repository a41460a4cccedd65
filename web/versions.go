package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

// Versions is what was ever published.
type Versions interface {
	// FlowVersions lists the versions of a flow, newest first, without their documents.
	FlowVersions(ctx context.Context, id flow.ID) ([]provisioning.FlowVersion, error)
	// FlowVersion finds one version of a flow. It fails with a *provisioning.Refusal where there is none.
	FlowVersion(ctx context.Context, id flow.ID, version int) (provisioning.FlowVersion, error)
	// FlowWalks are the ways that the newest calls took in a flow that began since a time and are over.
	FlowWalks(ctx context.Context, id flow.ID, since time.Time) ([]provisioning.Walk, error)
}

// versionObject is one version of a flow.
type versionObject struct {
	Version     int       `json:"version"`
	PublishedAt string    `json:"published_at" format:"date-time"`
	PublishedBy reference `json:"published_by" doc:"A user, a key, or how it came: apply."`
	Live        bool      `json:"live" doc:"The next call walks it."`
	Document    flowText  `json:"document,omitempty" doc:"Not in lists."`
}

type versionPath struct {
	ID      string `path:"id" maxLength:"64"`
	Version int    `path:"version" minimum:"1"`
}

type restoreRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Version int  `json:"version" minimum:"1"`
		Base    *int `json:"base,omitempty" minimum:"0" doc:"The version that you have seen."`
	}
}

func (s *Server) versionsAPI(a huma.API) {
	const at = "/api/v1/flows/{id}"
	huma.Get(a, at+"/versions", s.listVersions, operation("flows", "list-flow-versions", "Lists what was published, newest first", provisioning.FlowsRead,
		http.StatusNotFound))
	huma.Get(a, at+"/versions/{version}", s.showVersion, operation("flows", "get-flow-version", "Shows what was published once", provisioning.FlowsRead,
		http.StatusNotFound))
	huma.Post(a, at+"/restore", s.restore, operation("flows", "restore-flow", "Publishes an old version again, as a new one", provisioning.FlowsWrite,
		http.StatusNotFound, http.StatusPreconditionFailed), ok)
}

// flowFor finds a flow that who asks may see.
func (s *Server) flowFor(ctx context.Context, id string) (*provisioning.State, *provisioning.Flow, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, nil, err
	}
	f, err := theirs[*provisioning.Flow](ctx, st, provisioning.KindFlow, id)
	if err != nil {
		return nil, nil, s.refusal(ctx, err)
	}
	return st, f, nil
}

func (s *Server) listVersions(ctx context.Context, q *idRequest) (*listOf[versionObject], error) {
	st, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.rooms.Versions.FlowVersions(ctx, f.ID)
	if err != nil {
		return nil, s.failed(ctx, "list versions", err)
	}
	out := make([]versionObject, 0, len(all))
	for _, v := range all {
		out = append(out, showVersion(st, f, v))
	}
	return asList(out), nil
}

func showVersion(st *provisioning.State, f *provisioning.Flow, v provisioning.FlowVersion) versionObject {
	return versionObject{
		Version: v.Version, PublishedAt: *stamp(v.At), PublishedBy: author(st, v.Actor), Live: v.Version == f.Version, Document: flowText(v.Document),
	}
}

// author is who did something, as a page shows it.
func author(st *provisioning.State, actor string) reference {
	if u, is := st.Find(provisioning.KindUser, actor).(*provisioning.User); is {
		return reference{actor, u.Name}
	}
	if k, is := st.Find(provisioning.KindKey, actor).(*provisioning.Key); is {
		return reference{actor, k.Name}
	}
	return reference{ID: actor}
}

func (s *Server) showVersion(ctx context.Context, q *versionPath) (*objectAnswer[versionObject], error) {
	st, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.rooms.Versions.FlowVersion(ctx, f.ID, q.Version)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &objectAnswer[versionObject]{Body: showVersion(st, f, v)}, nil
}

func (s *Server) restore(ctx context.Context, q *restoreRequest) (*objectAnswer[draftObject], error) {
	_, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	old, err := s.rooms.Versions.FlowVersion(ctx, f.ID, q.Body.Version)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	out, err := s.onFlow(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.Restore(provisioning.Publishing{Flow: f.ID, Base: q.Body.Base, Prompts: s.rooms.Prompts}, old)
	})
	if err != nil {
		return nil, s.withDifference(ctx, q.ID, err)
	}
	return out, nil
}

// document is a version of a flow by its number, or "draft".
func (s *Server) document(ctx context.Context, f *provisioning.Flow, version string) ([]byte, error) {
	if version == "draft" {
		return []byte(f.Current()), nil
	}
	n, err := strconv.Atoi(version)
	if err != nil || n < 1 {
		return nil, provisioning.NotFound(provisioning.KindFlow, string(f.ID)+" in version "+version)
	}
	v, err := s.rooms.Versions.FlowVersion(ctx, f.ID, n)
	return []byte(v.Document), err
}

// newID is an id for something that is made now.
func newID(k provisioning.Kind) string { return routing.NewID(k.Prefix(), time.Now()) }
