package sip

import (
	"net/netip"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/digest"
	"tandem/sip/trunk"
)

// credentials answers the challenges of one trunk, when a challenge may be answered at all: only one to a request that we sent to the
// trunk's own address, and only its realm.
type credentials struct {
	client *digest.Client
	owns   func(netip.Addr) bool
}

// credentials gives nil for a trunk that we have no account with.
func (s *Stack) credentials(t *trunk.Trunk, l *line) dialog.Authorizer {
	if l.client == nil {
		return nil
	}
	return &credentials{client: l.client, owns: func(a netip.Addr) bool {
		if t.Owns(a) {
			return true
		}
		for _, p := range l.settings.Sources {
			if p.Contains(a.Unmap()) {
				return true
			}
		}
		return false
	}}
}

// Authorize implements dialog.Authorizer.
func (c *credentials) Authorize(ch dialog.Challenge) gosip.Header {
	if !c.owns(ch.To.Addr.Addr()) {
		return nil
	}
	name, proxy := "WWW-Authenticate", false
	if ch.Response.StatusCode == gosip.StatusProxyAuthRequired {
		name, proxy = "Proxy-Authenticate", true
	}
	var list []digest.Challenge
	for _, h := range ch.Response.GetHeaders(name) {
		if one, err := digest.ParseChallenge(h.Value()); err == nil {
			one.Proxy = proxy
			list = append(list, one)
		}
	}
	r := digest.Request{Method: string(ch.Request.Method), URI: ch.Request.Recipient.String(), Body: ch.Request.Body()}
	h, err := c.client.Answer(list, r, ch.Tries)
	if err != nil {
		return nil // the refusal is final
	}
	return gosip.NewHeader(h.Name, h.Value)
}
