package provisioning

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tandem/routing"
)

// Limits of what a trunk says of TLS.
const (
	mostPins        = 10
	mostCallers     = 50
	longestFileName = 64
	pinBytes        = 32
)

// tlsRefusals finds what a trunk says of TLS and cannot be.
func (t *Trunk) tlsRefusals() Refusals {
	var r refuser
	s := &t.TLS
	if s.Name != "" && !certificateName(s.Name) {
		r.no("trunk_tls_name", "body.tls.name", `"{value}" is no name of a certificate: write the host that it is for`, map[string]string{"value": s.Name})
	}
	if why := checkPEM(s.Authority); why != "" {
		r.no("platform_authority", "body.tls.authority", "{why}", map[string]string{"why": why})
	}
	for i, pin := range s.Pins {
		if b, err := hex.DecodeString(pin); err != nil || len(b) != pinBytes {
			r.no("trunk_tls_pin", fmt.Sprintf("body.tls.pins[%d]", i), `"{value}" is no SHA-256 of a public key: write 64 hexadecimal digits`, map[string]string{"value": pin})
		}
	}
	if s.Certificate != "" && !fileName(s.Certificate) {
		r.no("trunk_tls_certificate", "body.tls.certificate", `"{value}" is no name of a certificate's file: letters, digits, "-" and "_" alone`,
			map[string]string{"value": s.Certificate})
	}
	for i, name := range s.Callers {
		if !certificateName(name) {
			r.no("trunk_tls_name", fmt.Sprintf("body.tls.callers[%d]", i), `"{value}" is no name of a certificate: write the host that it is for`,
				map[string]string{"value": name})
		}
	}
	if !slices.Contains([]string{"", "1.2", "1.3"}, s.MinVersion) {
		r.all = append(r.all, notOneOf("body.tls.min_version", s.MinVersion))
	}
	switch {
	case !slices.Contains(routing.MediaPolicies(), s.Media):
		r.all = append(r.all, notOneOf("body.tls.media", s.Media))
	case (s.Media == routing.MediaAllowed || s.Media == routing.MediaRequired) && slices.ContainsFunc(t.Servers, inTheClear):
		r.no("trunk_tls_media", "body.tls.media", "the keys of encrypted media stand in SIP: every server of the trunk must be reached over TLS", nil)
	}
	for _, l := range []struct {
		field string
		has   int
		most  int
	}{{"pins", len(s.Pins), mostPins}, {"callers", len(s.Callers), mostCallers}} {
		if l.has > l.most {
			r.no("trunk_limit", "body.tls."+l.field, "{field} is outside of what a trunk can have", map[string]string{"field": l.field})
		}
	}
	return r.all
}

// inTheClear says whether a server is not reached over TLS.
func inTheClear(server string) bool {
	low := strings.ToLower(server)
	return !strings.HasPrefix(low, "sips:") && !strings.Contains(low, ";transport=tls")
}

// certificateName says whether a text can be the name in a certificate: a host, or a host below any ("*.example.net"), as it stands there.
func certificateName(s string) bool {
	return len(s) <= longestHost && !strings.HasPrefix(s, ".") && !strings.ContainsFunc(strings.TrimPrefix(s, "*."), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != ':'
	})
}

// fileName says whether a text can name a file, and nothing beside its directory.
func fileName(s string) bool {
	return len(s) <= longestFileName && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// siteTrunkTLS is what a site file says of it.
type siteTrunkTLS struct {
	Name        string   `toml:"name,omitempty"`
	Authority   string   `toml:"authority,omitempty"`
	Pins        []string `toml:"pins,omitempty"`
	Certificate string   `toml:"certificate,omitempty"`
	MinVersion  string   `toml:"min_version,omitempty"`
	Callers     []string `toml:"callers,omitempty"`
	Media       string   `toml:"media,omitempty"`
}

func readTrunkTLS(t *table) routing.TrunkTLS {
	if t == nil {
		return routing.TrunkTLS{}
	}
	defer t.close()
	return routing.TrunkTLS{
		Name: t.text("name"), Authority: t.text("authority"), Pins: t.texts("pins"), Certificate: t.text("certificate"),
		MinVersion: t.text("min_version"), Callers: t.texts("callers"), Media: t.text("media"),
	}
}

func (x *exporter) trunkTLS(t *routing.TrunkTLS) *siteTrunkTLS {
	if t.IsZero() {
		return nil
	}
	return &siteTrunkTLS{t.Name, t.Authority, t.Pins, t.Certificate, t.MinVersion, t.Callers, t.Media}
}

// tlsText is all of it as one field; empty: nothing was set.
func tlsText(t *routing.TrunkTLS) string {
	if t.IsZero() {
		return ""
	}
	return asJSON(t)
}
