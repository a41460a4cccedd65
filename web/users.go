package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// userQuery picks users.
type userQuery struct {
	Paged

	Q      string   `query:"q" maxLength:"100" doc:"What their name, address or extension begins with, from the first letter."`
	Role   string   `query:"role" enum:"owner,admin,supervisor,agent,readonly,carrier"`
	TeamID string   `query:"team_id" maxLength:"64"`
	Expand []string `query:"expand" enum:"teams,numbers,devices,availability" doc:"What comes with each."`

	Language string `header:"Accept-Language"`
}

type userRequest struct {
	ID     string   `path:"id" maxLength:"64"`
	Expand []string `query:"expand" enum:"teams,numbers,devices,availability" doc:"What comes with the user."`

	Language string `header:"Accept-Language"`
}

func (s *Server) usersAPI(a huma.API) {
	const read = provisioning.UsersRead
	huma.Get(a, "/api/v1/users", s.listUsers, operation("users", "list-users", "Lists the users", read))
	huma.Get(a, "/api/v1/users/{id}", s.showUser, operation("users", "get-user", "Shows a user", read, http.StatusNotFound))
	huma.Get(a, "/api/v1/users/{id}/numbers", s.userNumbers, operation("users", "list-user-numbers", "Lists the numbers that a user sees", read, http.StatusNotFound))
	mountChanges(s, a, s.userShelf())
	s.extensionsAPI(a)
	s.devicesAPI(a)
	s.meAPI(a)
	s.phoneAPI(a)
	s.ctiAPI(a)
}

func (s *Server) userShelf() shelf[*provisioning.User, userObject, userCreate, userPatch] {
	return shelf[*provisioning.User, userObject, userCreate, userPatch]{
		kind: provisioning.KindUser, path: "users", tag: "users", one: "user", article: "a user", write: provisioning.UsersWrite,
		show: showUser, make: makeUser, change: changeUser, guard: s.guardUsers, changed: s.renew,
		readyToMake: func(ctx context.Context, c *userCreate) (err error) {
			if c.Password != "" {
				c.kept, err = s.newPassword(ctx, c.Password)
			}
			return err
		},
		readyToChange: func(ctx context.Context, p *userPatch) (err error) {
			if p.Password.Sent && !p.Password.Null {
				p.kept, err = s.newPassword(ctx, p.Password.Value)
			}
			return err
		},
	}
}

// newPassword makes what is kept of a new password, a few at a time.
func (s *Server) newPassword(ctx context.Context, password string) (provisioning.Secret, error) {
	if err := provisioning.CheckNewPassword(password); err != nil {
		if r, is := errors.AsType[*provisioning.Refusal](err); is {
			r.Location = "body.password"
		}
		return "", err
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return "", problem(http.StatusServiceUnavailable, codeUnavailable, "too many passwords are made at once: try again")
	}
	return provisioning.HashPassword(password)
}

// guardUsers keeps owners to owners, and the session of who changes their own password or role.
func (s *Server) guardUsers(ctx context.Context, before, after *provisioning.User) error {
	if err := guardOwners(ctx, before, after); err != nil {
		return err
	}
	s.keepSession(ctx, after)
	return nil
}

// guardOwners keeps owners to owners: nobody else makes one, changes one, or takes one away. Else an admin who sets an owner's password would be one.
func guardOwners(ctx context.Context, before, after *provisioning.User) error {
	i := who(ctx)
	owner := func(u *provisioning.User) bool { return u != nil && u.Settings.Role == provisioning.RoleOwner }
	if bool(i.all) || i.role == provisioning.RoleOwner || (!owner(before) && !owner(after)) {
		return nil
	}
	return problem(http.StatusForbidden, "owners_only", "only an owner makes, changes or deletes an owner")
}

func (s *Server) listUsers(ctx context.Context, q *userQuery) (*pageAnswer[userObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	wanted, picked := soughtFor(q.Q), []*provisioning.User{}
	team, _ := st.Find(provisioning.KindTeam, q.TeamID).(*provisioning.Team)
	for _, u := range st.Users {
		role := u.Settings.Role
		if role == "" {
			role = provisioning.RoleAgent
		}
		if q.Role != "" && q.Role != string(role) || q.TeamID != "" && !inTeam(team, u.ID) || !wanted.in(u.Name, u.Email, u.Extension) {
			continue
		}
		picked = append(picked, u)
	}
	return cut(&q.Paged, itemsOf(ctx, picked, func(u *provisioning.User) userObject {
		return s.expandUser(st, showUser(st, u), expansion{q.Expand, q.Language})
	}))
}

func (s *Server) showUser(ctx context.Context, q *userRequest) (*objectAnswer[userObject], error) {
	st, u, err := look[*provisioning.User](ctx, s, provisioning.KindUser, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[userObject]{ETag: etag(u), Body: s.expandUser(st, showUser(st, u), expansion{q.Expand, q.Language})}, nil
}

func (s *Server) userNumbers(ctx context.Context, q *idRequest) (*listOf[userNumber], error) {
	st, u, err := look[*provisioning.User](ctx, s, provisioning.KindUser, q.ID)
	if err != nil {
		return nil, err
	}
	return asList(numbersOf(st, u.ID)), nil
}

func inTeam(t *provisioning.Team, id routing.UserID) bool {
	return t != nil && slices.Contains(t.Users, id)
}
