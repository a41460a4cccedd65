package sip

import (
	"net/netip"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// Attempt is a request to call that came from outside.
type Attempt struct {
	CallID     string        // SIP Call-ID
	Trunk      TrunkID       // where it came from; empty when from a device
	Device     message.AOR   // who it came from; empty when from a trunk
	RequestURI message.Party // who is called
	To         message.Party
	From       message.Party
	Asserted   []message.Party // P-Asserted-Identity (RFC 3325); empty unless the peer is trusted to send it
	Private    bool            // Privacy: id (RFC 3323), or an anonymous From
	Diversion  []message.Party // RFC 5806 and History-Info entries, newest first
	Source     netip.AddrPort
	Network    transport.Network
	Offer      *message.Body // nil: late offer
	At         time.Time

	stack *Stack
	tx    dialog.Server
	auth  dialog.Authorizer
	once  sync.Once
}

// Accept makes the inbound leg; its events go to sink with ref. It has been answered 100 already. Of Accept and Refuse only the first
// call counts; a second Accept gives nil.
func (a *Attempt) Accept(sink dialog.Sink, ref dialog.Ref) *dialog.Leg {
	var leg *dialog.Leg
	a.once.Do(func() {
		roaming := dialog.StayOnFlow
		if a.Trunk != "" {
			roaming = dialog.FollowContact
		}
		leg = a.stack.end.Inbound(dialog.Inbound{Tx: a.tx, Roaming: roaming, Auth: a.auth}, sink, ref)
	})
	return leg
}

// Refuse answers with a final failure and forgets it. retryAfter zero sends none.
func (a *Attempt) Refuse(status int, warning string, retryAfter time.Duration) {
	a.once.Do(func() {
		extra := a.stack.end.Warning(warning)
		if retryAfter > 0 {
			extra = append(extra, dialog.RetryAfter(retryAfter))
		}
		a.stack.end.Respond(a.tx, status, nil, extra...)
	})
}

// newAttempt reads the INVITE of a caller who is known.
func (s *Stack) newAttempt(tx dialog.Server, who caller) *Attempt {
	r := tx.Request()
	flow := tx.Flow()
	a := &Attempt{
		CallID: string(*r.CallID()), Trunk: who.trunk, Device: who.device,
		RequestURI: message.PartyOf("", r.Recipient),
		To:         message.PartyOf(r.To().DisplayName, r.To().Address),
		From:       message.PartyOf(r.From().DisplayName, r.From().Address),
		Source:     flow.Remote, Network: flow.Network, At: time.Now(),
		Offer: dialog.BodyOf(r),
		stack: s, tx: tx, auth: who.auth,
	}
	a.Private = isPrivate(r) || a.From.User == "anonymous" || a.From.Host == "anonymous.invalid"
	a.Diversion = diversions(r)
	if who.trunk != "" {
		a.Asserted = parties(r, "P-Asserted-Identity")
	}
	return a
}

// isPrivate says whether the caller asked that its identity be hidden (RFC 3323 section 4.2, RFC 3325 section 9.3).
func isPrivate(r *gosip.Request) bool {
	for _, h := range r.GetHeaders("Privacy") {
		for _, t := range splitList(h.Value(), ';') {
			switch t {
			case "id", "user", "header":
				return true
			}
		}
	}
	return false
}

// diversions lists who redirected the call, newest first: Diversion (RFC 5806 section 3.2) has that order, History-Info (RFC 7044) the
// opposite one, with the present target last.
func diversions(r *gosip.Request) []message.Party {
	if list := parties(r, "Diversion"); len(list) > 0 {
		return list
	}
	history := parties(r, "History-Info")
	if len(history) < 2 {
		return nil
	}
	list := make([]message.Party, 0, len(history)-1)
	for i := len(history) - 2; i >= 0; i-- {
		list = append(list, history[i])
	}
	return list
}
