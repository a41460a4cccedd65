package transport

import (
	"bytes"
	"strconv"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/digest"
	"tandem/sip/message"
)

// refuse answers a message that was not scanned yet.
func (l *Layer) refuse(data []byte, f fault, from Flow, out answerer) {
	h, data := scan(data)
	if h.fault.why == NotSIP && h.fault.status != 0 {
		f = h.fault
	}
	l.refuseScanned(&h, data, f, from, out)
}

// refuseScanned counts a message that is not let through and, when it is a request with a usable Via, answers it statelessly. Responses
// and ACK are never answered (RFC 3261 section 17.1.1.3).
func (l *Layer) refuseScanned(h *head, data []byte, f fault, from Flow, out answerer) {
	l.count.Refused[f.why].Add(1)
	if !h.request || f.why == NotSIP || string(h.method) == "ACK" || !l.guard.admitted(from.Remote.Addr(), costOfStranger) {
		return
	}
	l.reply(h, data, f.status, nil, from, out)
}

// probed answers OPTIONS of a stranger: that we live, and nothing else (RFC 3261 section 11.2), the same whoever it asks for.
func (l *Layer) probed(h *head, data []byte, from Flow, out answerer) {
	l.count.Refused[Probed].Add(1)
	status := gosip.StatusOK
	if l.draining.Load() {
		status = gosip.StatusServiceUnavailable
	}
	l.reply(h, data, status, nil, from, out)
}

// reflection is how much larger than the request a stateless answer may be, in tenths: an answer to a forged source must not be worth
// the forging.
const reflection = 15

// challenge answers 401 with a nonce cookie. Both algorithms are offered, SHA-256 first (RFC 8760 section 2.4), where the answer stays
// small enough; a tiny request is offered MD5 alone, which every phone knows; a request too tiny even for that is dropped.
func (l *Layer) challenge(h *head, data []byte, v digest.Verdict, from Flow, out answerer) {
	l.count.Refused[Challenged].Add(1)
	offers := l.cfg.Auth.Challenges(from.Remote.Addr(), v)
	for len(offers) > 0 {
		b := l.stateless(h, data, gosip.StatusUnauthorized, offers, from)
		if b != nil && l.send(data, b, from, out) == nil {
			return
		}
		offers = offers[1:]
	}
}

func (l *Layer) reply(h *head, data []byte, status int, challenges []string, from Flow, out answerer) {
	if b := l.stateless(h, data, status, challenges, from); b != nil {
		_ = l.send(data, b, from, out)
	}
}

// send answers a request, unless the answer is worth forging the source for.
func (l *Layer) send(request, answer []byte, from Flow, out answerer) error {
	if from.Network == UDP && len(answer)*10 > len(request)*reflection && !l.guard.isTrusted(from.Remote.Addr()) {
		return ErrTooLarge
	}
	l.trace(false, from.Network, from.Listener.Bind, from.Remote, request)
	out.answer(answer, from)
	l.counted(answer)
	return nil
}

// stateless builds a response out of the raw lines of its request (RFC 3261 section 8.2.7), nil when there is no usable Via or a header
// that every response needs.
func (l *Layer) stateless(h *head, data []byte, status int, challenges []string, from Flow) []byte {
	if len(h.via) < 4 || !bytes.EqualFold(h.via[:3], []byte("SIP")) {
		return nil
	}
	if h.seen&mandatory != mandatory && status != gosip.StatusBadRequest {
		return nil // only the refusal for that very reason goes out without them
	}
	b := make([]byte, 0, 512)
	b = append(b, "SIP/2.0 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(append(append(b, ' '), message.Phrase(status)...), "\r\n"...)
	b = appendVias(b, data[:h.size], from)
	b = appendHeader(b, "From", h.from)
	if h.to != nil && tagOf(h.to) == nil {
		to := append(append(bytes.Clone(h.to), ";tag=s."...), l.statelessTag(h.callID)...)
		b = appendHeader(b, "To", to)
	} else {
		b = appendHeader(b, "To", h.to)
	}
	b = appendHeader(b, "Call-ID", h.callID)
	b = appendHeader(b, "CSeq", h.cseq)
	for _, c := range challenges {
		b = appendHeader(b, "WWW-Authenticate", []byte(c))
	}
	return append(b, "Content-Length: 0\r\n\r\n"...)
}

func appendHeader(b []byte, name string, value []byte) []byte {
	if value == nil || !clean(value) {
		return b
	}
	return append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
}

// clean says that a value holds no control byte: what the guard refused for one must not send it back.
func clean(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// maxVias is how many Via lines an answer carries back.
const maxVias = 70

// appendVias copies the Via lines; the first gets what RFC 3261 section 18.2.1 and RFC 3581 section 4 add.
func appendVias(b, head []byte, from Flow) []byte {
	n := 0
	for line := range headerLines(head) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if fieldOf(bytes.TrimRight(name, " \t")) != fieldVia || n == maxVias || !clean(value) {
			continue
		}
		value = bytes.Trim(value, " \t")
		if n == 0 {
			value = received(value, from)
		}
		b = appendHeader(b, "Via", value)
		n++
	}
	return b
}

// received adds received and rport to the first value of a Via line.
func received(value []byte, from Flow) []byte {
	first, more := value, []byte(nil)
	if i := bytes.IndexByte(value, ','); i >= 0 {
		first, more = value[:i], value[i:]
	}
	out := make([]byte, 0, len(value)+48)
	asked := false
	for i, p := range bytes.Split(first, []byte(";")) {
		if i > 0 {
			out = append(out, ';')
		}
		out = append(out, p...)
		if bytes.EqualFold(bytes.TrimSpace(p), []byte("rport")) {
			out = strconv.AppendInt(append(out, '='), int64(from.Remote.Port()), 10)
			asked = true
		}
	}
	host := from.Remote.Addr().String()
	if asked || !bytes.Contains(first, []byte(host)) {
		out = append(append(out, ";received="...), host...)
	}
	return append(out, more...)
}

// statelessTag is the To tag of a stateless response: the same for a repeated request (RFC 3261 section 8.2.7), and never one of those
// that let a request in.
func (l *Layer) statelessTag(callID []byte) string {
	const digits = 6
	sum := strconv.FormatUint(hash(l.seed, callID), 36)
	return sum[:min(len(sum), digits)]
}
