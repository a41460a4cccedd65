package dialog

import (
	"tandem/sip/message"
)

// Ref says which leg of its owner an event belongs to. The owner chooses it.
type Ref int

// Event is something that happened to a leg on the wire or on its clock. Its owner does not look inside: it hands it to the Step
// of the leg that Of names.
type Event interface {
	Of() Ref
	wire()
}

// Sink is the owner's mailbox. Post never blocks; false says that the owner is gone or its mailbox is full.
type Sink interface{ Post(e Event) bool }

// Signal is what an event meant for the leg's owner: what Step returns.
//
//sumtype:decl
type Signal interface{ signal() }

// Progress is a provisional response other than 100 to our INVITE (RFC 3261 section 13.2.2.1).
type Progress struct {
	Status int
	Tag    string        // the early dialog, one for each branch of a downstream fork
	Body   *message.Body // nil without early media
	Head   Head
}

// EarlyOffered is a provisional response that carries the peer's offer, to an INVITE of ours without one (ReliableLate alone); the owner calls AnswerEarly.
type EarlyOffered struct {
	Status int
	Tag    string // the early dialog
	Body   *message.Body
	Head   Head
}

// EarlyConfirmed is the PRACK that brings the answer to an offer of ours in a provisional response (RFC 3262 section 5).
type EarlyConfirmed struct{ Body *message.Body }

// Answered is the first 2xx to our INVITE. When we sent the offer it has been acknowledged and Body is the answer; when we sent none
// (late offer), Body is the peer's offer and the owner calls Acknowledge with an answer.
type Answered struct {
	Body *message.Body
	Head Head
}

// Failed is the final failure of our INVITE after all targets were tried, or a timeout (408) or transport error (503).
type Failed struct {
	Status   int
	Phrase   string
	Reason   message.Reason
	Contacts []message.Party // of a 3xx, best first (RFC 3261 section 8.1.3.4)
	Head     Head            // empty where no peer spoke
}

// Cancelled says that the caller gave up before our final response, and 487 has been sent; or, with the Reason SIP 504, that it acknowledged no provisional
// response that wants it.
type Cancelled struct{ Reason message.Reason }

// Confirmed is the ACK of our 2xx. Body is the answer when our 2xx carried the offer.
type Confirmed struct{ Body *message.Body }

// Offered is an offer of the peer after the first one, in a re-INVITE, an UPDATE or a PRACK; the owner calls AnswerOffer or RefuseOffer. Body nil asks us for an
// offer. With an UPDATE it may come before the 2xx to the INVITE (RFC 3311).
type Offered struct {
	Body *message.Body
	Tag  string // the early dialog, where it is one of several (see Progress); else empty
}

// OfferConfirmed is the ACK of our 2xx to a re-INVITE without an offer; Body is the answer.
type OfferConfirmed struct{ Body *message.Body }

// OfferEnded is the outcome of our own re-INVITE, after glare (491) was sorted out: 200 with the answer, or the refusal. The session
// stays as it was before when Status is not 2xx (RFC 3261 section 14.1).
type OfferEnded struct {
	Status int
	Body   *message.Body
}

// Refreshed says that the peer answered an INVITE that changed nothing with another answer than before: the owner takes it as the answer to the offer that it
// made, or the answer that it gave, last.
type Refreshed struct{ Body *message.Body }

// InfoReceived is an INFO inside the dialog (RFC 6086); it has been answered 200.
type InfoReceived struct{ Body *message.Body }

// Referred is a REFER inside the dialog (RFC 3515); the owner calls AcceptRefer or RefuseRefer.
type Referred struct {
	To       message.Party
	Replaces string // unescaped Replaces header of the Refer-To URI (RFC 3891), empty for a blind transfer
	By       string // Referred-By (RFC 3892)
}

// ReferProgress is a NOTIFY of our own REFER, or its refusal.
type ReferProgress struct {
	Status int // of the sipfrag, or the refusal itself
	Final  bool
}

// Parted says that the connection of a browser that talks has closed. The dialog stands, and nothing can be sent in it: the owner ends it, now or once the
// browser has been called anew.
type Parted struct{}

// Ended says that the dialog is over; a leg may still have work on the wire (see Leg.Over).
type Ended struct {
	Reason message.Reason
	By     Ender
}

// Ender is who ended a dialog.
type Ender int

// Who ended it.
const (
	EndedByPeer    Ender = iota + 1 // BYE
	EndedByUs                       // our BYE was answered or given up
	EndedByTimeout                  // no ACK for 64*T1, no answer to a refresh, or the peer said 481 or 408 inside the dialog
)

func (Progress) signal()       {}
func (EarlyOffered) signal()   {}
func (EarlyConfirmed) signal() {}
func (Answered) signal()       {}
func (Failed) signal()         {}
func (Cancelled) signal()      {}
func (Confirmed) signal()      {}
func (Offered) signal()        {}
func (OfferConfirmed) signal() {}
func (OfferEnded) signal()     {}
func (Refreshed) signal()      {}
func (InfoReceived) signal()   {}
func (Referred) signal()       {}
func (ReferProgress) signal()  {}
func (Parted) signal()         {}
func (Ended) signal()          {}
