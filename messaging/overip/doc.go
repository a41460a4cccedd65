// Package overip carries messages over IP: it stands in an operator's core as an application server that MESSAGE requests pass (TS 24.341, TS 23.204).
//
// What a handset sends to its service centre is kept, and is either passed on unchanged or taken over and answered as a centre would; what the network sends to a
// handset is kept and passed on; and messages of ours go to handsets as if a centre had sent them, or to the operator's centre as if the handset had.
//
// A link keeps nothing but what is under way: it may end at any moment, and the handset, the centre or the office tries again.
package overip
