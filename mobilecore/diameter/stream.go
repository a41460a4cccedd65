package diameter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"
)

// read cuts the stream into messages, for run.
func (p *Peer) read() {
	defer close(p.frames)
	const ahead = 16 << 10
	r := bufio.NewReaderSize(p.conn, ahead)
	for {
		m, err := Read(r)
		refused, isRefused := errors.AsType[*RefusalError](err)
		select {
		case p.frames <- frame{m, err}:
		case <-p.gone:
			return
		}
		switch {
		case err == nil:
		case !isRefused:
			return
		case refused.Result == InvalidMessageLength || refused.Result == UnsupportedVersion:
			_, _ = io.Copy(io.Discard, r) // so that the peer reads our answer before a reset; run ends the wait
			return
		}
	}
}

// write writes what is queued, as much at once as there is.
func (p *Peer) write() {
	const atOnce = 64 << 10
	var b []byte
	for {
		select {
		case next := <-p.out:
			b = append(b[:0], next...)
			last := next == nil
			for more := true; more && !last && len(b) < atOnce; {
				select {
				case next = <-p.out:
					b, last = append(b, next...), next == nil
				default:
					more = false
				}
			}
			if err := p.put(b); err != nil {
				p.cut(err)
				return
			}
			if last {
				p.cut(p.half())
				return
			}
		case <-p.gone:
			return
		}
	}
}

// cut ends the connection for a reason; nil: not yet.
func (p *Peer) cut(why error) {
	if why == nil {
		return
	}
	select {
	case p.stop <- why:
	default:
	}
}

// half says that we write no more. Where the connection cannot say that, it ends.
func (p *Peer) half() error {
	if c, can := p.conn.(interface{ CloseWrite() error }); can {
		if err := c.CloseWrite(); err != nil {
			return fmt.Errorf("end a stream: %w", err)
		}
		return nil
	}
	return errBroken
}

// put writes octets, and does not wait for ever.
func (p *Peer) put(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := p.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return fmt.Errorf("set a deadline: %w", err)
	}
	if _, err := p.conn.Write(b); err != nil {
		return errors.Join(errSlow, err)
	}
	return nil
}

// writeNow writes one message of the handshake.
func (p *Peer) writeNow(m *Message) error {
	b, err := m.Append(nil)
	if err != nil {
		return err
	}
	if _, err = p.conn.Write(b); err != nil {
		return fmt.Errorf("write %s: %w", m.Command, err)
	}
	return nil
}
