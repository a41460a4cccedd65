package transaction

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/transport"
)

// Layer is the transaction layer: ordered dispatch of what comes, transactions for what goes.
type Layer struct{}

// Client is a request that we sent and its transaction (RFC 3261 section 17.1).
type Client struct{}

// Terminate forgets the transaction; no Reply follows.
func (c *Client) Terminate() {}

// Send sends a request other than ACK and calls reply with what comes of it, in order, never from inside Send. The request is complete
// but for its Via, which Send puts on top with a new branch; CANCEL keeps the Via that it carries. Resolving is done; when a stream has
// to be dialled, that happens elsewhere and Send does not wait.
func (l *Layer) Send(r *gosip.Request, to transport.Target, reply func(Reply)) (*Client, error) {
	return nil, errBuilding
}

// SendACK sends the ACK of a 2xx, which has no transaction.
func (l *Layer) SendACK(r *gosip.Request, to transport.Target) error { return errBuilding }
