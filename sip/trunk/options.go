package trunk

import (
	"net/netip"
	"strconv"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transaction"
)

// probe asks OPTIONS of every server (RFC 3261 section 11). Any answer but 408 and 503 is a sign of life.
func (t *Trunk) probe() { t.ask(func(Asked) {}) }

// Asked is what came of OPTIONS to one server.
type Asked struct {
	Server netip.AddrPort
	Status int           // 408: silence; 503: it could not be sent
	RTT    time.Duration // 0: nobody answered
}

// Ask sends OPTIONS to every server now; told hears of each, from the trunk's own goroutine, and does not block. It returns at once.
func (t *Trunk) Ask(told func(Asked)) { t.post(func(t *Trunk) { t.ask(told) }) }

func (t *Trunk) ask(told func(Asked)) {
	for _, h := range *t.known.Load() {
		callID := dialog.NewCallID()
		contact := t.Contact(h.Target)
		r := message.NewRequest(message.Head{
			Method: gosip.OPTIONS, URI: h.Server.URI,
			From:   message.Address{URI: t.identity(contact.Host), Tag: t.Tags.New(callID)},
			To:     message.Address{URI: h.Server.URI},
			CallID: callID, CSeq: 1, Contact: &contact,
		})
		message.Add(r, "Accept", "application/sdp")
		t.send(r, h, func(t *Trunk, o transaction.Reply, rtt time.Duration) {
			told(Asked{Server: h.Target.Addr, Status: status(o), RTT: t.probed(h, o, rtt)})
		})
	}
}

// Probe asks every server now. It returns at once.
func (t *Trunk) Probe() { t.post((*Trunk).probe) }

// identity is who we are towards the trunk.
func (t *Trunk) identity(ownHost string) gosip.Uri {
	host := t.Domain
	if host == "" {
		host = ownHost
	}
	return message.Party{Scheme: "sip", User: t.AuthUser, Host: host}.URI()
}

// probed notes what a server answered, and gives the time that it took; 0: it did not answer.
func (t *Trunk) probed(h Hop, o transaction.Reply, rtt time.Duration) time.Duration {
	code := status(o)
	t.Health.Report(h.Target, code, dialog.ReadRetryAfter(o.Response))
	t.options[h.Target.Addr] = code
	if code == 408 || code == 503 {
		rtt = 0
	}
	t.note(code, rtt)
	detail := ""
	if !t.answered() {
		detail = "OPTIONS: " + strconv.Itoa(code) + " " + message.Phrase(code)
	}
	t.publish(detail)
	return rtt
}

// send sends a request to a server and hands the final reply to the trunk's goroutine, after credentials where they are asked for.
func (t *Trunk) send(r *gosip.Request, h Hop, done func(*Trunk, transaction.Reply, time.Duration)) {
	t.sendAgain(r, h, try{done: done})
}

// try is how often a request was sent with credentials, and what hears of its end.
type try struct {
	times int
	done  func(*Trunk, transaction.Reply, time.Duration)
}

const maxTries = 2

func (t *Trunk) sendAgain(r *gosip.Request, h Hop, n try) {
	at := time.Now()
	if n.times == 0 {
		message.Add(r, "User-Agent", t.UserAgent)
		message.SetBody(r, nil)
	}
	reply := func(o transaction.Reply) {
		if o.Response != nil && o.Response.IsProvisional() {
			return
		}
		rtt := time.Since(at)
		t.post(func(t *Trunk) { t.replied(sent{r, h, n, rtt}, o) })
	}
	if _, err := t.Sender.Send(r, h.Target, reply); err != nil {
		reply(transaction.Reply{Err: err})
	}
}

// sent is a request that has its final reply.
type sent struct {
	r   *gosip.Request
	h   Hop
	n   try
	rtt time.Duration
}

func (t *Trunk) replied(s sent, o transaction.Reply) {
	if o.Response != nil && dialog.Challenged(o.Response) && t.Auth != nil && s.n.times < maxTries {
		if h := t.Auth.Authorize(dialog.Challenge{Request: s.r, Response: o.Response, To: s.h.Target, Tries: s.n.times}); h != nil {
			s.n.times++
			t.sendAgain(again(s.r, h), s.h, s.n)
			return
		}
	}
	s.n.done(t, o, s.rtt)
}

// again is the same request with the next CSeq, without the credentials and the Via that it carried, and with new credentials.
func again(r *gosip.Request, credentials gosip.Header) *gosip.Request {
	n := gosip.NewRequest(r.Method, r.Recipient)
	for _, h := range r.Headers() {
		switch h := h.(type) {
		case *gosip.ViaHeader, *gosip.ContentLengthHeader:
		case *gosip.CSeqHeader:
			n.AppendHeader(&gosip.CSeqHeader{SeqNo: h.SeqNo + 1, MethodName: h.MethodName})
		default:
			if h.Name() != "Authorization" && h.Name() != "Proxy-Authorization" {
				n.AppendHeader(h)
			}
		}
	}
	n.AppendHeader(credentials)
	n.SetBody(nil)
	return n
}
