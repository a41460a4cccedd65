package web

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/certify"
)

// certifyWithin is how long a run and its answer may take.
const certifyWithin = 2 * time.Minute

// certifyRequest asks for a run of interop steps.
type certifyRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		To    string           `json:"to,omitempty" maxLength:"40" doc:"The test number that is called, up to three times. Left out: nobody is called, and only what needs no call is tried."`
		From  routing.NumberID `json:"from_number_id,omitempty" maxLength:"64" doc:"The caller ID. Left out: the first number that may be shown on the trunk."`
		Wrong string           `json:"wrong,omitempty" maxLength:"40" doc:"A number that is nobody's, which the carrier is to refuse. Left out: none is tried."`
		Steps []certify.Step   `json:"steps,omitempty" maxItems:"40" doc:"Those alone. Left out: all of them."`
	}

	markdown bool // what the sheet is wanted as
}

// Resolve gives the run its time, and notes what the sheet is wanted as.
func (q *certifyRequest) Resolve(ctx huma.Context) []error {
	q.markdown = strings.Contains(ctx.Header("Accept"), "text/markdown")
	_, w := humago.Unwrap(ctx)
	until := time.Now().Add(certifyWithin)
	control := http.NewResponseController(w)
	_ = errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until)) // Where there is no connection, there is no deadline.
	return nil
}

// certifyAnswer is the sheet, as JSON or for a letter.
type certifyAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        any
}

func (s *Server) certifyAPI(a huma.API) {
	o := operation("trunks", "certify-trunk", "Tries a trunk step by step, for up to 90 seconds, and judges what its carrier did; with Accept: text/markdown as a letter",
		provisioning.TrunksWrite, http.StatusNotFound, http.StatusConflict)
	huma.Post(a, "/api/v1/trunks/{id}/certify", s.certifyTrunk, o, ok, func(o *huma.Operation) {
		o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: huma.SchemaFromType(a.OpenAPI().Components.Schemas, reflect.TypeFor[certify.Sheet]())},
			"text/markdown":    {Schema: &huma.Schema{Type: huma.TypeString}},
		}}}
	})
}

// certifyTrunk runs the steps, and notes who did.
func (s *Server) certifyTrunk(ctx context.Context, q *certifyRequest) (*certifyAnswer, error) {
	t, err := s.trunkFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	for i, step := range q.Body.Steps {
		if !step.Known() {
			return nil, s.refusal(ctx, &provisioning.Refusal{
				Code: "certify_step", Location: "body.steps[" + strconv.Itoa(i) + "]", Args: map[string]string{"step": string(step), "known": knownSteps()},
				Text: "there is no step " + string(step) + ": " + knownSteps(),
			})
		}
	}
	sheet, err := s.rooms.Trunks.Certify(ctx, routing.Certification{
		Trunk: t.ID, Account: who(ctx).account, To: q.Body.To, Wrong: q.Body.Wrong, From: q.Body.From, Steps: q.Body.Steps,
	})
	if err != nil {
		return nil, s.notCertified(ctx, err)
	}
	err = s.rooms.Audit.NoteAudit(context.WithoutCancel(ctx), &provisioning.AuditEntry{
		Actor: who(ctx).actor(), Account: t.Account, Verb: provisioning.Update, Kind: provisioning.KindTrunk, Record: string(t.ID), Name: t.Name,
		Fields: []provisioning.FieldChange{{Name: "certify", After: strings.TrimSpace(sheet.To + " " + sheet.Summary())}},
	})
	if err != nil {
		return nil, s.failed(ctx, "note the certification", err)
	}
	if q.markdown {
		return &certifyAnswer{ContentType: "text/markdown; charset=utf-8", Body: []byte(sheet.Markdown())}, nil
	}
	return &certifyAnswer{Body: sheet}, nil
}

// notCertified says why a run could not be made.
func (s *Server) notCertified(ctx context.Context, err error) error {
	why, is := errors.AsType[*routing.CertifyError](err)
	switch {
	case !is && ctx.Err() != nil:
		return problem(http.StatusConflict, codeUnavailable, "whoever asked has gone")
	case !is:
		return problem(http.StatusConflict, codeUnavailable, "the trunk is not on the wire")
	}
	r := &provisioning.Refusal{Code: why.Code, Args: map[string]string{"why": why.Text}, Text: why.Text}
	switch why.Field {
	case "to", "wrong":
		r.Location = "body." + why.Field
	case "from":
		r.Location = "body.from_number_id"
	default:
		r.Location = "path.id"
	}
	if why.Clash {
		r.Why = provisioning.Clash
	}
	return s.refusal(ctx, r)
}

// knownSteps lists the steps for people.
func knownSteps() string {
	var all []string
	for _, step := range certify.Steps() {
		all = append(all, string(step))
	}
	return strings.Join(all, ", ")
}
