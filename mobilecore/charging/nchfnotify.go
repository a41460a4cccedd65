package charging

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// errNotTold says that a consumer did not take a notification.
var errNotTold = errors.New("the consumer did not take it")

// notifier tells consumers, over HTTP/2 with and without encryption, wherever it is sent and nowhere else.
func notifier(config *tls.Config) *http.Client {
	t := &http.Transport{Protocols: &http.Protocols{}, MaxIdleConnsPerHost: 2, MaxResponseHeaderBytes: 16 << 10}
	t.Protocols.SetHTTP2(true)
	t.Protocols.SetUnencryptedHTTP2(true)
	if config != nil {
		t.TLSClientConfig = config.Clone()
		t.TLSClientConfig.MinVersion = tls.VersionTLS12
	}
	return &http.Client{Transport: t, Timeout: nchfPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// mayTell says whether an address may be told: it is at the host that a request came from, or at one that is allowed. So nobody makes us ask within our own house.
func (n *Nchf) mayTell(address, peer, remote string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	allowed := func(host string) bool {
		return strings.EqualFold(host, u.Hostname()) || strings.EqualFold(host, u.Host)
	}
	if n.cfg.Hosts != nil && slices.ContainsFunc(n.cfg.Hosts(peer), allowed) {
		return true
	}
	at, err := netip.ParseAddr(u.Hostname())
	return err == nil && at.Unmap() == hostOf(remote)
}

// Reauthorise implements Reauthoriser (TS 32.291 section 5.2.2.5).
func (n *Nchf) Reauthorise(ctx context.Context, peer, session string) error {
	return n.notify(ctx, peer, session, "REAUTHORIZATION")
}

// Abort implements Reauthoriser.
func (n *Nchf) Abort(ctx context.Context, peer, session string) error {
	return n.notify(ctx, peer, session, "ABORT_CHARGING")
}

func (n *Nchf) notify(ctx context.Context, peer, session, kind string) error {
	to, err := n.cfg.Memo(ctx, peer, session)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") {
		return ErrNoSession
	}
	body, err := json.Marshal(map[string]string{"notificationType": kind})
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := n.notifier.Do(r)
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, nchfBody))
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("notify: %d: %w", answer.StatusCode, errNotTold)
	}
	return nil
}

// Close lets go of the connections to consumers.
func (n *Nchf) Close() { n.notifier.CloseIdleConnections() }
