package web

import (
	"context"
	"slices"

	"tandem/provisioning"
	"tandem/routing"
)

// decline stops what rings a user: who is named, who asks, or the only one whom the call rings.
func (s *Server) decline(ctx context.Context, r *userAction) (*struct{}, error) {
	c, by, err := s.forUser(ctx, r.ID, r.user())
	if err != nil {
		return nil, err
	}
	if me := who(ctx).user; by == "" && me != "" && slices.Contains(c.Users, me) {
		by = me
	}
	if by == "" && len(c.Users) == 1 {
		by = c.Users[0]
	}
	if by == "" {
		return nil, s.refusal(ctx, &provisioning.Refusal{Code: codeUserNeeded, Location: "body.user", Text: "this call rings several users, or none: say who declines"})
	}
	return s.do(ctx, c, routing.Decline{By: by})
}
