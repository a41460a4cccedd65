package diameter

import "strconv"

// Result is a Result-Code (RFC 6733 section 7.1, RFC 8506 section 9).
type Result uint32

// The results. Those from 3000 to 3999 are errors of the protocol: their answers carry the E bit.
const (
	Success                Result = 2001
	CommandUnsupported     Result = 3001
	UnableToDeliver        Result = 3002
	RealmNotServed         Result = 3003
	TooBusy                Result = 3004
	ApplicationUnsupported Result = 3007
	InvalidHeaderBits      Result = 3008
	InvalidAVPBits         Result = 3009
	UnknownPeer            Result = 3010
	ElectionLost           Result = 4003
	EndUserServiceDenied   Result = 4010
	CreditLimitReached     Result = 4012
	AVPUnsupported         Result = 5001
	UnknownSessionID       Result = 5002
	InvalidAVPValue        Result = 5004
	MissingAVP             Result = 5005
	ContradictingAVPs      Result = 5007
	AVPNotAllowed          Result = 5008
	AVPOccursTooManyTimes  Result = 5009
	NoCommonApplication    Result = 5010
	UnsupportedVersion     Result = 5011
	UnableToComply         Result = 5012
	InvalidBitInHeader     Result = 5013
	InvalidAVPLength       Result = 5014
	InvalidMessageLength   Result = 5015
	NoCommonSecurity       Result = 5017
	UserUnknown            Result = 5030
	RatingFailed           Result = 5031
)

const (
	firstProtocol  Result = 3000
	firstTransient Result = 4000
	failedPayload         = 1024 // octets of an AVP that is shown as failed
)

// Protocol says whether the result is an error of the protocol itself.
func (r Result) Protocol() bool { return r >= firstProtocol && r < firstTransient }

// String is the number.
func (r Result) String() string { return strconv.FormatUint(uint64(r), 10) }

// RefusalError is why a message was not taken, as the protocol says it.
type RefusalError struct {
	Result Result
	Failed []AVP  // what was wrong, for Failed-AVP (RFC 6733 section 7.5); empty: nothing to show
	Why    string // for people
}

// Error says it in words, with the result's number.
func (e *RefusalError) Error() string { return e.Result.String() + ": " + e.Why }

// Refusal makes one. What failed is shown with what it carried, as far as that is short.
func Refusal(r Result, why string, failed ...AVP) *RefusalError {
	for i := range failed {
		if len(failed[i].Payload) > failedPayload {
			failed[i].Payload = failed[i].Payload[:failedPayload]
		}
	}
	return &RefusalError{Result: r, Failed: failed, Why: why}
}

// Missing refuses a message that lacks an attribute: Failed-AVP shows one as it would have been, filled with zeroes (RFC 6733 section 7.1.5).
func Missing(a Attribute) *RefusalError {
	return Refusal(MissingAVP, "attribute "+a.String()+" is missing", zeroed(a))
}

// zeroed is the shortest AVP that an attribute can have, filled with zeroes.
func zeroed(a Attribute) AVP {
	return AVP{Attribute: a, Flags: a.flags(), Payload: make([]byte, a.Kind().octets())}
}
