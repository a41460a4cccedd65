// Package diameter speaks Diameter over TCP and TLS: AVPs and messages with the checks that the protocol asks for, a small dictionary of the applications that a mobile
// core uses with us (credit control, Cx), and peers with their handshake and watchdog, on both sides. It knows nobody's credit and no subscriber.
//
// RFC 6733 (the protocol); RFC 3539 section 3.4 (the watchdog); RFC 8506 (credit control); TS 29.229 (Cx); TS 32.299 (3GPP's AVPs of charging).
package diameter
