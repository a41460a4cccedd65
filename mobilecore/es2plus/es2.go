package es2plus

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Platform asks an operator's SM-DP+ for things. It may be used by many at once.
type Platform struct {
	base      string
	requester string
	within    time.Duration
	http      *http.Client
}

// PlatformConfig says where a platform is and who asks.
type PlatformConfig struct {
	URL         string           // https://host[:port]
	Requester   string           // our object identifier
	Certificate *tls.Certificate // ours; nil: we show none
	Authorities *x509.CertPool   // who may sign the platform's; nil: the system's
	Within      time.Duration    // of one request, all told; 0: 20 s
}

// NewPlatform makes the way to a platform; nothing is sent yet.
func NewPlatform(c PlatformConfig) (*Platform, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("%q is no address of an SM-DP+: want https:// and a host", c.URL)
	}
	if c.Within == 0 {
		const usual = 20 * time.Second
		c.Within = usual
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Authorities}
	if c.Certificate != nil {
		conf.Certificates = []tls.Certificate{*c.Certificate}
	}
	const idle = 4
	return &Platform{
		base: strings.TrimSuffix(strings.TrimSuffix(c.URL, "/"), strings.TrimSuffix(Path, "/")) + Path, requester: c.Requester, within: c.Within,
		http: &http.Client{
			Transport: &http.Transport{
				TLSClientConfig: conf, MaxIdleConnsPerHost: idle, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: longestBody, TLSHandshakeTimeout: c.Within,
				ForceAttemptHTTP2: true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close gives the connections back that nobody uses.
func (p *Platform) Close() { p.http.CloseIdleConnections() }

// Order asks for a profile to be reserved (SGP.22 section 5.3.1).
type Order struct {
	EID         EID    // empty: any phone
	ICCID       ICCID  // empty: any of the type
	ProfileType string // empty: the ICCID says it
}

// DownloadOrder reserves a profile and gives its ICCID. It fails with a *Failure, a *RefusedError, or whatever the way there failed with; after any but the first two
// nobody knows whether the platform has done it, and the same call tells.
func (p *Platform) DownloadOrder(ctx context.Context, call Call, o Order) (ICCID, error) {
	var out struct {
		ICCID string `json:"iccid"`
	}
	err := p.ask(ctx, "downloadOrder", call, map[string]any{"eid": string(o.EID), "iccid": wire(o.ICCID), "profileType": o.ProfileType}, &out)
	if err != nil {
		return "", err
	}
	id, err := ParseICCID(out.ICCID)
	if err != nil {
		return "", fmt.Errorf("downloadOrder: the platform answers %.40q: %w", out.ICCID, err)
	}
	return id, nil
}

// ConfirmOrder gives an order its matching ID (SGP.22 section 5.3.2).
type ConfirmOrder struct {
	ICCID      ICCID
	EID        EID
	MatchingID MatchingID
	Release    Release
}

// Release says whether a profile may be downloaded at once.
type Release bool

// When a profile may be downloaded.
const (
	ReleaseAtOnce Release = true
	ReleaseLater  Release = false
)

// Confirmed is an order as the platform confirmed it.
type Confirmed struct {
	EID        EID
	MatchingID MatchingID
	Address    string // of the SM-DP+ as phones reach it; empty: it did not say
}

// ConfirmOrder confirms an order. It fails as DownloadOrder does.
func (p *Platform) ConfirmOrder(ctx context.Context, call Call, o ConfirmOrder) (Confirmed, error) {
	var out struct {
		EID        string `json:"eid"`
		MatchingID string `json:"matchingId"`
		Address    string `json:"smdpAddress"`
	}
	err := p.ask(ctx, "confirmOrder", call, map[string]any{
		"iccid": wire(o.ICCID), "eid": string(o.EID), "matchingId": string(o.MatchingID), "releaseFlag": bool(o.Release),
	}, &out)
	if err != nil {
		return Confirmed{}, err
	}
	got := Confirmed{EID: EID(out.EID), MatchingID: MatchingID(out.MatchingID), Address: out.Address}
	if !only(out.MatchingID, matchingChars) || !only(out.Address, hostChars) || !only(out.EID, digitChars) || len(out.Address) > longestCode {
		return Confirmed{}, errors.New("confirmOrder: the platform's answer is malformed")
	}
	return got, nil
}

// Final is what becomes of a profile whose order is cancelled (SGP.22 section 5.3.3).
type Final string

// What becomes of it.
const (
	FinalAvailable   Final = "Available" // somebody else can have it
	FinalUnavailable Final = "Unavailable"
)

// CancelOrder cancels an order.
type CancelOrder struct {
	ICCID      ICCID
	EID        EID
	MatchingID MatchingID
	Final      Final
}

// CancelOrder cancels an order. It fails as DownloadOrder does.
func (p *Platform) CancelOrder(ctx context.Context, call Call, o CancelOrder) error {
	return p.ask(ctx, "cancelOrder", call, map[string]any{
		"iccid": wire(o.ICCID), "eid": string(o.EID), "matchingId": string(o.MatchingID), "finalProfileStatusIndicator": string(o.Final),
	}, &struct{}{})
}

// ReleaseProfile lets a profile be downloaded (SGP.22 section 5.3.4). It fails as DownloadOrder does.
func (p *Platform) ReleaseProfile(ctx context.Context, call Call, id ICCID) error {
	return p.ask(ctx, "releaseProfile", call, map[string]any{"iccid": wire(id)}, &struct{}{})
}

// wire is an ICCID as it is sent; empty: none.
func wire(i ICCID) string {
	if i == "" {
		return ""
	}
	return i.Wire()
}

// ask sends one request and reads the answer.
func (p *Platform) ask(ctx context.Context, function string, call Call, body map[string]any, into any) error {
	for name, v := range body {
		if v == "" {
			delete(body, name)
		}
	}
	body["header"] = requestHeader{Requester: p.requester, Call: string(call)}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %w", function, err)
	}
	ctx, done := context.WithTimeout(ctx, p.within)
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+function, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", function, err)
	}
	req.Header.Set("Content-Type", jsonType)
	req.Header.Set(adminProtocol, Protocol)
	res, err := p.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", function, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, longestBody+1))
	switch {
	case res.StatusCode != http.StatusOK:
		return &RefusedError{Function: function, Status: res.StatusCode}
	case err != nil:
		return fmt.Errorf("%s: %w", function, err)
	}
	if err = speaks(res.Header); err != nil {
		return fmt.Errorf("%s: %w", function, err)
	}
	return readAnswer(function, answer, into)
}

// readAnswer reads the answer of a function that the platform executed; of any other it gives the *Failure.
func readAnswer(function string, body []byte, into any) error {
	var head struct {
		Header struct {
			Status *Status `json:"functionExecutionStatus"`
		} `json:"header"`
	}
	if err := decode(body, &head); err != nil {
		return fmt.Errorf("%s: the answer is %w", function, err)
	}
	status := head.Header.Status
	if status == nil {
		return fmt.Errorf("%s: the answer has no functionExecutionStatus", function)
	}
	if err := status.check(); err != nil {
		return fmt.Errorf("%s: %w", function, err)
	}
	if status.Execution == Failed || status.Execution == Expired {
		return &Failure{Function: function, Status: *status}
	}
	if err := decode(body, into); err != nil {
		return fmt.Errorf("%s: the answer is %w", function, err)
	}
	return nil
}
