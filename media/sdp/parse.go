package sdp

import (
	"net/netip"
	"slices"
	"strings"
)

// parser goes through a description once.
type parser struct {
	d       Description
	session Media // what holds for every m= line that does not say otherwise
	origin  bool
}

// Parse reads a description. ErrNotSDP means that it is something else, ErrTooMuch that it is beyond the limits; any other error that it
// is malformed.
func Parse(b []byte) (*Description, error) {
	if len(b) > MaxSize {
		return nil, ErrTooMuch
	}
	text := string(b)
	if !strings.HasPrefix(text, "v=0\n") && !strings.HasPrefix(text, "v=0\r\n") {
		return nil, ErrNotSDP
	}
	var p parser
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		if len(line) < 2 || line[1] != '=' {
			return nil, errOrder
		}
		if err := p.line(line[0], line[2:]); err != nil {
			return nil, err
		}
	}
	if !p.origin {
		return nil, errOrigin
	}
	if len(p.d.Media) == 0 {
		return nil, errNoMedia
	}
	return &p.d, nil
}

func (p *parser) line(kind byte, value string) error {
	switch kind {
	case 'o':
		return p.originLine(value)
	case 'c':
		return p.connection(value)
	case 'm':
		return p.media(value)
	case 'a':
		return p.attribute(value)
	}
	return nil
}

// at is the m= line that is being read, or the session level.
func (p *parser) at() *Media {
	if n := len(p.d.Media); n > 0 {
		return &p.d.Media[n-1]
	}
	return &p.session
}

// originLine: <username> <sess-id> <sess-version> <nettype> <addrtype> <address>.
func (p *parser) originLine(value string) error {
	f := strings.Fields(value)
	if p.origin || len(f) != 6 || f[3] != "IN" || (f[4] != "IP4" && f[4] != "IP6") {
		return errOrigin
	}
	if !digits(f[1]) || !digits(f[2]) {
		return errOrigin
	}
	p.origin = true
	return nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// connection: IN IP4 192.0.2.1[/ttl[/count]].
func (p *parser) connection(value string) error {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "IN" || (f[1] != "IP4" && f[1] != "IP6") || len(f[2]) > 255 {
		return errConnected
	}
	host, _, _ := strings.Cut(f[2], "/")
	m := p.at()
	m.Host, m.Addr = host, netip.Addr{}
	a, err := netip.ParseAddr(host)
	if err != nil {
		if !isName(host) {
			return errConnected
		}
		return nil
	}
	if a.Zone() != "" || a.Is4() != (f[1] == "IP4") {
		return errConnected
	}
	m.Addr = a.Unmap()
	return nil
}

// isName says that a host may be a domain name: it is not a malformed address.
func isName(s string) bool {
	letter := false
	for i := range len(s) {
		c := s[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
			letter = true
		case s[i] >= '0' && s[i] <= '9', s[i] == '-', s[i] == '.':
		default:
			return false
		}
	}
	return letter
}

// media: <kind> <port>[/<count>] <proto> <format> ….
func (p *parser) media(value string) error {
	if len(p.d.Media) == MaxMedia {
		return ErrTooMuch
	}
	f := strings.Fields(value)
	if len(f) < 4 {
		return errMedia
	}
	if len(f) > 3+maxFormats {
		return ErrTooMuch
	}
	text, _, _ := strings.Cut(f[1], "/")
	port, ok := number(text, 65535)
	if !ok || !token(f[0]) || len(f[2]) > 64 {
		return errMedia
	}
	m := p.session
	m.Maps, m.Mid, m.Cryptos = nil, "", slices.Clip(m.Cryptos)
	m.Fingerprints, m.Candidates = slices.Clip(m.Fingerprints), slices.Clip(m.Candidates)
	m.Kind, m.Port, m.Proto, m.Formats = f[0], uint16(port&0xFFFF), f[2], f[3:]
	p.d.Media = append(p.d.Media, m)
	return nil
}

func token(s string) bool { return len(s) <= 32 && printable(s) }

func (p *parser) attribute(value string) error {
	name, rest, _ := strings.Cut(value, ":")
	m := p.at()
	switch name {
	case "sendrecv":
		m.Direction = SendRecv
	case "sendonly":
		m.Direction = SendOnly
	case "recvonly":
		m.Direction = RecvOnly
	case "inactive":
		m.Direction = Inactive
	case "rtcp-mux":
		m.RTCPMux = true
	case "rtcp-xr":
		m.Metrics = slices.Contains(strings.Fields(rest), "voip-metrics")
	case "rtcp":
		text, _, _ := strings.Cut(rest, " ")
		port, ok := number(text, 65535)
		if !ok {
			return errControl
		}
		m.RTCPPort = uint16(port & 0xFFFF)
	case "ptime":
		m.Ptime = milliseconds(rest, m.Ptime)
	case "maxptime":
		m.MaxPtime = milliseconds(rest, m.MaxPtime)
	case "rtpmap":
		return m.rtpmap(rest)
	case "crypto":
		return add(&m.Cryptos, rest, maxKeys)
	}
	return m.path(name, rest)
}

// milliseconds reads a duration; what is none changes nothing.
func milliseconds(text string, before int) int {
	if n, ok := number(strings.TrimSpace(text), 1000); ok {
		return n
	}
	return before
}

// path takes what a browser says of itself.
func (m *Media) path(name, value string) error {
	var to *string
	switch name {
	case "ice-ufrag":
		to = &m.Ufrag
	case "ice-pwd":
		to = &m.Pwd
	case "setup":
		to = &m.Setup
	case "mid":
		to = &m.Mid
	case "fingerprint":
		return add(&m.Fingerprints, value, maxPrints)
	case "candidate":
		return add(&m.Candidates, value, maxPlaces)
	default:
		return nil
	}
	if len(value) <= maxToken && printable(value) { // else it is as if it were not there, which who needs it will say
		*to = value
	}
	return nil
}

func add(all *[]string, value string, most int) error {
	if len(*all) == most || len(value) > 2*maxToken {
		return ErrTooMuch
	}
	*all = append(*all, value)
	return nil
}

// printable says that a value can be written back: no spaces, nothing that is not printed.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// rtpmap: <payload type> <name>/<rate>[/<channels>].
func (m *Media) rtpmap(rest string) error {
	if len(m.Maps) == maxMaps {
		return ErrTooMuch
	}
	f := strings.Fields(rest)
	if len(f) != 2 {
		return errMap
	}
	pt, ok := number(f[0], 127)
	name, rates, cut := strings.Cut(f[1], "/")
	text, channels, _ := strings.Cut(rates, "/")
	rate, good := number(text, 1<<20)
	if !ok || !cut || !good || len(name) > 64 {
		return errMap
	}
	x := Map{PayloadType: uint8(pt & 0x7F), Name: name, Rate: rate, Channels: 1}
	if n, ok := number(channels, 255); ok && n > 0 {
		x.Channels = n
	}
	m.Maps = append(m.Maps, x)
	return nil
}

// number reads decimal digits without sign, at most limit.
func number(s string, limit int) (int, bool) {
	if s == "" || len(s) > 7 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, n <= limit
}
