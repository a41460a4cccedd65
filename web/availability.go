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

// availabilityObject is what a user set, and what they are doing.
type availabilityObject struct {
	UserID       string        `json:"user_id"`
	Availability string        `json:"availability" enum:"available,auto,unavailable" doc:"What was set. auto follows the user's working hours."`
	Status       string        `json:"status" enum:"available,ringing,in_call,after_call_work,unavailable,offline" doc:"What they are doing: exactly one thing."`
	Reason       *reasonNamed  `json:"reason" doc:"With the status unavailable: why, where somebody said so."`
	Device       *string       `json:"device" enum:"native,workspace,cti,app,sip_phone" doc:"With in_call: where they talk; null: on a phone outside."`
	CallID       *string       `json:"call_id" doc:"With ringing, in_call and after_call_work."`
	WrapUp       *wrapUpOfDesk `json:"wrap_up" doc:"With after_call_work."`
	IdleSince    *string       `json:"idle_since" format:"date-time" doc:"The idle clock, by which the longest idle is rung."`
}

// wrapUpOfDesk is a user's after-call work.
type wrapUpOfDesk struct {
	EndsAt  *string  `json:"ends_at" format:"date-time" doc:"null: when the calls of must_tag are tagged."`
	MustTag []string `json:"must_tag" doc:"Calls that must be tagged before it ends."`
}

// reasonNamed is why a user is unavailable.
type reasonNamed struct {
	ID   string `json:"id" doc:"Of a reason of the account; or not_answering, outside_hours."`
	Name string `json:"name"`
}

// availabilityBody is what somebody sets.
type availabilityBody struct {
	Availability string `json:"availability" enum:"available,auto,unavailable"`
	ReasonID     string `json:"reason_id,omitempty" maxLength:"64" doc:"With unavailable: one of the account's reasons. Users must say why; nobody else may say it for them."`
}

type (
	userAsked struct {
		ID       string `path:"id" maxLength:"64"`
		Language string `header:"Accept-Language"`
	}
	everybodyAsked struct {
		Language string `header:"Accept-Language"`
	}
	availabilitySet struct {
		ID       string `path:"id" maxLength:"64"`
		IfMatch  string `header:"If-Match" maxLength:"100"`
		Language string `header:"Accept-Language"`
		Body     availabilityBody
	}
	myAvailabilitySet struct {
		IfMatch  string `header:"If-Match" maxLength:"100"`
		Language string `header:"Accept-Language"`
		Body     availabilityBody
	}
)

// availabilityAPI mounts what users set, what they are doing, and what they did.
func (s *Server) availabilityAPI(a huma.API) {
	const under = "/api/v1/users/{id}/"
	about := func(id, summary string, scope provisioning.Scope, refuses ...int) func(*huma.Operation) {
		return operation("users", id, summary, scope, refuses...)
	}
	huma.Get(a, "/api/v1/users/availabilities", s.availabilities, about("list-availabilities", "Shows what every user is doing now", provisioning.UsersRead))
	huma.Get(a, under+"availability", s.availability, about("get-availability", "Shows what a user is doing now", provisioning.UsersRead, http.StatusNotFound))
	huma.Put(a, under+"availability", s.setAvailability,
		about("set-availability", "Sets a user's availability", provisioning.UsersWrite, http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Put(a, "/api/v1/me/availability", s.setMyAvailability,
		about("set-my-availability", "Sets one's own availability", provisioning.Own, http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Post(a, under+"wrap-up/end", s.endWrapUp, about("end-wrap-up", "Ends a user's after-call work", provisioning.UsersWrite, http.StatusNotFound, http.StatusConflict))
	huma.Post(a, "/api/v1/me/wrap-up/end", s.endMyWrapUp,
		about("end-my-wrap-up", "Ends one's own after-call work", provisioning.Own, http.StatusNotFound, http.StatusConflict))
	huma.Get(a, under+"status-history", s.statusHistory, about("get-status-history", "Shows what a user did, day by day", provisioning.UsersRead, http.StatusNotFound))
	s.reasonsAPI(a)
	s.hoursAPI(a)
}

// availabilityOf writes what a user is doing now.
func (s *Server) availabilityOf(st *provisioning.State, u *provisioning.User, lang string) availabilityObject {
	out := availabilityObject{UserID: string(u.ID), Availability: string(u.Availability), Status: string(routing.UserOffline)}
	if s.rooms.Desks == nil {
		return out
	}
	d := s.rooms.Desks.UserDesk(u.ID)
	out.Status, out.IdleSince = string(d.Status), stamp(d.IdleSince)
	if d.Reason != "" {
		out.Reason = s.reasonNamed(st, d.Reason, lang)
	}
	if d.Call != "" {
		out.CallID = new(string(d.Call))
	}
	if d.Device != "" {
		out.Device = new(string(d.Device))
	}
	if d.Status == routing.UserWrapUp {
		out.WrapUp = &wrapUpOfDesk{EndsAt: stamp(d.WrapUpEnds), MustTag: []string{}}
		for _, c := range d.MustTag {
			out.WrapUp.MustTag = append(out.WrapUp.MustTag, string(c))
		}
	}
	return out
}

// reasonNamed gives a reason its name: the account's, or one of ours in the reader's language. One that was deleted keeps its id alone.
func (s *Server) reasonNamed(st *provisioning.State, id routing.ReasonID, lang string) *reasonNamed {
	out := &reasonNamed{ID: string(id)}
	switch r, _ := st.Find(provisioning.KindReason, string(id)).(*provisioning.Reason); {
	case r != nil:
		out.Name = r.Name
	case id == routing.ReasonNotAnswering, id == routing.ReasonOutsideHours:
		out.Name = s.words.say(language(lang), "reason."+string(id))
	}
	return out
}

func (s *Server) availabilities(ctx context.Context, q *everybodyAsked) (*listOf[availabilityObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]availabilityObject, 0, len(st.Users))
	for _, u := range st.Users {
		if bool(who(ctx).sees(u.Account)) {
			out = append(out, s.availabilityOf(st, u, q.Language))
		}
	}
	return asList(out), nil
}

func (s *Server) availability(ctx context.Context, q *userAsked) (*objectAnswer[availabilityObject], error) {
	st, u, err := look[*provisioning.User](ctx, s, provisioning.KindUser, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[availabilityObject]{ETag: etag(u), Body: s.availabilityOf(st, u, q.Language)}, nil
}

// me is who asks, where it is a person.
func me(ctx context.Context) (string, error) {
	if id := who(ctx).user; id != "" {
		return string(id), nil
	}
	return "", problem(http.StatusNotFound, "not_a_person", "this is about the person who is signed in, and a key is nobody")
}

func (s *Server) setMyAvailability(ctx context.Context, q *myAvailabilitySet) (*objectAnswer[availabilityObject], error) {
	id, err := me(ctx)
	if err != nil {
		return nil, err
	}
	return s.setAvailability(ctx, &availabilitySet{ID: id, IfMatch: q.IfMatch, Language: q.Language, Body: q.Body})
}

func (s *Server) setAvailability(ctx context.Context, q *availabilitySet) (*objectAnswer[availabilityObject], error) {
	want := provisioning.Availability{Set: routing.Availability(q.Body.Availability), Reason: routing.ReasonID(q.Body.ReasonID), By: provisioning.Admin}
	if string(who(ctx).user) == q.ID {
		want.By = provisioning.Themselves
	}
	var seen *provisioning.State
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		u, err := theirs[*provisioning.User](ctx, st, provisioning.KindUser, q.ID)
		if err == nil {
			err = matches(q.IfMatch, u)
		}
		if err != nil {
			return nil, err
		}
		changes, err := st.SetAvailability(u, want)
		seen = st.With(changes)
		return changes, err
	})
	if err != nil {
		return nil, err
	}
	u, err := theirs[*provisioning.User](ctx, seen, provisioning.KindUser, q.ID)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &objectAnswer[availabilityObject]{ETag: etag(u), Body: s.availabilityOf(seen, u, q.Language)}, nil
}

func (s *Server) endMyWrapUp(ctx context.Context, q *everybodyAsked) (*objectAnswer[availabilityObject], error) {
	id, err := me(ctx)
	if err != nil {
		return nil, err
	}
	return s.endWrapUp(ctx, &userAsked{ID: id, Language: q.Language})
}

// endWrapUp ends after-call work, unless a call must be tagged first (SPEC A6, A9).
func (s *Server) endWrapUp(ctx context.Context, q *userAsked) (*objectAnswer[availabilityObject], error) {
	out, err := s.availability(ctx, q)
	if err != nil {
		return nil, err
	}
	err = routing.ErrNoWrapUp
	if s.rooms.Desks != nil {
		err = s.rooms.Desks.EndWrapUp(routing.UserID(q.ID))
	}
	switch {
	case errors.Is(err, routing.ErrNoWrapUp):
		return nil, s.refusal(ctx, &provisioning.Refusal{Why: provisioning.Clash, Code: "no_wrap_up", Row: "A6", Text: "the user is not in after-call work"})
	case errors.Is(err, routing.ErrUntagged):
		call := ""
		if w := out.Body.WrapUp; w != nil && len(w.MustTag) > 0 {
			call = slices.Min(w.MustTag)
		}
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Why: provisioning.Clash, Code: "call_untagged", Row: "A9", Args: map[string]string{"call": call}, Text: "the call " + call + " must be tagged first",
		})
	case err != nil:
		return nil, s.failed(ctx, "end after-call work", err)
	}
	return s.availability(ctx, q)
}
