package transport

import "bytes"

// Limits of one message that need no setting: nothing honest comes near them (RFC 4475 section 3.1.1.7 does, and passes).
const (
	maxLine    = 4096 // bytes of a header line, unfolded
	maxLines   = 128  // header lines
	maxPerLine = 64   // semicolons, and commas, on one line: sipgo's parser is quadratic in parameters
)

// fault is what the guard has against a message; status is the answer it asks for when it is a request.
type fault struct {
	status int // 0: nothing wrong
	why    Refusal
}

// head is what the guard reads of a message, as slices of it: enough to judge it and to answer it.
type head struct {
	request       bool
	method, uri   []byte
	via           []byte // the first Via line
	from, to      []byte
	callID, cseq  []byte
	credentials   [][]byte // Authorization and Proxy-Authorization
	contentLength int      // -1: none
	size          int      // bytes up to the body
	seen          field    // single headers
	fault         fault    // the first that was found
}

// field is a set of header fields that may stand only once.
type field = uint32

const (
	fieldFrom field = 1 << iota
	fieldTo
	fieldCallID
	fieldCSeq
	fieldMaxForwards
	fieldContentLength
	fieldContentType
	fieldExpires
	fieldReferTo
	fieldReferredBy
	fieldReplaces
	fieldSessionExpires
	fieldMinSE
	fieldEvent
	fieldRAck
	fieldRSeq
	fieldDate
	fieldVia             // these may stand more often
	fieldAuth            // "
	fieldProxyAuth       // "
	fieldContact         // "
	mandatory            = fieldFrom | fieldTo | fieldCallID | fieldCSeq | fieldVia
	repeatable           = fieldVia | fieldAuth | fieldProxyAuth | fieldContact
	fieldOther     field = 0
)

// fieldOf knows a header by its long or compact name.
func fieldOf(name []byte) field {
	if len(name) == 1 {
		return compactField(name[0] | 0x20)
	}
	var lower [20]byte
	if len(name) > len(lower) {
		return fieldOther
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	return longField(string(lower[:len(name)]))
}

func compactField(c byte) field {
	switch c {
	case 'v':
		return fieldVia
	case 'f':
		return fieldFrom
	case 't':
		return fieldTo
	case 'i':
		return fieldCallID
	case 'l':
		return fieldContentLength
	case 'c':
		return fieldContentType
	case 'm':
		return fieldContact
	case 'r':
		return fieldReferTo
	case 'b':
		return fieldReferredBy
	case 'x':
		return fieldSessionExpires
	case 'o':
		return fieldEvent
	default:
		return fieldOther
	}
}

func longField(name string) field {
	switch name {
	case "via":
		return fieldVia
	case "from":
		return fieldFrom
	case "to":
		return fieldTo
	case "call-id":
		return fieldCallID
	case "cseq":
		return fieldCSeq
	case "max-forwards":
		return fieldMaxForwards
	case "content-length":
		return fieldContentLength
	case "content-type":
		return fieldContentType
	case "contact":
		return fieldContact
	case "authorization":
		return fieldAuth
	case "proxy-authorization":
		return fieldProxyAuth
	default:
		return rareField(name)
	}
}

func rareField(name string) field {
	switch name {
	case "expires":
		return fieldExpires
	case "refer-to":
		return fieldReferTo
	case "referred-by":
		return fieldReferredBy
	case "replaces":
		return fieldReplaces
	case "session-expires":
		return fieldSessionExpires
	case "min-se":
		return fieldMinSE
	case "event":
		return fieldEvent
	case "rack":
		return fieldRAck
	case "rseq":
		return fieldRSeq
	case "date":
		return fieldDate
	default:
		return fieldOther
	}
}

// scan reads a whole message, body included, in one pass. Folded lines are unfolded in place (RFC 3261 section 7.3.1), so the message may
// come back shorter. It never fails: what is wrong is noted in head.fault, the first of it.
func scan(data []byte) (head, []byte) {
	h := head{contentLength: -1}
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end < 0 {
		h.found(400, Malformed)
		end = len(data)
	} else {
		end += 4
	}
	if folded(data[:end]) {
		n := unfold(data[:end])
		data = data[:n+copy(data[n:], data[end:])]
		end = n
	}
	h.size = end
	rest := h.startLine(data[:end])
	for lines := 0; len(rest) > 0; lines++ {
		line, next, whole := bytes.Cut(rest, []byte("\r\n"))
		rest = next
		if len(line) == 0 {
			break
		}
		if lines == maxLines {
			h.found(400, TooLarge)
			break
		}
		if !whole {
			h.found(400, Malformed)
		}
		h.line(line)
	}
	h.complete(len(data) - h.size)
	return h, data
}

// found notes a fault unless there is one already.
func (h *head) found(status int, why Refusal) {
	if h.fault.status == 0 {
		h.fault = fault{status: status, why: why}
	}
}

func folded(head []byte) bool {
	return bytes.Contains(head, []byte("\r\n ")) || bytes.Contains(head, []byte("\r\n\t"))
}

// unfold puts continuation lines behind their first, one blank between, in place; it gives the new length.
func unfold(b []byte) int {
	w := 0
	for r := 0; r < len(b); {
		if !bytes.HasPrefix(b[r:], []byte("\r\n")) || r+2 >= len(b) || b[r+2] != ' ' && b[r+2] != '\t' {
			b[w] = b[r]
			w++
			r++
			continue
		}
		r += 2
		for r < len(b) && (b[r] == ' ' || b[r] == '\t') {
			r++
		}
		for w > 0 && (b[w-1] == ' ' || b[w-1] == '\t') {
			w--
		}
		b[w] = ' '
		w++
	}
	return w
}

// line reads one header line.
func (h *head) line(line []byte) {
	if len(line) > maxLine {
		h.found(400, TooLarge)
		return
	}
	if !h.bytes(line) {
		return
	}
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		h.found(400, Malformed)
		return
	}
	name, value := bytes.TrimRight(line[:colon], " \t"), bytes.Trim(line[colon+1:], " \t")
	if !token(name) {
		h.found(400, Malformed)
		return
	}
	f := fieldOf(name)
	if f == fieldOther {
		return
	}
	if h.seen&f != 0 && f&repeatable == 0 {
		h.found(400, Duplicate)
		return
	}
	if f == fieldVia && h.via == nil {
		h.via = value
	}
	h.seen |= f
	h.value(f, value)
}

// bytes checks every byte of a line and counts its separators.
func (h *head) bytes(line []byte) bool {
	semicolons, commas, control := 0, 0, false
	for _, c := range line {
		switch {
		case c == ';':
			semicolons++
		case c == ',':
			commas++
		case c < ' ' && c != '\t' || c == 0x7f:
			control = true
		}
	}
	switch {
	case semicolons > maxPerLine || commas > maxPerLine:
		h.found(400, TooLarge)
	case control && !quotedPairs(line):
		h.found(400, Malformed)
	default:
		return true
	}
	return false
}

// quotedPairs says that every control byte stands behind a backslash in a quoted string (RFC 3261 section 25.1, quoted-pair): the only
// place where one is allowed. CR and LF are allowed nowhere.
func quotedPairs(line []byte) bool {
	quoted := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quoted && c == '\\' && i+1 < len(line):
			if i++; line[i] == '\r' || line[i] == '\n' {
				return false
			}
		case c == '"':
			quoted = !quoted
		case c < ' ' && c != '\t' || c == 0x7f:
			return false
		}
	}
	return true
}

// token says that b is a token (RFC 3261 section 25.1).
func token(b []byte) bool {
	for _, c := range b {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			continue
		}
		switch c {
		case '-', '.', '!', '%', '*', '_', '+', '`', '\'', '~':
		default:
			return false
		}
	}
	return len(b) > 0
}
