package dialog

import (
	"errors"

	"tandem/sip/message"
)

var errBuilding = errors.New("not built yet")

// Leg is one side of a call on the wire: an INVITE, the dialogs it made, and everything inside them until nothing is left to send or
// wait for. Its owner calls every method from one goroutine; there is no lock inside.
type Leg struct{}

// Step takes one event of this leg and says what it meant, in order; most events mean nothing to the owner.
func (l *Leg) Step(e Event) []Signal { return nil }

// Over says that nothing is left on the wire: no transaction, no repeat, no late 2xx to end. Only then may the owner forget the leg.
func (l *Leg) Over() bool { return true }

// CallID is the SIP Call-ID of this leg.
func (l *Leg) CallID() string { return "" }

// Ring sends a provisional response to the caller: 180 without, 183 with early media. Only on an inbound leg.
func (l *Leg) Ring(status int, body *message.Body) error { return errBuilding }

// Answer sends 200 to the caller with our answer, or with our offer when the INVITE had none. It is repeated until ACK.
func (l *Leg) Answer(body *message.Body) error { return errBuilding }

// Reject sends a final failure to the caller. warning, when not empty, goes out as Warning 399 (RFC 3261 section 20.43).
func (l *Leg) Reject(status int, reason message.Reason, warning string) error { return errBuilding }

// Acknowledge sends the ACK of a 2xx that carried the peer's offer (late offer), with our answer.
func (l *Leg) Acknowledge(body *message.Body) error { return errBuilding }

// Hangup ends the leg as its state asks: CANCEL as soon as a 1xx allows it, 487 or 603 on an unanswered inbound leg, BYE in a dialog;
// a 2xx that crosses our CANCEL is acknowledged and ended.
func (l *Leg) Hangup(reason message.Reason) error { return errBuilding }

// Offer sends a re-INVITE; nil asks the peer for its offer. A 491 is tried again as RFC 3261 section 14.1 says; the outcome is OfferEnded.
func (l *Leg) Offer(body *message.Body) error { return errBuilding }

// AnswerOffer accepts the peer's re-INVITE or UPDATE.
func (l *Leg) AnswerOffer(body *message.Body) error { return errBuilding }

// RefuseOffer refuses it; the session goes on as before.
func (l *Leg) RefuseOffer(status int, warning string) error { return errBuilding }

// Info sends an INFO with the body.
func (l *Leg) Info(body *message.Body) error { return errBuilding }

// Refer asks the peer to call to (RFC 3515); ReferProgress follows.
func (l *Leg) Refer(to message.Party, replaces string) error { return errBuilding }

// AcceptRefer answers a REFER 202 and sends the first NOTIFY.
func (l *Leg) AcceptRefer() error { return errBuilding }

// RefuseRefer refuses it.
func (l *Leg) RefuseRefer(status int) error { return errBuilding }

// ReportRefer tells the peer how the call it asked for goes; a status of 200 or more is the last word.
func (l *Leg) ReportRefer(status int) error { return errBuilding }
