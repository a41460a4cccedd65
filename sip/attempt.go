package sip

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// Attempt is a request to call that came from outside.
type Attempt struct {
	CallID       string        // SIP Call-ID
	Trunk        TrunkID       // where it came from; empty when from a device
	Device       message.AOR   // who it came from; empty when from a trunk
	RequestURI   message.Party // who is called
	To           message.Party
	From         message.Party
	Asserted     []message.Party // P-Asserted-Identity (RFC 3325); empty unless the peer is trusted to send it
	Private      bool            // Privacy: id (RFC 3323), or an anonymous From
	Diversion    []message.Party // RFC 5806 and History-Info entries, newest first
	Source       netip.AddrPort
	Network      transport.Network
	Offer        *message.Body     // nil: late offer
	Replaces     *message.Replaces // the dialog that this call is to take the place of (RFC 3891); nil: none
	Acknowledges bool              // it can take provisional responses reliably (RFC 3262)
	At           time.Time

	Instance  string          // of a browser: what names it, the same after a reload; empty: it has no name
	Number    string          // X-Number of a device: the id of the number that it wants to show; empty: it does not say
	Preferred []message.Party // P-Preferred-Identity of a device (RFC 3325 section 9.2)

	Asked       string        // the Request-URI as it came, unchanged
	Route       []string      // of a trunk's request: the Route below our own entry, as it came, byte for byte (RFC 3261 section 16.4): bare URIs, or whole values where they say more
	OwnRoute    string        // our own entry of it, with its parameters; empty: the top one was not ours, and Route has it
	MaxForwards int           // as it came; 70 where there was none
	Head        dialog.Head   // every other header; of a trunk's request alone
	Whole       *message.Body // the body as it came, its Content-Type with parameters; nil: Offer is all of it

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
		leg = a.stack.end.Inbound(dialog.Inbound{Tx: a.tx, Roaming: roaming, Auth: a.auth, Refresh: a.stack.refreshOf(a.Trunk, a.Network)}, sink, ref)
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

// RefuseWith answers with a final failure that carries a body and headers, as a redirection does.
func (a *Attempt) RefuseWith(status int, body *message.Body, headers ...message.Field) {
	a.once.Do(func() {
		extra := make([]gosip.Header, len(headers))
		for i, f := range headers {
			extra[i] = gosip.NewHeader(f.Name, message.Clean(f.Value))
		}
		a.stack.end.Respond(a.tx, status, body, extra...)
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
		Offer: dialog.BodyOf(r), Acknowledges: dialog.Acknowledges(r),
		stack: s, tx: tx, auth: who.auth,
	}
	if named, found, err := dialog.ReplacesOf(dialog.HeadOf(r)); found && err == nil {
		a.Replaces = &named
	}
	a.Private = isPrivate(r) || a.From.User == "anonymous" || a.From.Host == "anonymous.invalid"
	a.Diversion = diversions(r)
	a.Asked, a.MaxForwards = r.Recipient.String(), hopsOf(r)
	if who.device != "" {
		a.Instance, a.Number, a.Preferred = flow.Seat.Instance, message.Clean(message.Value(r, "X-Number")), parties(r, "P-Preferred-Identity")
	}
	if who.trunk != "" {
		if a.Asserted = parties(r, "P-Asserted-Identity"); len(a.Asserted) == 0 {
			a.readRemoteParty(r)
		}
		way := s.pathOf(r, who.trunk)
		a.Route, a.OwnRoute, a.Head = way.rest, way.own, dialog.HeadOf(r)
		if a.Offer != nil && len(a.Offer.Bytes) != len(r.Body()) {
			a.Whole = &message.Body{Type: message.Value(r, "Content-Type"), Bytes: slices.Clone(r.Body())}
		}
	}
	return a
}

// readRemoteParty reads Remote-Party-ID, which said before RFC 3325 who calls, and whether that is to be withheld; older carriers and PBXs still send it.
func (a *Attempt) readRemoteParty(r *gosip.Request) {
	for _, n := range message.ParseNameAddrs(r, "Remote-Party-ID") {
		if party := n.Param("party"); party != "" && !strings.EqualFold(party, "calling") {
			continue
		}
		a.Asserted = append(a.Asserted, n.Party)
		switch strings.ToLower(n.Param("privacy")) {
		case "full", "uri":
			a.Private = true
		}
	}
}

// hopsOf is the Max-Forwards of a request (RFC 3261 section 16.3).
func hopsOf(r *gosip.Request) int {
	if h := r.MaxForwards(); h != nil {
		return int(h.Val())
	}
	return 70
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
