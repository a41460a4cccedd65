package provisioning

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tandem/routing"
)

func (s *Site) readTrunk(t *table) {
	r := Trunk{
		Account:      routing.AccountID(t.text("account")), // empty: shared by all
		Name:         t.needed("name"),
		Sources:      prefixes(t, "sources"),
		Servers:      t.texts("servers"),
		InUsername:   t.text("in_username"),
		OutUsername:  t.text("out_username"),
		OutPassword:  Secret(t.text("out_password")),
		OutRealm:     t.text("out_realm"),
		Domain:       t.text("domain"),
		Register:     t.truth("register"),
		OptionsEvery: t.duration("options_every", time.Hour),
		Country:      strings.ToUpper(t.text("country")),
		Dial:         one(t, "dial", routing.DialPlus, routing.DialDouble0, routing.DialNational, routing.DialBare),
		Emergency:    t.truth("emergency"),
		Priority:     t.whole("priority", 1000),
		MediaAllow:   prefixes(t, "media_allow"),
		MaxCalls:     t.whole("max_calls", 1_000_000),
		TrustPAI:     t.truth("trust_pai"),

		PresentsDirect: t.truth("direct_numbers"),

		TLS:   readTrunkTLS(t.within("tls")),
		Terms: readTerms(t.within("terms")),
	}
	password := Secret(t.text("in_password"))
	r.InHA1MD5, r.InHA1SHA256 = readHA1(t, "in_ha1")
	t.close()
	r.ID = routing.TrunkID(r.Name)
	if r.Account != "" {
		s.knownAccount(t, string(r.Account))
	}
	if r.InUsername != "" && password != "" {
		r.InHA1MD5, r.InHA1SHA256 = HA1(r.InUsername, s.realm, password)
	}
	asked := r
	if r.InUsername == "" && password != "" {
		asked.InHA1MD5 = password // A password without a name is as wrong as its digest.
	}
	// Where the file gives a name alone, the password that is kept stays.
	if asked.InUsername != "" && asked.InHA1MD5 == "" {
		asked.InHA1MD5 = mask
	}
	if asked.OutUsername != "" && asked.OutPassword == "" {
		asked.OutPassword = mask
	}
	s.doc.refused(t.path, asked.settingsRefusals())
	if first := find(s.trunks, func(o *Trunk) bool { return o.Name == r.Name }); first != nil {
		s.twice(t, "name", r.Name, first.path)
		return
	}
	s.trunks = append(s.trunks, declared[Trunk]{t.path, r})
}

// prefixes reads addresses and networks.
func prefixes(t *table, key string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range t.texts(key) {
		p, err := ParsePrefix(text)
		if err != nil {
			t.refuse(key, "", "%s", err)
			continue
		}
		out = append(out, p)
	}
	return out
}

// ParsePrefix reads an address or a network: "203.0.113.7" or "203.0.113.0/24".
func ParsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%q is %w", text, errNoNetwork)
		}
		p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
	}
	return p.Masked(), nil
}

var errNoNetwork = errors.New(`no IP address or network: write "203.0.113.7" or "203.0.113.0/24"`)
