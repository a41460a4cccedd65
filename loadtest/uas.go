package loadtest

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tandem/loadtest/wire"
)

// uas answers every call at once: 180, 200.
type uas struct {
	sock   *socket
	media  func() netip.AddrPort // ours, for the next call
	peer   func(media, remote netip.AddrPort)
	serial *serial

	mu      sync.Mutex
	answers map[string][]byte // Call-ID → our 200, to repeat it for a repeated INVITE
	calls   atomic.Int64
}

func newUAS(ctx context.Context, at netip.AddrPort, media func() netip.AddrPort, peer func(media, remote netip.AddrPort)) (*uas, error) {
	sock, err := open(ctx, at)
	if err != nil {
		return nil, err
	}
	u := &uas{sock: sock, media: media, peer: peer, serial: newSerial(), answers: map[string][]byte{}}
	sock.serve(u.take)
	return u, nil
}

func (u *uas) close() { u.sock.close() }

func (u *uas) take(b []byte, from netip.AddrPort, _ time.Time) {
	m, err := wire.Parse(b)
	if err != nil {
		return
	}
	switch m.Method {
	case "INVITE":
		u.invite(&m, from)
	case "BYE":
		u.sock.send(reply(&m, 200, "OK", "", "", ""), from)
		u.mu.Lock()
		delete(u.answers, m.Get("Call-ID"))
		u.mu.Unlock()
	case "UPDATE": // keeps a session alive (RFC 4028)
		u.sock.send(reply(&m, 200, "OK", "", "sip:uas@"+u.sock.local().String(), ""), from)
	}
}

func (u *uas) invite(m *wire.Message, from netip.AddrPort) {
	id := m.Get("Call-ID")
	u.mu.Lock()
	ok, again := u.answers[id]
	u.mu.Unlock()
	if again {
		u.sock.send(ok, from)
		return
	}
	contact := fmt.Sprintf("sip:uas@%s", u.sock.local())
	tag := u.serial.next("t")
	at := u.media()
	u.sock.send(reply(m, 180, "Ringing", tag, contact, ""), from)
	ok = reply(m, 200, "OK", tag, contact, wire.Description(at, "PCMU", "telephone-event"))
	u.mu.Lock()
	u.answers[id] = ok
	u.mu.Unlock()
	if remote, valid := wire.Audio(m.Body); valid && u.peer != nil {
		u.peer(at, remote)
	}
	u.calls.Add(1)
	u.sock.send(ok, from)
}
