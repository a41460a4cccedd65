package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// identity is who makes a request, and what they may do.
type identity struct {
	account routing.AccountID // empty: every account
	user    routing.UserID    // a person; empty: a program
	key     string            // id of an API key; empty: none of the records'
	role    provisioning.Role // of a person
	scopes  []provisioning.Scope
	all     everything // scopes are not asked
	until   time.Time  // end of the session; zero: there is none
	session sessionID  // which session; zero: none
	sealed  sealed     // what the session's cookie says, or would say now
	place   place      // of the page that the session is in
	source  string     // where the request comes from: the partition of those who are not known
	numbers []routing.NumberID
	teams   []routing.TeamID
}

// everything says that somebody may do everything: whoever opens the control socket, or shows the key of the configuration.
type everything bool

const keyIdentity contextKey = 100

// who is the identity of a request.
func who(ctx context.Context) identity {
	i, _ := ctx.Value(keyIdentity).(identity)
	return i
}

func withIdentity(ctx context.Context, i identity) context.Context {
	return context.WithValue(ctx, keyIdentity, i)
}

// may says whether a scope is given, by itself or by the star of its family.
func (i identity) may(want provisioning.Scope) everything {
	if i.all || want == "" {
		return true
	}
	family, _, _ := strings.Cut(string(want), ":")
	return everything(slices.ContainsFunc(i.scopes, func(has provisioning.Scope) bool {
		return has == want || string(has) == family+":*"
	}))
}

// actor names the identity in the audit log.
func (i identity) actor() string {
	return cmp.Or(string(i.user), i.key, "api")
}

// sees says whether records of an account are theirs to see.
func (i identity) sees(a routing.AccountID) everything {
	return i.account == "" || everything(i.account == a)
}

// The keys of what an operation says about itself beside its description.
const (
	metaScope = "scope" // provisioning.Scope that it asks for; empty: anybody who is known
	metaOpen  = "open"  // present: it is for everybody
)

// seesRecord says whether a record is theirs to see: of their account, and where a key is for some numbers and teams alone, one of those. What is neither a
// number nor a team is not restricted by that.
func (i identity) seesRecord(r provisioning.Record) everything {
	if !i.sees(r.Ref().Account) {
		return false
	}
	if len(i.numbers) == 0 && len(i.teams) == 0 {
		return true
	}
	switch r := r.(type) {
	case *provisioning.Number:
		ofTeam := slices.ContainsFunc(r.Teams, func(t routing.TeamID) bool { return slices.Contains(i.teams, t) })
		return everything(ofTeam || slices.Contains(i.numbers, r.ID))
	case *provisioning.Team:
		return everything(slices.Contains(i.teams, r.ID))
	}
	return true
}

// operation describes one operation of the API: its name, what it does, its part of the API, and the scope that it asks for.
func operation(tag, id, summary string, scope provisioning.Scope, refuses ...int) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.Tags, o.OperationID, o.Summary = []string{tag}, id, summary
		o.Security = []map[string][]string{{"key": scopeList(scope)}, {"session": scopeList(scope)}}
		o.Errors = append(o.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
		o.Errors = append(o.Errors, refuses...)
		if o.Metadata == nil {
			o.Metadata = map[string]any{}
		}
		o.Metadata[metaScope] = scope
	}
}

// forEverybody opens an operation to those who are not signed in.
func forEverybody(o *huma.Operation) {
	o.Security = []map[string][]string{}
	if o.Metadata == nil {
		o.Metadata = map[string]any{}
	}
	o.Metadata[metaOpen] = true
}

func scopeList(s provisioning.Scope) []string {
	if s == "" {
		return []string{}
	}
	return []string{string(s)}
}

// asksFor lets through whoever has the scope of an operation. One that names none was forgotten: it is for those who may do everything.
func (s *Server) asksFor(ctx huma.Context, next func(huma.Context)) {
	meta := ctx.Operation().Metadata
	if _, open := meta[metaOpen]; open {
		next(ctx)
		return
	}
	scope, named := meta[metaScope].(provisioning.Scope)
	i := who(ctx.Context())
	if bool(i.all) || named && bool(i.may(scope)) {
		next(ctx)
		return
	}
	p := problem(http.StatusForbidden, codeForbidden, "this needs the scope "+string(scope))
	p.args = map[string]string{"scope": string(scope)}
	s.refuseHuma(ctx, p)
}
