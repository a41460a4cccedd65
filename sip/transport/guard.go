package transport

import (
	"bytes"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/digest"
)

// guard stands between the sockets and the parser. It keeps nothing for a source that has not proved its address.
type guard struct {
	layer   *Layer
	trusted atomic.Pointer[trustSet]
	buckets *buckets
	bans    bans
}

// trustSet is the addresses of trunks: an immutable snapshot.
type trustSet struct {
	hosts map[netip.Addr]struct{}
	nets  []netip.Prefix
}

// answerer sends a stateless response.
type answerer interface{ answer(b []byte, to Flow) }

func newGuard(l *Layer) *guard {
	g := &guard{layer: l, buckets: newBuckets(l.cfg.Limits.Rate, l.cfg.Limits.Burst)}
	g.trusted.Store(&trustSet{})
	return g
}

func (g *guard) setTrusted(prefixes []netip.Prefix) {
	set := &trustSet{hosts: make(map[netip.Addr]struct{})}
	for _, p := range prefixes {
		if p.IsSingleIP() {
			set.hosts[p.Addr().Unmap()] = struct{}{}
		} else {
			set.nets = append(set.nets, p.Masked())
		}
	}
	g.trusted.Store(set)
}

func (g *guard) isTrusted(a netip.Addr) bool {
	set := g.trusted.Load()
	if _, ok := set.hosts[a]; ok {
		return true
	}
	for _, p := range set.nets {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// What a message costs its source of its rate. Most of the price is for strangers: answers to our own requests, and requests that
// proved where they come from, may come ten times as often.
const (
	costOfReading  = 0.1
	costOfStranger = 0.9
)

// admitted takes some of the source's rate; false drops what it sent.
func (g *guard) admitted(src netip.Addr, cost float64) bool {
	if g.isTrusted(src) {
		return true
	}
	if g.isBanned(src) || !g.buckets.take(src, cost) {
		g.layer.count.Refused[Flooding].Add(1)
		return false
	}
	return true
}

// datagram takes one UDP datagram as far as it deserves.
func (l *Layer) datagram(data []byte, from Flow, out answerer) {
	if len(bytes.Trim(data, "\r\n\x00")) == 0 || !l.guard.admitted(from.Remote.Addr(), costOfReading) {
		return // a keep-alive of NAT, or too much
	}
	if isSTUN(data) {
		if p, is := out.(*udpPort); is && l.guard.admitted(from.Remote.Addr(), costOfStranger) {
			_, _ = p.socket.WriteToUDPAddrPort(stunAnswer(data, from.Remote), from.Remote) // lost, it is asked for again
		}
		return
	}
	if len(data) > l.cfg.Limits.Datagram {
		l.refuse(data[:l.cfg.Limits.Datagram], fault{status: gosip.StatusMessageTooLarge, why: TooLarge}, from, out)
		return
	}
	l.take(data, from, out)
}

// streamed takes one framed message; false ends the connection.
func (l *Layer) streamed(data []byte, from Flow, s *stream) bool {
	if from.Peer == "" && !l.guard.admitted(from.Remote.Addr(), costOfReading) {
		return true
	}
	l.take(data, from, s)
	return true
}

// take judges one message and delivers it when nothing is against it.
func (l *Layer) take(data []byte, from Flow, out answerer) {
	h, data := scan(data)
	if h.fault.status != 0 {
		l.refuseScanned(&h, data, h.fault, from, out)
		return
	}
	if h.request && !l.guard.isTrusted(from.Remote.Addr()) && !l.known(&h, data, from, out) {
		return
	}
	m, err := l.parser.ParseSIP(data)
	if err != nil || !tidy(m) {
		l.refuseScanned(&h, data, fault{status: gosip.StatusBadRequest, why: Malformed}, from, out)
		return
	}
	asked(m, h.uri)
	m.SetSource(from.Remote.String())
	m.SetTransport(string(from.Network))
	l.trace(false, from.Network, from.Listener.Bind, from.Remote, data)
	l.deliver(m, from)
}

// maxCredentials is how many credentials of one request are looked at: each costs a hash.
const maxCredentials = 4

// known says whether a stranger's request may go on: it is inside a dialog of ours, or it echoes a nonce cookie. What may not is
// answered here, without a trace of it kept.
func (l *Layer) known(h *head, data []byte, from Flow, out answerer) bool {
	if l.cfg.Auth == nil || from.Seat.AOR != "" || from.Peer != "" || l.cfg.Tags.Ours(tagOf(h.to), h.callID) {
		return true
	}
	switch string(h.method) {
	case "CANCEL": // matches an INVITE, or is answered 481 without a transaction
		return l.guard.admitted(from.Remote.Addr(), costOfStranger)
	case "ACK":
		l.count.Refused[OutsideDialog].Add(1)
		return false // of a stateless answer of ours, mostly
	case "OPTIONS":
		if l.guard.admitted(from.Remote.Addr(), costOfStranger) {
			l.probed(h, data, from, out)
		}
		return false
	case "BYE", "UPDATE", "INFO", "PRACK":
		l.refuseScanned(h, data, fault{status: gosip.StatusCallTransactionDoesNotExists, why: OutsideDialog}, from, out)
		return false
	}
	verdict := digest.Forged
	for _, c := range h.credentials[:min(len(h.credentials), maxCredentials)] {
		if verdict != digest.Fresh {
			verdict = l.cfg.Auth.Check(digest.NonceOf(c), from.Remote.Addr())
		}
	}
	if verdict == digest.Fresh {
		return true
	}
	if l.guard.admitted(from.Remote.Addr(), costOfStranger) {
		l.challenge(h, data, verdict, from, out)
	}
	return false
}

// framingFailed answers what can be answered of a stream that cannot be framed; the connection ends after it.
func (l *Layer) framingFailed(err error, f *framer, s *stream) {
	switch {
	case errors.Is(err, errMessageTooLarge):
		l.refuse(f.buf[:min(len(f.buf), maxDatagram)], fault{status: gosip.StatusMessageTooLarge, why: TooLarge}, s.flow, s)
	case errors.Is(err, errNoLength):
		l.refuse(f.buf, fault{status: gosip.StatusBadRequest, why: Malformed}, s.flow, s)
	default:
		if errors.Is(err, errSlowMessage) && len(f.buf) > 0 {
			l.count.Refused[Slow].Add(1)
		}
		return
	}
	l.pause(parting)
}

// parting is how long a connection that cannot be framed any more stays open, for the answers to what came before on it.
const parting = 200 * time.Millisecond
