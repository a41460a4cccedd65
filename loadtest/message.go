package loadtest

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// message is a request or response cut into what the generator needs. It is a second, independent reader of SIP on purpose: a fault of
// the product's own parser must not hide in its tests.
type message struct {
	method string // of a request
	status int    // of a response
	head   []string
	body   []byte
}

func parse(b []byte) (message, error) {
	text, body, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	lines := strings.Split(string(text), "\r\n")
	m := message{head: lines[1:], body: body}
	if rest, ok := strings.CutPrefix(lines[0], "SIP/2.0 "); ok {
		code, _, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(code)
		if err != nil {
			return m, fmt.Errorf("status line %q: %w", lines[0], err)
		}
		m.status = n
		return m, nil
	}
	method, _, ok := strings.Cut(lines[0], " ")
	if !ok {
		return m, fmt.Errorf("request line %q", lines[0])
	}
	m.method = method
	return m, nil
}

// get gives the first header of that name, and all lists every one, as they came.
func (m *message) get(name string) string {
	for _, l := range m.head {
		if v, ok := header(l, name); ok {
			return v
		}
	}
	return ""
}

func (m *message) all(name string) []string {
	var out []string
	for _, l := range m.head {
		if v, ok := header(l, name); ok {
			out = append(out, v)
		}
	}
	return out
}

func header(line, name string) (string, bool) {
	if len(line) <= len(name) || line[len(name)] != ':' || !strings.EqualFold(line[:len(name)], name) {
		return "", false
	}
	return strings.TrimSpace(line[len(name)+1:]), true
}

// uri cuts the URI out of a Contact or Record-Route.
func uri(v string) string {
	if _, rest, ok := strings.Cut(v, "<"); ok {
		v, _, _ = strings.Cut(rest, ">")
	}
	return v
}

func param(v, name string) string {
	for part := range strings.SplitSeq(v, ";") {
		if p, ok := strings.CutPrefix(part, name+"="); ok {
			return p
		}
	}
	return ""
}

// audio reads where an SDP wants its RTP.
func audio(sdp []byte) (netip.AddrPort, bool) {
	var host netip.Addr
	var port uint64
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			host, _ = netip.ParseAddr(v)
		}
		if v, ok := strings.CutPrefix(line, "m=audio "); ok {
			v, _, _ = strings.Cut(v, " ")
			port, _ = strconv.ParseUint(v, 10, 16)
		}
	}
	return netip.AddrPortFrom(host, uint16(port)), host.IsValid() && port != 0
}

func session(at netip.AddrPort) string {
	return fmt.Sprintf("v=0\r\no=load 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0 101\r\n"+
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n", at.Addr(), at.Port())
}
