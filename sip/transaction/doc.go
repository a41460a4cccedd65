// Package transaction keeps order: every request and response of a Call-ID is handed on in the order in which it came, by one of 256
// shards. It knows no dialog.
//
// sipgo's state machines run each transaction until its final response; what they must not do by themselves (answer a CANCEL, swallow an
// ACK, wait four seconds with a lock held) they never see. After the final response a few bytes are left of a transaction, for as long
// as repeats can come.
//
// RFC 3261 sections 8.2.2.2, 9 and 17; RFC 6026; RFC 3581.
package transaction
