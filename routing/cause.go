package routing

import (
	"log/slog"
	"strconv"

	"tandem/sip/message"
)

// Cause is why a call or leg ended: a Q.850 value, and the SIP status it came from or goes out as. One table, in this file, ties the two.
type Cause struct {
	Q850 int
	SIP  int
	Text string
}

// LogValue prints both numbers and the text in one.
func (c Cause) LogValue() slog.Value {
	return slog.StringValue(strconv.Itoa(c.Q850) + " " + c.Text + " (SIP " + strconv.Itoa(c.SIP) + ")")
}

// Q.850 values that the switchboard itself uses (ITU-T Q.850 section 2.2.7).
const (
	q850Unallocated      = 1
	q850NoRoute          = 3
	q850Normal           = 16
	q850Busy             = 17
	q850NoResponse       = 18
	q850NoAnswer         = 19
	q850Absent           = 20
	q850Rejected         = 21
	q850Changed          = 22
	q850NonSelected      = 26
	q850OutOfOrder       = 27
	q850InvalidFormat    = 28
	q850NotImplemented   = 29
	q850Unspecified      = 31
	q850NoCircuit        = 34
	q850NetworkOrder     = 38
	q850Temporary        = 41
	q850Congestion       = 42
	q850NotAuthorised    = 57
	q850Incompatible     = 88
	q850TimerExpired     = 102
	q850Interworking     = 127
	statusOK             = 200
	statusBadRequest     = 400
	statusPending        = 491
	statusForbidden      = 403
	statusNotFound       = 404
	statusTimeout        = 408
	statusGone           = 410
	statusUnavailable    = 480
	statusLoop           = 482
	statusTooManyHops    = 483
	statusAddress        = 484
	statusBusy           = 486
	statusTerminated     = 487
	statusNotAcceptable  = 488
	statusServerError    = 500
	statusNotImplemented = 501
	statusNoService      = 503
	statusBusyEverywhere = 600
	statusDecline        = 603
)

// causeOfStatus reads a final SIP failure as a Cause (RFC 3398 section 8.2.6.1, with 408, 410 and the 6xx as carriers use them today).
func causeOfStatus(status int) Cause {
	q := q850Interworking
	switch status {
	case statusBadRequest, statusNoService:
		q = q850Temporary
	case 401, 402, statusForbidden, 407, statusDecline, 607, 608:
		q = q850Rejected
	case statusNotFound, 485, 604:
		q = q850Unallocated
	case 405, 501:
		q = q850NotImplemented
	case statusTimeout, 504:
		q = q850TimerExpired
	case statusGone:
		q = q850Changed
	case statusUnavailable:
		q = q850NoResponse
	case statusLoop, 483:
		q = 25
	case statusAddress:
		q = q850InvalidFormat
	case statusBusy, statusBusyEverywhere:
		q = q850Busy
	case statusTerminated:
		q = q850Normal
	case 415, statusNotAcceptable, 606:
		q = q850Incompatible
	case statusServerError, 502:
		q = q850NetworkOrder
	}
	return Cause{Q850: q, SIP: status, Text: textOf(q)}
}

// causeOfQ850 gives the Cause of a Q.850 value, with the SIP status that a caller who has no answer yet is told (RFC 3398 section 7.2.4.1).
func causeOfQ850(q int) Cause {
	status := statusServerError
	switch q {
	case q850Unallocated, 2, q850NoRoute:
		status = statusNotFound
	case q850Normal, q850NonSelected:
		status = statusTerminated
	case q850Busy:
		status = statusBusy
	case q850NoResponse, q850NoAnswer, q850Absent, q850Unspecified:
		status = statusUnavailable
	case q850Rejected, q850NotAuthorised, 55, 87:
		status = statusForbidden
	case q850Changed:
		status = statusGone
	case 23, 25:
		status = statusLoop
	case q850OutOfOrder:
		status = 502
	case q850InvalidFormat:
		status = statusAddress
	case q850NotImplemented, 69, 79:
		status = statusNotImplemented
	case q850NoCircuit, q850NetworkOrder, q850Temporary, q850Congestion, 47, 58:
		status = statusNoService
	case 65, 70, q850Incompatible:
		status = statusNotAcceptable
	case q850TimerExpired:
		status = 504
	}
	return Cause{Q850: q, SIP: status, Text: textOf(q)}
}

// causeOfReason takes the Reason of a BYE or CANCEL; none given means an ordinary end (RFC 3326).
func causeOfReason(r message.Reason) Cause {
	switch {
	case r.Protocol == "Q.850" && r.Cause > 0:
		return causeOfQ850(r.Cause)
	case r.Protocol == "SIP" && r.Cause >= statusBadRequest:
		return causeOfStatus(r.Cause)
	case r.Protocol == "SIP" && r.Cause == statusOK:
		return Cause{Q850: q850NonSelected, SIP: statusOK, Text: textOf(q850NonSelected)}
	}
	return Cause{Q850: q850Normal, SIP: statusOK, Text: textOf(q850Normal)}
}

// reason is the Cause as a Reason header that carriers understand.
func (c Cause) reason() message.Reason {
	if c.Q850 == 0 {
		return message.Reason{}
	}
	return message.Reason{Protocol: "Q.850", Cause: c.Q850, Text: c.Text}
}

// textOf names a Q.850 value in the words of its recommendation.
func textOf(q int) string {
	texts := [...]struct {
		q    int
		text string
	}{
		{q850Unallocated, "Unallocated number"},
		{q850NoRoute, "No route to destination"},
		{q850Normal, "Normal call clearing"},
		{q850Busy, "User busy"},
		{q850NoResponse, "No user responding"},
		{q850NoAnswer, "No answer from user"},
		{q850Absent, "Subscriber absent"},
		{q850Rejected, "Call rejected"},
		{q850Changed, "Number changed"},
		{25, "Exchange routing error"},
		{q850NonSelected, "Non-selected user clearing"},
		{q850OutOfOrder, "Destination out of order"},
		{q850InvalidFormat, "Invalid number format"},
		{q850NotImplemented, "Facility rejected"},
		{q850Unspecified, "Normal, unspecified"},
		{q850NoCircuit, "No circuit available"},
		{q850NetworkOrder, "Network out of order"},
		{q850Temporary, "Temporary failure"},
		{q850Congestion, "Switching equipment congestion"},
		{q850NotAuthorised, "Bearer capability not authorized"},
		{q850Incompatible, "Incompatible destination"},
		{q850TimerExpired, "Recovery on timer expiry"},
		{q850Interworking, "Interworking, unspecified"},
	}
	for _, t := range &texts {
		if t.q == q {
			return t.text
		}
	}
	return "Normal, unspecified"
}
