package smpp

import (
	"fmt"
	"sync/atomic"
	"time"
)

// written is a PDU on its way out, or with done a mark that all before it has been written.
type written struct {
	octets []byte
	state  atomic.Int32 // of fate
	done   chan struct{}
}

// The fate of a PDU on its way out: whoever changes it first decides.
//
//	queued --> taken: it is written, or was in part
//	   '-----> withdrawn: it never will be
const (
	queued int32 = iota
	taken
	withdrawn
)

// withdraw says whether it came in time.
func (w *written) withdraw() bool { return w.state.CompareAndSwap(queued, withdrawn) }

// write writes what is to be written, as much at a time as is there, until the line is gone.
func (b *Bind) write() {
	const most = 64 << 10
	var buf []byte
	var marks []chan struct{}
	for {
		select {
		case <-b.gone:
			return
		case w := <-b.out:
			buf, marks = w.take(buf[:0], marks[:0])
		}
		for more := true; more && len(buf) < most; {
			select {
			case w := <-b.out:
				buf, marks = w.take(buf, marks)
			default:
				more = false
			}
		}
		if err := b.send(buf); err != nil {
			b.die(err)
			return
		}
		for _, m := range marks {
			close(m)
		}
		if cap(buf) > 2*most {
			buf = nil
		}
	}
}

// take adds it to what is about to be written.
func (w *written) take(buf []byte, marks []chan struct{}) ([]byte, []chan struct{}) {
	if w.done != nil {
		return buf, append(marks, w.done)
	}
	if w.state.CompareAndSwap(queued, taken) {
		buf = append(buf, w.octets...)
	}
	return buf, marks
}

// send writes octets.
func (b *Bind) send(buf []byte) error {
	if len(buf) == 0 {
		return nil
	}
	if err := b.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	if _, err := b.conn.Write(buf); err != nil {
		if isTimeout(err) {
			return ErrSlow
		}
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return nil
}

// push hands a PDU to write. It waits while too much is unwritten.
func (b *Bind) push(w *written) {
	select {
	case b.out <- w:
	case <-b.gone:
	}
}

// reply answers a request of the peer. A refusal has no body (section 4.4.2).
func (b *Bind) reply(p *PDU) {
	octets, err := p.Append(nil)
	if err != nil { // what we say is wrong: say less
		p = &PDU{Status: RSYSERR, Sequence: p.Sequence, Body: &Plain{Command: p.Command()}}
		if octets, err = p.Append(nil); err != nil {
			return
		}
	}
	b.push(&written{octets: octets})
}

// refuse answers a request of the peer with a status.
func (b *Bind) refuse(c Command, sequence uint32, s Status) {
	b.reply(&PDU{Status: s, Sequence: sequence, Body: &Plain{Command: c}})
}

// flushed is closed when all that is to be written up to now has been.
func (b *Bind) flushed() <-chan struct{} {
	w := &written{done: make(chan struct{})}
	b.push(w)
	return w.done
}
