package dialog

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// Sender is what a leg may do on the wire; none of it blocks. *transaction.Layer is one.
type Sender interface {
	// Send sends a request and calls reply with what comes of it, in order and never from inside Send.
	Send(r *gosip.Request, to transport.Target, reply func(transaction.Reply)) (*transaction.Client, error)
	// SendACK sends the ACK of a 2xx.
	SendACK(r *gosip.Request, to transport.Target) error
}

// Server is a request that came in, which can be answered. *transaction.Server is one. Its To carries our tag.
type Server interface {
	Request() *gosip.Request
	Outside() bool // it came without a To tag
	Flow() transport.Flow
	Respond(r *gosip.Response) error
}

// Authorizer answers the challenges of one trunk.
type Authorizer interface {
	// Authorize returns the Authorization or Proxy-Authorization header that answers the 401 or 407 to r, or nil when this challenge
	// is not to be answered: another realm, another address than the trunk's own, nothing to answer with. It is told how often credentials
	// were sent for this request before.
	Authorize(c Challenge) gosip.Header
}

// Challenge is a 401 or 407 and the request that it answers.
type Challenge struct {
	Request  *gosip.Request
	Response *gosip.Response
	To       transport.Target // where the request was sent
	Tries    int              // how often credentials were sent for it before
}

// Timers are the clocks of a leg, with the defaults of RFC 3261 where they are zero.
type Timers struct {
	T1      time.Duration // round trip; 500 ms
	T2      time.Duration // longest interval between repeats; 4 s
	Silence time.Duration // of a server that is not the last one before the next is tried (RFC 3263 section 4.3); 1.6 s: after the third datagram
	TimerC  time.Duration // an INVITE that only rings, refreshed by each 1xx but 100 (RFC 3261 section 16.6); 180 s
}

// Endpoint is what all legs share. New fills it; nobody changes it afterwards.
type Endpoint struct {
	Sender    Sender
	Table     *Table
	Contact   func(to transport.Target) gosip.Uri // where a peer reached by that target can reach us
	UserAgent string                              // Server and User-Agent; empty sends neither
	Host      string                              // names us in Warning (RFC 3261 section 20.43)
	Timers    Timers
	Tags      *message.Tags // makes our From tags, and knows them again; the transaction layer's, which makes our To tags
}

// New completes e: its table, its timers, its tags.
func New(e Endpoint) *Endpoint {
	if e.Table == nil {
		e.Table = NewTable()
	}
	if e.Timers.T1 == 0 {
		e.Timers.T1 = 500 * time.Millisecond
	}
	if e.Timers.T2 == 0 {
		e.Timers.T2 = 4 * time.Second
	}
	if e.Timers.Silence == 0 {
		e.Timers.Silence = 1600 * time.Millisecond
	}
	if e.Timers.TimerC == 0 {
		e.Timers.TimerC = 180 * time.Second
	}
	if e.Host == "" {
		e.Host = "localhost"
	}
	if e.Tags == nil {
		e.Tags = message.NewTags()
	}
	return &e
}

// Stray takes a 2xx to INVITE that no transaction wants: its leg acknowledges it again or ends it; when the leg is gone but the tag is
// ours, it is acknowledged and ended here (RFC 3261 section 13.2.2.4).
func (e *Endpoint) Stray(r *gosip.Response, from transport.Flow) {
	tag := fromTag(r)
	if en, found := e.Table.find(tag); found && en.sink.Post(&stray{ref: en.ref, resp: r}) {
		return
	}
	if e.Tags.Ours([]byte(tag), []byte(callIDOf(r))) {
		e.endOrphan(r, Back(from))
	}
}

// endOrphan acknowledges and ends the dialog of a 2xx whose leg is gone.
func (e *Endpoint) endOrphan(r *gosip.Response, to transport.Target) {
	d := e.dialogFromResponse(r, to)
	if d == nil {
		return
	}
	_ = e.Sender.SendACK(d.ack(seqOf(r), nil), d.target)                                       // best effort: a lost ACK brings the 2xx again
	_, _ = e.Sender.Send(d.request(gosip.BYE, nil, nil), d.target, func(transaction.Reply) {}) // best effort: nobody is left to tell
}

// Back is the way back to where something came from: on a stream its connection, on UDP the address that sent it.
func Back(f transport.Flow) transport.Target {
	t := transport.Target{Network: f.Network, Addr: f.Remote, Listener: f.Listener}
	if f.Network != transport.UDP {
		t.Flow = f.ID
	}
	return t
}
