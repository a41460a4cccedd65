package ims

import "strings"

// Access is where a handset is in its network: for the call's record, and for nobody outside the core.
type Access struct {
	Network string // access-type, "3GPP-E-UTRAN-FDD"
	Cell    string // of it, as the network writes it
	Visited string // P-Visited-Network-ID; empty: at home, or not told
}

// ReadAccess reads P-Access-Network-Info and P-Visited-Network-ID (RFC 7315 sections 4.3 and 4.4). Of several, the first that names a cell.
func ReadAccess(h Headers) Access {
	var a Access
	values := h.Values("P-Access-Network-Info")
	for _, v := range values[:min(len(values), 4)] {
		if len(v) > longest {
			continue
		}
		kind, rest, _ := strings.Cut(v, ";")
		p := parseParams(rest)
		cell := firstOf(p, "utran-cell-id-3gpp", "cgi-3gpp", "i-wlan-node-id", "dsl-location", "gstn-location", "ci-3gpp2")
		if a.Network == "" || (a.Cell == "" && cell != "") {
			a.Network, a.Cell = strings.TrimSpace(kind), cell
		}
	}
	if values = h.Values("P-Visited-Network-ID"); len(values) > 0 && len(values[0]) <= 256 {
		value, _, _ := strings.Cut(values[0], ";")
		a.Visited = unquote(strings.TrimSpace(value))
	}
	return a
}

func firstOf(p params, names ...string) string {
	for _, n := range names {
		if v, has := p.get(n); has && v != "" {
			return v
		}
	}
	return ""
}

// Side is where a leg goes.
type Side int

// The sides.
const (
	SideCore   Side = iota // back into the core that the request came from: the same trust domain (RFC 3324)
	SidePSTN               // a carrier
	SideDevice             // a phone or a browser of ours
)

// Passed is what of a core's request may go on with a leg to a side, in the order of a fixed list. What is not in the list stays here; identities, redirections,
// the charging vector and anchors are written anew by who makes the leg.
func Passed(h Headers, to Side) []Field {
	var list []Field
	for _, name := range passedTo(to) {
		values := h.Values(name)
		for _, v := range values[:min(len(values), 16)] {
			if len(v) <= longest && !strings.ContainsFunc(v, isControl) {
				list = append(list, Field{name, v})
			}
		}
	}
	return list
}

func passedTo(to Side) []string {
	switch to {
	case SideCore:
		return []string{
			"P-Access-Network-Info", "P-Visited-Network-ID", "P-Early-Media", "P-Asserted-Service", "P-Preferred-Service", "P-Preferred-Identity",
			"Accept-Contact", "Reject-Contact", "Request-Disposition", "Privacy", "Priority", "Resource-Priority", "Geolocation", "Geolocation-Routing",
			"Recv-Info", "Feature-Caps", "Session-ID", "Identity", "Reason", "Subject",
		}
	case SidePSTN:
		return []string{"Priority"} // psap-callback (RFC 7090); nothing that says where or on what the caller is
	case SideDevice:
		return []string{"Priority"}
	}
	return nil
}
