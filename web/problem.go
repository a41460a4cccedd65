package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// ProblemError is an error of the API (RFC 9457). Code is stable; Title is for people, in their language.
type ProblemError struct {
	Type      string  `json:"type" doc:"Always about:blank: the code says which problem it is."`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail,omitempty"`
	Code      string  `json:"code" doc:"Stable name of the problem."`
	Errors    []Fault `json:"errors,omitempty" doc:"What is wrong, field by field or line by line."`
	RequestID string  `json:"request_id,omitempty"`

	Choices []string `json:"choices,omitempty" doc:"With call_path_required: the values of via, of which one must be sent."`
	// Difference is what somebody else published meanwhile (SPEC F21).
	Difference *flowDifference `json:"difference,omitempty"`

	args map[string]string // of the sentence in the reader's language
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Location string `json:"location,omitempty" doc:"The field, or the file and line."`
	Message  string `json:"message"`
	Code     string `json:"code,omitempty" doc:"The rule of the product that refuses, where one does."`
	Row      string `json:"row,omitempty" doc:"The row of the product's specification that this rule is."`

	args map[string]string // of the sentence in the reader's language
}

// The codes of problems.
const (
	codeInvalid      = "invalid_request"
	codeUnauthorized = "unauthorized"
	codeForbidden    = "forbidden"
	codeNotFound     = "not_found"
	codeTooLarge     = "too_large"
	codeSite         = "site_invalid"
	codeConflict     = "conflict"
	codeInternal     = "internal"
	codeUnavailable  = "unavailable"
	codeTooMany      = "too_many_attempts"
	codeBadCursor    = "invalid_cursor"
	codeTooSlow      = "too_slow"
	codeMediaType    = "unsupported_media_type"
	codeMethod       = "method_not_allowed"
	codeLimited      = "rate_limited"
	codeCrossOrigin  = "cross_origin"
	codeCredentials  = "wrong_credentials" //nolint:gosec // the name of a problem
	codeTicket       = "ticket_unknown"
	codeSlip         = "handoff_over"
	codeSetupLink    = "setup_link"
	codeRepeated     = "idempotency_mismatch"
	codeInProgress   = "idempotency_in_progress"
	codeUnknownEvent = "unknown_event_type"
	codeBadRepeatKey = "invalid_idempotency_key"
	codeBanShared    = "ban_shared"
)

// The codes of what cannot be done to a call.
const (
	codeCallOver      = "call_over"
	codeNotInFlow     = "not_in_flow"
	codeNotTalking    = "not_talking"
	codeUserNotInCall = "user_not_in_call"
	codeUserNeeded    = "user_needed"
	codeTransferring  = "being_transferred"
	codeMoving        = "being_moved"
	codeNoDevice      = "device_not_registered"
	codeNotReached    = "target_not_reached"
	codeRefused       = "refused"
	codeNotAvailable  = "not_available_yet"
)

// Error is the detail.
func (p *ProblemError) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *ProblemError) GetStatus() int { return p.Status }

// ContentType replaces application/json by its problem kind.
func (p *ProblemError) ContentType(string) string { return "application/problem+json" }

func problem(status int, code, detail string) *ProblemError {
	return &ProblemError{Type: "about:blank", Status: status, Code: code, Detail: detail}
}

// codeOf names a status that the framework refused with.
func codeOf(status int) string {
	switch status {
	case http.StatusRequestTimeout:
		return codeTooSlow
	case http.StatusUnsupportedMediaType:
		return codeMediaType
	case http.StatusMethodNotAllowed:
		return codeMethod
	case http.StatusTooManyRequests:
		return codeLimited
	case http.StatusUnauthorized:
		return codeUnauthorized
	case http.StatusForbidden:
		return codeForbidden
	case http.StatusNotFound:
		return codeNotFound
	case http.StatusRequestEntityTooLarge:
		return codeTooLarge
	case http.StatusServiceUnavailable:
		return codeUnavailable
	}
	if status >= http.StatusInternalServerError {
		return codeInternal
	}
	return codeInvalid
}

// finishProblems makes the framework's own errors ours, in the reader's language and with the id of the request.
func (s *Server) finishProblems(ctx huma.Context, _ string, v any) (any, error) {
	p, ours := v.(*ProblemError)
	if !ours {
		model, theirs := v.(*huma.ErrorModel)
		if !theirs {
			return v, nil
		}
		p = problem(model.Status, codeOf(model.Status), model.Detail)
		for _, e := range model.Errors {
			p.Errors = append(p.Errors, Fault{Location: e.Location, Message: e.Message})
		}
	}
	s.words.localize(p, language(ctx.Header("Accept-Language")))
	p.RequestID = requestID(ctx.Context())
	return p, nil
}

// refuseHuma writes a problem from a middleware of the framework.
func (s *Server) refuseHuma(ctx huma.Context, p *ProblemError) {
	s.words.localize(p, language(ctx.Header("Accept-Language")))
	p.RequestID = requestID(ctx.Context())
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p)
}

// refuse writes a problem where the framework is not in the way.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, p *ProblemError) {
	s.words.localize(p, language(r.Header.Get("Accept-Language")))
	p.RequestID = requestID(r.Context())
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// failed logs an error of the rooms below, and makes of it a problem that does not say more than the reader may know.
func (s *Server) failed(ctx context.Context, what string, err error) error {
	return s.broken(ctx, what, err)
}

func (s *Server) broken(ctx context.Context, what string, err error) *ProblemError {
	level := slog.LevelError
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		level = slog.LevelDebug // who asked has gone: nothing is wrong here
	}
	s.cfg.Log.LogAttrs(ctx, level, "request failed", slog.String("method", what), slog.Any("err", err))
	return problem(http.StatusInternalServerError, codeInternal, "this request could not be served; the log says why")
}
