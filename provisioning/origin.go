package provisioning

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Origin is where pages of others come from, as browsers write it (RFC 6454 section 6.2): "https://crm.example.fr", with a port where it is not the usual
// one, in small letters, and nothing behind it.
type Origin string

// The ranges of an account's origins.
const (
	mostOrigins   = 50
	longestOrigin = 300
)

// CleanOrigin is an origin as browsers write it, of what people type: without a slash at its end, in small letters, without the usual port.
func CleanOrigin(typed string) Origin {
	s := strings.TrimSuffix(strings.ToLower(Clean(typed)), "/")
	for scheme, port := range map[string]string{"https://": ":443", "http://": ":80"} {
		if strings.HasPrefix(s, scheme) {
			s = strings.TrimSuffix(s, port)
		}
	}
	return Origin(s)
}

// Valid says whether an origin is one: it is copied into headers, where nothing else may stand.
func (o Origin) Valid() bool {
	u, err := url.Parse(string(o))
	if err != nil || len(o) > longestOrigin || u.Scheme != "https" && u.Scheme != "http" || u.Scheme+"://"+u.Host != string(o) {
		return false
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != p || net.JoinHostPort(u.Hostname(), p) != u.Host {
			return false
		}
	}
	return CleanOrigin(string(o)) == o && validHost(u)
}

// validHost says whether a host is a name in letters, digits and dashes, or an address.
func validHost(u *url.URL) bool {
	host := u.Hostname()
	if strings.HasPrefix(u.Host, "[") {
		at, err := netip.ParseAddr(host)
		return err == nil && at.Is6() && at.Zone() == "" && at.String() == host
	}
	const longest = 253
	if host == "" || len(host) > longest || strings.HasSuffix(u.Host, ":") {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// checkOrigins asks the rules of the origins of an account.
func checkOrigins(all []Origin) Refusals {
	if len(all) > mostOrigins {
		return Refusals{told(Refusal{
			Code: "origins_too_many", Location: "body.allowed_origins", Args: map[string]string{"most": strconv.Itoa(mostOrigins)}, Text: "no more than {most} origins",
		})}
	}
	var out Refusals
	for i, o := range all {
		at, args := "body.allowed_origins["+strconv.Itoa(i)+"]", map[string]string{"origin": string(o)}
		if !o.Valid() {
			out = append(out, told(Refusal{
				Code: "origin_malformed", Location: at, Args: args, Text: `"{origin}" is not the origin of a page: a scheme and a host, such as "https://crm.example.fr", and nothing behind them`,
			}))
			continue
		}
		if slices.Contains(all[:i], o) {
			out = append(out, told(Refusal{Code: "origin_twice", Location: at, Args: args, Text: `"{origin}" is there twice`}))
		}
	}
	return out
}
