// Package transport owns the sockets: listeners, the guard in front of sipgo's parser, framing, flows (RFC 5626). It knows no
// transaction, no user and no password; what it keeps for a source that has not proved its address is nothing.
//
//	UDP socket ---------------------------> guard --> parser --> Receiver
//	TCP, TLS: accept or dial -> framer ---^     \--> stateless answer: 400, 401, 416, 481, 505, 513
//
// It reads its sockets itself and uses of sipgo the parser alone. sipgo's own transport layer drops what it cannot parse without an
// answer, closes a connection that may carry a hundred other calls for one crooked message, keeps every UDP source for ever, cannot be
// recovered from a panic of its readers, and takes 16 KB and more for each connection.
//
// RFC 3261 sections 7, 8.2.7 and 18; RFC 3581; RFC 4475; RFC 5626 sections 3.5.1 and 4.4.1.
package transport
