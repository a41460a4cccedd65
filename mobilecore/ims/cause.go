package ims

import (
	"strconv"
	"strings"
)

// Quirk is what one operator means by a final failure. It is routing's Quirk in the words of this package.
type Quirk struct {
	Status int // of the response; 0: any
	Q850   int // of its Reason; 0: any, -1: none was given
	Means  int // Q.850 value
}

// CauseFrom is the Q.850 cause of a final failure: by the operator's quirks, by its Reason (RFC 3326, 6432), and by its status at last (RFC 3398 section 7.2.4.1), which
// gateways get wrong more often than the Reason.
func CauseFrom(status int, h Headers, quirks []Quirk) int {
	told := ReasonQ850(h)
	for _, q := range quirks {
		if (q.Status == 0 || q.Status == status) && (q.Q850 == 0 || q.Q850 == told || (q.Q850 == -1 && told == 0)) {
			return q.Means
		}
	}
	if told > 0 {
		return told
	}
	return q850Of(status)
}

// ReasonQ850 is the cause in a Reason of Q.850; 0 where none can be read.
func ReasonQ850(h Headers) int {
	values := h.Values("Reason")
	for _, v := range values[:min(len(values), 8)] {
		if protocol, p := parseReason(v); protocol == "q.850" {
			if n := p.number("cause"); n >= 1 && n <= 127 {
				return n
			}
		}
	}
	return 0
}

// CompletedElsewhere is the Reason of a CANCEL that no phone shows as a missed call (RFC 3326 section 2, TS 24.229 section 5.1.3.1).
func CompletedElsewhere() Field {
	return Field{"Reason", `SIP;cause=200;text="Call completed elsewhere"`}
}

// parseReason takes one value apart: the protocol in lower case, and its parameters.
func parseReason(value string) (string, params) {
	if len(value) > longest {
		return "", nil
	}
	protocol, rest, _ := strings.Cut(value, ";")
	return strings.ToLower(strings.TrimSpace(protocol)), parseParams(rest)
}

// q850Of is what a status says without a Reason (RFC 3398 section 7.2.4.1).
func q850Of(status int) int {
	switch status {
	case 486, 600:
		return 17
	case 603, 401, 402, 403, 407:
		return 21
	case 404, 604:
		return 1
	case 410:
		return 22
	case 480:
		return 18
	case 408:
		return 102
	case 484:
		return 28
	case 487:
		return 16
	case 502:
		return 38
	case 503, 400, 481, 500, 580:
		return 41
	case 504:
		return 102
	case 405, 415, 501:
		return 79
	case 488, 606:
		return 65
	case 482, 483:
		return 25
	case 406, 413, 414, 416, 420, 421, 423, 505, 513:
		return 127
	}
	switch status / 100 {
	case 4, 5, 6:
		return 31
	}
	return 0
}

// Ending is what the end of a handset's leg says about the person and the phone.
type Ending int

// The endings.
const (
	EndingUnknown     Ending = iota // nothing that the other legs should hear of
	EndingBusy                      // the person talks on it
	EndingDeclined                  // a person said no
	EndingUnreachable               // the phone is off, out of coverage, or not there at all
	EndingNoAnswer                  // it rang, and nobody took it
	EndingCancelled                 // we ended it ourselves
	EndingCore                      // the core is overloaded or broken; nothing is known of the phone
)

// Alerting says whether a leg had rung before it ended.
type Alerting int

// The two states.
const (
	NotAlerted Alerting = iota
	Alerted             // a 180, or a 183 that the phone's network sent for it
)

// Classify says what a handset's final failure means, by its cause (see CauseFrom) and status. The same normal clearing is a person's "no" while it rings, and
// nothing before; only a 487 is our own CANCEL.
func Classify(status, q850 int, rang Alerting) Ending {
	if q850 == 31 || q850 == 127 { // unspecified: the status says more
		q850 = q850Of(status)
	}
	if status == 603 && q850 != 17 {
		return EndingDeclined
	}
	switch q850 {
	case 17:
		return EndingBusy
	case 21:
		if rang == NotAlerted {
			return EndingUnknown // barred or refused by the network: no person has seen it
		}
		return EndingDeclined
	case 16:
		switch {
		case status == 487:
			return EndingCancelled
		case rang == Alerted:
			return EndingDeclined
		}
		return EndingUnknown
	case 19:
		return EndingNoAnswer
	case 102, 18, 20, 27:
		if rang == Alerted && q850 != 27 && q850 != 20 {
			return EndingNoAnswer
		}
		return EndingUnreachable
	case 1, 22, 26:
		return EndingUnreachable
	case 34, 38, 41, 42, 44, 47:
		return EndingCore
	}
	return EndingUnknown
}

// ReasonOf writes a Q.850 cause as a Reason; an empty Value where it is none.
func ReasonOf(q850 int) Field {
	if q850 < 1 || q850 > 127 {
		return Field{}
	}
	return Field{"Reason", "Q.850;cause=" + strconv.Itoa(q850)}
}
