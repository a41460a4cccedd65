package bysip

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/sip"
	"tandem/sip/message"
)

// refuse answers a MESSAGE that was not kept: as the refusal asks, or so that the sender tries again.
func refuse(n *sip.Note, err error) {
	r, is := errors.AsType[*messaging.Refusal](err)
	if !is {
		n.Refuse(500, "this could not be kept: try again", message.Field{Name: "Retry-After", Value: later})
		return
	}
	n.Refuse(statusOf(r.Code), r.Text)
}

// statusOf is the status that says what a refusal does.
func statusOf(code string) int {
	switch code {
	case messaging.CodeUnknownNumber, messaging.CodeToInvalid, messaging.CodeNoRoute, messaging.CodeEmergencyNoRoute:
		return 404
	case messaging.CodeBodyTooLong:
		return 413
	case messaging.CodeBodyRequired, messaging.CodeBodyInvalid:
		return 400
	case messaging.CodeClassNotSupported:
		return 415
	case messaging.CodeToSelf:
		return 482
	case messaging.CodeRateHour, messaging.CodeRateDay, messaging.CodeRateMonth:
		return 480
	}
	return 403
}

// outcome is what the answer to a MESSAGE of ours means.
func outcome(a sip.Answer) messaging.Outcome {
	out := messaging.Outcome{Reason: reasonOf(a.Status)}
	switch {
	case a.Doubt:
		out.Result = messaging.ResultUnknown
	case a.Status/100 == 2:
		return messaging.Outcome{Result: messaging.ResultSent}
	case passes(a.Status):
		out.Result = messaging.ResultAgain
		if a.RetryAfter > 0 {
			out.Again = time.Now().Add(a.RetryAfter)
		}
	default:
		out.Result = messaging.ResultFailed
	}
	return out
}

// passes says whether a refusal is of the moment: another try may do better. Credentials that are not taken are the operator's to mend, and the message waits.
func passes(status int) bool {
	switch status {
	case 401, 407, 408, 429, 480, 486, 491, 500, 502, 503, 504, 580:
		return true
	}
	return false
}

func reasonOf(status int) messaging.Reason {
	return messaging.Reason("sip_" + strconv.Itoa(status))
}

// numberOf is the party as an address: what follows the number in a user part is left out.
func numberOf(p message.Party) messaging.Address {
	user, _, _ := strings.Cut(p.User, ";")
	return messaging.Address(strings.TrimSpace(user))
}
