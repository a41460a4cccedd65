package sip

import (
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// allow lists the methods that are taken outside a dialog.
func (s *Stack) allow() gosip.Header {
	list := dialog.Allow + ", REGISTER"
	if s.cfg.Notes != nil {
		list += ", MESSAGE"
	}
	return gosip.NewHeader("Allow", list)
}

// drainRetry is when to come back while we drain.
const drainRetry = 30 * time.Second

// upward is the transaction layer's handler: it sorts what arrives. Its methods run on shard workers.
type upward struct{ *Stack }

// Request implements transaction.Handler.
func (s upward) Request(tx *transaction.Server) { s.request(tx) }

// Ack implements transaction.Handler.
func (s upward) Ack(r *gosip.Request, _ transport.Flow) { s.end.Table.Ack(r) }

// Cancel implements transaction.Handler.
func (s upward) Cancel(invite *transaction.Server, cancel *gosip.Request) {
	s.end.Table.Cancel(invite.Request(), cancel)
}

// Stray implements transaction.Handler.
func (s upward) Stray(r *gosip.Response, from transport.Flow) { s.end.Stray(r, from) }

// FlowClosed implements transaction.Handler.
func (s upward) FlowClosed(id transport.FlowID) {
	s.registrar.FlowClosed(id) // the first: whoever hears that a browser is gone must not find it there
	s.end.Table.FlowClosed(id)
}

// request takes a request of a new transaction.
func (s *Stack) request(tx dialog.Server) {
	if !tx.Outside() {
		s.inside(tx)
		return
	}
	switch string(tx.Request().Method) {
	case "INVITE":
		s.invite(tx)
	case "REGISTER":
		s.register(tx)
	case "OPTIONS":
		s.options(tx)
	case "MESSAGE":
		s.message(tx)
	case "BYE", "UPDATE", "INFO", "PRACK", "NOTIFY", "REFER":
		s.end.Respond(tx, 481, nil)
	default:
		if s.identify(tx) != nil {
			s.notAllowed(tx)
		}
	}
}

func (s *Stack) notAllowed(tx dialog.Server) {
	s.end.Respond(tx, 405, nil, s.allow())
}

// inside takes a request inside a dialog.
func (s *Stack) inside(tx dialog.Server) {
	switch s.end.Table.Request(tx) {
	case dialog.Delivered:
	case dialog.OwnerBusy:
		s.end.Respond(tx, 500, nil)
	case dialog.NoSuchDialog:
		s.end.Respond(tx, 481, nil)
	}
}

// options says that we live, and what we take (RFC 3261 section 11.2).
func (s *Stack) options(tx dialog.Server) {
	if s.draining.Load() {
		s.end.Respond(tx, 503, nil, dialog.RetryAfter(drainRetry))
		return
	}
	if bad := dialog.Unsupported(tx.Request(), dialog.Known(tx.Request().Method)...); bad != nil {
		s.end.Respond(tx, 420, nil, bad)
		return
	}
	s.end.Respond(tx, 200, nil, s.allow(), gosip.NewHeader("Accept", "application/sdp"))
}

func (s *Stack) register(tx dialog.Server) {
	if s.coreRegisters(tx) {
		return
	}
	who := s.identify(tx)
	switch {
	case who == nil:
	case who.device == "":
		s.end.Respond(tx, 403, nil)
	default:
		s.registrar.Register(tx, who.device)
	}
}

// invite hands an attempt to the handler, once it is known who calls and that the INVITE can be served at all.
func (s *Stack) invite(tx dialog.Server) {
	if s.draining.Load() && !s.urgent(tx.Request()) {
		s.end.Respond(tx, 503, nil, dialog.RetryAfter(drainRetry))
		return
	}
	who := s.identify(tx)
	if who == nil {
		return
	}
	modernised(tx.Request())
	status, extra := s.unfit(tx.Request(), s.refreshOf(who.trunk, tx.Flow().Network))
	if who.trunk != "" && s.pathOf(tx.Request(), who.trunk).long {
		status, extra = 400, s.end.Warning("Route with too many entries")
	}
	if status != 0 {
		s.end.Respond(tx, status, nil, extra...)
		return
	}
	a := s.newAttempt(tx, *who)
	s.handler.Invite(a)
	a.Refuse(500, "", 0) // counts only if the handler did neither: every INVITE gets an answer
}

// unfit gives the status that an INVITE has to be refused with for its own sake; 0 when there is none.
func (s *Stack) unfit(r *gosip.Request, keep dialog.Refresh) (int, []gosip.Header) {
	if bad := dialog.Unsupported(r, dialog.Known(r.Method)...); bad != nil {
		return 420, []gosip.Header{bad}
	}
	switch strings.ToLower(r.Recipient.Scheme) {
	case "sip", "sips", "tel", "urn": // urn:service:sos is an emergency call (RFC 5031)
	default:
		return 416, nil
	}
	switch h := r.MaxForwards(); {
	case h != nil && h.Val() == 0: // RFC 3261 section 16.3: we hand calls on, so a loop must end here too
		return 483, nil
	case r.Contact() == nil || r.Contact().Address.Wildcard:
		return 400, s.end.Warning("INVITE without a Contact")
	}
	if _, _, err := dialog.ReplacesOf(dialog.HeadOf(r)); err != nil {
		return 400, s.end.Warning("a Replaces that cannot be read")
	}
	if least := keep.TooShort(r); least != nil {
		return 422, []gosip.Header{least}
	}
	if body := dialog.BodyOf(r); body != nil && body.Type != sdpType {
		return 415, []gosip.Header{gosip.NewHeader("Accept", sdpType)}
	}
	if !takesSDP(r) {
		return 406, s.end.Warning("Accept without " + sdpType)
	}
	return 0, nil
}

// takesSDP says whether an answer of ours may be in SDP: without Accept it may (RFC 3261 section 20.1).
func takesSDP(r *gosip.Request) bool {
	all := r.GetHeaders("Accept")
	for _, h := range all {
		for v := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ := strings.Cut(v, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case sdpType, "application/*", "*/*":
				return true
			}
		}
	}
	return len(all) == 0
}

// modernised gives an INVITE of a caller that knows RFC 2543 alone the Contact which that did not ask for: what follows goes to its From, by its Record-Route. Such a
// caller is known by its branch.
func modernised(r *gosip.Request) {
	via := r.Via()
	if via == nil || r.Contact() != nil {
		return
	}
	if branch, _ := via.Params.Get("branch"); !strings.HasPrefix(branch, gosip.RFC3261BranchMagicCookie) {
		r.AppendHeader(&gosip.ContactHeader{Address: *r.From().Address.Clone()})
	}
}

const sdpType = "application/sdp"
