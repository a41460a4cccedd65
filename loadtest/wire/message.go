// Package wire is a second, independent reading of SIP, SDP and digest, for the generator and the softphone: a fault of the product's own parser
// must not hide in its tests.
package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Message is a request or response.
type Message struct {
	Method string // of a request
	Target string // Request-URI
	Status int    // of a response
	Phrase string
	Head   []string
	Body   []byte
}

// Parse reads one request or response.
func Parse(b []byte) (Message, error) {
	text, body, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	lines := strings.Split(string(text), "\r\n")
	m := Message{Head: lines[1:], Body: body}
	if rest, ok := strings.CutPrefix(lines[0], "SIP/2.0 "); ok {
		code, phrase, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(code)
		if err != nil {
			return m, fmt.Errorf("status line %q: %w", lines[0], err)
		}
		m.Status, m.Phrase = n, phrase
		return m, nil
	}
	f := strings.Fields(lines[0])
	if len(f) != 3 {
		return m, fmt.Errorf("request line %q", lines[0])
	}
	m.Method, m.Target = f[0], f[1]
	return m, nil
}

// Get gives the first header of that name, as it came.
func (m *Message) Get(name string) string {
	for _, l := range m.Head {
		if v, ok := header(l, name); ok {
			return v
		}
	}
	return ""
}

// All lists every header of that name, as they came.
func (m *Message) All(name string) []string {
	var out []string
	for _, l := range m.Head {
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

// URI cuts the URI out of a Contact or Record-Route.
func URI(v string) string {
	if _, rest, ok := strings.Cut(v, "<"); ok {
		v, _, _ = strings.Cut(rest, ">")
	}
	return v
}

// Param reads a header parameter.
func Param(v, name string) string {
	for part := range strings.SplitSeq(v, ";") {
		if p, ok := strings.CutPrefix(part, name+"="); ok {
			return p
		}
	}
	return ""
}

// Audio reads where an SDP wants its RTP.
func Audio(sdp []byte) (netip.AddrPort, bool) {
	var host netip.Addr
	var port uint64
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "c=IN IP"); ok {
			host, _ = netip.ParseAddr(v[min(2, len(v)):]) // after the version
		}
		if v, ok := strings.CutPrefix(line, "m=audio "); ok {
			v, _, _ = strings.Cut(v, " ")
			port, _ = strconv.ParseUint(v, 10, 16)
		}
	}
	return netip.AddrPortFrom(host, uint16(port)), host.IsValid() && port != 0
}

// Description is an SDP offer or answer of G.711 with telephone-event, best law first.
func Description(at netip.AddrPort, laws ...string) string {
	if len(laws) == 0 {
		laws = []string{"PCMU"}
	}
	types := map[string]int{"PCMU": 0, "PCMA": 8, "G722": 9, "telephone-event": 101}
	var numbers, maps string
	for _, l := range laws {
		numbers += fmt.Sprintf(" %d", types[l])
		maps += fmt.Sprintf("a=rtpmap:%d %s/8000\r\n", types[l], l)
		if l == "telephone-event" {
			maps += "a=fmtp:101 0-15\r\n"
		}
	}
	family := "IP4"
	if at.Addr().Is6() {
		family = "IP6"
	}
	return fmt.Sprintf("v=0\r\no=phone 1 1 IN %[5]s %[1]s\r\ns=-\r\nc=IN %[5]s %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP%[3]s\r\n%[4]sa=ptime:20\r\n",
		at.Addr(), at.Port(), numbers, maps, family)
}
