package dialog

import (
	"errors"
	"slices"
	"sync/atomic"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// maxTries is how often one request may be sent with credentials: a peer that asks for new ones each time must not keep us busy.
const maxTries = 2

// request is a request of ours until its final response.
type request struct {
	method gosip.RequestMethod
	body   *message.Body
	extra  []gosip.Header
	dialog *dialog // nil for the INVITE that opens one
	invite *invite // nil when it is no INVITE
	sent   *gosip.Request
	to     transport.Target
	tries  int
	done   func(outcome)
}

// outcome is the last word on a request: a final response, or in its place 408 for silence and 503 for what could not be sent
// (RFC 3261 section 8.1.3.1).
type outcome struct {
	status int
	resp   *gosip.Response // nil when nobody answered
}

// ask sends a request inside a dialog; done hears of the outcome.
func (l *Leg) ask(d *dialog, r request) *request {
	req := &r
	req.dialog = d
	l.pending++
	l.transmit(req, d.request(r.method, r.body, r.extra), d.target)
	return req
}

// transmit puts a request on the wire. What goes wrong at once is posted like everything else, so that commands never have results
// of their own.
func (l *Leg) transmit(req *request, r *gosip.Request, to transport.Target) {
	req.sent, req.to = r, to
	w := &asking{end: l.end, method: req.method, to: to, gone: l.gone}
	w.asker.Store(&asker{sink: l.sink, ref: l.ref, req: req})
	if req.method == gosip.INVITE {
		if len(l.invites) == maxTries+maxEarly { // long over, and forgotten by the transactions
			l.invites = slices.Delete(l.invites, 0, 1)
		}
		l.invites = append(l.invites, w)
	}
	if _, err := l.end.Sender.Send(r, to, w.reply); err != nil {
		w.reply(transaction.Reply{Err: err})
	}
}

// asking takes what comes of a request. The transaction of an INVITE holds it for half a minute after the end, so it lets go of its leg, and of
// the whole call behind it, as soon as the leg is gone.
type asking struct {
	end    *Endpoint
	method gosip.RequestMethod
	to     transport.Target
	gone   *atomic.Bool
	asker  atomic.Pointer[asker] // nil when the leg is gone
}

// asker is who hears of it.
type asker struct {
	sink Sink
	ref  Ref
	req  *request
}

func (w *asking) reply(reply transaction.Reply) {
	if a := w.asker.Load(); a == nil || w.gone.Load() || !a.sink.Post(&replied{ref: a.ref, req: a.req, reply: reply}) {
		w.late(reply)
	}
}

// late takes what comes of a request whose leg is gone: only a 2xx to INVITE still matters.
func (w *asking) late(reply transaction.Reply) {
	if w.method == gosip.INVITE && reply.Response != nil && reply.Response.IsSuccess() {
		w.end.endOrphan(reply.Response, w.to)
	}
}

// reply takes what came of a request: provisional, challenge, 2xx of an INVITE, or the last word.
func (l *Leg) reply(req *request, reply transaction.Reply) {
	resp := reply.Response
	if req.invite != nil && resp != nil && (resp.IsProvisional() || resp.IsSuccess()) {
		l.inviteReply(req, resp)
		return
	}
	if req.done == nil || resp != nil && resp.IsProvisional() {
		return
	}
	if resp == nil {
		if l.goneAnotherWay(req, reply.Err) {
			return
		}
		status := StatusOf(reply.Err)
		if req.to.Flow != 0 && errors.Is(reply.Err, transport.ErrFlowGone) {
			status = 480 // this device, not a server, is away
		}
		l.conclude(req, outcome{status: status})
		return
	}
	if l.authorize(req, resp) {
		return
	}
	l.conclude(req, outcome{status: resp.StatusCode, resp: resp})
}

// conclude hands over the last word, once.
func (l *Leg) conclude(req *request, o outcome) {
	done := req.done
	if done == nil {
		return
	}
	req.done = nil
	req.sent = nil
	l.pending--
	done(o)
}

// StatusOf is the status that stands for no answer: 408 for silence, 503 for what could not be sent (RFC 3261 section 8.1.3.1).
func StatusOf(err error) int {
	if errors.Is(err, transaction.ErrTimeout) {
		return 408
	}
	return 503
}

// goneAnotherWay sends a request again by the address the peer gave, when the connection that the dialog used has closed: a carrier may
// close an idle one at any time.
func (l *Leg) goneAnotherWay(req *request, err error) bool {
	d := req.dialog
	if d == nil || !errors.Is(err, transport.ErrFlowGone) || !d.spare.Addr.IsValid() {
		return false
	}
	d.target, d.spare = d.spare, transport.Target{}
	l.transmit(req, l.rebuild(req), d.target)
	return true
}

// authorize answers a challenge with credentials, when this peer may have them. Only the trunk's own realm gets an answer, only at the
// trunk's own address, and at most maxTries times: everything else would give away something to guess the password by.
func (l *Leg) authorize(req *request, resp *gosip.Response) bool {
	if !Challenged(resp) || l.auth == nil || req.tries >= maxTries {
		return false
	}
	if req.invite != nil && (req.invite.cancelWanted || req.invite.left) {
		return false
	}
	h := l.auth.Authorize(Challenge{Request: req.sent, Response: resp, To: req.to, Tries: req.tries})
	if h == nil {
		return false
	}
	req.tries++
	r := l.rebuild(req)
	r.AppendHeader(h)
	l.transmit(req, r, req.to)
	return true
}

// Challenged says whether a response asks for credentials.
func Challenged(r *gosip.Response) bool {
	return r.StatusCode == gosip.StatusUnauthorized || r.StatusCode == gosip.StatusProxyAuthRequired
}

// rebuild makes the same request again with the next CSeq (RFC 3261 section 22.2).
func (l *Leg) rebuild(req *request) *gosip.Request {
	switch {
	case req.dialog != nil:
		r := req.dialog.request(req.method, req.body, req.extra)
		if req.invite != nil {
			req.invite.seq = req.dialog.localSeq
		}
		return r
	default:
		req.invite.got1xx = false // a new transaction: its CANCEL waits for its own 1xx
		clear(l.early)
		return l.setup.request()
	}
}
