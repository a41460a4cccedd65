package loadtest

import (
	"context"
	"errors"
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

	mu       sync.Mutex
	answers  map[string][]byte // Call-ID → our 200, to repeat it for a repeated INVITE
	register chan wire.Message
	calls    atomic.Int64
}

func newUAS(ctx context.Context, at netip.AddrPort, media func() netip.AddrPort, peer func(media, remote netip.AddrPort)) (*uas, error) {
	u := &uas{media: media, peer: peer, serial: newSerial(), answers: map[string][]byte{}, register: make(chan wire.Message, 4)}
	sock, err := open(ctx, at, u.take)
	if err != nil {
		return nil, err
	}
	u.sock = sock
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
	case "":
		select {
		case u.register <- m:
		default:
		}
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
	ok = reply(m, 200, "OK", tag, contact, wire.Description(at))
	u.mu.Lock()
	u.answers[id] = ok
	u.mu.Unlock()
	if remote, valid := wire.Audio(m.Body); valid && u.peer != nil {
		u.peer(at, remote)
	}
	u.calls.Add(1)
	u.sock.send(ok, from)
}

// enrol registers the contact of u as username at the registrar.
func (u *uas) enrol(ctx context.Context, registrar netip.AddrPort, who wire.Credentials) error {
	id, tag := u.serial.next("r"), u.serial.next("t")
	auth := ""
	for seq := 1; seq <= 2; seq++ {
		req := fmt.Sprintf("REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nFrom: <sip:%s@%s>;tag=%s\r\nTo: <sip:%s@%s>\r\n"+
			"Call-ID: %s\r\nCSeq: %d REGISTER\r\nMax-Forwards: 70\r\nContact: <sip:%s@%s>\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
			who.Realm, u.sock.local(), u.serial.next("b"), who.Username, who.Realm, tag, who.Username, who.Realm, id, seq, who.Username, u.sock.local(), auth)
		m, err := u.ask(ctx, []byte(req), registrar)
		if err != nil {
			return fmt.Errorf("register %s: %w", who.Username, err)
		}
		if m.Status == 200 {
			return nil
		}
		challenge := wire.MD5Challenge(m.All("WWW-Authenticate"))
		if m.Status != 401 || challenge == nil {
			return fmt.Errorf("register %s: answered %d", who.Username, m.Status)
		}
		auth = "Authorization: " + wire.Authorization(challenge, "REGISTER", "sip:"+who.Realm, who) + "\r\n"
	}
	return fmt.Errorf("register %s: the password was refused", who.Username)
}

func (u *uas) ask(ctx context.Context, req []byte, to netip.AddrPort) (wire.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, setupLimit)
	defer cancel()
	tick := time.NewTicker(timerT1)
	defer tick.Stop()
	u.sock.send(req, to)
	for {
		select {
		case m := <-u.register:
			if m.Status >= 200 {
				return m, nil
			}
		case <-tick.C:
			u.sock.send(req, to)
		case <-ctx.Done():
			return wire.Message{}, errors.New("no answer")
		}
	}
}
