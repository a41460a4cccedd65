package smpp_test

import (
	"bufio"
	"context"
	"net"
	"testing"
	"time"

	"tandem/mobilecore/smpp"
)

// wire is a peer that says exactly what it is told to.
type wire struct {
	net.Conn

	r *bufio.Reader
}

// raw connects to a house without binding.
func (h *house) raw(t *testing.T) *wire {
	t.Helper()
	conn, err := h.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return newWire(t, conn)
}

func newWire(t *testing.T, conn net.Conn) *wire {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	return &wire{conn, bufio.NewReader(conn)}
}

// say writes a PDU.
func (w *wire) say(t *testing.T, p *smpp.PDU) {
	t.Helper()
	w.put(t, encode(t, p))
}

// put writes octets.
func (w *wire) put(t *testing.T, b []byte) {
	t.Helper()
	if err := w.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// hear reads the next PDU; nil: the line is gone.
func (w *wire) hear(t *testing.T) *smpp.PDU {
	t.Helper()
	_ = w.SetReadDeadline(time.Now().Add(10 * time.Minute)) // a pipe whose other end is closed has none
	b, err := smpp.Read(w.r)
	if err != nil {
		return nil
	}
	p, err := smpp.Decode(b)
	if err != nil {
		t.Fatalf("it says %x: %v", b, err)
	}
	return p
}

// expect reads the next PDU, which has to be this.
func (w *wire) expect(t *testing.T, c smpp.Command, s smpp.Status, sequence uint32) *smpp.PDU {
	t.Helper()
	p := w.hear(t)
	if p == nil || p.Command() != c || p.Status != s || p.Sequence != sequence {
		t.Fatalf("it says %+v, want %s of %s for %d", p, c, s, sequence)
	}
	return p
}

// bound binds by hand.
func (h *house) bound(t *testing.T, kind smpp.Command) *wire {
	t.Helper()
	w := h.raw(t)
	w.say(t, bindAs(kind, "kate"))
	w.expect(t, kind.Response(), smpp.ROK, 1)
	return w
}

// bindAs is a bind with the right password.
func bindAs(kind smpp.Command, systemID string) *smpp.PDU {
	return &smpp.PDU{Sequence: 1, Body: &smpp.BindRequest{Command: kind, SystemID: systemID, Password: "secret", Version: smpp.Version34}}
}

func plain(c smpp.Command, sequence uint32) *smpp.PDU {
	return &smpp.PDU{Sequence: sequence, Body: &smpp.Plain{Command: c}}
}

func submit(sequence uint32, text string) *smpp.PDU {
	m := hello("33700000001", "33612345678", text)
	m.Command = smpp.SubmitSM
	return &smpp.PDU{Sequence: sequence, Body: m}
}

// smsc is a peer for clients that a test plays by hand: each connection is given to it.
func smsc(t *testing.T, play func(w *wire)) func(context.Context) (net.Conn, error) {
	t.Helper()
	return func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		w := newWire(t, theirs)
		go func() { // it ends with its connection
			defer func() { _ = theirs.Close() }()
			p := w.hear(t)
			if p == nil {
				return
			}
			w.say(t, &smpp.PDU{Sequence: p.Sequence, Body: &smpp.BindResponse{Command: p.Command().Response(), SystemID: "smsc"}})
			play(w)
		}()
		return ours, nil
	}
}
