package sip

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// allow lists the methods that are taken outside a dialog.
const allow = dialog.Allow + ", REGISTER"

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
	s.end.Table.FlowClosed(id)
	s.registrar.FlowClosed(id)
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
	case "BYE", "UPDATE", "INFO", "PRACK", "NOTIFY", "REFER":
		s.end.Respond(tx, 481, nil)
	default:
		if s.identify(tx) != nil {
			s.end.Respond(tx, 405, nil, gosip.NewHeader("Allow", allow))
		}
	}
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
	s.end.Respond(tx, 200, nil, gosip.NewHeader("Allow", allow), gosip.NewHeader("Accept", "application/sdp"))
}

func (s *Stack) register(tx dialog.Server) {
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
	if status, extra := s.unfit(tx.Request()); status != 0 {
		s.end.Respond(tx, status, nil, extra...)
		return
	}
	a := s.newAttempt(tx, *who)
	s.handler.Invite(a)
	a.Refuse(500, "", 0) // counts only if the handler did neither: every INVITE gets an answer
}

// unfit gives the status that an INVITE has to be refused with for its own sake; 0 when there is none.
func (s *Stack) unfit(r *gosip.Request) (int, []gosip.Header) {
	if bad := dialog.Unsupported(r); bad != nil {
		return 420, []gosip.Header{bad}
	}
	switch r.Recipient.Scheme {
	case "sip", "sips", "tel":
	default:
		return 416, nil
	}
	switch h := r.MaxForwards(); {
	case h != nil && h.Val() == 0: // RFC 3261 section 16.3: we hand calls on, so a loop must end here too
		return 483, nil
	case r.Contact() == nil || r.Contact().Address.Wildcard:
		return 400, s.end.Warning("INVITE without a Contact")
	}
	if body := dialog.BodyOf(r); body != nil && body.Type != sdpType {
		return 415, []gosip.Header{gosip.NewHeader("Accept", sdpType)}
	}
	return 0, nil
}

const sdpType = "application/sdp"
