package messaging

// Codes of refusals. Each stands for a rule, and has its words in web/words.
const (
	CodeUnknownNumber     = "unknown_number"      // nobody of ours has that number, or the connector may not know it
	CodeFromUnknown       = "from_unknown"        // the number that it should leave from is not the writer's
	CodeSenderNotAllowed  = "sender_not_allowed"  // a program wrote from a number that its connector does not have
	CodeToInvalid         = "to_invalid"          // nobody can be reached by that address
	CodeToSelf            = "to_self"             // a number that writes to itself
	CodeBodyRequired      = "body_required"       // nothing was written
	CodeBodyTooLong       = "body_too_long"       // SPEC L23
	CodeBodyInvalid       = "body_invalid"        // no text: broken UTF-8, half a surrogate pair, control characters
	CodeClassNotSupported = "class_not_supported" // flash, silent, SIM or binary, where only texts are taken
	CodeNoRoute           = "no_route"            // the number has no connector that could carry it
	CodeEmergencyNoRoute  = "emergency_no_route"  // only the operator may carry it, and there is none (SPEC O4)
	CodeOptedOut          = "opted_out"           // SPEC L20
	CodeRateHour          = "rate_hour"           // SPEC L21
	CodeRateDay           = "rate_day"
	CodeRateMonth         = "rate_month"
)

// RefusalCodes are all of them.
func RefusalCodes() []string {
	return []string{
		CodeUnknownNumber, CodeFromUnknown, CodeSenderNotAllowed, CodeToInvalid, CodeToSelf, CodeBodyRequired, CodeBodyTooLong, CodeBodyInvalid,
		CodeClassNotSupported, CodeNoRoute, CodeEmergencyNoRoute, CodeOptedOut, CodeRateHour, CodeRateDay, CodeRateMonth,
	}
}
