// Package mediatest is the world outside of a Session: a peer that speaks and hears RTP, and judges by content what it heard. It keeps its
// own view of SDP and RTP, so that it can disagree with what it tests. It needs no testing package, so that a simulator can use it too.
package mediatest
