package diameter

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Node is one Diameter node by its names.
type Node struct {
	Identity string // Origin-Host
	Realm    string // Origin-Realm; empty: what follows the first dot of Identity
}

// origin is how it signs what it sends.
func (n Node) origin() (host, realm AVP) {
	return Text(OriginHost, n.Identity), Text(OriginRealm, n.realm())
}

func (n Node) realm() string {
	if n.Realm != "" {
		return n.Realm
	}
	return RealmOf(n.Identity)
}

// RealmOf is the realm of a node that names none: what follows the first dot of its identity.
func RealmOf(identity string) string {
	if _, realm, dotted := strings.Cut(identity, "."); dotted {
		return realm
	}
	return identity
}

// Answer is a node's answer to a request: with the request's Session-Id in front and its Proxy-Info behind (RFC 6733 section 6.2). Without a result (0) it has no
// Result-Code: an Experimental-Result is among avps then.
func (n Node) Answer(request *Message, r Result, avps ...AVP) *Message {
	a := &Message{Header: request.Header}
	if a.Bits &= Proxiable; r.Protocol() {
		a.Bits |= Fault
	}
	const usual = 4
	a.Set = make(Set, 0, len(avps)+usual)
	if id := request.Find(SessionID); id != nil {
		a.Add(*id)
	}
	if r != 0 {
		a.Add(Number(ResultCode, uint64(r)))
	}
	host, realm := n.origin()
	a.Add(host, realm)
	a.Add(avps...)
	for proxy := range request.All(ProxyInfo) {
		a.Add(*proxy)
	}
	return a
}

// Refuse is a node's answer to a request that it does not take.
func (n Node) Refuse(request *Message, e *RefusalError) *Message {
	a := n.Answer(request, e.Result, Text(ErrorMessage, e.Why))
	if len(e.Failed) > 0 {
		a.Add(Group(FailedAVP, e.Failed...))
	}
	return a
}

// Config is who we are to our peers, and what they may do.
type Config struct {
	Node

	Product      string                                                           // Product-Name; empty: "tandem"
	Applications []Application                                                    // that we serve or ask; a peer without one of them is refused
	Knows        func(host string) bool                                           // whether the peer with this Origin-Host, in lower case, may speak to us; nil: anybody
	Serve        func(ctx context.Context, from *Peer, request *Message) *Message // answers, at most 5 s later; nil, or an answer of nil: the command is unsupported
	TLS          *tls.Config                                                      // Dial's; nil: TCP alone
	Watchdog     time.Duration                                                    // Tw of RFC 3539 section 3.4.1; 0: 30 s
	Log          *slog.Logger                                                     // nil: nothing is logged
}

// filled is c with what it left out.
func filled(c Config) (Config, error) {
	const usualWatchdog = 30 * time.Second
	if !identity([]byte(c.Identity)) {
		return c, errors.New("the identity is no DiameterIdentity: a host name such as \"tandem.example.org\"")
	}
	c.Realm = c.realm()
	if c.Product == "" {
		c.Product = "tandem"
	}
	if c.Watchdog == 0 {
		c.Watchdog = usualWatchdog
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// serves says whether an application is one of ours; a node with none serves any.
func (c *Config) serves(app Application) bool {
	return len(c.Applications) == 0 || slices.Contains(c.Applications, app)
}

// numbers gives hop-by-hop and end-to-end identifiers.
type numbers struct{ last atomic.Uint32 }

// newNumbers starts as RFC 6733 section 3 has it: the time in the upper 12 bits, chance in the others, so that a restart repeats none.
func newNumbers(now time.Time) *numbers {
	const low = 20
	var chance [4]byte
	_, _ = rand.Read(chance[:]) // never fails
	n := &numbers{}
	n.last.Store(uint32(now.Unix())<<low | binary.BigEndian.Uint32(chance[:])>>(32-low)) //nolint:gosec // the low bits of the time are meant
	return n
}

func (n *numbers) next() uint32 {
	if id := n.last.Add(1); id != 0 {
		return id
	}
	return n.last.Add(1)
}
