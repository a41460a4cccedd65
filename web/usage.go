package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// mostTopUp is the most that is added at once, in gigabytes.
const mostTopUp = 1000

// usageObject is how the package of an eSIM stands (SPEC E3).
type usageObject struct {
	Number   reference     `json:"number"`
	User     reference     `json:"user"`
	Package  int           `json:"package" doc:"GB a month; 0: voice and messages alone."`
	Quota    int64         `json:"quota_bytes" doc:"What may be used in the cycle: the package, and what was added to it."`
	ToppedUp int64         `json:"topped_up_bytes" doc:"Added in this cycle; what is left of it ends with the cycle."`
	Used     int64         `json:"used_bytes" doc:"In this cycle. Networks may go over what they were granted by a few packets: then it is more than the quota."`
	Left     int64         `json:"left_bytes" doc:"Of the quota."`
	Reserved int64         `json:"reserved_bytes" doc:"Of what is left: in the hands of open data sessions."`
	Cycle    cycleObject   `json:"cycle"`
	Days     []dayObject   `json:"days" doc:"Of the cycle, oldest first; those without use are left out."`
	Sessions []dataSession `json:"sessions" doc:"Data sessions that are open, oldest first."`
}

// cycleObject is the month of a package.
type cycleObject struct {
	Starts *string `json:"starts_at" format:"date-time"`
	Ends   *string `json:"ends_at" format:"date-time" doc:"When the package begins anew."`
}

type dayObject struct {
	Day  string `json:"day" format:"date" doc:"In Paris."`
	Used int64  `json:"used_bytes"`
}

type dataSession struct {
	Point    string  `json:"access_point"`
	Started  *string `json:"started_at" format:"date-time"`
	Reported *string `json:"reported_at" format:"date-time" doc:"When the network last said what was used."`
	Used     int64   `json:"used_bytes"`
	Reserved int64   `json:"reserved_bytes"`
	Metered  bool    `json:"metered" doc:"false: it does not count, as voice does not."`
	FarAway  bool    `json:"far_away" doc:"It is where the package is not good."`
}

type topUpRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Gigabytes int `json:"gigabytes" doc:"1 to 1000: added to the quota of this cycle."`
	}
}

// myUsage is how the packages of who asks stand.
type myUsage struct {
	Body struct {
		Data []usageObject `json:"data"`
	}
}

func (s *Server) usageAPI(a huma.API) {
	const at = "/api/v1/numbers/{id}/usage"
	huma.Get(a, at, s.showUsage,
		operation("eSIM", "get-number-usage", "Shows what was used of the package of a number's eSIM", provisioning.NumbersRead, http.StatusNotFound))
	huma.Post(a, at+"/top-ups", s.topUp, operation("eSIM", "top-up-number-usage", "Adds to what a number's eSIM may use in this cycle",
		provisioning.NumbersWrite, http.StatusNotFound, http.StatusConflict), ok)
	huma.Get(a, "/api/v1/me/usage", s.myUsage, operation("me", "list-my-usage", "Shows what was used of one's packages", provisioning.Own, http.StatusNotFound))
}

// usageOf is how the package of a number stands; false: nobody counts, or it has none.
func (s *Server) usageOf(ctx context.Context, st *provisioning.State, n *provisioning.Number) (usageObject, bool, error) {
	e := n.Settings.ESIM
	if e == nil || s.rooms.Credit == nil {
		return usageObject{}, false, nil
	}
	u, known, err := s.rooms.Credit.Usage(ctx, n)
	if err != nil || !known {
		return usageObject{}, false, err
	}
	out := usageObject{
		Number: refTo(st, provisioning.KindNumber, n.ID), User: refTo(st, provisioning.KindUser, e.User), Package: e.Package, Quota: u.Quota, ToppedUp: u.ToppedUp,
		Used: u.Used, Left: u.Left, Reserved: u.Reserved, Cycle: cycleObject{stamp(u.Begins), stamp(u.Resets)}, Days: []dayObject{}, Sessions: []dataSession{},
	}
	for _, d := range u.Days {
		out.Days = append(out.Days, dayObject(d))
	}
	for _, x := range u.Sessions {
		out.Sessions = append(out.Sessions, dataSession{x.Point, stamp(x.Started), stamp(x.Reported), x.Used, x.Reserved, x.Metered, x.FarAway})
	}
	return out, true, nil
}

func (s *Server) showUsage(ctx context.Context, q *idRequest) (*objectAnswer[usageObject], error) {
	st, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, q.ID)
	if err != nil {
		return nil, err
	}
	return s.answerUsage(ctx, st, n)
}

func (s *Server) answerUsage(ctx context.Context, st *provisioning.State, n *provisioning.Number) (*objectAnswer[usageObject], error) {
	out, known, err := s.usageOf(ctx, st, n)
	if err == nil && !known {
		err = provisioning.NoESIM()
	}
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &objectAnswer[usageObject]{ETag: etag(n), Body: out}, nil
}

func (s *Server) topUp(ctx context.Context, q *topUpRequest) (*objectAnswer[usageObject], error) {
	st, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, q.ID)
	if err != nil {
		return nil, err
	}
	switch g := q.Body.Gigabytes; {
	case n.Settings.ESIM == nil || s.rooms.Credit == nil:
		return nil, s.refusal(ctx, provisioning.NoESIM())
	case g < 1 || g > mostTopUp:
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: "top_up_size", Row: "E3", Location: "body.gigabytes", Text: "add 1 to 1000 GB", Args: map[string]string{"value": strconv.Itoa(g)},
		})
	}
	// The name of the request is that of what it adds: should the process end before the answer is kept, the repeat adds nothing.
	id := repeatName(ctx)
	if id == "" {
		id = routing.NewID("top", time.Now())
	}
	err = s.rooms.Credit.TopUp(ctx, TopUp{ID: id, Number: n.ID, Gigabytes: q.Body.Gigabytes, By: who(ctx).actor()})
	if errors.Is(err, ErrNoCredit) {
		err = &provisioning.Refusal{
			Why: provisioning.Clash, Code: "esim_not_in_force", Row: "E3", Location: "path.id", Text: "the eSIM of this number is not in force: it can use no data",
		}
	}
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return s.answerUsage(ctx, st, n)
}

func (s *Server) myUsage(ctx context.Context, _ *struct{}) (*myUsage, error) {
	st, numbers, err := s.withMyESIMs(ctx)
	if err != nil {
		return nil, err
	}
	out := &myUsage{}
	out.Body.Data = []usageObject{}
	for _, n := range numbers {
		u, known, err := s.usageOf(ctx, st, n)
		if err != nil {
			return nil, s.refusal(ctx, err)
		}
		if known {
			out.Body.Data = append(out.Body.Data, u)
		}
	}
	return out, nil
}
