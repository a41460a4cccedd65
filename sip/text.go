package sip

import (
	"errors"
	"fmt"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// Text is a MESSAGE outside any dialog that is to be sent (RFC 3428).
type Text struct {
	Trunk       TrunkID       // send it by this trunk, or
	Contact     Contact       // to this binding of a device
	To          message.Party // for whom it is; for a trunk the host is filled from its settings
	From        message.Party
	Asked       string          // of a trunk alone: the Request-URI, verbatim, as Dial has it
	Route       []string        // of a trunk alone: preloaded Route entries, verbatim, as Dial has them
	Headers     []message.Field // sent as they are
	Body        *message.Body   // its Type with parameters
	CallID      string          // the same again lets the other know a repeat; empty: a new one
	MaxForwards int             // 0: 70
}

// Answer is what came of a MESSAGE.
type Answer struct {
	Status     int  // final; 408 when nobody answered in time, 503 when nobody could be reached
	Doubt      bool // nobody answered, and the other may have it all the same
	Head       dialog.Head
	Body       *message.Body // nil: none
	RetryAfter time.Duration // when to ask again; 0: it does not say
}

// maxTries is how often a MESSAGE is sent with credentials.
const maxTries = 2

// SendMessage sends a MESSAGE, and calls done with what came of it, once, from any goroutine; done does not block. Of a trunk's servers one after the other is
// tried until one has it: one that does not answer may have it, so that no other is asked then. One that is too long for a datagram goes by TCP, where the server's
// setting names no transport and a connection can be made (RFC 3428 section 8). An error means that the Text itself cannot be right, as with Dial; done is
// not called then.
func (s *Stack) SendMessage(m Text, done func(Answer)) error {
	d := Dial{Trunk: m.Trunk, Contact: m.Contact, To: m.To, From: m.From, Asked: m.Asked, Route: m.Route, Headers: m.Headers}
	err := d.check()
	if err == nil && strings.ContainsFunc(m.CallID, func(r rune) bool { return r <= ' ' || r > '~' }) {
		err = ErrBadHeader
	}
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	out, err := dialog.Outbound{}, error(nil)
	if m.Trunk != "" {
		out, err = s.byTrunk(d)
	} else {
		out, err = s.byContact(d)
	}
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	if m.CallID == "" {
		m.CallID = dialog.NewCallID()
	}
	out.MaxForwards = m.MaxForwards
	out.From.Tag = s.end.Tags.New(m.CallID)
	p := &posting{Outbound: out, stack: s, callID: m.CallID, body: m.Body, seq: 1, done: done}
	out.Resolve(p.found)
	return nil
}

// posting is a MESSAGE of ours until its final answer. Each step follows from the one before: no two run at a time.
type posting struct {
	dialog.Outbound

	stack  *Stack
	callID string
	body   *message.Body
	done   func(Answer)
	seq    uint32
	tries  int // with credentials
	left   []dialog.Hop
}

// viaRoom is what our Via and Content-Length add to a request, at the most.
const viaRoom = 150

// found takes the servers. A long MESSAGE tries a datagram's server by TCP first.
func (p *posting) found(hops []dialog.Hop) {
	for _, h := range hops {
		long := h.Target.Network == transport.UDP && h.Either && len(p.request(h).String())+viaRoom > message.SizeLimit
		if long {
			stream := h
			stream.Target.Network, stream.Target.Listener = transport.TCP, transport.Listener{}
			p.left = append(p.left, stream)
		}
		p.left = append(p.left, h)
	}
	p.next()
}

// next tries the next server; when there is none left, nobody could be reached.
func (p *posting) next() {
	for len(p.left) > 0 {
		h := p.left[0]
		p.left = p.left[1:]
		if p.send(p.request(h), h) == nil {
			return
		}
		p.unreached(h, 503)
	}
	p.done(Answer{Status: 503})
}

// request builds the MESSAGE for a server. It has no Contact (RFC 3428 section 4).
func (p *posting) request(h dialog.Hop) *gosip.Request {
	r := message.NewRequest(message.Head{
		Method: gosip.MESSAGE, URI: h.URI, Preloaded: h.Along, Route: h.Route, From: p.From, To: p.To, CallID: p.callID, CSeq: p.seq, MaxForwards: p.MaxForwards,
	})
	message.Add(r, "User-Agent", p.stack.cfg.UserAgent)
	for _, f := range p.Headers {
		r.AppendHeader(f)
	}
	message.SetBody(r, p.body)
	return r
}

func (p *posting) send(r *gosip.Request, h dialog.Hop) error {
	_, err := p.stack.layer.Send(r, h.Target, func(reply transaction.Reply) { p.replied(r, h, reply) })
	if err != nil {
		return fmt.Errorf("send MESSAGE: %w", err)
	}
	return nil
}

// replied takes what came of it at one server.
func (p *posting) replied(r *gosip.Request, h dialog.Hop, reply transaction.Reply) {
	resp := reply.Response
	switch {
	case resp == nil:
		p.silent(h, reply.Err)
	case resp.IsProvisional():
	case p.authorize(r, h, resp):
	default:
		p.tried(h, resp.StatusCode, resp)
		if resp.StatusCode == gosip.StatusServiceUnavailable && len(p.left) > 0 { // it has said that it did not take it (RFC 3263 section 4.3)
			p.next()
			return
		}
		p.done(Answer{Status: resp.StatusCode, Head: dialog.HeadOf(resp), Body: dialog.BodyOf(resp), RetryAfter: dialog.ReadRetryAfter(resp)})
	}
}

// silent takes that no answer came.
func (p *posting) silent(h dialog.Hop, err error) {
	status := dialog.StatusOf(err)
	if errors.Is(err, transport.ErrNoConnection) {
		p.unreached(h, status)
		p.next()
		return
	}
	p.tried(h, status, nil)
	p.done(Answer{Status: status, Doubt: true})
}

// unreached takes that a server could not be connected to, whether that is known at once or later. One that has its turn by datagrams next is not ill for it.
func (p *posting) unreached(h dialog.Hop, status int) {
	if h.Target.Network != transport.TCP || len(p.left) == 0 || p.left[0].Target.Addr != h.Target.Addr {
		p.tried(h, status, nil)
	}
}

// authorize sends it again with credentials, where it is asked for them and they may be given.
func (p *posting) authorize(r *gosip.Request, h dialog.Hop, resp *gosip.Response) bool {
	if !dialog.Challenged(resp) || p.Auth == nil || p.tries >= maxTries {
		return false
	}
	credentials := p.Auth.Authorize(dialog.Challenge{Request: r, Response: resp, To: h.Target, Tries: p.tries})
	if credentials == nil {
		return false
	}
	p.tries++
	p.seq++
	again := p.request(h)
	again.AppendHeader(credentials)
	if p.send(again, h) != nil {
		p.next()
	}
	return true
}

func (p *posting) tried(h dialog.Hop, status int, resp *gosip.Response) {
	if p.Tried != nil {
		p.Tried(h, status, dialog.ReadRetryAfter(resp))
	}
}
