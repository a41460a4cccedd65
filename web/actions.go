package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

// The bodies of actions. A user who is not named is the one who is in the call.
type (
	userAction struct {
		ID   string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
		Body *struct {
			User string `json:"user,omitempty" maxLength:"64" doc:"The user who is in the call; may be left out when one user is."`
		} // may be left out altogether
	}
	digitsAction struct {
		ID   string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
		Body struct {
			User   string `json:"user,omitempty" maxLength:"64" doc:"Who presses; may be left out when one user is in the call."`
			Digits string `json:"digits" minLength:"1" maxLength:"64" pattern:"^[0-9*#A-Da-d]+$" doc:"Keys: 0 to 9, * # and A to D."`
		}
	}
	transferAction struct {
		ID   string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
		Body struct {
			User   string `json:"user,omitempty" maxLength:"64" doc:"Who hands the call on; may be left out when one user is in it, or none yet."`
			To     string `json:"to,omitempty" maxLength:"64" doc:"An extension, or a number as the account's users dial it."`
			ToUser string `json:"to_user,omitempty" maxLength:"64" doc:"Or a user's id."`
			ToTeam string `json:"to_team,omitempty" maxLength:"64" doc:"Or a team's id: those of it who are free ring."`
			Mode   string `json:"mode,omitempty" enum:"cold,warm" default:"cold" doc:"cold hands the call on at once; warm is not available yet."`
		}
	}
	redirectAction struct {
		ID   string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
		Body struct {
			To     string `json:"to,omitempty" maxLength:"64" doc:"The id of a number of the account, or any number."`
			FlowID string `json:"flow_id,omitempty" maxLength:"64" doc:"Or a published flow of the account."`
			NodeID string `json:"node_id,omitempty" maxLength:"64" doc:"Where to begin in that flow, or without flow_id another node of the present one."`
		}
	}
)

func (a *userAction) user() string {
	if a.Body == nil {
		return ""
	}
	return a.Body.User
}

// actionsAPI mounts what can be done to a call in progress.
func (s *Server) actionsAPI(a huma.API) {
	const under = "/api/v1/calls/{id}/actions/"
	about := func(id, summary string) func(*huma.Operation) {
		describe := operation("calls", id, summary, provisioning.CallsControl, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity)
		return func(o *huma.Operation) {
			describe(o)
			o.DefaultStatus = http.StatusNoContent
		}
	}
	huma.Post(a, under+"hangup", s.hangUp, about("hang-up-call", "Ends a call for everybody"))
	huma.Post(a, under+"decline", s.decline, about("decline-call", "Stops every phone of a user that a call rings, as a decline on one of them does"))
	huma.Post(a, under+"hold", s.hold, about("hold-call", "Lets the other party hear music"))
	huma.Post(a, under+"unhold", s.unhold, about("unhold-call", "Takes a call back that was held"))
	huma.Post(a, under+"dtmf", s.sendDigits, about("send-digits", "Presses keys: the other party hears them"))
	huma.Post(a, under+"transfer", s.transfer, about("transfer-call", "Hands a call on, also one that is in its flow"))
	huma.Post(a, under+"move", s.move, about("move-call", "Takes a user's place in a call to another device of theirs"))
	huma.Post(a, under+"redirect", s.redirect, about("redirect-call", "Takes a call out of its flow, to another number"))
}

func (s *Server) hangUp(ctx context.Context, r *callPath) (*struct{}, error) {
	c, err := s.inProgress(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return s.do(ctx, c, routing.HangUp{})
}

func (s *Server) hold(ctx context.Context, r *userAction) (*struct{}, error) {
	c, by, err := s.forUser(ctx, r.ID, r.user())
	if err != nil {
		return nil, err
	}
	return s.do(ctx, c, routing.Hold{By: by})
}

func (s *Server) unhold(ctx context.Context, r *userAction) (*struct{}, error) {
	c, by, err := s.forUser(ctx, r.ID, r.user())
	if err != nil {
		return nil, err
	}
	return s.do(ctx, c, routing.Unhold{By: by})
}

func (s *Server) sendDigits(ctx context.Context, r *digitsAction) (*struct{}, error) {
	c, by, err := s.forUser(ctx, r.ID, r.Body.User)
	if err != nil {
		return nil, err
	}
	return s.do(ctx, c, routing.SendDigits{By: by, Keys: strings.ToUpper(r.Body.Digits)})
}

func (s *Server) transfer(ctx context.Context, r *transferAction) (*struct{}, error) {
	if r.Body.Mode == "warm" {
		return nil, problem(http.StatusUnprocessableEntity, codeNotAvailable, "mode warm is not available yet: use cold")
	}
	c, by, err := s.forUser(ctx, r.ID, r.Body.User)
	if err != nil {
		return nil, err
	}
	cmd := routing.Transfer{By: by, To: r.Body.To, User: routing.UserID(r.Body.ToUser), Team: routing.TeamID(r.Body.ToTeam)}
	if err := oneOf("body.to", "say to whom: one of to, to_user and to_team", cmd.To, r.Body.ToUser, r.Body.ToTeam); err != nil {
		return nil, s.refusal(ctx, err)
	}
	return s.do(ctx, c, cmd)
}

func (s *Server) redirect(ctx context.Context, r *redirectAction) (*struct{}, error) {
	c, err := s.inProgress(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := oneOf("body.to", "say where to: to, or flow_id and node_id, or one of these", r.Body.To, r.Body.FlowID+r.Body.NodeID); err != nil {
		return nil, s.refusal(ctx, err)
	}
	cmd := routing.Redirect{Flow: flow.ID(r.Body.FlowID), Node: flow.NodeID(r.Body.NodeID)}
	switch {
	case strings.HasPrefix(r.Body.To, "num_"):
		cmd.To.Number = flow.NumberID(r.Body.To)
	case r.Body.To != "":
		cmd.To.External = r.Body.To
	case r.Body.FlowID != "":
		st, err := s.state(ctx)
		if err != nil {
			return nil, err
		}
		f, is := st.Find(provisioning.KindFlow, r.Body.FlowID).(*provisioning.Flow)
		if !is || f.Account != c.Record.Account {
			return nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindFlow, r.Body.FlowID))
		}
	}
	return s.do(ctx, c, cmd)
}

// oneOf refuses a body that says none of several things, or more than one.
func oneOf(location, text string, values ...string) error {
	n := 0
	for _, v := range values {
		if v != "" {
			n++
		}
	}
	if n == 1 {
		return nil
	}
	return &provisioning.Refusal{Code: "target_needed", Location: location, Text: text}
}

// inProgress finds a call that is not over.
func (s *Server) inProgress(ctx context.Context, ref string) (LiveCall, error) {
	c, err := s.callFor(ctx, ref)
	if err != nil {
		return LiveCall{}, err
	}
	if c.Status == string(routing.CallEnded) || !c.Record.EndedAt.IsZero() {
		return LiveCall{}, callOver()
	}
	if me := who(ctx); me.role == provisioning.RoleAgent && !slices.Contains(c.Users, me.user) {
		return LiveCall{}, problem(http.StatusForbidden, "own_calls_only", "you may act on calls alone that you are in")
	}
	return c, nil
}

func callOver() error { return problem(http.StatusConflict, codeCallOver, "this call is over") }

// forUser finds a call in progress, and who of its users acts: the one who is named, else the only one who talks. While nobody talks it is
// nobody: the call is with its flow.
func (s *Server) forUser(ctx context.Context, ref, named string) (LiveCall, routing.UserID, error) {
	c, err := s.inProgress(ctx, ref)
	if err != nil {
		return LiveCall{}, "", err
	}
	if me := who(ctx); me.role == provisioning.RoleAgent {
		if named != "" && named != string(me.user) {
			return LiveCall{}, "", problem(http.StatusForbidden, "own_calls_only", "you may act for yourself alone")
		}
		named = string(me.user)
	}
	if named != "" {
		return c, routing.UserID(named), nil
	}
	switch routing.CallStatus(c.Status) {
	case routing.CallAnswered, routing.CallHeld:
	case routing.CallInitiated, routing.CallInFlow, routing.CallQueued, routing.CallRinging, routing.CallEnded:
		return c, "", nil
	}
	if len(c.Users) != 1 {
		p := problem(http.StatusUnprocessableEntity, codeUserNeeded, "this call does not have one user but several, or none: say which one acts")
		p.Errors = []Fault{{Location: "body.user", Message: "name a user who is in the call"}}
		return LiveCall{}, "", p
	}
	return c, c.Users[0], nil
}

// do hands a command to the call.
func (s *Server) do(ctx context.Context, c LiveCall, cmd routing.Command) (*struct{}, error) {
	err := s.rooms.Switchboard.Do(ctx, c.Record.ID, cmd)
	if err == nil {
		return nil, nil // an answer without a body
	}
	if errors.Is(err, routing.ErrNoCall) {
		return nil, callOver()
	}
	if errors.Is(err, routing.ErrRefused) {
		return nil, problem(http.StatusUnprocessableEntity, codeRefused, strings.TrimPrefix(err.Error(), routing.ErrRefused.Error()+": "))
	}
	for reason, code := range map[error]string{
		routing.ErrNotInFlow: codeNotInFlow, routing.ErrNotTalking: codeNotTalking, routing.ErrNotTheirs: codeUserNotInCall,
		routing.ErrTransferring: codeTransferring, routing.ErrMoving: codeMoving, routing.ErrNoDevice: codeNoDevice, routing.ErrNotReached: codeNotReached,
	} {
		if errors.Is(err, reason) {
			return nil, problem(http.StatusConflict, code, reason.Error())
		}
	}
	s.cfg.Log.LogAttrs(ctx, slog.LevelError, "a call does not obey", slog.String("call_id", string(c.Record.ID)), slog.Any("err", err))
	return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "the call does not answer")
}
