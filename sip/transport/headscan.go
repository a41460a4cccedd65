package transport

import (
	"bytes"
)

// startLine reads the first line and gives what follows it.
func (h *head) startLine(b []byte) []byte {
	line, rest, _ := bytes.Cut(b, []byte("\r\n"))
	if len(line) > maxLine {
		h.found(400, TooLarge)
		line = line[:maxLine]
	}
	for _, c := range line {
		if c < ' ' || c == 0x7f {
			h.found(400, Malformed)
		}
	}
	if len(line) >= 4 && bytes.EqualFold(line[:4], []byte("SIP/")) {
		h.statusLine(line)
		return rest
	}
	h.requestLine(line)
	return rest
}

// statusLine reads "SIP/2.0 180 Ringing" (RFC 3261 section 7.2). The phrase may be empty.
func (h *head) statusLine(line []byte) {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	if !bytes.EqualFold(version, []byte("SIP/2.0")) {
		h.found(505, BadVersion)
	}
	code, _, _ := bytes.Cut(rest, []byte(" "))
	if n, ok := number(code, 699); !ok || len(code) != 3 || n < 100 {
		h.found(400, Malformed)
	}
}

// requestLine reads "INVITE sip:204@example.com SIP/2.0" (RFC 3261 section 7.1): exactly two blanks.
func (h *head) requestLine(line []byte) {
	h.request = true
	method, rest, _ := bytes.Cut(line, []byte(" "))
	last := bytes.LastIndexByte(bytes.TrimRight(rest, " "), ' ')
	if !token(method) || last < 0 {
		h.found(400, NotSIP)
		return
	}
	h.method, h.uri = method, rest[:last]
	version := rest[last+1:]
	switch {
	case bytes.Equal(version, []byte("SIP/2.0")):
	case len(version) >= 4 && bytes.EqualFold(version[:4], []byte("SIP/")) && sipVersion(version[4:]):
		h.found(505, BadVersion)
	case len(version) >= 4 && bytes.EqualFold(version[:4], []byte("SIP/")):
		h.found(400, Malformed)
	default:
		h.found(400, NotSIP)
		return
	}
	h.requestURI()
}

// sipVersion says that b is a version other than 2.0; "2.0" in other case of SIP is not one.
func sipVersion(b []byte) bool {
	major, minor, dotted := bytes.Cut(b, []byte("."))
	_, ok1 := number(major, 1<<30)
	_, ok2 := number(minor, 1<<30)
	return dotted && ok1 && ok2 && !bytes.Equal(b, []byte("2.0"))
}

// requestURI checks the Request-URI: its scheme, and that nothing stands in it that cannot (RFC 3261 section 19.1.1: no headers).
func (h *head) requestURI() {
	colon := bytes.IndexByte(h.uri, ':')
	if colon <= 0 || bytes.ContainsAny(h.uri, " \t<>\"") {
		h.found(400, Malformed)
		return
	}
	scheme := h.uri[:colon]
	switch {
	case bytes.EqualFold(scheme, []byte("sip")), bytes.EqualFold(scheme, []byte("sips")):
		user := bytes.LastIndexByte(h.uri, '@')
		if bytes.IndexByte(h.uri[user+1:], '?') >= 0 {
			h.found(400, Malformed)
		}
	case bytes.EqualFold(scheme, []byte("tel")), bytes.EqualFold(scheme, []byte("urn")):
	case !token(scheme):
		h.found(400, Malformed)
	default:
		h.found(416, BadScheme)
	}
}

// value notes a header that is needed, and checks those that have a number.
func (h *head) value(f field, value []byte) {
	switch f {
	case fieldFrom:
		h.from = value
		h.address(value)
	case fieldTo:
		h.to = value
		h.address(value)
	case fieldContact:
		if bytes.IndexByte(value, '<') < 0 && bytes.IndexByte(value, '?') >= 0 {
			h.found(400, Malformed) // RFC 3261 section 20: such a URI must stand in angle brackets
		}
	case fieldCallID:
		h.callID = value
		if len(value) == 0 || bytes.ContainsAny(value, " \t") {
			h.found(400, Malformed)
		}
	case fieldCSeq:
		h.cseq = value
		h.checkCSeq()
	case fieldMaxForwards:
		if _, ok := number(value, 255); !ok {
			h.found(400, Malformed)
		}
	case fieldContentLength:
		n, ok := number(value, 1<<24)
		if !ok {
			h.found(400, Malformed)
			n = 0
		}
		h.contentLength = n
	case fieldAuth, fieldProxyAuth:
		h.credentials = append(h.credentials, value)
	}
}

// address checks a From or To value for what would be read in two ways: a separator in a display name without quotes, or a URI with
// headers, or two values, without angle brackets (RFC 3261 section 20).
func (h *head) address(value []byte) {
	angle := bytes.IndexByte(value, '<')
	switch {
	case angle < 0 && bytes.ContainsAny(value, "?,"), angle > 0 && value[0] != '"' && bytes.ContainsAny(value[:angle], ",;"):
		h.found(400, Malformed)
	}
}

// checkCSeq: a number below 2^31 and, in a request, its own method (RFC 3261 section 8.1.1.5).
func (h *head) checkCSeq() {
	num, method, _ := bytes.Cut(h.cseq, []byte(" "))
	method = bytes.Trim(method, " \t")
	if tab := bytes.IndexByte(num, '\t'); tab >= 0 {
		num, method = num[:tab], bytes.Trim(h.cseq[tab:], " \t")
	}
	if _, ok := number(num, 1<<31-1); !ok || !token(method) {
		h.found(400, Malformed)
		return
	}
	if h.request && h.method != nil && !bytes.Equal(method, h.method) {
		h.found(400, Malformed)
	}
}

// complete checks what can only be said at the end.
func (h *head) complete(body int) {
	if h.seen&mandatory != mandatory {
		h.found(400, Incomplete)
	}
	if h.contentLength > body {
		h.found(400, Malformed)
	}
}

// tagOf finds the tag of a From or To value: the parameter behind the angle brackets, or behind a bare URI.
func tagOf(value []byte) []byte {
	if i := bytes.LastIndexByte(value, '>'); i >= 0 {
		value = value[i+1:]
	}
	for rest := value; ; {
		semi := bytes.IndexByte(rest, ';')
		if semi < 0 {
			return nil
		}
		rest = bytes.TrimLeft(rest[semi+1:], " \t")
		name, tag, _ := bytes.Cut(rest, []byte("="))
		if !bytes.EqualFold(bytes.TrimRight(name, " \t"), []byte("tag")) {
			continue
		}
		if end := bytes.IndexByte(tag, ';'); end >= 0 {
			tag = tag[:end]
		}
		return bytes.Trim(tag, " \t")
	}
}
