package web

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// teamObject is a team in the API.
type teamObject struct {
	ID        string      `json:"id"`
	AccountID string      `json:"account_id"`
	Name      string      `json:"name"`
	UserIDs   []string    `json:"user_ids" doc:"In the order in which they ring, one by one."`
	MustTag   bool        `json:"must_tag" doc:"Calls that it answered are after-call work until they are tagged."`
	Users     []reference `json:"users,omitempty" doc:"With expand=users."`
}

type teamCreate struct {
	Name    string   `json:"name"`
	UserIDs []string `json:"user_ids,omitempty" maxItems:"2000"`
	MustTag bool     `json:"must_tag,omitempty"`
}

type teamPatch struct {
	Name    optional[string]   `json:"name,omitzero"`
	UserIDs optional[[]string] `json:"user_ids,omitzero"`
	MustTag optional[bool]     `json:"must_tag,omitzero"`
}

type teamQuery struct {
	Paged

	Q      string   `query:"q" maxLength:"100" doc:"What a word of its name begins with, from the first letter."`
	Expand []string `query:"expand" enum:"users"`
}

type teamRequest struct {
	ID     string   `path:"id" maxLength:"64"`
	Expand []string `query:"expand" enum:"users"`
}

type memberRequest struct {
	ID      string `path:"id" maxLength:"64"`
	User    string `path:"user" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
}

type memberPut struct {
	ID       string `path:"id" maxLength:"64"`
	User     string `path:"user" maxLength:"64"`
	IfMatch  string `header:"If-Match" maxLength:"100"`
	Position int    `query:"position" minimum:"0" default:"0" doc:"From 1; 0: where they are, and else at the end."`
}

func (s *Server) teamsAPI(a huma.API) {
	const read, write = provisioning.UsersRead, provisioning.UsersWrite
	huma.Get(a, "/api/v1/teams", s.listTeams, operation("teams", "list-teams", "Lists the teams", read))
	huma.Get(a, "/api/v1/teams/{id}", s.showTeam, operation("teams", "get-team", "Shows a team", read, http.StatusNotFound))
	mountChanges(s, a, teamShelf())
	huma.Put(a, "/api/v1/teams/{id}/users/{user}", s.joinTeam,
		operation("teams", "add-team-user", "Puts a user into a team, at a place", write, http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Delete(a, "/api/v1/teams/{id}/users/{user}", s.quitTeam,
		operation("teams", "remove-team-user", "Takes a user out of a team", write, http.StatusNotFound, http.StatusPreconditionFailed))
}

func teamShelf() shelf[*provisioning.Team, teamObject, teamCreate, teamPatch] {
	return shelf[*provisioning.Team, teamObject, teamCreate, teamPatch]{
		kind: provisioning.KindTeam, path: "teams", tag: "teams", one: "team", article: "a team", write: provisioning.UsersWrite,
		show: showTeam,
		make: func(c teamCreate, b born) (*provisioning.Team, error) {
			return &provisioning.Team{
				ID: routing.TeamID(b.id), Account: b.account, Name: provisioning.Clean(c.Name), Users: ids[routing.UserID](c.UserIDs), MustTag: c.MustTag,
			}, nil
		},
		change: func(t *provisioning.Team, p teamPatch) (*provisioning.Team, error) {
			next := *t
			p.Name.set(&next.Name)
			next.Name = provisioning.Clean(next.Name)
			if p.UserIDs.Sent {
				next.Users = ids[routing.UserID](p.UserIDs.Value)
			}
			p.MustTag.set(&next.MustTag)
			return &next, nil
		},
	}
}

func showTeam(_ *provisioning.State, t *provisioning.Team) teamObject {
	return teamObject{ID: string(t.ID), AccountID: string(t.Account), Name: t.Name, UserIDs: texts(t.Users), MustTag: t.MustTag}
}

func expandTeam(st *provisioning.State, o teamObject, more []string) teamObject {
	if !slices.Contains(more, "users") {
		return o
	}
	o.Users = []reference{}
	for _, id := range o.UserIDs {
		if u, is := st.Find(provisioning.KindUser, id).(*provisioning.User); is {
			o.Users = append(o.Users, reference{ID: id, Name: u.Name})
		}
	}
	return o
}

func (s *Server) listTeams(ctx context.Context, q *teamQuery) (*pageAnswer[teamObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	wanted, picked := soughtFor(q.Q), []*provisioning.Team{}
	for _, t := range st.Teams {
		if wanted.in(t.Name) {
			picked = append(picked, t)
		}
	}
	return cut(&q.Paged, itemsOf(ctx, picked, func(t *provisioning.Team) teamObject { return expandTeam(st, showTeam(st, t), q.Expand) }))
}

func (s *Server) showTeam(ctx context.Context, q *teamRequest) (*objectAnswer[teamObject], error) {
	st, t, err := look[*provisioning.Team](ctx, s, provisioning.KindTeam, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[teamObject]{ETag: etag(t), Body: expandTeam(st, showTeam(st, t), q.Expand)}, nil
}

// joinTeam puts a user into a team, once.
func (s *Server) joinTeam(ctx context.Context, q *memberPut) (*objectAnswer[teamObject], error) {
	return s.members(ctx, &memberRequest{ID: q.ID, User: q.User, IfMatch: q.IfMatch}, func(users []routing.UserID) ([]routing.UserID, error) {
		id := routing.UserID(q.User)
		at := slices.Index(users, id)
		if at >= 0 && q.Position == 0 {
			return users, nil
		}
		rest := slices.DeleteFunc(slices.Clone(users), func(u routing.UserID) bool { return u == id })
		place := len(rest)
		if q.Position > 0 {
			place = min(q.Position-1, len(rest))
		}
		return slices.Insert(rest, place, id), nil
	})
}

// quitTeam takes a user out of a team.
func (s *Server) quitTeam(ctx context.Context, q *memberRequest) (*objectAnswer[teamObject], error) {
	return s.members(ctx, q, func(users []routing.UserID) ([]routing.UserID, error) {
		id := routing.UserID(q.User)
		if !slices.Contains(users, id) {
			return nil, provisioning.NotFound(provisioning.KindUser, q.User)
		}
		return slices.DeleteFunc(slices.Clone(users), func(u routing.UserID) bool { return u == id }), nil
	})
}

// members changes who is in a team.
func (s *Server) members(ctx context.Context, q *memberRequest, change func([]routing.UserID) ([]routing.UserID, error)) (*objectAnswer[teamObject], error) {
	var next provisioning.Team
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		t, err := theirs[*provisioning.Team](ctx, st, provisioning.KindTeam, q.ID)
		if err != nil {
			return nil, err
		}
		if err = matches(q.IfMatch, t); err != nil {
			return nil, err
		}
		if _, err = theirs[*provisioning.User](ctx, st, provisioning.KindUser, q.User); err != nil {
			return nil, err
		}
		next = *t
		if next.Users, err = change(t.Users); err != nil {
			return nil, err
		}
		return st.Put(&next)
	})
	if err != nil {
		return nil, err
	}
	return &objectAnswer[teamObject]{ETag: etag(&next), Body: showTeam(nil, &next)}, nil
}
