package web

import (
	"context"

	"tandem/routing"
)

// moveAction asks for a call on another device: "move this call here" names the page that asks (SPEC C17).
type moveAction struct {
	ID   string `path:"id" maxLength:"64" doc:"Its id, or its call number."`
	Body struct {
		User     string `json:"user,omitempty" maxLength:"64" doc:"The user who is in the call; may be left out when one user is."`
		DeviceID string `json:"device_id" minLength:"1" maxLength:"64" doc:"A device of that user. It is called and picks up by itself; until then the call goes on where it is."`
		Instance string `json:"instance,omitempty" maxLength:"64" doc:"Of a page: the one that is meant, as it named itself for its phone session. Absent: the one that connected last."`
	}
}

func (s *Server) move(ctx context.Context, r *moveAction) (*struct{}, error) {
	c, by, err := s.forUser(ctx, r.ID, r.Body.User)
	if err != nil {
		return nil, err
	}
	return s.do(ctx, c, routing.Move{By: by, Device: routing.DeviceID(r.Body.DeviceID), Instance: r.Body.Instance})
}
