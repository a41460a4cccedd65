package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tandem/mobilecore/es2plus"
)

// Caller is somebody with a certificate: a platform, or one that says it is.
type Caller struct {
	cert   tls.Certificate
	client *http.Client
}

// NewCaller makes one whose certificate an authority signed; whom they call shows one of theirs.
func NewCaller(by *Authority, name string, theirs *x509.CertPool) (Caller, error) {
	cert, err := by.Issue(name)
	if err != nil {
		return Caller{}, err
	}
	const patience = 5 * time.Second
	return Caller{cert, &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}, RootCAs: theirs},
	}}}, nil
}

// Notify sends a notification, and gives the HTTP status of the answer.
func (c Caller) Notify(ctx context.Context, to, body string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/gsma/rsp2/es2plus/handleDownloadProgressInfo", strings.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("simulated notification: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Admin-Protocol", "gsma/rsp/v2.5.0")
	res, err := c.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("simulated notification: %w", err)
	}
	return res.StatusCode, res.Body.Close()
}

// Platform is a way to an SM-DP+ on which the caller shows their certificate.
func (c Caller) Platform(url string, theirs *x509.CertPool) (*es2plus.Platform, error) {
	return es2plus.NewPlatform(es2plus.PlatformConfig{URL: url, Requester: "1.2.3", Certificate: &c.cert, Authorities: theirs})
}
