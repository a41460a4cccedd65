package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"tandem/provisioning"
)

// Sizes of what is sent and kept.
const (
	keptAnswer = 4 << 10  // of the body of an answer
	mostBody   = 1 << 20  // of what is sent
	mostAnswer = 64 << 10 // of what a flow asked for
)

// userAgent is what we say that we are.
const userAgent = "Tandem-Webhooks/1"

// letter is one request that is posted, signed.
type letter struct {
	url     string
	id      string // the receiver's key against repeats
	body    []byte
	trace   string // traceparent; empty: none
	secrets []provisioning.Secret
}

// answer is what came of a letter.
type answer struct {
	attempt provisioning.Attempt
	body    []byte
	after   time.Duration // Retry-After; 0: not said
}

// poster posts letters.
type poster struct {
	client *http.Client
}

func newPoster(t http.RoundTripper) poster {
	return poster{&http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// post sends a letter and reads at most so much of the answer's body. ctx bounds all of it.
func (p poster) post(ctx context.Context, l letter, most int64) answer {
	begun := time.Now()
	out := answer{attempt: provisioning.Attempt{At: begun}}
	err := p.exchange(ctx, l, most, &out)
	out.attempt.Latency = time.Since(begun)
	if err != nil {
		out.attempt.Error = reason(ctx, err)
	}
	return out
}

func (p poster) exchange(ctx context.Context, l letter, most int64, out *answer) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(l.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", userAgent)
	if l.trace != "" {
		r.Header.Set("Traceparent", l.trace)
	}
	Sign(r.Header, l.id, out.attempt.At, l.body, l.secrets...)
	resp, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	out.attempt.Status, out.after = resp.StatusCode, retryAfter(resp.Header.Get("Retry-After"), out.attempt.At)
	out.body, err = io.ReadAll(io.LimitReader(resp.Body, most))
	return err
}

// retryAfter reads the header of that name (RFC 9110 section 10.2.3): seconds, or a date. 0: nothing that makes sense.
func retryAfter(text string, now time.Time) time.Duration {
	const longest = 365 * 24 * time.Hour / time.Second // More overflows, and is bounded by whoever asks anyway.
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(n, 0), int64(longest))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// Why there was no answer, or no whole one: words for programs.
const (
	reasonTimeout  = "timeout"
	reasonAddress  = "address_refused"
	reasonName     = "name_not_found"
	reasonTLS      = "tls_failed"
	reasonConnect  = "connection_failed"
	reasonRender   = "not_rendered"
	reasonTooLarge = "too_large"
)

// reason puts an error in a word: what the network below says is not for everybody.
func reason(ctx context.Context, err error) string {
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	timeout, is := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, ErrAddressRefused):
		return reasonAddress
	case ctx.Err() != nil, is && timeout.Timeout():
		return reasonTimeout
	case errors.As(err, &unknown), errors.As(err, &wrongName), errors.As(err, &invalid):
		return reasonTLS
	}
	if _, is := errors.AsType[*net.DNSError](err); is {
		return reasonName
	}
	if _, is := errors.AsType[*tls.RecordHeaderError](err); is {
		return reasonTLS
	}
	if _, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return reasonTLS
	}
	return reasonConnect
}
