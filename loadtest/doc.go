// Package loadtest stands outside the house: a generator of calls and RTP that sees only the wire, and the peers that Tandem is compared
// with in the same run. Everything stays on 127.77.0.0/16.
//
// The workloads: W1 is the signalling of a bridged call, hung up at once; W2 is concurrent bridged G.711 calls with RTP both ways; W3 is
// an IVR call: answer, a prompt of 2 s, three RFC 4733 digits, and the other side hangs up.
package loadtest
