package sip

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/resolve"
	"tandem/sip/transport"
	"tandem/sip/trunk"
)

// maxRoute is how many entries of a Route are taken: a core writes two to four.
const maxRoute = 32

// ErrBadRoute says that the first entry of a Route cannot be followed.
var ErrBadRoute = errors.New("a Route that cannot be followed")

// path is the Route of a request, as the next hop after us needs it.
type path struct {
	own  string   // our own entry; empty: the top one is not ours
	rest []string // what is below it
	long bool     // there were more than maxRoute
}

// pathOf reads the Route of a trunk's request (RFC 3261 section 16.4). An entry is the bare URI; one that says more than a URI in angle brackets stays whole.
func (s *Stack) pathOf(r *gosip.Request, from TrunkID) path {
	all := message.Values(r, "Route")
	if len(all) > maxRoute {
		return path{long: true}
	}
	for i := range all {
		all[i] = entryOf(all[i])
	}
	if len(all) > 0 && (s.isOurs(all[0]) || s.isOurName(all, from)) {
		return path{own: all[0], rest: all[1:]}
	}
	return path{rest: all}
}

// isOurName says whether the top entry is a name that only the peer's DNS knows as ours. It sends to the host of the top entry (RFC 3261 section 16.6 step 6), so
// a loose one above others is us: unless it names the peer, or one below it names us.
func (s *Stack) isOurName(all []string, from TrunkID) bool {
	if len(all) < 2 || slices.ContainsFunc(all[1:], s.isOurs) {
		return false
	}
	top, err := message.ParseURI(uriOf(all[0]))
	if err != nil || top.Scheme != "sip" && top.Scheme != "sips" || !top.UriParams.Has("lr") {
		return false
	}
	if _, digits := netip.ParseAddr(strings.Trim(top.Host, "[]")); digits == nil {
		return false
	}
	below, err := message.ParseURI(uriOf(all[1]))
	if err != nil || strings.EqualFold(below.Host, top.Host) {
		return false
	}
	t, _ := s.trunk(from)
	return t != nil && !strings.EqualFold(t.Domain, top.Host) && !slices.ContainsFunc(t.Servers, func(v resolve.Server) bool {
		return strings.EqualFold(v.Host, top.Host)
	})
}

// entryOf takes the angle brackets off a Route value that has nothing beside them.
func entryOf(value string) string {
	inner, opened := strings.CutPrefix(value, "<")
	inner, closed := strings.CutSuffix(inner, ">")
	if opened && closed && !strings.ContainsAny(inner, "<>") {
		return inner
	}
	return value
}

// routeValue is an entry as a Route header says it.
func routeValue(entry string) string {
	if strings.Contains(entry, "<") {
		return entry
	}
	return "<" + entry + ">"
}

// uriOf is the URI of an entry.
func uriOf(entry string) string {
	if i := strings.LastIndexByte(entry, '<'); i >= 0 {
		entry, _, _ = strings.Cut(entry[i+1:], ">")
	}
	return entry
}

// isOurs says whether an entry names us: by our realm, or by the address and port of a listener.
func (s *Stack) isOurs(entry string) bool {
	u, err := message.ParseURI(uriOf(entry))
	if err != nil || u.Scheme != "sip" && u.Scheme != "sips" {
		return false
	}
	host := strings.Trim(u.Host, "[]")
	if strings.EqualFold(host, s.cfg.Realm) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || u.Port < 0 || u.Port > 65535 {
		return false
	}
	port := u.Port
	if port == 0 {
		port = gosip.DefaultUdpPort
		if t, _ := u.UriParams.Get("transport"); u.Scheme == "sips" || strings.EqualFold(t, "tls") {
			port = gosip.DefaultTlsPort
		}
	}
	return s.listensAt(netip.AddrPortFrom(ip.Unmap(), uint16(port)))
}

// listensAt says whether an address is one of our listeners', as we know it or as peers do.
func (s *Stack) listensAt(at netip.AddrPort) bool {
	for _, l := range s.listeners {
		if l.Bind == at || l.Advertise == at {
			return true
		}
	}
	return false
}

// along makes the hops of a request that follows a Route: it goes to the first entry's host, and never to ourselves.
func (s *Stack) along(route []string, ask func(resolve.Server) gosip.Uri) (func(deliver func([]dialog.Hop)), error) {
	values := make([]string, len(route))
	for i, entry := range route {
		values[i] = routeValue(entry)
		if !isClean(entry) || strings.Count(values[i], "<") != 1 || strings.Count(values[i], ">") != 1 {
			return nil, ErrBadRoute
		}
	}
	first, err := message.ParseURI(uriOf(route[0]))
	if err != nil || first.Scheme != "sip" && first.Scheme != "sips" {
		return nil, ErrBadRoute
	}
	server, err := resolve.ParseServer(first.String())
	if err != nil {
		return nil, errors.Join(ErrBadRoute, err)
	}
	uri := ask(server)
	return func(deliver func([]dialog.Hop)) {
		s.resolver.Resolve(server, func(targets []transport.Target, _ error) { // none: the call fails with 503
			var hops []dialog.Hop
			for _, t := range targets {
				if !s.listensAt(t.Addr) {
					hops = append(hops, dialog.Hop{Target: t, URI: uri, Along: values, Either: s.either(server, t)})
				}
			}
			deliver(hops)
		})
	}, nil
}

// isClean says that a text has no control characters: it can stand in a header as it is.
func isClean(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// byServers makes the hops of a request that goes to a trunk's servers, best first.
func (s *Stack) byServers(t *trunk.Trunk, ask func(resolve.Server) gosip.Uri) func(deliver func([]dialog.Hop)) {
	return func(deliver func([]dialog.Hop)) {
		t.Hops(func(hops []trunk.Hop) {
			list := make([]dialog.Hop, len(hops))
			for i, h := range hops {
				list[i] = dialog.Hop{Target: h.Target, URI: ask(h.Server), Either: s.either(h.Server, h.Target)}
			}
			deliver(list)
		})
	}
}

// either says that a server may be tried by TCP with what is too long for a datagram: nobody said by which transport, and it did not refuse lately.
func (s *Stack) either(v resolve.Server, t transport.Target) bool {
	t.Network = transport.TCP
	return v.Network == "" && bool(s.health.Well(t))
}
