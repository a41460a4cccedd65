package transaction

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/transport"
)

// Handler is told what arrives, in the order in which it arrived for each Call-ID. Its methods run on a shard worker that serves
// 1/256 of all calls: they post to a mailbox and return.
type Handler interface {
	// Request hands over a request that opened a server transaction: neither ACK nor CANCEL nor a retransmission.
	Request(tx *Server)
	// Ack hands over an ACK that no transaction consumed: the ACK to a 2xx, which is the dialog's (RFC 3261 section 13.3.1.4).
	Ack(r *gosip.Request, from transport.Flow)
	// Cancel says that the peer sent CANCEL for an INVITE not yet answered; the CANCEL itself has been answered 200 already.
	Cancel(invite *Server, cancel *gosip.Request)
	// Stray hands over a 2xx to an INVITE whose transaction is gone: its dialog acknowledges it again, or ends it.
	Stray(r *gosip.Response, from transport.Flow)
	// FlowClosed says that a connection ended; the flow's transactions have been told already.
	FlowClosed(id transport.FlowID)
}

// Reply is one thing that came of a request that we sent.
type Reply struct {
	Response *gosip.Response // nil when Err is set
	Repeated bool            // a 2xx to INVITE after the first: a retransmission or another branch of a fork (RFC 3261 section 13.2.2.4)
	Err      error           // ErrTimeout (Timer B or F), ErrTransport or ErrFlowGone; nothing follows it
}
