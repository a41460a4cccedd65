// Package webrtc carries the voice of browsers: ICE (RFC 8445), DTLS-SRTP (RFC 5763, RFC 5764) and SRTP (RFC 3711, RFC 7714), all legs over one
// UDP port and the TCP port of the same number (RFC 4571, RFC 6544). A Leg is a transport.Port to its Session, which sees plain RTP and
// knows nothing of the rest.
//
// pion/ice decides where a peer is and that it still consents (RFC 7675), pion/dtls agrees on keys, pion/srtp is called straight from the
// goroutine that reads the socket: no packet of voice is handed from one goroutine to another here.
package webrtc
