package web

import (
	"encoding/json"
	"time"

	"tandem/routing"
)

// question is what a flow asks a program outside (API.md section 7, ring_to_api).
type question struct {
	Call    callObject        `json:"call"`
	Inputs  map[string]string `json:"inputs"`
	Contact *questionContact  `json:"contact"`
}

type questionContact struct {
	ID   string   `json:"id"`
	Name string   `json:"name"`
	Tags []string `json:"tags"`
	VIP  bool     `json:"vip"`
}

// RenderQuestion writes what a flow asks: the call as the API shows it, what the caller typed, and who they are.
func (s *Server) RenderQuestion(q routing.Question) ([]byte, error) {
	out := question{Call: s.teller().object(LiveCall{Record: q.Call, Status: string(q.Status)}, time.Now()), Inputs: q.Inputs}
	if out.Inputs == nil {
		out.Inputs = map[string]string{}
	}
	if c := q.Contact; c != nil {
		out.Contact = &questionContact{c.ID, c.Name, append([]string{}, c.Tags...), c.VIP}
	}
	return json.Marshal(out)
}
