package web

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
)

// auditObject is one line of the audit log: who changed what, from what to what.
type auditObject struct {
	ID       string        `json:"id"`
	At       string        `json:"at" format:"date-time"`
	Actor    string        `json:"actor" doc:"A user's id, a key's id, api for the key of the configuration, apply for a site file."`
	ActorIs  *string       `json:"actor_name" doc:"The name of the user or key; null where it is none, or gone."`
	Verb     string        `json:"verb" enum:"create,update,delete"`
	Kind     string        `json:"kind"`
	RecordID string        `json:"record_id"`
	Name     string        `json:"name"`
	Changes  []auditChange `json:"changes" doc:"Field by field; what is secret is dots."`
}

type auditChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type auditQuery struct {
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string    `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Kind   string    `query:"kind" maxLength:"40" doc:"user, number, flow …"`
	Record string    `query:"record_id" maxLength:"64"`
	Actor  string    `query:"actor" maxLength:"64"`
	Since  time.Time `query:"since" doc:"At this time or later."`
	Until  time.Time `query:"until" doc:"Before this time."`

	path  string     // of the request
	query url.Values // of the request
}

// Resolve notes the address of the request, for the link to the next page.
func (q *auditQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	q.path, q.query = u.Path, u.Query()
	return nil
}

func (s *Server) auditAPI(a huma.API) {
	huma.Get(a, "/api/v1/audit-log", s.listAudit, operation("settings", "list-audit-log", "Lists who changed what, the newest first", provisioning.SystemRead))
}

func (s *Server) listAudit(ctx context.Context, q *auditQuery) (*pageAnswer[auditObject], error) {
	f := provisioning.AuditFilter{
		Account: who(ctx).account, Record: q.Record, Kind: provisioning.Kind(q.Kind), Actor: q.Actor, Since: q.Since, Until: q.Until, Limit: q.Limit,
	}
	after, err := openCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	if after != "" {
		if f.Before, err = strconv.ParseInt(after, 10, 64); err != nil || f.Before <= 0 {
			return nil, badCursor()
		}
	}
	page, err := s.rooms.Audit.Audit(ctx, f)
	if err != nil {
		return nil, s.failed(ctx, "list the audit log", err)
	}
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	out := &pageAnswer[auditObject]{Body: pageBody[auditObject]{Data: []auditObject{}}}
	for i := range page.Entries {
		out.Body.Data = append(out.Body.Data, showAudit(st, &page.Entries[i]))
	}
	if page.Next > 0 {
		next := sealCursor(strconv.FormatInt(page.Next, 10))
		out.Body.NextCursor = &next
		out.Link = nextLink(q.path, q.query, next, q.Limit)
	}
	return out, nil
}

func showAudit(st *provisioning.State, e *provisioning.AuditEntry) auditObject {
	o := auditObject{
		ID: strconv.FormatInt(e.ID, 10), At: *stamp(e.At), Actor: e.Actor, Verb: string(e.Verb), Kind: string(e.Kind), RecordID: e.Record, Name: e.Name,
		Changes: []auditChange{},
	}
	if u, is := st.Find(provisioning.KindUser, e.Actor).(*provisioning.User); is && u.Account == e.Account {
		o.ActorIs = &u.Name
	}
	if k, is := st.Find(provisioning.KindKey, e.Actor).(*provisioning.Key); is && k.Account == e.Account {
		o.ActorIs = &k.Name
	}
	for _, f := range e.Fields {
		o.Changes = append(o.Changes, auditChange{Field: f.Name, Before: f.Before, After: f.After})
	}
	return o
}
