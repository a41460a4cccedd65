package message

import (
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// headers is what requests and responses have in common here.
type headers interface {
	GetHeaders(name string) []gosip.Header
}

// Value is the first value of a header, empty when there is none. The full name also finds the compact form.
func Value(m headers, name string) string {
	if all := m.GetHeaders(name); len(all) > 0 {
		return all[0].Value()
	}
	return ""
}

// Values are all values of a header that may stand more than once, each line cut at its commas, blanks trimmed.
func Values(m headers, name string) []string {
	var all []string
	for _, h := range m.GetHeaders(name) {
		for _, v := range splitQuoted(h.Value(), ',') {
			if v = strings.TrimSpace(v); v != "" {
				all = append(all, v)
			}
		}
	}
	return all
}

// Tokens are the values of a list of tokens in lower case, such as Supported, Require, Allow-Events.
func Tokens(m headers, name string) []string {
	all := Values(m, name)
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	return all
}

// Supports says that a list header (Supported, Require, Allow) names a token, in any case.
func Supports(m headers, name, token string) bool {
	for _, v := range Values(m, name) {
		if strings.EqualFold(v, token) {
			return true
		}
	}
	return false
}

// NameAddr is one name-addr or addr-spec of a header, with the parameters behind it (RFC 3261 section 20.10).
type NameAddr struct {
	Party  Party
	URI    gosip.Uri
	Params gosip.HeaderParams // names in lower case
}

// Param is one parameter, without quotes; empty when it is missing.
func (n NameAddr) Param(name string) string {
	v, _ := n.Params.Get(name)
	return Unquote(v)
}

// ParseNameAddr reads one value.
func ParseNameAddr(value string) (NameAddr, error) {
	var n NameAddr
	display, err := gosip.ParseAddressValue(strings.TrimSpace(value), &n.URI, &n.Params)
	if err != nil || n.URI.Wildcard || n.URI.Scheme == "" {
		return NameAddr{}, &ParseError{What: "name-addr"}
	}
	for i := range n.Params {
		n.Params[i].K = strings.ToLower(strings.TrimSpace(n.Params[i].K))
	}
	n.Party = PartyOf(display, n.URI)
	return n, nil
}

// ParseNameAddrs reads every value of a header; what cannot be read is left out.
func ParseNameAddrs(m headers, name string) []NameAddr {
	var all []NameAddr
	for _, v := range Values(m, name) {
		if n, err := ParseNameAddr(v); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// FromParty and ToParty are the two ends as a request names them.
func FromParty(m gosip.Message) Party { return PartyOf(m.From().DisplayName, m.From().Address) }

// ToParty is who a request is for, as To says.
func ToParty(m gosip.Message) Party { return PartyOf(m.To().DisplayName, m.To().Address) }

// Asserted are the identities of P-Asserted-Identity (RFC 3325 section 9.1): one, or a sip and a tel one. Only a trusted peer's count.
func Asserted(m headers) []Party { return parties(ParseNameAddrs(m, "P-Asserted-Identity")) }

func parties(all []NameAddr) []Party {
	out := make([]Party, 0, len(all))
	for _, n := range all {
		out = append(out, n.Party)
	}
	return out
}

// Private says that the caller asked for their identity to be withheld: Privacy of id, user, header or critical without "none"
// (RFC 3323 section 4.2, RFC 3325 section 9.3), or an anonymous From (RFC 3323 section 4.1.1.3).
func Private(m gosip.Message) bool {
	for _, p := range Tokens(m, "Privacy") {
		for one := range strings.SplitSeq(p, ";") {
			switch strings.TrimSpace(one) {
			case "none":
				return false
			case "id", "user", "header":
				return true
			}
		}
	}
	from := FromParty(m)
	return strings.EqualFold(from.User, "anonymous") || from.Host == "anonymous.invalid"
}

// Diverted is one step that a call took before it came here.
type Diverted struct {
	From   Party  // who it was diverted from
	Reason string // in lower case: "unconditional", "user-busy", "no-answer", "unavailable" ...; or a SIP status as History-Info has it
	Count  int    // of RFC 5806; at least 1
}

// Diversions are the steps of Diversion (RFC 5806), newest first.
func Diversions(m headers) []Diverted {
	all := ParseNameAddrs(m, "Diversion")
	out := make([]Diverted, 0, len(all))
	for _, n := range all {
		d := Diverted{From: n.Party, Reason: strings.ToLower(n.Param("reason")), Count: 1}
		if c, err := strconv.Atoi(n.Param("counter")); err == nil && c > 0 && c < 1000 {
			d.Count = c
		}
		out = append(out, d)
	}
	return out
}

// History is one entry of History-Info (RFC 7044 section 5).
type History struct {
	Party  Party
	Index  string // "1.2"
	Reason Reason // why it was left, from the Reason inside its URI
	Cause  int    // of RFC 4458, from the URI's cause parameter; 0: none
}

// Histories are the entries of History-Info, oldest first as they stand.
func Histories(m headers) []History {
	all := ParseNameAddrs(m, "History-Info")
	out := make([]History, 0, len(all))
	for _, n := range all {
		h := History{Party: n.Party, Index: n.Param("index")}
		for _, kv := range n.URI.Headers {
			if strings.EqualFold(kv.K, "reason") {
				h.Reason = ParseReason(unescape(kv.V))
			}
		}
		if v, ok := n.URI.UriParams.Get("cause"); ok {
			if c, err := strconv.Atoi(v); err == nil && c >= 0 && c < 1000 {
				h.Cause = c
			}
		}
		out = append(out, h)
	}
	return out
}

// DiversionValue writes one Diversion (RFC 5806 section 4).
func DiversionValue(p Party, reason string) string {
	if reason = token(reason); reason == "" {
		reason = "unconditional"
	}
	return p.String() + ";reason=" + reason + ";counter=1"
}
