package softphone

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"tandem/loadtest/wire"
)

// Text is a message as a phone shows it (RFC 3428).
type Text struct {
	From string // user part of the From header
	Body string
}

// texts are the messages that a phone has.
type texts struct {
	mu      sync.Mutex
	list    []Text
	seen    map[string]bool // by Call-ID and CSeq: a repeat gets the same answer
	busy    int             // status that every message is answered with; 0: 200
	changed chan struct{}
}

// note takes a message, and says what it is answered with.
func (x *texts) note(m *wire.Message) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.busy != 0 {
		return x.busy
	}
	id := m.Get("Call-ID") + " " + m.Get("CSeq")
	if x.seen[id] {
		return 200
	}
	if x.seen == nil {
		x.seen = map[string]bool{}
	}
	x.seen[id] = true
	x.list = append(x.list, Text{From: userOf(m.Get("From")), Body: string(m.Body)})
	if x.changed != nil {
		close(x.changed)
		x.changed = nil
	}
	return 200
}

// userOf is the user part of an address.
func userOf(party string) string {
	user, _, _ := strings.Cut(wire.URI(party), "@")
	_, user, _ = strings.Cut(user, ":")
	return user
}

// texted answers a MESSAGE.
func (p *Phone) texted(m *wire.Message, from netip.AddrPort) {
	status := p.texts.note(m)
	p.link.send(reply(m, status, map[bool]string{true: "OK", false: "Not now"}[status == 200], lines{tag: p.name("t")}), from)
}

// RefuseTexts answers every message with a status from now on; 0: they are taken.
func (p *Phone) RefuseTexts(status int) {
	p.texts.mu.Lock()
	defer p.texts.mu.Unlock()
	p.texts.busy = status
}

// Texts waits until that many messages came, and gives them, oldest first.
func (p *Phone) Texts(ctx context.Context, n int) ([]Text, error) {
	for {
		p.texts.mu.Lock()
		list := slices.Clone(p.texts.list)
		if p.texts.changed == nil {
			p.texts.changed = make(chan struct{})
		}
		changed := p.texts.changed
		p.texts.mu.Unlock()
		if len(list) >= n {
			return list, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return list, fmt.Errorf("%d messages came, not %d: %w", len(list), n, context.Cause(ctx))
		}
	}
}

// Text sends a message with digest, and gives the final status.
func (p *Phone) Text(ctx context.Context, to, body string) (int, error) {
	id, tag, uri := p.name("m"), p.name("t"), fmt.Sprintf("sip:%s@%s", to, p.cfg.Server)
	auth := ""
	for seq := 1; ; seq++ {
		m, err := p.ask(ctx, id, fmt.Sprintf("MESSAGE %s SIP/2.0\r\nVia: %s\r\nFrom: <sip:%s@%s>;tag=%s\r\nTo: <%s>\r\nCall-ID: %s\r\nCSeq: %d MESSAGE\r\n"+
			"Max-Forwards: 70\r\nContent-Type: text/plain;charset=UTF-8\r\n%sContent-Length: %d\r\n\r\n%s",
			uri, p.via(), p.cfg.Who.Username, p.cfg.Who.Realm, tag, uri, id, seq, auth, len(body), body))
		if err != nil {
			return 0, err
		}
		challenge := wire.MD5Challenge(slices.Concat(m.All("WWW-Authenticate"), m.All("Proxy-Authenticate")))
		if seq > 1 || challenge == nil {
			return m.Status, nil
		}
		name := "Authorization: "
		if m.Status == 407 {
			name = "Proxy-Authorization: "
		}
		auth = name + wire.Authorization(challenge, "MESSAGE", uri, p.cfg.Who) + "\r\n"
	}
}
