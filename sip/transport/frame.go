package transport

import (
	"bytes"
	"errors"
	"net"
	"time"
)

// Errors of framing. After one nothing on the stream can be told from anything else: the connection ends.
var (
	errMessageTooLarge = errors.New("message too large")
	errSlowMessage     = errors.New("message not completed in time")
	errNoLength        = errors.New("no usable content-length")
)

// framer cuts a byte stream into whole requests and responses (RFC 3261 section 18.3), so that what parses them never sees half of one.
// Blank lines between them are keep-alives (RFC 5626 section 3.5.1).
type framer struct {
	conn     net.Conn
	limit    int
	complete time.Duration
	idle     time.Duration
	pong     func() // answers a ping

	buf   []byte // what was read and not yet taken
	taken int    // bytes at its start that next gave out
	any   bool   // a whole message came before
}

// frameBuffer is what a connection reads into until a message asks for more, in bytes.
const frameBuffer = 4096

func newFramer(c net.Conn, m Limits) *framer {
	return &framer{conn: c, limit: m.Message, complete: m.Complete, idle: m.Idle, pong: func() {}}
}

// next waits for a whole message. What it gives is valid until the next call.
func (f *framer) next() ([]byte, error) {
	f.drop()
	if err := f.start(); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(f.complete)
	searched := 0
	for {
		if size, err := f.size(&searched); err != nil {
			return f.buf, err
		} else if size > 0 && len(f.buf) >= size {
			f.taken, f.any = size, true
			return f.buf[:size:size], nil
		}
		if err := f.fill(deadline); err != nil {
			return f.buf, err
		}
	}
}

// drop forgets the message given out last, and lets go of a buffer that was grown for it.
func (f *framer) drop() {
	rest := f.buf[f.taken:]
	if cap(f.buf) > frameBuffer && len(rest) <= frameBuffer {
		f.buf = append(make([]byte, 0, frameBuffer), rest...)
	} else {
		f.buf = f.buf[:copy(f.buf, rest)]
	}
	f.taken = 0
}

// start waits for the first byte of a message, past the blank lines before it.
func (f *framer) start() error {
	silence := f.idle
	if !f.any {
		silence = f.complete
	}
	deadline := time.Now().Add(silence)
	for {
		blank, pings := keepAlives(f.buf)
		for range pings {
			f.pong()
		}
		if blank > 0 {
			f.buf = f.buf[:copy(f.buf, f.buf[blank:])]
			deadline = time.Now().Add(silence)
		}
		if !bytes.HasPrefix([]byte("\r\n\r"), f.buf) {
			return nil
		}
		if err := f.fill(deadline); err != nil {
			return err
		}
	}
}

// keepAlives says how many bytes of blank lines stand before a message, and how many of them are pings: a pair of CRLF. What may be the
// beginning of a pair is left to grow.
func keepAlives(b []byte) (blank, pings int) {
	for bytes.HasPrefix(b[blank:], []byte("\r\n\r\n")) {
		blank += 4
		pings++
	}
	if rest := b[blank:]; len(rest) > 2 && bytes.HasPrefix(rest, []byte("\r\n")) && !bytes.Equal(rest, []byte("\r\n\r")) {
		blank += 2
	}
	return blank, pings
}

// size is that of the message at the start of the buffer, 0 while its header is not complete.
func (f *framer) size(searched *int) (int, error) {
	end := bytes.Index(f.buf[*searched:], []byte("\r\n\r\n"))
	if end < 0 {
		*searched = max(0, len(f.buf)-3)
		if len(f.buf) > f.limit {
			return 0, errMessageTooLarge
		}
		return 0, nil
	}
	head := *searched + end + 4
	*searched += end
	length, ok := contentLength(f.buf[:head])
	switch {
	case !ok:
		return 0, errNoLength
	case head+length > f.limit:
		return 0, errMessageTooLarge
	}
	return head + length, nil
}

// fill reads more, once.
func (f *framer) fill(deadline time.Time) error {
	if len(f.buf) == cap(f.buf) {
		f.buf = append(make([]byte, 0, max(frameBuffer, 2*cap(f.buf))), f.buf...)
	}
	if err := f.conn.SetReadDeadline(deadline); err != nil {
		return err // the caller only asks whether it was a timeout
	}
	n, err := f.conn.Read(f.buf[len(f.buf):cap(f.buf)])
	f.buf = f.buf[:len(f.buf)+n]
	if n > 0 {
		return nil
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return errSlowMessage
	}
	return err // the end of the connection, of whatever kind
}

// contentLength finds the one Content-Length of a header section; false when there is none, more than one, or it is no number. A folded
// value counts as none: nobody honest folds it.
func contentLength(head []byte) (int, bool) {
	length, found := 0, 0
	for line := range headerLines(head) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if len(name) == 1 && name[0]|0x20 == 'l' || bytes.EqualFold(name, []byte("content-length")) {
			n, ok := number(bytes.TrimSpace(value), 1<<24)
			if !ok {
				return 0, false
			}
			length = n
			found++
		}
	}
	return length, found == 1
}

// number reads decimal digits alone, up to most.
func number(b []byte, most int) (int, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n <= most
}
