package softphone

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tandem/loadtest/wire"
)

// request does what a phone does by itself with what comes inside a call.
func (c *Call) request(m *wire.Message, from netip.AddrPort) {
	manners := c.phone.behaves()
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.signal()
	c.note(m)
	switch m.Method {
	case "INVITE":
		c.reinvite(m, from)
	case "CANCEL":
		if c.crossing && !c.answered && !c.over {
			c.answer()
		}
		c.phone.link.send(reply(m, 200, "OK", lines{tag: c.localTag}), from)
		if !c.answered && !c.over && !manners.NoCancel {
			c.over = true
			c.respond(487, "Request Terminated", "")
		}
	case "BYE":
		c.over = true
		if manners.NoBye {
			return
		}
		c.phone.link.send(reply(m, 200, "OK", lines{}), from)
	case "ACK":
		c.heard(m.Body)
	default:
		c.phone.link.send(reply(m, 200, "OK", lines{}), from)
	}
}

// reinvite answers a re-INVITE in kind, and repeats our last response to the first one.
func (c *Call) reinvite(m *wire.Message, from netip.AddrPort) {
	if wire.Param(m.Get("To"), "tag") == "" {
		if c.last != nil {
			c.phone.link.send(c.last, from)
		}
		return
	}
	if status := c.phone.behaves().Change; status != 0 {
		c.phone.link.send(reply(m, status, "Not so", lines{}), from)
		return
	}
	c.target = wire.URI(m.Get("Contact"))
	answer := c.answerTo(m.Body)
	if strings.Contains(string(m.Body), "a=sendonly") {
		answer += "a=recvonly\r\n"
	}
	c.phone.link.send(reply(m, 200, "OK", lines{contact: c.phone.contact(), body: answer}), from)
}

// respond answers the INVITE of an incoming call. The caller holds the lock.
func (c *Call) respond(status int, phrase, body string, more ...string) {
	l := lines{tag: c.localTag, body: body, more: more}
	if status < 300 {
		l.contact = c.phone.contact()
	}
	c.last = reply(&c.Invite, status, phrase, l)
	c.transmit(c.last)
}

// Ring says 180.
func (c *Call) Ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.respond(180, "Ringing", "")
}

// Answer says 200 and begins to talk.
func (c *Call) Answer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer()
}

// AnswerAcross answers when the CANCEL comes, as if the 200 had been on its way already: they cross (RFC 3261 section 9.2).
func (c *Call) AnswerAcross() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.crossing = true
}

// answer says 200. The caller holds the lock.
func (c *Call) answer() {
	c.answered = true
	c.respond(200, "OK", c.answerTo(c.Invite.Body))
}

// Reject refuses with that status.
func (c *Call) Reject(status int, more ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.respond(status, "Refused", "", more...)
}

// response takes what comes of our requests.
func (c *Call) response(m *wire.Message) {
	seq, method := seqOf(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.signal()
	c.note(m)
	switch {
	case method != "INVITE":
		if method == "BYE" && m.Status >= 200 {
			c.over = true
		}
	case m.Status < 200:
		c.statuses = append(c.statuses, m.Status)
		c.heard(m.Body)
	case m.Status >= 300 && seq == c.inviteSeq: // not the challenge once more, whose ACK is on its way
		c.failed(m)
	case m.Status >= 300:
	default:
		c.accepted(m, seq)
	}
}

// accepted acknowledges a 200, also one that is repeated.
func (c *Call) accepted(m *wire.Message, seq int) {
	c.remoteParty, c.target = m.Get("To"), wire.URI(m.Get("Contact"))
	if !c.answered {
		c.answered = true
		c.routes = m.All("Record-Route")
		slices.Reverse(c.routes)
	}
	body := ""
	if c.offer == "" {
		body = c.answerTo(m.Body)
	} else {
		c.heard(m.Body)
	}
	held := c.cseq
	c.cseq = seq
	c.transmit(c.build("ACK", c.phone.via(), body, nil))
	c.cseq = held
	if seq != c.inviteSeq {
		return // the 200 to an earlier INVITE once more
	}
	c.final = *m
	c.statuses = append(c.statuses, m.Status)
}

// failed acknowledges a refusal, and tries once more with credentials when they are asked for.
func (c *Call) failed(m *wire.Message) {
	to, held := c.remoteParty, c.cseq
	c.remoteParty, c.cseq = m.Get("To"), c.inviteSeq
	c.transmit(c.build("ACK", c.inviteVia, "", nil))
	c.remoteParty, c.cseq = to, held
	challenges := append(m.All("Proxy-Authenticate"), m.All("WWW-Authenticate")...)
	challenge := wire.MD5Challenge(challenges)
	if (m.Status == 401 || m.Status == 407) && challenge != nil && c.inviteAuth == "" && c.phone.cfg.Who.Username != "" {
		name := "Authorization: "
		if m.Status == 407 {
			name = "Proxy-Authorization: "
		}
		c.inviteAuth = name + wire.Authorization(challenge, "INVITE", c.target, c.phone.cfg.Who)
		c.cseq++
		c.sendInvite([]string{c.inviteAuth})
		return
	}
	c.final = *m
	c.statuses = append(c.statuses, m.Status)
	if !c.answered {
		c.over = true
	}
}

// Hangup sends BYE and waits for its answer.
func (c *Call) Hangup(ctx context.Context) error {
	c.send("BYE", "", nil)
	return c.until(ctx, "BYE not answered", func() bool { return c.over })
}

// Cancel gives up a call of ours that nobody answered yet.
func (c *Call) Cancel(ctx context.Context, headers ...string) error {
	c.mu.Lock()
	c.transmit(c.build("CANCEL", c.inviteVia, "", headers))
	c.mu.Unlock()
	return c.until(ctx, "CANCEL not answered", func() bool { return c.final.Status != 0 })
}

// send sends a request inside the dialog; its answer is in the ladder.
func (c *Call) send(method, body string, headers []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cseq++
	c.transmit(c.build(method, c.phone.via(), body, headers))
}

// InfoDigit sends a key by INFO (application/dtmf-relay).
func (c *Call) InfoDigit(key byte) {
	c.send("INFO", fmt.Sprintf("Signal=%c\r\nDuration=120\r\n", key), []string{"Content-Type: application/dtmf-relay"})
}

// Reinvite sends a re-INVITE that says that direction of our side, and waits for its final response.
func (c *Call) Reinvite(ctx context.Context, direction string) error {
	c.mu.Lock()
	c.direction = direction
	c.offer = c.description()
	c.final = wire.Message{}
	c.cseq++
	c.sendInvite(nil)
	c.mu.Unlock()
	return c.Answered(ctx)
}

// Rekey encrypts what we send with another key from the next re-INVITE on.
func (c *Call) Rekey() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Audio.mu.Lock()
	defer c.Audio.mu.Unlock()
	if x := c.Audio.sealed; x != nil {
		x.renew(x.key.Suite)
	}
}

// Replaces names this call's dialog as the server knows it, for whoever is to take its place (RFC 3891 section 3).
func (c *Call) Replaces() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ID + ";to-tag=" + wire.Param(c.remoteParty, "tag") + ";from-tag=" + c.localTag
}

// Refer asks the server to connect the other party to somebody else.
func (c *Call) Refer(to string) {
	c.send("REFER", "", []string{"Refer-To: <" + to + ">"})
}

// Dial digits in every way.

// DigitPath is a way to send digits.
type DigitPath string

// The ways.
const (
	ByEvent  DigitPath = "RFC 4733"
	ByTone   DigitPath = "in-band"
	ByInfo   DigitPath = "INFO"
	ByPlain  DigitPath = "INFO of a bare key" // application/dtmf
	infoTime           = 150 * time.Millisecond
)

// Press dials the digits that way and waits until they have been sent.
func (c *Call) Press(ctx context.Context, path DigitPath, digits string) {
	switch path {
	case ByEvent:
		c.Audio.Events(ctx, digits)
	case ByTone:
		c.Audio.Tones(ctx, digits)
	case ByInfo, ByPlain:
		for i := range len(digits) {
			if path == ByPlain {
				c.send("INFO", digits[i:i+1], []string{"Content-Type: application/dtmf"})
			} else {
				c.InfoDigit(digits[i])
			}
			t := time.NewTimer(infoTime)
			select {
			case <-t.C:
			case <-ctx.Done():
			}
			t.Stop()
		}
	}
}
