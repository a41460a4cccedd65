package charging

import "net/http"

// nchfProblem is why a request is refused (ProblemDetails of TS 29.571 section 5.2.4.1).
type nchfProblem struct {
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail,omitempty"`
	Cause   string         `json:"cause,omitempty"`
	Invalid []invalidParam `json:"invalidParams,omitempty"`
}

// invalidParam is a part of a request that is wrong.
type invalidParam struct {
	Param  string `json:"param"` // JSON pointer
	Reason string `json:"reason,omitempty"`
}

// write sends it.
func (p *nchfProblem) write(w http.ResponseWriter) {
	p.Title = http.StatusText(p.Status)
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, p.Status, "application/problem+json", p)
}

// problemOf is what is said of a request that gets nothing (TS 32.291 section 6.1.7).
func problemOf(r Result) *nchfProblem {
	switch r {
	case LimitReached:
		return &nchfProblem{Status: http.StatusForbidden, Cause: "QUOTA_LIMIT_REACHED", Detail: "there is no credit left"}
	case ServiceDenied:
		return &nchfProblem{Status: http.StatusForbidden, Cause: "END_USER_REQUEST_DENIED", Detail: "this subscriber may not"}
	case UnknownSubscriber:
		return &nchfProblem{Status: http.StatusNotFound, Cause: "USER_UNKNOWN", Detail: "there is no such subscriber"}
	case UnknownSession:
		return &nchfProblem{Status: http.StatusNotFound, Cause: "CONTEXT_NOT_FOUND", Detail: "there is no such charging data"}
	case Granted, RatingFailed:
	case TooBusy:
		return &nchfProblem{Status: http.StatusServiceUnavailable, Cause: "NF_CONGESTION", Detail: "it cannot be written down now: ask again"}
	}
	return &nchfProblem{Status: http.StatusBadRequest, Cause: "CHARGING_FAILED", Detail: "nothing can be said of this"}
}

// missing is a part that must be there.
func missing(param string) *nchfProblem {
	return &nchfProblem{
		Status: http.StatusBadRequest, Cause: "MANDATORY_IE_MISSING", Detail: "something is missing", Invalid: []invalidParam{{param, "it is missing"}},
	}
}

// incorrect is a part that is wrong.
func incorrect(param, reason string) *nchfProblem {
	return &nchfProblem{
		Status: http.StatusBadRequest, Cause: "MANDATORY_IE_INCORRECT", Detail: "something is wrong", Invalid: []invalidParam{{param, reason}},
	}
}
