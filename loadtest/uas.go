package loadtest

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 7616 section 3.4 still allows it; this is a phone for tests
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

// uas answers every call at once: 180, 200.
type uas struct {
	sock   *socket
	media  func() netip.AddrPort // ours, for the next call
	peer   func(media, remote netip.AddrPort)
	serial *serial

	mu       sync.Mutex
	answers  map[string][]byte // Call-ID → our 200, to repeat it for a repeated INVITE
	register chan message
	calls    atomic.Int64
}

func newUAS(ctx context.Context, at netip.AddrPort, media func() netip.AddrPort, peer func(media, remote netip.AddrPort)) (*uas, error) {
	u := &uas{media: media, peer: peer, serial: newSerial(), answers: map[string][]byte{}, register: make(chan message, 4)}
	sock, err := open(ctx, at, u.take)
	if err != nil {
		return nil, err
	}
	u.sock = sock
	return u, nil
}

func (u *uas) close() { u.sock.close() }

func (u *uas) take(b []byte, from netip.AddrPort, _ time.Time) {
	m, err := parse(b)
	if err != nil {
		return
	}
	switch m.method {
	case "INVITE":
		u.invite(&m, from)
	case "BYE":
		u.sock.send(reply(&m, 200, "OK", "", "", ""), from)
		u.mu.Lock()
		delete(u.answers, m.get("Call-ID"))
		u.mu.Unlock()
	case "":
		select {
		case u.register <- m:
		default:
		}
	}
}

func (u *uas) invite(m *message, from netip.AddrPort) {
	id := m.get("Call-ID")
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
	ok = reply(m, 200, "OK", tag, contact, session(at))
	u.mu.Lock()
	u.answers[id] = ok
	u.mu.Unlock()
	if remote, valid := audio(m.body); valid && u.peer != nil {
		u.peer(at, remote)
	}
	u.calls.Add(1)
	u.sock.send(ok, from)
}

// enrol registers the contact of u as username at the registrar.
func (u *uas) enrol(ctx context.Context, registrar netip.AddrPort, realm, username, password string) error {
	id, tag := u.serial.next("r"), u.serial.next("t")
	auth := ""
	for seq := 1; seq <= 2; seq++ {
		req := fmt.Sprintf("REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nFrom: <sip:%s@%s>;tag=%s\r\nTo: <sip:%s@%s>\r\n"+
			"Call-ID: %s\r\nCSeq: %d REGISTER\r\nMax-Forwards: 70\r\nContact: <sip:%s@%s>\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
			realm, u.sock.local(), u.serial.next("b"), username, realm, tag, username, realm, id, seq, username, u.sock.local(), auth)
		m, err := u.ask(ctx, []byte(req), registrar)
		if err != nil {
			return fmt.Errorf("register %s: %w", username, err)
		}
		if m.status == 200 {
			return nil
		}
		challenge := md5Challenge(m.all("WWW-Authenticate"))
		if m.status != 401 || challenge == nil {
			return fmt.Errorf("register %s: answered %d", username, m.status)
		}
		auth = authorization(challenge, "REGISTER", "sip:"+realm, username, password)
	}
	return fmt.Errorf("register %s: the password was refused", username)
}

func (u *uas) ask(ctx context.Context, req []byte, to netip.AddrPort) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, setupLimit)
	defer cancel()
	tick := time.NewTicker(timerT1)
	defer tick.Stop()
	u.sock.send(req, to)
	for {
		select {
		case m := <-u.register:
			if m.status >= 200 {
				return m, nil
			}
		case <-tick.C:
			u.sock.send(req, to)
		case <-ctx.Done():
			return message{}, errors.New("no answer")
		}
	}
}

// md5Challenge picks the challenge that asks for MD5, as its parameters.
func md5Challenge(all []string) map[string]string {
	re := regexp.MustCompile(`(\w+)=(?:"([^"]*)"|([^\s,"]+))`)
	for _, v := range all {
		params := map[string]string{}
		for _, m := range re.FindAllStringSubmatch(v, -1) {
			params[m[1]] = m[2] + m[3]
		}
		if a := params["algorithm"]; a == "" || a == "MD5" {
			return params
		}
	}
	return nil
}

func authorization(c map[string]string, method, target, username, password string) string {
	ha1 := md5hex(username + ":" + c["realm"] + ":" + password)
	ha2 := md5hex(method + ":" + target)
	response := md5hex(ha1 + ":" + c["nonce"] + ":" + ha2)
	qop := ""
	if c["qop"] != "" {
		response = md5hex(ha1 + ":" + c["nonce"] + ":00000001:load:auth:" + ha2)
		qop = `, qop=auth, nc=00000001, cnonce="load"`
	}
	return fmt.Sprintf("Authorization: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=MD5%s\r\n",
		username, c["realm"], c["nonce"], target, response, qop)
}

func md5hex(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}
