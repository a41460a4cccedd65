package dialog

import (
	"crypto/rand"
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// anySeq stands for "whatever INVITE there is".
const anySeq = ^uint32(0)

func toTag(m gosip.Message) string {
	if h := m.To(); h != nil {
		tag, _ := h.Params.Get("tag")
		return tag
	}
	return ""
}

func fromTag(m gosip.Message) string {
	if h := m.From(); h != nil {
		tag, _ := h.Params.Get("tag")
		return tag
	}
	return ""
}

func callIDOf(m gosip.Message) string {
	if h := m.CallID(); h != nil {
		return string(*h)
	}
	return ""
}

func seqOf(m gosip.Message) uint32 {
	if h := m.CSeq(); h != nil {
		return h.SeqNo
	}
	return 0
}

func contactOf(m gosip.Message) (gosip.Uri, bool) {
	for _, h := range m.GetHeaders("Contact") {
		if c, ok := h.(*gosip.ContactHeader); ok && !c.Address.Wildcard && c.Address.Host != "" {
			return c.Address, true
		}
	}
	return gosip.Uri{}, false
}

// recordRoutes lists the Record-Route set from top to bottom.
func recordRoutes(m gosip.Message) []gosip.Uri {
	var routes []gosip.Uri
	for _, h := range m.GetHeaders("Record-Route") {
		if rr, ok := h.(*gosip.RecordRouteHeader); ok {
			routes = append(routes, rr.Address)
		}
	}
	return routes
}

// BodyOf copies the body out, so that the request or response can be forgotten: of a multipart body the session description, where it
// holds one. Nil for none.
func BodyOf(m gosip.Message) *message.Body {
	b := m.Body()
	if len(b) == 0 {
		return nil
	}
	kind := ""
	if h := m.GetHeaders("Content-Type"); len(h) > 0 {
		kind = h[0].Value()
	}
	if sdp := sdpPart(kind, b); sdp != nil {
		return sdp
	}
	kind, _, _ = strings.Cut(kind, ";")
	return &message.Body{Type: strings.ToLower(strings.TrimSpace(kind)), Bytes: append([]byte(nil), b...)}
}

// tokens lists the values of a comma-separated header such as Require, in lower case.
func tokens(m gosip.Message, name string) []string {
	var list []string
	for _, h := range m.GetHeaders(name) {
		for t := range strings.SplitSeq(h.Value(), ",") {
			if t = strings.ToLower(strings.TrimSpace(t)); t != "" {
				list = append(list, t)
			}
		}
	}
	return list
}

// literal reads the address a URI names when it is written as digits, with the port it gives or 5060.
func literal(u gosip.Uri) (netip.AddrPort, bool) {
	ip, err := netip.ParseAddr(strings.Trim(u.Host, "[]"))
	if err != nil || u.Port < 0 || u.Port > 65535 {
		return netip.AddrPort{}, false
	}
	port := u.Port
	if port == 0 {
		port = 5060
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(port)), true
}

// reasonOf reads the Reason of a request or response (RFC 3326); the zero Reason when there is none.
func reasonOf(m gosip.Message) message.Reason {
	for _, h := range m.GetHeaders("Reason") {
		if r := message.ParseReason(h.Value()); r.Protocol != "" {
			return r
		}
	}
	return message.Reason{}
}

// NewCallID makes a Call-ID that nobody can guess and that tells nothing of this machine (RFC 3261 section 8.1.1.4).
func NewCallID() string { return rand.Text() }
