package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tandem/sip/digest"
	"tandem/sip/message"
)

// FuzzGuard: whatever comes, nothing panics, what is let through has what the layers above rely on, and an answer has no line that the
// guard did not mean.
func FuzzGuard(f *testing.F) {
	f.Add(request("INVITE", "Subject: a\r\n b\r\n"))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Add([]byte("OPTIONS sip:a SIP/7.0\r\nv:SIP/2.0/TCP [::1]:1;rport\r\nf:<sip:a>\r\nt:<sip:b>\r\ni:c\r\nCSeq:1 OPTIONS\r\nl:0\r\n\r\n"))
	l, err := New(Config{Auth: digest.NewServer("r", nil), Tags: message.NewTags()})
	if err != nil {
		f.Fatal(err)
	}
	l.SetReceiver(nobody{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := l.count.Panics.Load()
		l.datagram(bytes.Clone(raw), Flow{Network: TCP}, checked{t})
		if l.count.Panics.Load() != before {
			t.Fatal("panic")
		}
		h, data := scan(bytes.Clone(raw))
		if h.fault.status != 0 {
			return
		}
		if m, err := l.parser.ParseSIP(data); err == nil && tidy(m) {
			if m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil {
				t.Fatal("incomplete")
			}
		}
	})
}

// checked looks at each answer.
type checked struct{ t *testing.T }

func (c checked) answer(b []byte, _ Flow) {
	if !bytes.HasPrefix(b, []byte("SIP/2.0 ")) || !bytes.HasSuffix(b, []byte("Content-Length: 0\r\n\r\n")) || bytes.Count(b, []byte("\r\n\r\n")) != 1 {
		c.t.Fatalf("answered %q", b)
	}
	for line := range strings.SplitSeq(string(b), "\r\n") {
		if strings.ContainsAny(line, "\r\n\x00") {
			c.t.Fatalf("line %q", line)
		}
	}
}

// FuzzFraming: wherever a stream is cut, the same messages come of it.
func FuzzFraming(f *testing.F) {
	f.Add(append(request("INVITE"), request("BYE")...), uint16(40))
	f.Add([]byte("\r\n\r\n\r\n"+string(request("OPTIONS"))), uint16(3))
	f.Fuzz(func(t *testing.T, raw []byte, cut uint16) {
		at := min(int(cut), len(raw))
		whole, cutUp := framed([][]byte{raw}), framed([][]byte{raw[:at], raw[at:]})
		if len(whole) != len(cutUp) {
			t.Fatalf("%d messages whole, %d cut at %d", len(whole), len(cutUp), at)
		}
		for i := range whole {
			if !bytes.Equal(whole[i], cutUp[i]) {
				t.Fatalf("message %d differs", i)
			}
		}
	})
}

func framed(chunks [][]byte) [][]byte {
	var all [][]byte
	fr := newFramer(&chunked{chunks: chunks}, Limits{}.withDefaults())
	for {
		m, err := fr.next()
		if err != nil {
			return all
		}
		all = append(all, bytes.Clone(m))
	}
}

// chunked is a connection that gives its chunks and ends.
type chunked struct {
	net.Conn

	chunks [][]byte
}

func (c *chunked) SetReadDeadline(time.Time) error { return nil }

func (c *chunked) Read(b []byte) (int, error) {
	for len(c.chunks) > 0 && len(c.chunks[0]) == 0 {
		c.chunks = c.chunks[1:]
	}
	if len(c.chunks) == 0 {
		return 0, errors.Join(io.EOF)
	}
	n := copy(b, c.chunks[0])
	c.chunks[0] = c.chunks[0][n:]
	return n, nil
}
