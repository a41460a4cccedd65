package web

import (
	"tandem/provisioning"
	"tandem/routing"
)

// trunkTLS is how a trunk is spoken to over TLS; sent, it replaces all of it.
type trunkTLS struct {
	Name        string   `json:"name,omitempty" doc:"The SIP or DNS name that its certificate must carry, and that is asked for (SNI); empty: the host of its server."`
	Authority   string   `json:"authority,omitempty" doc:"PEM: who signs its certificate; empty: the system's authorities."`
	Pins        []string `json:"pins,omitempty" doc:"SHA-256 of its public key, in hexadecimal: with one of them it is the trunk, whoever signed."`
	Certificate string   `json:"certificate,omitempty" doc:"The name of what we show it: NAME.pem, chain and key, in the directory of certificates."`
	MinVersion  string   `json:"min_version,omitempty" enum:",1.2,1.3" doc:"Empty: 1.2."`
	Callers     []string `json:"callers,omitempty" doc:"Names in the certificates that it connects to us with: they stand for a password."`
	Media       string   `json:"media,omitempty" enum:",off,allowed,required" doc:"SRTP with keys in SDP (RFC 4568): off, allowed (offered, and the trunk may leave it) or required. Empty: taken where the trunk offers it."`
}

func showTrunkTLS(t *routing.TrunkTLS) trunkTLS {
	return trunkTLS{t.Name, t.Authority, t.Pins, t.Certificate, t.MinVersion, t.Callers, t.Media}
}

// setTrunkTLS puts what was sent into a trunk; null takes all of it away.
func setTrunkTLS(to *provisioning.Trunk, sent *optional[trunkTLS]) {
	if sent.Sent {
		v := &sent.Value
		to.TLS = routing.TrunkTLS{Name: v.Name, Authority: v.Authority, Pins: v.Pins, Certificate: v.Certificate, MinVersion: v.MinVersion, Callers: v.Callers, Media: v.Media}
	}
}
