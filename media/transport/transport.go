// Package transport carries the packets of legs: a pair of UDP ports for each, RTP on an even one and RTCP on the next (RFC 3550 section
// 11). It knows nothing of what the packets hold. Transport is the cut between it and the rest of media; Netpoll is the back end that
// works everywhere, Uring the one that costs least where the kernel has it; New chooses.
package transport

import (
	"errors"
	"net/netip"
	"time"
)

// ErrNoPorts says that every port of the range is in use or in quarantine.
var ErrNoPorts = errors.New("media: no free port in the range")

// errClosed says that a Transport takes no more legs.
var errClosed = errors.New("media: transport is closed")

// Receiver is a leg. Its methods are called by the back end, never two at once for RTP. The bytes are the leg's until it returns, to
// change as it likes. at is the time of arrival on the clock that the Transport was given.
type Receiver interface {
	ReceiveRTP(b []byte, from netip.AddrPort, at int64)
	ReceiveRTCP(b []byte, from netip.AddrPort, at int64)
}

// Port is the pair of ports of one leg. Its methods may be called from any goroutine. The bytes given to it are free again when it
// returns.
type Port interface {
	// Local is the RTP port; RTCP is the next one.
	Local() netip.AddrPort
	SendRTP(b []byte, to netip.AddrPort) error
	SendRTCP(b []byte, to netip.AddrPort) error
	// Close gives the ports back. Used says whether anything was ever exchanged on them: then they rest for a while, so that late
	// packets of this call do not reach the next one.
	Close(u Use)
}

// Use says whether ports have carried anything.
type Use int

// The uses.
const (
	Unused Use = iota
	Used
)

// Transport opens ports for legs.
type Transport interface {
	// Open binds a pair of ports and begins to receive. Legs that give the same key are served by the same thread, where there are several:
	// what one of them receives, the other sends at the least cost. It fails with ErrNoPorts.
	Open(to Receiver, key uint64) (Port, error)
	Stats() Stats
	// Close waits until nothing receives any more. Every Port must have been closed.
	Close() error
}

// Stats says how many pairs of ports legs have, and how many packets of theirs the kernel refused to send without telling Port.SendRTP.
type Stats struct {
	InUse  int
	Unsent uint64
}

// Range is a range of ports, both ends included.
type Range struct{ First, Last uint16 }

// Config is what a back end needs.
type Config struct {
	Bind  netip.Addr
	Ports Range
	Now   func() int64 // nanoseconds of a monotonic clock

	Backend Backend
	Rings   int           // of Uring; 0: one a core
	Wait    time.Duration // how long Uring lets packets gather while many come; 0: not at all

	setup func(uint32, *ringParams) (int, error) // nil: the kernel's
}
