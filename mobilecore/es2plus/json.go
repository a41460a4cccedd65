package es2plus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// Protocol is what both sides say in X-Admin-Protocol (SGP.22 section 6.2).
const Protocol = "gsma/rsp/v2.5.0"

const (
	adminProtocol = "X-Admin-Protocol"
	protocolRoot  = "gsma/rsp/v"
	jsonType      = "application/json"
	// Path is where the functions of ES2+ are (SGP.22 section 6.5).
	Path = "/gsma/rsp2/es2plus/"
	// longestBody is more than any function of ES2+ has to say, in bytes.
	longestBody = 64 << 10
	longestText = 1024
)

// Call names a request: the same is the same request again, and is done once (SGP.22 section 6.5.1.3).
type Call string

// requestHeader stands in front of every request.
type requestHeader struct {
	Requester string `json:"functionRequesterIdentifier"`
	Call      string `json:"functionCallIdentifier"`
}

// Execution is how a function came out (SGP.22 section 6.5.1.4).
type Execution string

// The ways to come out.
const (
	Executed        Execution = "Executed-Success"
	ExecutedWarning Execution = "Executed-WithWarning"
	Failed          Execution = "Failed"
	Expired         Execution = "Expired"
)

// Status is how a function came out, and why (SGP.22 section 5.2.6).
type Status struct {
	Execution Execution  `json:"status"`
	Code      *CodeOfWhy `json:"statusCodeData,omitempty"`
}

// CodeOfWhy says why a function failed, or what it warns of.
type CodeOfWhy struct {
	Subject string `json:"subjectCode"`
	Reason  string `json:"reasonCode"`
	Of      string `json:"subjectIdentifier,omitempty"`
	Message string `json:"message,omitempty"`
}

// check says what is wrong with a status.
func (s *Status) check() error {
	switch s.Execution {
	case Executed, ExecutedWarning, Failed, Expired:
	default:
		return fmt.Errorf("the execution status %.40q is none", string(s.Execution))
	}
	if c := s.Code; c != nil && (!only(c.Subject, oidChars) || !only(c.Reason, oidChars) || len(c.Subject)+len(c.Reason) > 64 || len(c.Message) > longestText) {
		return errors.New("the status code is malformed")
	}
	return nil
}

// decode reads one JSON object and nothing behind it; fields that we do not know are left alone.
func decode(body []byte, into any) error {
	if len(body) > longestBody {
		return fmt.Errorf("more than %d bytes", longestBody)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("not the JSON that was expected: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// speaks says what is wrong with the headers of a request or response.
func speaks(h http.Header) error {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != jsonType {
		return fmt.Errorf("the content type is %.60q, not JSON", h.Get("Content-Type"))
	}
	if v := h.Get(adminProtocol); v != "" && !strings.HasPrefix(v, protocolRoot) {
		return fmt.Errorf("the protocol is %.60q", v)
	}
	return nil
}
