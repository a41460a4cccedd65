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
