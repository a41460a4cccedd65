package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// callStart is the body that starts a call.
type callStart struct {
	UserID   string            `json:"user_id,omitempty" maxLength:"64" doc:"Who calls: their devices ring first. Without it: who asks, or the user of the direct number that is shown."`
	To       string            `json:"to" minLength:"1" maxLength:"64" doc:"An extension, or a number as the account's users dial it."`
	NumberID string            `json:"number_id,omitempty" maxLength:"64" doc:"The number that is shown."`
	From     string            `json:"from,omitempty" maxLength:"32" doc:"The same, as a number; without both the user's own choice."`
	Device   string            `json:"device,omitempty" maxLength:"64" doc:"A device's id, or a kind: workspace, cti, app, sip_phone, native. Without it every device rings."`
	Via      string            `json:"via,omitempty" enum:"native,voip" doc:"From the App with a number on an eSIM: by the native dialler, or by the App. It must be said each time."`
	Tags     []string          `json:"tags,omitempty" maxItems:"20" doc:"Ids of tags."`
	Custom   map[string]string `json:"custom,omitempty" doc:"Up to 32 variables that the call carries; each shows it in every event."`
}

type startRequest struct {
	Body callStart
}

type startedAnswer struct {
	Location string `header:"Location"`
	Body     callObject
}

// startAPI mounts what starts calls.
func (s *Server) startAPI(a huma.API) {
	huma.Post(a, "/api/v1/calls", s.startCall, operation("calls", "start-call", "Starts a call: the user rings first, then whoever is called",
		provisioning.CallsControl, http.StatusNotFound, http.StatusConflict), created)
	huma.Post(a, "/api/v1/users/{id}/dial", s.fillDialler, operation("users", "dial-for-user", "Fills a user's dialler, and places no call",
		provisioning.CallsControl, http.StatusNotFound), accepted)
}

// accepted says that an operation answers 202.
func accepted(o *huma.Operation) { o.DefaultStatus = http.StatusAccepted }

func (s *Server) startCall(ctx context.Context, r *startRequest) (*startedAnswer, error) {
	want, err := s.wanted(ctx, &r.Body)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	id, err := s.rooms.Switchboard.Start(want)
	if err != nil {
		return nil, s.notStarted(ctx, err)
	}
	out := &startedAnswer{Location: "/api/v1/calls/" + string(id)}
	c, err := s.find(ctx, string(id))
	if err != nil {
		return nil, err
	}
	out.Body = s.teller().object(c, time.Now())
	return out, nil
}

// wanted reads what was asked for, and asks the rules that need no telephone.
func (s *Server) wanted(ctx context.Context, b *callStart) (routing.Start, error) {
	names := s.teller()
	show, err := s.shownNumber(ctx, names, b)
	if err != nil {
		return routing.Start{}, err
	}
	user, err := s.callingUser(ctx, names, b, show)
	if err != nil {
		return routing.Start{}, err
	}
	if err = s.checkLabels(ctx, user.Account, b); err != nil {
		return routing.Start{}, err
	}
	want := routing.Start{User: user.ID, To: b.To, Tags: b.Tags, Custom: b.Custom}
	if strings.HasPrefix(b.Device, "dev_") {
		want.Device = routing.DeviceID(b.Device)
	} else {
		want.Kind = routing.DeviceKind(b.Device)
	}
	shown := show
	if show != nil {
		want.Show = show.ID
	} else {
		shown = s.rooms.Switchboard.Shown(user.ID)
	}
	if lines := s.linesOf(who(ctx)); lines != nil && (shown == nil || !slices.Contains(lines.Numbers, shown.ID)) && shown != nil {
		return routing.Start{}, &provisioning.Refusal{Code: "caller_id_refused", Row: "O1", Location: "body.number_id", Text: "this number is not yours to show"}
	}
	via, err := provisioning.CallPath(kindRung(user, b.Device), shown, provisioning.Via(b.Via))
	if err != nil {
		return routing.Start{}, withChoices(s.refusal(ctx, err))
	}
	if via == provisioning.ViaNative && (shown.Mobile == nil || names.names.Operators[shown.Mobile.Operator] == nil) {
		return routing.Start{}, &provisioning.Refusal{
			Why: provisioning.Clash, Code: "core_not_connected", Location: "body.via", Text: "no mobile core is connected: the native dialler cannot be told to call",
		}
	}
	if via == provisioning.ViaNative {
		want.Kind, want.Device, want.Show = routing.Native, "", shown.ID
	}
	return want, nil
}

// withChoices adds the two ways to the problem of a call that names none (SPEC E5).
func withChoices(err error) error {
	if p, is := errors.AsType[*ProblemError](err); is && p.Code == "call_path_required" {
		p.Choices = provisioning.CallPaths()
	}
	return err
}

// kindRung is the kind of the device that was named.
func kindRung(u *routing.User, device string) routing.DeviceKind {
	for _, d := range u.Devices {
		if string(d.ID) == device {
			return d.Kind
		}
	}
	return routing.DeviceKind(device)
}

// shownNumber finds the number that was named; nil: none was.
func (s *Server) shownNumber(ctx context.Context, names teller, b *callStart) (*routing.Number, error) {
	if b.NumberID == "" && b.From == "" {
		return nil, nil //nolint:nilnil // No number was named, and that is no fault.
	}
	at, n := "body.number_id", names.numbers[routing.NumberID(b.NumberID)]
	if b.NumberID == "" {
		at = "body.from"
		account := who(ctx).account
		if u := names.names.Users[routing.UserID(b.UserID)]; u != nil {
			account = u.Account
		}
		e, _ := routing.ParseNumber(plus(b.From), names.country(account))
		n = names.names.Numbers[e]
	}
	if n == nil || !bool(who(ctx).sees(n.Account)) {
		return nil, &provisioning.Refusal{Code: "caller_id_refused", Row: "O1", Location: at, Text: "there is no such number to show"}
	}
	return n, nil
}

// callingUser is who calls: who is named, else who asks, else the user of a direct number. An agent calls for themselves alone.
func (s *Server) callingUser(ctx context.Context, names teller, b *callStart, show *routing.Number) (*routing.User, error) {
	me := who(ctx)
	id := routing.UserID(b.UserID)
	switch {
	case id == "" && me.user != "":
		id = me.user
	case id == "" && show != nil && show.Kind == routing.Direct && len(show.Users) == 1:
		id = show.Users[0]
	case id == "":
		return nil, &provisioning.Refusal{Code: "caller_needed", Location: "body.user_id", Text: "say who calls"}
	}
	u := names.names.Users[id]
	if u == nil || !bool(me.sees(u.Account)) || (show != nil && show.Account != u.Account) {
		return nil, provisioning.NotFound(provisioning.KindUser, string(id))
	}
	if me.role == provisioning.RoleAgent && me.user != id {
		p := problem(http.StatusForbidden, "own_calls_only", "you may start calls for yourself alone")
		return nil, p
	}
	return u, nil
}

// checkLabels asks whether the tags exist and the variables are few and short.
func (s *Server) checkLabels(ctx context.Context, account routing.AccountID, b *callStart) error {
	const mostCustom, longest = 32, 512
	if len(b.Custom) > mostCustom {
		return &provisioning.Refusal{Code: "custom_many", Location: "body.custom", Text: "a call carries up to 32 variables"}
	}
	for name, value := range b.Custom {
		if name == "" || len(name) > 64 || len(value) > longest {
			return &provisioning.Refusal{Code: "custom_long", Location: "body.custom", Text: "a variable has a name of 1 to 64 bytes, and a value of up to 512"}
		}
	}
	if len(b.Tags) == 0 {
		return nil
	}
	return s.checkTags(ctx, account, b.Tags)
}

// checkTags asks whether tags are the account's.
func (s *Server) checkTags(ctx context.Context, account routing.AccountID, ids []string) error {
	st, err := s.state(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if t, is := st.Find(provisioning.KindTag, id).(*provisioning.Tag); !is || t.Account != account {
			return provisioning.NotFound(provisioning.KindTag, id)
		}
	}
	return nil
}

// notStarted makes a problem of why a call was not started.
func (s *Server) notStarted(ctx context.Context, err error) error {
	e, is := errors.AsType[*routing.StartError](err)
	if !is {
		return s.failed(ctx, "start a call", err)
	}
	r := &provisioning.Refusal{Code: e.Code, Row: e.Row, Text: e.Text, Location: map[string]string{
		"user": "body.user_id", "device": "body.device", "to": "body.to", "show": "body.number_id",
	}[e.Field]}
	switch e.Code {
	case "user_busy", "user_unreachable", "no_trunk", "direct_number_no_trunk":
		r.Why = provisioning.Clash
	case "no_room":
		return problem(http.StatusServiceUnavailable, codeUnavailable, e.Text)
	}
	return s.refusal(ctx, r)
}

type dialRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		To string `json:"to" minLength:"1" maxLength:"64" doc:"What their dialler shows."`
	}
}

// fillDialler tells the pages of a user what to show in their dialler (SPEC O10).
func (s *Server) fillDialler(ctx context.Context, r *dialRequest) (*struct{}, error) {
	me := who(ctx)
	u := s.teller().names.Users[routing.UserID(r.ID)]
	if u == nil || !bool(me.sees(u.Account)) || (me.role == provisioning.RoleAgent && me.user != u.ID) {
		return nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindUser, r.ID))
	}
	to := strings.TrimSpace(r.Body.To)
	if strings.ContainsFunc(to, func(c rune) bool { return !strings.ContainsRune("0123456789+*#ABCDabcd ().-/", c) }) || to == "" {
		return nil, s.refusal(ctx, &provisioning.Refusal{Code: "number_invalid", Location: "body.to", Text: "this is nothing that can be dialled"})
	}
	if s.rooms.Events == nil {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "events cannot be told here")
	}
	data, err := json.Marshal(map[string]string{"user_id": string(u.ID), "to": to, "to_display": display(to, s.teller().country(u.Account))})
	if err == nil {
		err = s.rooms.Events.Announce(ctx, provisioning.Event{
			Type: "user.dial_requested", Account: u.Account, Subject: string(u.ID), Data: data,
		})
	}
	if err != nil {
		return nil, s.failed(ctx, "fill a dialler", err)
	}
	return nil, nil
}
