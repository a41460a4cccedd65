package message

// Body is the body of a request or response, carried as bytes: this room never looks inside one.
type Body struct {
	Type  string // media type without parameters, in lower case, such as "application/sdp"
	Bytes []byte
}

// SDP wraps a session description (RFC 8866). A nil or empty slice gives a nil Body: no offer, no answer.
func SDP(b []byte) *Body {
	if len(b) == 0 {
		return nil
	}
	return &Body{Type: "application/sdp", Bytes: b}
}

// Reason says why a request was sent (RFC 3326 section 2). The zero Reason is "none given".
type Reason struct {
	Protocol string // "SIP" or "Q.850"
	Cause    int
	Text     string
}

// CompletedElsewhere is the Reason of the CANCEL that stops a phone because another answered (RFC 3326 section 3.1).
var CompletedElsewhere = Reason{Protocol: "SIP", Cause: 200, Text: "Call completed elsewhere"} //nolint:gochecknoglobals // a constant in all but name: Go has no constant structs

// AOR is an address of record without its scheme: "user@realm", in lower case.
type AOR string

// Party is who a request names in From, To, Contact or P-Asserted-Identity (RFC 3261 section 20.10).
type Party struct {
	Display string // UTF-8, unquoted, free of control characters
	Scheme  string // "sip", "sips" or "tel"
	User    string // unescaped; for tel: the number with its leading +
	Host    string // without brackets or port; empty for tel:
	Port    uint16 // 0: none given
}
