package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// esimObject is the eSIM of a direct number.
type esimObject struct {
	ID       string      `json:"id"`
	User     reference   `json:"user"`
	Operator *reference  `json:"operator" doc:"null: none yet; it waits until there is one."`
	Package  int         `json:"package" enum:"0,20,50" doc:"GB a month; 0: voice and messages alone."`
	State    string      `json:"state" doc:"requested, ordered, released, downloaded, enabled, disabled, suspended, terminated, failed."`
	Since    *string     `json:"since" format:"date-time" doc:"Of the state."`
	Want     string      `json:"want" doc:"What it is to become: enabled, suspended, terminated."`
	Fault    string      `json:"fault,omitempty" doc:"Why what was asked of the operator last was refused, or got no answer."`
	Tries    int         `json:"tries,omitempty"`
	NextTry  *string     `json:"next_try_at" format:"date-time"`
	ICCID    string      `json:"iccid" doc:"Its last digits: the rest is dots, but for those who may change numbers."`
	EID      string      `json:"eid"`
	IMSI     string      `json:"imsi"`
	Mailed   *string     `json:"mailed_at" format:"date-time" doc:"When its user got the code by e-mail."`
	Code     *codeObject `json:"activation" doc:"null: it is not released, or not yours to see."`
	Data     *dataObject `json:"data" doc:"null: nobody counts."`
}

// codeObject is what a phone needs to download an eSIM: whoever has it has the number.
type codeObject struct {
	Code    string `json:"code" doc:"LPA:1$… (SGP.22 section 4.1)"`
	Address string `json:"address" doc:"Of the SM-DP+, where a phone asks for it by hand."`
	Match   string `json:"matching_id" doc:"The code, where a phone asks for it by hand."`
	PNG     string `json:"qr_png" doc:"Path."`
	SVG     string `json:"qr_svg" doc:"Path."`
	Text    string `json:"qr_text" doc:"Path: for a terminal."`
	Apple   string `json:"apple_url" doc:"Opened on an iPhone (iOS 17.4 and later) it begins the download."`
}

// dataObject is how a package stands.
type dataObject struct {
	Used   int64   `json:"used_bytes"`
	Left   int64   `json:"left_bytes"`
	Resets *string `json:"resets_at" format:"date-time"`
}

type esimRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		UserID     string `json:"user_id" maxLength:"64" doc:"The user of the number."`
		OperatorID string `json:"operator_id,omitempty" maxLength:"64" doc:"Left out: the only one that there is."`
		Package    int    `json:"package,omitempty" doc:"GB a month: 0, 20 or 50."`
	}
}

// myESIMs are the eSIMs of who asks.
type myESIMs struct {
	Body struct {
		Data []myESIM `json:"data"`
	}
}

type myESIM struct {
	Number reference  `json:"number"`
	ESIM   esimObject `json:"esim"`
}

func (s *Server) esimAPI(a huma.API) {
	const at = "/api/v1/numbers/{id}/esim"
	huma.Get(a, at, s.showESIM, operation("eSIM", "get-number-esim", "Shows the eSIM of a number", provisioning.NumbersRead, http.StatusNotFound))
	huma.Put(a, at, s.assignESIM, operation("eSIM", "assign-number-esim", "Gives the user of a direct number an eSIM, or another package",
		provisioning.NumbersWrite, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed))
	huma.Delete(a, at, s.removeESIM, operation("eSIM", "remove-number-esim", "Ends the eSIM of a number, or takes away one that was never ordered",
		provisioning.NumbersWrite, http.StatusNotFound, http.StatusPreconditionFailed))
	act := func(verb, summary string, plan func(*provisioning.State, routing.NumberID, time.Time) ([]provisioning.Change, error)) {
		huma.Post(a, at+"/"+verb, func(ctx context.Context, q *numberRequest) (*objectAnswer[esimObject], error) {
			return s.onESIM(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
				return plan(st, routing.NumberID(q.ID), time.Now())
			})
		}, operation("eSIM", verb+"-number-esim", summary, provisioning.NumbersWrite, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed), ok)
	}
	act("suspend", "Asks the operator to suspend the eSIM of a number", (*provisioning.State).SuspendESIM)
	act("resume", "Asks the operator to enable a suspended eSIM again", (*provisioning.State).ResumeESIM)
	huma.Get(a, "/api/v1/me/esims", s.myESIMs, operation("me", "list-my-esims", "Lists one's eSIMs, with their codes", provisioning.Own, http.StatusNotFound))
	s.esimCodeAPI(a)
}

// showESIM is the eSIM of a number as everybody may see it: without the code, and with its card masked.
func showESIM(st *provisioning.State, n *provisioning.Number) *esimObject {
	e := n.Settings.ESIM
	if e == nil {
		return nil
	}
	out := &esimObject{
		ID: e.ID, User: refTo(st, provisioning.KindUser, e.User), Package: e.Package, State: string(e.State), Since: stamp(e.Since), Want: string(e.Want),
		Fault: e.Fault, Tries: e.Tries, NextTry: stamp(e.Next), ICCID: lastDigits(e.ICCID), EID: lastDigits(e.EID), IMSI: lastDigits(e.IMSI),
	}
	if e.Want == provisioning.WantEnabled {
		out.Want = string(provisioning.ESIMEnabled)
	}
	if e.Operator != "" {
		out.Operator = new(refTo(st, provisioning.KindOperator, e.Operator))
	}
	if e.Mail != nil {
		out.Mailed = stamp(e.Mail.Sent)
	}
	return out
}

// lastDigits masks an identity but for its last four digits.
func lastDigits(s string) string {
	const shown = 4
	if len(s) <= shown {
		return s
	}
	return "…" + s[len(s)-shown:]
}

// holds says whether who asks may have the code of an eSIM: its user, and those who may change numbers.
func holds(ctx context.Context, e *provisioning.ESIM) everything {
	i := who(ctx)
	return i.may(provisioning.NumbersWrite) || everything(i.user != "" && i.user == e.User)
}

// esimFor is the eSIM of a number as who asks may see it.
func (s *Server) esimFor(ctx context.Context, st *provisioning.State, n *provisioning.Number) (esimObject, error) {
	out, e := showESIM(st, n), n.Settings.ESIM
	if bool(holds(ctx, e)) {
		out.ICCID, out.EID, out.IMSI = e.ICCID, e.EID, e.IMSI
		out.Code = activation(n)
	}
	if s.rooms.Credit == nil {
		return *out, nil
	}
	d, known, err := s.rooms.Credit.Data(ctx, n)
	if known {
		out.Data = &dataObject{d.Used, d.Left, stamp(d.Resets)}
	}
	return *out, err
}

// activation is what a phone needs; nil: there is nothing that it could download.
func activation(n *provisioning.Number) *codeObject {
	e := n.Settings.ESIM
	if e == nil || e.Code == "" || !downloadable(e) {
		return nil
	}
	at := "/api/v1/numbers/" + string(n.ID) + "/esim/qr"
	return &codeObject{
		Code: e.Code, Address: e.Address, Match: e.MatchingID, PNG: at + ".png", SVG: at + ".svg", Text: at + ".txt",
		Apple: "https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=" + url.QueryEscape(e.Code),
	}
}

// downloadable says whether a code is good for anything, or was: it stays to be seen until the eSIM comes to its end.
func downloadable(e *provisioning.ESIM) (is bool) {
	switch e.State {
	case provisioning.ESIMReleased, provisioning.ESIMDownloaded, provisioning.ESIMEnabled, provisioning.ESIMDisabled, provisioning.ESIMSuspended:
		return true
	case provisioning.ESIMRequested, provisioning.ESIMOrdered, provisioning.ESIMTerminated, provisioning.ESIMFailed:
	}
	return false
}

func (s *Server) showESIM(ctx context.Context, q *idRequest) (*objectAnswer[esimObject], error) {
	st, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, q.ID)
	if err != nil {
		return nil, err
	}
	return s.answerESIM(ctx, st, n)
}

func (s *Server) answerESIM(ctx context.Context, st *provisioning.State, n *provisioning.Number) (*objectAnswer[esimObject], error) {
	if n.Settings.ESIM == nil {
		return nil, s.refusal(ctx, provisioning.NoESIM())
	}
	o, err := s.esimFor(ctx, st, n)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	return &objectAnswer[esimObject]{ETag: etag(n), Body: o}, nil
}

func (s *Server) assignESIM(ctx context.Context, q *esimRequest) (*objectAnswer[esimObject], error) {
	return s.onESIM(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.AssignESIM(routing.NumberID(q.ID), provisioning.ESIMOrder{
			User: routing.UserID(q.Body.UserID), Operator: routing.OperatorID(q.Body.OperatorID), Package: q.Body.Package,
		}, time.Now())
	})
}

// onESIM is act for the eSIM of a number; it answers with the eSIM as it is then.
func (s *Server) onESIM(ctx context.Context, id, ifMatch string, plan provisioning.Edit) (*objectAnswer[esimObject], error) {
	st, err := s.act(ctx, target{provisioning.KindNumber, id, ifMatch}, plan)
	if err != nil {
		return nil, err
	}
	n, _ := st.Find(provisioning.KindNumber, id).(*provisioning.Number)
	return s.answerESIM(ctx, st, n)
}

func (s *Server) removeESIM(ctx context.Context, q *numberRequest) (*struct{}, error) {
	_, err := s.act(ctx, target{provisioning.KindNumber, q.ID, q.IfMatch}, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.RemoveESIM(routing.NumberID(q.ID))
	})
	return nil, err
}

// withMyESIMs lists the numbers that who asks has on eSIMs.
func (s *Server) withMyESIMs(ctx context.Context) (*provisioning.State, []*provisioning.Number, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, nil, err
	}
	me, err := myself(ctx, st)
	if err != nil {
		return nil, nil, s.refusal(ctx, err)
	}
	var numbers []*provisioning.Number
	for _, n := range st.Numbers {
		if e := n.Settings.ESIM; e != nil && e.User == me.ID {
			numbers = append(numbers, n)
		}
	}
	return st, numbers, nil
}

func (s *Server) myESIMs(ctx context.Context, _ *struct{}) (*myESIMs, error) {
	st, numbers, err := s.withMyESIMs(ctx)
	if err != nil {
		return nil, err
	}
	out := &myESIMs{}
	out.Body.Data = []myESIM{}
	for _, n := range numbers {
		o, err := s.esimFor(ctx, st, n)
		if err != nil {
			return nil, s.refusal(ctx, err)
		}
		out.Body.Data = append(out.Body.Data, myESIM{refTo(st, provisioning.KindNumber, n.ID), o})
	}
	return out, nil
}
