package template

// Settings is how a connector speaks HTTP: each request is made of a template, and what comes in is read by expressions.
type Settings struct {
	Send    Request `json:"send"`
	Sent    Reading `json:"sent"`             // of the answer to it
	Inbound Reading `json:"inbound"`          // of requests that bring a message
	Receipt Reading `json:"receipt"`          // of requests that bring a receipt
	Answer  string  `json:"answer,omitempty"` // what such a request is answered with; empty: 204
	Sign    Sign    `json:"sign,omitzero"`    // how such a request proves who sent it, in place of showing the token
	Key     bool    `json:"key,omitempty"`    // the other takes {key} for the same message ever after: what is in doubt may be sent again
}

// Request is a request with placeholders: {to}, {from}, {to_digits}, {from_digits} (without the plus), {body}, {key} (the same for the same message at each try),
// {id} (of the message), {password}, {basic:user} (user and password as HTTP's Basic wants them), {segments} and {encoding} (gsm7 or ucs2). They are encoded as
// the place asks: in the URL, or in a body as its Content-Type says (JSON, form, XML, plain text).
type Request struct {
	Method  string            `json:"method"` // empty: POST
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
}

// Reading says where in a request or an answer things stand: "json:data.0.id", "form:MessageSid", "header:X-Id", "query:id". Empty: nowhere.
type Reading struct {
	From   string            `json:"from,omitempty"`
	To     string            `json:"to,omitempty"`
	Body   string            `json:"body,omitempty"`
	ID     string            `json:"id,omitempty"`
	State  string            `json:"state,omitempty"`
	Reason string            `json:"reason,omitempty"`
	States map[string]string `json:"states,omitempty"` // what their words mean: "sent", "delivered", "failed"; of other words nothing is made
}

// Sign is a signature of requests, with the token as key.
type Sign struct {
	Header string `json:"header,omitempty"` // that carries it; with SchemeStandard always webhook-signature
	Scheme string `json:"scheme,omitempty"` // empty: requests are not signed
}

// The schemes.
const (
	SchemeHex      = "hmac-sha256-hex"    // of the body
	SchemeBase64   = "hmac-sha256-base64" // of the body
	SchemeStandard = "standard-webhooks"  // of the id, the time and the body: one that is older than five minutes is refused
)
