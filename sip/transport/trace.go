package transport

import (
	"bytes"
	"net/netip"
	"time"
)

// Trace is one request or response as it was on the wire, for the ladder.
type Trace struct {
	At      time.Time
	Network Network
	Local   netip.AddrPort
	Remote  netip.AddrPort
	Sent    bool   // by us
	CallID  string // as it was on the wire; empty when there was none
	First   string // first line
	Raw     []byte // the whole of it, credentials and media keys masked; the receiver owns it
}

func (l *Layer) trace(sent bool, n Network, local, remote netip.AddrPort, raw []byte) {
	if l.cfg.Trace == nil {
		return
	}
	first, _, _ := bytes.Cut(raw, []byte("\r\n"))
	l.cfg.Trace(Trace{
		At: time.Now(), Network: n, Local: local, Remote: remote, Sent: sent,
		CallID: string(callIDOf(raw)), First: string(first), Raw: Mask(raw),
	})
}

// callIDOf finds the value of Call-ID, long or compact, without parsing the rest.
func callIDOf(raw []byte) []byte {
	for line := range headerLines(raw) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if len(name) == 1 && name[0]|0x20 == 'i' || bytes.EqualFold(name, []byte("call-id")) {
			return bytes.TrimSpace(value)
		}
	}
	return nil
}

// headerLines walks the header lines after the start line, up to the empty one.
func headerLines(raw []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		_, rest, _ := bytes.Cut(raw, []byte("\r\n"))
		for len(rest) > 0 {
			var line []byte
			line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
			if len(line) == 0 || !yield(line) {
				return
			}
		}
	}
}

// Mask copies what was on the wire and puts dots over what must never be kept: the response of digest credentials (RFC 7616) and the
// keys of an SDP (RFC 4568).
func Mask(raw []byte) []byte {
	out := bytes.Clone(raw)
	for _, secret := range []struct {
		mark string
		end  string
	}{
		{`response="`, `"`}, {`cnonce="`, `"`}, {"inline:", "|\r\n "}, {"a=ice-pwd:", "\r\n"},
	} {
		for at := 0; ; {
			i := bytes.Index(out[at:], []byte(secret.mark))
			if i < 0 {
				break
			}
			at += i + len(secret.mark)
			for at < len(out) && !bytes.ContainsRune([]byte(secret.end), rune(out[at])) {
				out[at] = '.'
				at++
			}
		}
	}
	return out
}
