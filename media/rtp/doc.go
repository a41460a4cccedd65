// Package rtp holds the rules of one RTP stream (RFC 3550, RFC 3551, RFC 4733): headers read and patched in place, the outgoing
// sequence of a leg, from which address packets are believed, what was lost, and digits as events. It owns no socket and no clock:
// the time is an argument, in nanoseconds of one monotonic clock. Nothing here allocates for a packet, and nothing locks.
package rtp
