package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

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

// operation describes one operation of the API: its name, what it does, its part of the API, and the scope that it asks for.
func operation(tag, id, summary string, scope provisioning.Scope, refuses ...int) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.Tags, o.OperationID, o.Summary = []string{tag}, id, summary
		o.Security = []map[string][]string{{"key": {string(scope)}}, {"session": {string(scope)}}}
		o.Errors = append(o.Errors, http.StatusUnauthorized, http.StatusForbidden)
		o.Errors = append(o.Errors, refuses...)
		o.Middlewares = append(o.Middlewares, asking(scope))
	}
}

// asking lets through whoever has a scope.
func asking(scope provisioning.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if who(ctx.Context()).may(scope) {
			next(ctx)
			return
		}
		refuseHuma(ctx, problem(http.StatusForbidden, codeForbidden, "this needs the scope "+string(scope)))
	}
}
