package routing

import (
	"strings"

	"tandem/media"
)

// TrunkTLS is how connections with a trunk over TLS are judged, and what we show on them (RFC 5922). The zero value asks for the name of its server, signed by
// one of the system's authorities, and shows nothing.
type TrunkTLS struct {
	Name        string   `json:"name,omitempty"`        // the SIP or DNS name that its certificate must carry, and that we ask for (SNI); empty: the host of its server
	Authority   string   `json:"authority,omitempty"`   // PEM: who signs its certificate; empty: the system's authorities
	Pins        []string `json:"pins,omitempty"`        // SHA-256 of its public key (SubjectPublicKeyInfo), in hexadecimal: with one of them it is the trunk, whoever signed
	Certificate string   `json:"certificate,omitempty"` // the name of what we show it: NAME.pem in the directory of certificates; empty: what our listeners show, where it asks
	MinVersion  string   `json:"min_version,omitempty"` // "1.2" or "1.3"; empty: 1.2
	Callers     []string `json:"callers,omitempty"`     // names in the certificates that it connects to us with, which stand for a password; empty: a certificate is no proof
	Media       string   `json:"media,omitempty"`       // whether voice is encrypted with keys that SDP brings (RFC 4568): one of the Media… constants
}

// What TrunkTLS.Media may be.
const (
	MediaTaken    = ""         // where the trunk offers it
	MediaOff      = "off"      // never
	MediaAllowed  = "allowed"  // offered too, as what the trunk may take or leave
	MediaRequired = "required" // a call without is refused
)

// MediaPolicies are all of them.
func MediaPolicies() []string {
	return []string{MediaTaken, MediaOff, MediaAllowed, MediaRequired}
}

// secrecy is whether the leg's media are encrypted. Keys stand in SDP: they are never offered over signalling that anybody on the way can read.
func (l *leg) secrecy() media.SRTP {
	t := l.trunk
	if t == nil {
		if l.source.sealed && l.page == nil {
			return media.SRTPAllowed
		}
		return media.SRTPOff
	}
	sealed := l.source.sealed || l.offer == nil && t.overTLS()
	switch t.TLS.Media {
	case MediaRequired:
		return media.SRTPRequired
	case MediaAllowed:
		if sealed {
			return media.SRTPAllowed
		}
	case MediaTaken:
		if l.source.sealed {
			return media.SRTPAllowed
		}
	}
	return media.SRTPOff
}

// overTLS says that every way to the trunk is encrypted.
func (t *Trunk) overTLS() bool {
	for _, s := range t.Servers {
		if low := strings.ToLower(s); !strings.HasPrefix(low, "sips:") && !strings.Contains(low, ";transport=tls") {
			return false
		}
	}
	return len(t.Servers) > 0
}

// IsZero says that nothing was set.
func (t *TrunkTLS) IsZero() bool {
	return t.Name == "" && t.Authority == "" && len(t.Pins) == 0 && t.Certificate == "" && t.MinVersion == "" && len(t.Callers) == 0 && t.Media == ""
}
