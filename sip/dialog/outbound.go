package dialog

import (
	"cmp"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// Hop is one server of a peer: where an INVITE goes and what it asks for there.
type Hop struct {
	Target transport.Target
	URI    gosip.Uri   // Request-URI
	Route  []gosip.Uri // preloaded: Path of a binding, Service-Route
	Along  []string    // preloaded Route values, sent as they stand
	Either bool        // nobody said by which transport: what is too long for a datagram may go by TCP (RFC 3261 section 18.1.1)
}

// Outbound is an INVITE to be sent. Its headers are complete and clean.
type Outbound struct {
	From     message.Address // without tag
	To       message.Address // without tag
	Headers  []gosip.Header  // P-Asserted-Identity, Privacy and the like
	Offer    *message.Body   // nil: late offer
	Roaming  Roaming
	Auth     Authorizer // nil answers no challenge
	Refresh  Refresh
	Reliable Reliable
	Page     transport.Target // the connection of a browser, without which it cannot be reached; the zero value: it is none

	MaxForwards int // 0: 70
	// Resolve finds the servers, best first, and hands them over, at any time and from any goroutine, once. None: the call fails with 503.
	Resolve func(deliver func([]Hop))
	// Tried tells what came of one server, for the next call; may be nil. It does not block.
	Tried func(h Hop, status int, retryAfter time.Duration)
}

// setup is what an outbound leg needs until its INVITE has a final response.
type setup struct {
	Outbound

	end    *Endpoint
	callID string
	seq    uint32
	hop    Hop
	left   []Hop
	keeper *keeper
}

// invite is an INVITE of ours, the first or a later one.
type invite struct {
	req          *request
	seq          uint32
	offered      bool // it carried our offer
	got1xx       bool
	cancelWanted bool
	cancelSent   bool
	left         bool // its server was silent for too long, and another has the INVITE
	reason       message.Reason
	refreshes    bool          // it changes nothing
	early        *message.Body // a re-INVITE's: the answer in a reliable provisional response
}

// Outbound makes a leg that sends an INVITE as soon as its servers are known.
func (e *Endpoint) Outbound(o Outbound, callID string, sink Sink, ref Ref) *Leg {
	o.From.Tag = e.Tags.New(callID)
	l := &Leg{
		gone: new(atomic.Bool), end: e, call: callID, outbound: true, sink: sink, ref: ref, auth: o.Auth, phase: trying,
		early: make(map[string]*dialog, 1),
		setup: &setup{Outbound: o, end: e, callID: callID},
		en:    &entry{tag: o.From.Tag, callID: callID, sink: sink, ref: ref},
		ours:  o.Offer, keeper: keeper{Refresh: o.Refresh},
	}
	l.setup.keeper = &l.keeper
	l.en.watch(o.Page)
	e.Table.add(l.en)
	o.Resolve(func(hops []Hop) { sink.Post(&resolved{ref: ref, hops: hops}) })
	return l
}

// setOff sends the INVITE to the best server.
func (l *Leg) setOff(hops []Hop) {
	if l.phase != trying || l.setup == nil || l.invite != nil {
		return // hung up while the servers were looked for
	}
	l.setup.left = l.ways(hops)
	if !l.nextHop() {
		l.fail(Failed{Status: 503, Phrase: "No Server Found"})
	}
}

// nextHop tries the next server: the same call, with a new CSeq.
func (l *Leg) nextHop() bool {
	s := l.setup
	if len(s.left) == 0 {
		return false
	}
	s.hop, s.left = s.left[0], s.left[1:]
	return l.sameHop()
}

// sameHop sends the INVITE to the server whose turn it is.
func (l *Leg) sameHop() (sent bool) {
	s := l.setup
	inv := &invite{offered: s.Offer != nil}
	inv.req = &request{method: gosip.INVITE, invite: inv, done: func(o outcome) { l.refused(inv, o) }}
	l.invite = inv
	l.pending++
	clear(l.early)
	l.transmit(inv.req, s.request(), s.hop.Target)
	l.watchHop()
	return true
}

// request builds the INVITE for the server whose turn it is.
func (s *setup) request() *gosip.Request {
	s.seq++
	contact := s.end.Contact(s.hop.Target)
	r := message.NewRequest(message.Head{
		Method: gosip.INVITE, URI: s.hop.URI, Preloaded: s.hop.Along, Route: s.hop.Route, From: s.From, To: s.To, CallID: s.callID, CSeq: s.seq,
		Contact: &contact, MaxForwards: s.MaxForwards,
	})
	message.Add(r, "Allow", Allow)
	offers, requires := s.fields()
	message.Add(r, "Supported", offers)
	message.Add(r, "Require", requires)
	for _, h := range s.keeper.asks(false) {
		r.AppendHeader(h)
	}
	return s.end.finish(r, s.Offer, s.Headers)
}

// inviteReply takes a 1xx or 2xx of an INVITE of ours.
func (l *Leg) inviteReply(req *request, resp *gosip.Response) {
	inv := req.invite
	if inv.left {
		l.tooLate(req, resp)
		return
	}
	l.stop(clockHop)
	if resp.IsSuccess() {
		if req.done == nil || inv != l.invite {
			l.again2xx(resp)
			return
		}
		l.accept(inv, resp)
		return
	}
	if inv != l.invite || req.done == nil {
		return // the final response overtook it
	}
	if !inv.got1xx || resp.StatusCode > 100 {
		l.start(clockC, l.end.Timers.TimerC)
	}
	inv.got1xx = true
	if inv.cancelWanted {
		l.cancel(inv)
		return
	}
	switch {
	case resp.StatusCode == gosip.StatusTrying:
	case l.setup != nil:
		l.progress(inv, resp)
	default:
		l.progressInside(inv, resp)
	}
}

// progressInside acknowledges a reliable provisional response to a re-INVITE of ours.
func (l *Leg) progressInside(inv *invite, resp *gosip.Response) {
	rseq := rseqOf(resp)
	if rseq == 0 || !l.dialog.inOrder(rseq) {
		return
	}
	if body := BodyOf(resp); body != nil && inv.offered {
		inv.early = body
	}
	l.prove(inv, l.dialog, resp)
}

// progress makes or refreshes the early dialog of a 1xx, and tells of it. What came out of order, or has been acknowledged, is not looked at.
func (l *Leg) progress(inv *invite, resp *gosip.Response) {
	tag := toTag(resp)
	body := BodyOf(resp)
	rseq := rseqOf(resp)
	d := l.early[tag]
	switch {
	case d != nil:
		if !d.inOrder(rseq) {
			return
		}
		d.refresh(resp)
		if body != nil {
			d.early = body
		}
	case len(l.early) < maxEarly:
		if d = l.newDialog(resp); d != nil {
			d.early = body
			l.early[tag] = d
		}
	}
	if rseq != 0 {
		if d == nil { // without a dialog there is nothing to acknowledge it in
			return
		}
		if l.prove(inv, d, resp) {
			return
		}
	}
	if resp.StatusCode == statusEarlyOver { // RFC 6228: this branch of a fork will not answer
		delete(l.early, tag)
	}
	l.tell(Progress{Status: resp.StatusCode, Tag: tag, Body: body, Head: Head{resp}})
}

// statusEarlyOver says that an early dialog has ended, while others go on (RFC 6228).
const statusEarlyOver = 199

// maxEarly bounds the early dialogs of one leg: a peer may fork, not fill our memory.
const maxEarly = 32

func (l *Leg) newDialog(resp *gosip.Response) *dialog {
	to, roaming := transport.Target{}, StayOnFlow
	switch {
	case l.setup != nil:
		to, roaming = l.setup.hop.Target, l.setup.Roaming
	case l.dialog != nil:
		to, roaming = l.dialog.target, l.dialog.roaming
	}
	d := l.end.dialogFromResponse(resp, to)
	if d != nil {
		d.roaming = roaming
		d.aim()
	}
	return d
}

// accept takes the first 2xx of an INVITE.
func (l *Leg) accept(inv *invite, resp *gosip.Response) {
	l.stop(clockC)
	l.stop(clockCancel)
	inv.req.done = nil
	inv.req.sent = nil
	l.pending--
	if l.setup == nil {
		l.offerAccepted(inv, resp)
		return
	}
	d := l.early[toTag(resp)]
	if d == nil {
		d = l.newDialog(resp)
	} else {
		d.adopt(resp)
		d.localSeq = max(d.localSeq, seqOf(resp)) // PRACK and UPDATE have counted on
	}
	l.report(outcome{status: 200, resp: resp})
	l.invite, l.setup, l.early, l.offered = nil, nil, nil, nil
	if d == nil { // a 2xx without To tag: no dialog, nothing that a BYE could name
		l.phase = ended
		l.tell(Failed{Status: 502, Phrase: message.Phrase(502)})
		return
	}
	l.dialog = d
	l.phase = talking
	body := BodyOf(resp)
	if inv.cancelWanted { // the 2xx crossed our CANCEL: RFC 3261 section 9.1 leaves it to a BYE
		l.sendAck(seqOf(resp), nil)
		l.bye(inv.reason, EndedByUs)
		return
	}
	l.granted(resp)
	if body != nil {
		l.theirs = body
	}
	if !inv.offered && !d.agreed {
		l.late = &late{seq: seqOf(resp)}
		l.tell(Answered{Body: body, Head: Head{resp}})
		return
	}
	l.sendAck(seqOf(resp), nil)
	if body == nil {
		body = d.early // an answer given in a 1xx of this dialog need not be repeated
		l.theirs = body
	}
	d.early = nil
	l.tell(Answered{Body: body, Head: Head{resp}})
	l.nextOffer()
}

// again2xx takes a 2xx after the first: a repeat is acknowledged again, another branch of a fork is acknowledged and ended
// (RFC 3261 section 13.2.2.4).
func (l *Leg) again2xx(resp *gosip.Response) {
	if inv := l.invite; inv != nil && inv.req.done != nil && inv.seq == seqOf(resp) && l.setup == nil {
		l.accept(inv, resp) // it overtook the one that should have come first
		return
	}
	tag := toTag(resp)
	if l.dialog != nil && tag == l.dialog.remoteTag {
		if l.late == nil || l.late.seq != seqOf(resp) { // else the owner's answer is not there yet: it will bring the ACK
			l.ackAgain(seqOf(resp))
		}
		return
	}
	if d := l.forks[tag]; d != nil {
		_ = l.end.Sender.SendACK(d.ack(seqOf(resp), nil), d.target) // lost, it brings the 2xx again
		return
	}
	d := l.newDialog(resp)
	if d == nil || len(l.forks) >= maxEarly {
		return
	}
	if l.forks == nil {
		l.forks = make(map[string]*dialog, 1)
	}
	l.forks[tag] = d
	_ = l.end.Sender.SendACK(d.ack(seqOf(resp), nil), d.target) // lost, it brings the 2xx again
	l.ask(d, request{method: gosip.BYE, done: func(outcome) {}})
}

// refused takes the last word on the first INVITE when it is no 2xx.
func (l *Leg) refused(inv *invite, o outcome) {
	if inv.left {
		return // another has the INVITE
	}
	l.stop(clockHop)
	l.stop(clockC)
	l.stop(clockCancel)
	l.report(o)
	if !inv.cancelWanted && (l.keeper.raise(o.resp) && l.sameHop() || retryElsewhere(o) && l.nextHop()) {
		return
	}
	l.invite = nil
	f := Failed{Status: o.status, Phrase: message.Phrase(o.status)}
	if o.resp != nil {
		f.Phrase = message.Clean(o.resp.Reason)
		f.Reason = reasonOf(o.resp)
		f.Contacts = redirections(o.resp)
		f.Head = Head{o.resp}
	}
	l.fail(f)
}

// retryElsewhere says which failures are of the server and not of the call: the next one may do better (RFC 3263 section 4.3).
func retryElsewhere(o outcome) bool {
	switch o.status {
	case 408, 503, statusFlowFailed:
		return true
	case 480:
		return o.resp == nil // its connection is gone: the device may have another
	default:
		return false
	}
}

// statusFlowFailed is what a proxy says of a way to a device that is gone (RFC 5626 section 11.5).
const statusFlowFailed = 430

func (l *Leg) fail(f Failed) {
	l.phase = ended
	l.dropAsked()
	l.tell(f)
}

func (l *Leg) report(o outcome) {
	if l.setup != nil && l.setup.Tried != nil {
		l.setup.Tried(l.setup.hop, o.status, ReadRetryAfter(o.resp))
	}
}

// rangTooLong ends an INVITE that only rings: CANCEL, and the 487 makes it fail (RFC 3261 section 16.8).
func (l *Leg) rangTooLong() {
	if l.invite == nil {
		return
	}
	l.invite.reason = message.Reason{Protocol: "SIP", Cause: 408, Text: "Timer C"}
	l.cancel(l.invite)
}

// cancel sends the CANCEL of an INVITE: exactly its Request-URI, Via, Route, From, To, Call-ID and CSeq number (RFC 3261 section 9.1).
func (l *Leg) cancel(inv *invite) {
	if inv.cancelSent || !inv.got1xx || inv.req.sent == nil {
		return
	}
	inv.cancelSent, inv.cancelWanted = true, true
	r := message.NewCancel(inv.req.sent)
	for _, h := range reasonHeader(inv.reason) {
		r.AppendHeader(h)
	}
	l.pending++
	l.transmit(&request{method: gosip.CANCEL, done: func(outcome) {}}, r, inv.req.to)
	l.start(clockCancel, 64*l.end.Timers.T1)
}

// cancelledLongAgo gives up an INVITE whose CANCEL had no effect (RFC 3261 section 9.1). A 2xx after it is ended by its tag.
func (l *Leg) cancelledLongAgo() {
	if l.invite != nil {
		l.conclude(l.invite.req, outcome{status: 487})
	}
}

// redirections lists the Contacts of a 3xx, best first (RFC 3261 section 8.1.3.4).
func redirections(r *gosip.Response) []message.Party {
	if !r.IsRedirection() {
		return nil
	}
	type choice struct {
		party message.Party
		q     float64
	}
	var list []choice
	for _, h := range r.GetHeaders("Contact") {
		c, ok := h.(*gosip.ContactHeader)
		if !ok || c.Address.Wildcard || len(list) >= maxEarly {
			continue
		}
		q := 1.0
		if v, found := c.Params.Get("q"); found {
			q, _ = strconv.ParseFloat(v, 64) // nonsense goes last
		}
		list = append(list, choice{message.PartyOf(c.DisplayName, c.Address), q})
	}
	slices.SortStableFunc(list, func(a, b choice) int { return cmp.Compare(b.q, a.q) })
	parties := make([]message.Party, len(list))
	for i, c := range list {
		parties[i] = c.party
	}
	return parties
}
