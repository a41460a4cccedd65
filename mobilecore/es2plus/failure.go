package es2plus

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Hope says whether a request that failed is worth being made again.
type Hope bool

// Whether there is hope.
const (
	Again   Hope = true  // the same request may come out otherwise, and does no harm
	Useless Hope = false // somebody has to change something first
)

// Failure is a function that the platform did not execute, in its own words.
type Failure struct { //nolint:errname // SGP.22's word; it is an answer first.
	Function string
	Status   Status
}

// Error tells it for an operator.
func (f *Failure) Error() string {
	out := fmt.Sprintf("%s: %s", f.Function, strings.ToLower(string(f.Status.Execution)))
	c := f.Status.Code
	if c == nil {
		return out
	}
	out += fmt.Sprintf(" %s/%s", c.Subject, c.Reason)
	if says := subjects(c.Subject); says != "" {
		out += " (" + strings.TrimSpace(says+" "+reasons(c.Reason)) + ")"
	}
	if c.Message != "" {
		out += ": " + c.Message
	}
	return out
}

// Has says whether the failure has one of the codes, "8.2.1/3.3".
func (f *Failure) Has(codes ...string) (is bool) {
	return f.Status.Code != nil && slices.Contains(codes, f.Status.Code.Subject+"/"+f.Status.Code.Reason)
}

// Hope says whether the request is worth being made again: what expired, what the platform could not work on just now, and what it could not reach (SGP.22
// section 5.2.6.2, reasons 4 and 5).
func (f *Failure) Hope() Hope {
	if f.Status.Execution == Expired {
		return Again
	}
	c := f.Status.Code
	return Hope(c != nil && (strings.HasPrefix(c.Reason, "4.") || strings.HasPrefix(c.Reason, "5.") || c.Subject == "1.6"))
}

// RefusedError is an HTTP answer that is not ES2+: of something in front of the platform, or of one that does not know us.
type RefusedError struct {
	Function string
	Status   int
}

// Error tells it for an operator.
func (e *RefusedError) Error() string {
	out := fmt.Sprintf("%s: HTTP %d %s", e.Function, e.Status, http.StatusText(e.Status))
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return out + ": the platform does not accept our certificate or identifier"
	case e.Status == http.StatusNotFound:
		return out + ": there is no ES2+ at this address"
	case e.Status >= 300 && e.Status < 400:
		return out + ": redirects are not followed"
	}
	return out
}

// Hope says whether the request is worth being made again.
func (e *RefusedError) Hope() Hope {
	return Hope(e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout)
}

// subjects are the subject codes of ES2+ in words (SGP.22 section 5.2.6.1).
func subjects(code string) string {
	return map[string]string{
		"1.1": "the function requester", "1.2": "the function provider", "1.3": "the function", "1.3.1": "the function call", "1.6": "the communication",
		"8.1": "the eUICC", "8.1.1": "the EID", "8.2": "the profile", "8.2.1": "the ICCID", "8.2.5": "the profile type", "8.2.6": "the matching ID",
		"8.2.7": "the confirmation code", "8.8": "the SM-DP+", "8.9": "the SM-DS",
	}[code]
}

// reasons are the reason codes of ES2+ in words (SGP.22 section 5.2.6.2).
func reasons(code string) string {
	return map[string]string{
		"1.1": "is unknown", "1.2": "is not allowed to us", "2.1": "is invalid", "2.2": "is missing", "2.3": "is missing here", "3.1": "is not supported",
		"3.3": "is in use already", "3.5": "is in a state that does not allow this", "3.7": "is unavailable", "3.8": "was refused", "3.9": "is unknown",
		"3.10": "does not belong there", "4.1": "could not be worked on", "4.2": "was stopped on a warning", "4.3": "took too long", "5.1": "could not be reached",
		"6.1": "failed its verification", "6.3": "is expired", "6.4": "was tried too often",
	}[code]
}
