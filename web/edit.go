package web

import (
	"context"
	"errors"
	"net/http"

	"tandem/provisioning"
	"tandem/routing"
)

// edit plans changes and applies them in the name of who asks. What the rules refuse comes back as a problem.
func (s *Server) edit(ctx context.Context, plan provisioning.Edit) ([]provisioning.Change, error) { //nolint:unparam // what was applied is there for who wants it
	changes, err := provisioning.Do(ctx, s.rooms.Records, who(ctx).actor(), plan)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return changes, nil
}

// state reads the records.
func (s *Server) state(ctx context.Context) (*provisioning.State, error) {
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		return nil, s.failed(ctx, "read the records", err)
	}
	return st, nil
}

// refusal makes a problem of what the rules said, and of a store that failed.
func (s *Server) refusal(ctx context.Context, err error) error {
	if p, ours := errors.AsType[*ProblemError](err); ours {
		return p
	}
	if errors.Is(err, provisioning.ErrMoved) {
		return problem(http.StatusConflict, codeConflict, "others changed the records again and again meanwhile: nothing was applied, try again")
	}
	all, several := errors.AsType[provisioning.Refusals](err)
	if one, single := errors.AsType[*provisioning.Refusal](err); single && !several {
		all = provisioning.Refusals{one}
	}
	if len(all) == 0 {
		return s.failed(ctx, "change the records", err)
	}
	first := all[0]
	status := map[provisioning.RefusalKind]int{
		provisioning.Rule: http.StatusUnprocessableEntity, provisioning.Missing: http.StatusNotFound, provisioning.Clash: http.StatusConflict,
		provisioning.Stale: http.StatusPreconditionFailed,
	}[first.Why]
	p := problem(status, first.Code, first.Text)
	for _, r := range all {
		p.Errors = append(p.Errors, Fault{Location: r.Location, Message: r.Text, Code: r.Code, Row: r.Row, args: r.Args})
	}
	return p
}

// theirs finds a record of a kind that who asks may see; else it is as if it were not there.
func theirs[R provisioning.Record](ctx context.Context, st *provisioning.State, k provisioning.Kind, id string) (R, error) {
	r, is := st.Find(k, id).(R)
	if !is || !bool(who(ctx).seesRecord(r)) {
		var none R
		return none, provisioning.NotFound(k, id)
	}
	return r, nil
}

// look reads the records, and finds one that who asks may see. The error is a problem already.
func look[R provisioning.Record](ctx context.Context, s *Server, k provisioning.Kind, id string) (*provisioning.State, R, error) {
	var none R
	st, err := s.state(ctx)
	if err != nil {
		return nil, none, err
	}
	r, err := theirs[R](ctx, st, k, id)
	if err != nil {
		return nil, none, s.refusal(ctx, err)
	}
	return st, r, nil
}

// inAccount reads the records, and finds the account that who asks means. The error is a problem already.
func (s *Server) inAccount(ctx context.Context, named string) (*provisioning.State, routing.AccountID, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, "", err
	}
	account, err := accountFor(ctx, st, named)
	if err != nil {
		return nil, "", s.refusal(ctx, err)
	}
	return st, account, nil
}

// accountFor is the account in which who asks makes something: their own, or the one they name, or the only one there is.
func accountFor(ctx context.Context, st *provisioning.State, named string) (routing.AccountID, error) {
	i := who(ctx)
	switch {
	case i.account != "" && (named == "" || named == string(i.account)):
		return i.account, nil
	case named != "" && bool(i.sees(routing.AccountID(named))) && st.Find(provisioning.KindAccount, named) != nil:
		return routing.AccountID(named), nil
	case named == "" && len(st.Accounts) == 1:
		return st.Accounts[0].ID, nil
	case named == "":
		return "", &provisioning.Refusal{Code: "account_needed", Location: "body.account_id", Text: "there is more than one account, or none: say which, in account_id"}
	}
	return "", provisioning.NotFound(provisioning.KindAccount, named)
}

// matches refuses a change that leans on another version than the present one; without If-Match everything matches.
func matches(ifMatch string, r provisioning.Record) error {
	if ifMatch == "" || ifMatch == "*" || ifMatch == `"`+provisioning.ETag(r)+`"` {
		return nil
	}
	return &provisioning.Refusal{
		Why: provisioning.Stale, Code: "stale", Location: "header.If-Match",
		Text: "it was changed since you read it: read it again, and decide again",
	}
}

// etag is the header of a record.
func etag(r provisioning.Record) string { return `"` + provisioning.ETag(r) + `"` }
