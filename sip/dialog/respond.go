package dialog

import (
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// Allow lists the methods that a dialog of ours takes (RFC 3261 section 20.5).
const Allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY"

// Response builds an answer to r, with our Server header.
func (e *Endpoint) Response(r *gosip.Request, status int, body *message.Body, extra ...gosip.Header) *gosip.Response {
	resp := message.NewResponse(r, status, "", body)
	message.Add(resp, "Server", e.UserAgent)
	for _, h := range extra {
		resp.AppendHeader(h)
	}
	return resp
}

// Respond sends one. A response that cannot be sent is lost like a packet: the peer asks again, or gives up.
func (e *Endpoint) Respond(tx Server, status int, body *message.Body, extra ...gosip.Header) {
	_ = tx.Respond(e.Response(tx.Request(), status, body, extra...)) // see above
}

// Warning is the header that says in words why a request is refused (RFC 3261 section 20.43); nil for no text.
func (e *Endpoint) Warning(text string) []gosip.Header {
	if text == "" {
		return nil
	}
	return []gosip.Header{gosip.NewHeader("Warning", "399 "+e.Host+" "+message.Quote(text))}
}

// RetryAfter is the header that says when to ask again, in whole seconds, rounded up.
func RetryAfter(d time.Duration) gosip.Header {
	return gosip.NewHeader("Retry-After", strconv.Itoa(int((d+time.Second-1)/time.Second)))
}

func reasonHeader(r message.Reason) []gosip.Header {
	if v := r.String(); v != "" {
		return []gosip.Header{gosip.NewHeader("Reason", v)}
	}
	return nil
}

// ReadRetryAfter is when a response asks to be tried again, at most an hour; 0 when it does not say, and for no response.
func ReadRetryAfter(r *gosip.Response) time.Duration {
	if r == nil {
		return 0
	}
	h := r.GetHeader("Retry-After")
	if h == nil {
		return 0
	}
	digits := h.Value()
	if i := strings.IndexFunc(digits, func(c rune) bool { return c < '0' || c > '9' }); i >= 0 {
		digits = digits[:i] // a comment or parameters follow (RFC 3261 section 20.33)
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(min(n, 3600)) * time.Second
}
