package provisioning

import (
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
	s.checkTrunk(t, &r, password)
	if first := find(s.trunks, func(o *Trunk) bool { return o.Name == r.Name }); first != nil {
		s.twice(t, "name", r.Name, first.path)
		return
	}
	s.trunks = append(s.trunks, declared[Trunk]{t.path, r})
}

// checkTrunk finds settings that do not go together.
func (s *Site) checkTrunk(t *table, r *Trunk, inPassword Secret) {
	for _, server := range r.Servers {
		if !strings.HasPrefix(server, "sip:") && !strings.HasPrefix(server, "sips:") {
			t.refuse("servers", "", "%q is no SIP URI: write \"sip:host:port;transport=udp\"", server)
		}
	}
	if len(r.Sources) == 0 && len(r.Servers) == 0 && r.InUsername == "" {
		t.doc.refuse(t.path, "", "the trunk %s has neither sources, nor servers, nor in_username: nothing could use it", r.Name)
	}
	if r.InUsername == "" && (inPassword != "" || r.InHA1MD5 != "") {
		t.refuse("in_username", "", "in_username is missing: in_password is its password")
	}
	if r.OutUsername == "" && r.OutPassword != "" {
		t.refuse("out_username", "", "out_username is missing: out_password is its password")
	}
	if r.Register && (len(r.Servers) == 0 || r.OutUsername == "") {
		t.refuse("register", "", "to register, a trunk needs servers and out_username")
	}
	if r.Country != "" && len(r.Country) != 2 {
		t.refuse("country", "", "%q is no country: write two letters, such as \"FR\"", r.Country)
	}
	if r.Dial == routing.DialNational && r.Country == "" {
		t.refuse("dial", "", "to dial national numbers, the trunk needs a country")
	}
}

// prefixes reads addresses and networks: "203.0.113.7" or "203.0.113.0/24".
func prefixes(t *table, key string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range t.texts(key) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(text); err == nil {
				p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
			}
		}
		if err != nil {
			t.refuse(key, "", "%q is no IP address or network: write \"203.0.113.7\" or \"203.0.113.0/24\"", text)
			continue
		}
		out = append(out, p.Masked())
	}
	return out
}
