package byhttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/messaging/byhttp/template"
)

// plain is an error without the address that was asked: it may hold numbers and secrets.
func plain(err error) error {
	if u, is := errors.AsType[*url.Error](err); is {
		err = u.Err
	}
	if op, is := errors.AsType[*net.OpError](err); is {
		err = op.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}

// meaning is what an answer says of the message.
func (l *Link) meaning(a *answer) messaging.Outcome {
	switch {
	case a.status == 0 && !a.sent:
		return messaging.Outcome{Result: messaging.ResultAgain, Reason: "http_unreachable"}
	case a.status == 0:
		return messaging.Outcome{Result: messaging.ResultUnknown}
	case a.status/100 == 2:
		return l.taken(a)
	}
	out := messaging.Outcome{Result: messaging.ResultFailed, Reason: l.reason(a)}
	switch a.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		out.Result, out.Again = messaging.ResultAgain, retryAfter(a.header.Get("Retry-After"), time.Now())
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		out.Result = messaging.ResultAgain // credentials are the operator's to mend, and the message waits; the others say that it was not taken yet
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		out.Result = messaging.ResultUnknown // they may have taken it before they failed
	}
	return out
}

// taken reads an answer that says that all is well. One that cannot be read says so too: the message is not sent again.
func (l *Link) taken(a *answer) messaging.Outcome {
	out := messaging.Outcome{Result: messaging.ResultSent}
	found, _ := l.Settings.Sent.Read(template.Input{Header: a.header, Body: a.body}) // see above
	switch messaging.State(found.State) {
	case messaging.StateDelivered:
		out.Result = messaging.ResultDelivered
	case messaging.StateFailed:
		out.Result, out.Reason = messaging.ResultFailed, reasonOf(found.Reason, a.status)
	case messaging.StateReceived, messaging.StateAccepted, messaging.StateSent, messaging.StateUnknown:
	}
	if out.Result == messaging.ResultSent && found.ID != "" && len(found.ID) <= maxID {
		out.IDs = []string{found.ID}
	}
	return out
}

// reason is why the other refused, in its own word where it has one.
func (l *Link) reason(a *answer) messaging.Reason {
	found, _ := l.Settings.Sent.Read(template.Input{Header: a.header, Body: a.body}) // a page for people has none
	return reasonOf(found.Reason, a.status)
}

// maxID and maxReason are bytes of a network's own words.
const (
	maxID     = 255
	maxReason = 40
)

// reasonOf is a network's word as ours are written; where it has none, the status.
func reasonOf(word string, status int) messaging.Reason {
	word = strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c == ' ', c == '-', c == '.':
			return '_'
		}
		return -1
	}, word)
	if word = word[:min(len(word), maxReason)]; word == "" && status != 0 {
		word = strconv.Itoa(status)
	}
	if word == "" {
		return messaging.ReasonUndeliverable
	}
	return messaging.Reason("http_" + word)
}

// retryAfter reads the header of that name (RFC 9110 section 10.2.3), at most a day ahead; the zero time: it says nothing that makes sense.
func retryAfter(text string, now time.Time) time.Time {
	const longest = 24 * time.Hour
	wait := time.Duration(0)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		wait = time.Duration(min(max(n, 0), int64(longest/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = min(at.Sub(now), longest)
	}
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(wait)
}
