package ims

// HandsetFields asks the core for a telephone that a person answers (RFC 3841, TS 24.173 section 5.1): the telephony service, and neither a machine nor a message taker.
// They are preferences: a core that does not know them loses nothing.
func HandsetFields() []Field {
	return []Field{
		{"Accept-Contact", `*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"`},
		{"Reject-Contact", "*;automata"},
		{"Reject-Contact", `*;actor="msg-taker"`},
		{"P-Asserted-Service", "urn:urn-7:3gpp-service.ims.icsi.mmtel"},
	}
}
