package dialog

import (
	"net/netip"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// dialog is one dialog as RFC 3261 section 12 defines it: fields only, no request or response is kept.
type dialog struct {
	end       *Endpoint
	callID    string
	local     message.Address // with our tag
	remote    message.Address // with the peer's tag
	remoteTag string
	routes    []gosip.Uri
	peer      gosip.Uri        // the remote target: the peer's Contact, as last refreshed
	target    transport.Target // where our requests go
	spare     transport.Target // where they go when the connection of target has gone; the zero value: nowhere
	roaming   Roaming
	localSeq  uint32
	remoteSeq uint32
	heard     heard         // whether remoteSeq counts
	early     *message.Body // the last early answer, for a 2xx that does not repeat it
	rseq      uint32        // of the last provisional response that was acknowledged; 0: none was
	agreed    bool          // an early one: offer and answer have passed, so that an UPDATE may bring new ones
	turn      int           // which one of several it was to agree
	update    bool          // the peer takes UPDATE
}

// heard says whether the peer has sent a request in this dialog.
type heard bool

// Roaming says whether requests follow the peer's Contact and Record-Route, or stay on the way they first took.
type Roaming int

// How requests of a dialog find the peer.
const (
	StayOnFlow    Roaming = iota // phones, which may be behind a NAT: always the way the first request took
	FollowContact                // trunks: RFC 3261 section 12.2.1.1, as far as the next hop is an address in digits that can be reached
)

// dialogFromRequest makes the dialog of an INVITE that we received (RFC 3261 section 12.1.1).
func (e *Endpoint) dialogFromRequest(r *gosip.Request, back transport.Target, roaming Roaming) *dialog {
	d := &dialog{
		end: e, callID: callIDOf(r), remoteTag: fromTag(r), routes: recordRoutes(r),
		target: back, roaming: roaming, remoteSeq: seqOf(r), heard: true, localSeq: 0,
		local:  message.Address{URI: bare(r.To().Address), Tag: toTag(r)},
		remote: message.Address{URI: bare(r.From().Address), Tag: fromTag(r)},
	}
	d.refresh(r)
	return d
}

// dialogFromResponse makes the dialog of a 1xx or 2xx to an INVITE that we sent (RFC 3261 section 12.1.2); nil when it has no To tag.
func (e *Endpoint) dialogFromResponse(r *gosip.Response, to transport.Target) *dialog {
	if toTag(r) == "" || r.From() == nil {
		return nil
	}
	d := &dialog{
		end: e, callID: callIDOf(r), remoteTag: toTag(r), routes: recordRoutes(r),
		target: to, localSeq: seqOf(r),
		local:  message.Address{URI: bare(r.From().Address), Tag: fromTag(r)},
		remote: message.Address{URI: bare(r.To().Address), Tag: toTag(r)},
		peer:   bare(r.To().Address),
	}
	slices.Reverse(d.routes) // RFC 3261 section 12.1.2: the UAC reads them from the bottom
	d.refresh(r)
	return d
}

// refresh takes the peer's Contact as the new remote target (RFC 3261 section 12.2).
func (d *dialog) refresh(m gosip.Message) {
	if u, ok := contactOf(m); ok {
		d.peer = bare(u)
	}
	if allow := message.Values(m, "Allow"); len(allow) > 0 {
		d.update = message.Supports(m, "Allow", string(gosip.UPDATE))
	}
	d.aim()
}

// adopt takes what a 2xx says of a dialog that a 1xx made: its route set is final now (RFC 3261 section 13.2.2.4).
func (d *dialog) adopt(r *gosip.Response) {
	d.routes = recordRoutes(r)
	slices.Reverse(d.routes)
	d.refresh(r)
}

// aim lets the next requests follow the route set or the Contact. A name is not resolved again: it stays on the server that was
// chosen, so that ACK, CANCEL and BYE reach the one that has the dialog. Nor is an address followed that could not be the peer's.
func (d *dialog) aim() {
	if d.roaming != FollowContact {
		return
	}
	next := d.peer
	if len(d.routes) > 0 {
		next = d.routes[0]
	}
	addr, ok := literal(next)
	if !ok || !reachable(addr.Addr(), d.target.Addr.Addr()) || !sameNetwork(next, d.target.Network) {
		return
	}
	if d.target.Flow != 0 {
		d.spare = transport.Target{Network: d.target.Network, Addr: addr, ServerName: d.target.ServerName, Profile: d.target.Profile, Listener: d.target.Listener}
		return
	}
	d.target.Addr = addr
}

// sameNetwork says whether a URI asks for the transport that is in use.
func sameNetwork(u gosip.Uri, n transport.Network) bool {
	p, ok := u.UriParams.Get("transport")
	if !ok {
		return n == transport.UDP || n == transport.TCP || n == transport.TLS
	}
	return strings.EqualFold(p, string(n)) || n == transport.TLS && strings.EqualFold(p, "tcp")
}

// reachable refuses addresses that a peer seen at from cannot have: none, groups, and private or loopback ones behind a public one.
func reachable(a, from netip.Addr) bool {
	switch {
	case !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.Is4() != from.Unmap().Is4():
		return false
	case a.IsLoopback():
		return from.IsLoopback()
	case a.IsLinkLocalUnicast():
		return from.IsLinkLocalUnicast()
	case a.IsPrivate():
		return from.IsPrivate() || from.IsLoopback()
	}
	return true
}

// request builds the next request of the dialog, with the next CSeq.
func (d *dialog) request(method gosip.RequestMethod, body *message.Body, extra []gosip.Header) *gosip.Request {
	d.localSeq++
	return d.build(method, d.localSeq, body, extra)
}

// ack builds the ACK of a 2xx to the INVITE numbered seq.
func (d *dialog) ack(seq uint32, body *message.Body) *gosip.Request {
	return d.build(gosip.ACK, seq, body, nil)
}

func (d *dialog) build(method gosip.RequestMethod, seq uint32, body *message.Body, extra []gosip.Header) *gosip.Request {
	h := message.Head{Method: method, From: d.local, To: d.remote, CallID: d.callID, CSeq: seq}
	h.URI, h.Route = d.way()
	refreshes := method == gosip.INVITE || method == gosip.UPDATE
	if refreshes || method == gosip.REFER || method == gosip.NOTIFY {
		contact := d.end.Contact(d.target)
		h.Contact = &contact
	}
	r := message.NewRequest(h)
	if refreshes {
		message.Add(r, "Allow", Allow)
		message.Add(r, "Supported", supported)
	}
	return d.end.finish(r, body, extra)
}

// finish adds what every request of ours ends with.
func (e *Endpoint) finish(r *gosip.Request, body *message.Body, extra []gosip.Header) *gosip.Request {
	message.Add(r, "User-Agent", e.UserAgent)
	for _, h := range extra {
		r.AppendHeader(h)
	}
	message.SetBody(r, body)
	return r
}

// way is the Request-URI and the Route set: loose routes are listed, a strict one takes the Request-URI's place and the remote target
// goes last (RFC 3261 section 12.2.1.1).
func (d *dialog) way() (gosip.Uri, []gosip.Uri) {
	if len(d.routes) == 0 || d.routes[0].UriParams.Has("lr") {
		return d.peer, d.routes
	}
	first := d.routes[0]
	first.Headers = nil
	return first, append(slices.Clone(d.routes[1:]), d.peer)
}

// bare is a URI as From, To and Request-URI may carry it: without the headers that a peer may have written into it
// (RFC 3261 section 19.1.1).
func bare(u gosip.Uri) gosip.Uri {
	u.Headers = nil
	return u
}
