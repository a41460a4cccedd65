package resolve

import (
	"fmt"
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// Server is a SIP server as a setting names it.
type Server struct {
	URI     gosip.Uri         // as written, without user, headers and transport parameter of the default
	Network transport.Network // empty: none asked for, UDP unless SRV says otherwise
	Host    string            // name, or address in digits without brackets
	Port    uint16            // 0: none given
}

// ParseServer reads "sip:host", "sip:host:port;transport=tcp", "sips:host" or "host:port". It fails on anything that is no SIP URI and on
// transports that we do not dial.
func ParseServer(s string) (Server, error) {
	text := strings.TrimSpace(s)
	if !strings.HasPrefix(strings.ToLower(text), "sip:") && !strings.HasPrefix(strings.ToLower(text), "sips:") {
		text = "sip:" + text
	}
	u, err := message.ParseURI(text)
	if err != nil {
		return Server{}, fmt.Errorf("server %q: %w", s, err)
	}
	host := strings.ToLower(strings.Trim(u.Host, "[]"))
	if host == "" || u.Port < 0 || u.Port > 65535 {
		return Server{}, fmt.Errorf("server %q: no host or a wrong port", s)
	}
	v := Server{URI: gosip.Uri{Scheme: u.Scheme, Host: host, Port: u.Port}, Host: host, Port: uint16(u.Port)}
	p, _ := u.UriParams.Get("transport")
	switch strings.ToLower(p) {
	case "":
	case "udp":
		v.Network = transport.UDP
	case "tcp":
		v.Network = transport.TCP
	case "tls":
		v.Network = transport.TLS
	default:
		return Server{}, fmt.Errorf("server %q: transport %q is not dialled", s, p)
	}
	if u.Scheme == "sips" || v.Network == transport.TLS {
		v.Network = transport.TLS
	}
	if v.Network == transport.TCP || v.Network == transport.TLS && u.Scheme == "sip" {
		v.URI.UriParams = gosip.HeaderParams{{K: "transport", V: strings.ToLower(string(v.Network))}}
	}
	return v, nil
}

// String is the server as it was understood.
func (v Server) String() string { return v.URI.String() }

// literal is the target of a server written in digits.
func (v Server) literal() (transport.Target, bool) {
	ip, err := netip.ParseAddr(v.Host)
	if err != nil {
		return transport.Target{}, false
	}
	return v.target(ip, v.Port), true
}

func (v Server) target(ip netip.Addr, port uint16) transport.Target {
	n := v.Network
	if n == "" {
		n = transport.UDP
	}
	if port == 0 {
		port = defaultPort(n)
	}
	t := transport.Target{Network: n, Addr: netip.AddrPortFrom(ip.Unmap(), port)}
	if n == transport.TLS {
		t.ServerName = v.Host
	}
	return t
}

func defaultPort(n transport.Network) uint16 {
	if n == transport.TLS {
		return 5061
	}
	return 5060
}
