package byhttp

import (
	"encoding/json"
	"errors"
	"net/http"

	"tandem/messaging"
)

// problem is why a request was not taken (RFC 9457).
type problem struct {
	Type   string  `json:"type"` // always about:blank
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Code   string  `json:"code"`
	Detail string  `json:"detail,omitempty"`
	Errors []fault `json:"errors,omitempty"`
}

// fault is one thing that is wrong with a request.
type fault struct {
	Location string `json:"location"`
	Message  string `json:"message"`
	Code     string `json:"code,omitempty"`
	Row      string `json:"row,omitempty"`
}

func failed(status int, code, detail string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// refused is the problem of what the desk did not keep.
func refused(err error) *problem {
	r, is := errors.AsType[*messaging.Refusal](err)
	if !is {
		return failed(http.StatusServiceUnavailable, "unavailable", "this could not be kept: try again")
	}
	status := http.StatusUnprocessableEntity
	switch r.Code {
	case messaging.CodeUnknownNumber:
		status = http.StatusNotFound
	case messaging.CodeSenderNotAllowed, messaging.CodeFromUnknown:
		status = http.StatusForbidden
	case messaging.CodeBodyTooLong:
		status = http.StatusRequestEntityTooLarge
	case messaging.CodeRateHour, messaging.CodeRateDay, messaging.CodeRateMonth:
		status = http.StatusTooManyRequests
	}
	p := failed(status, r.Code, r.Text)
	p.Errors = []fault{{Location: r.Location, Message: r.Text, Code: r.Code, Row: r.Row}}
	return p
}

func (p *problem) write(w http.ResponseWriter) {
	b, err := json.Marshal(p)
	if err != nil {
		b = nil
	}
	w.Header().Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="messages"`)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(b) // who asked has gone
}
