package sms

// Status is what a centre says became of a message (TS 23.040 section 9.2.3.15).
type Status byte

// The statuses that matter to us, and those that we write.
const (
	StatusDelivered    Status = 0x00
	StatusTrying       Status = 0x20 // congestion; the lowest of those with which the centre goes on trying
	StatusFailed       Status = 0x40 // remote procedure error; the lowest of those for good
	StatusUnobtainable Status = 0x43
	StatusExpired      Status = 0x46
	StatusDeleted      Status = 0x48
	StatusGaveUp       Status = 0x60 // the lowest of those with which the centre stopped trying what might have worked
)

// Outcome is what a status comes to.
type Outcome int

// The outcomes.
const (
	Delivered Outcome = iota
	Trying            // the centre goes on
	Failed
)

// Outcome is what a status comes to. What is reserved is read as a failure, as TS 23.040 asks.
func (s Status) Outcome() Outcome {
	switch {
	case s < StatusTrying:
		return Delivered
	case s < StatusFailed:
		return Trying
	}
	return Failed
}

// Failure is why a TPDU was refused (TS 23.040 section 9.2.3.22). 0 is none.
type Failure byte

// The failures that we write or heed.
const (
	FailureTelematic    Failure = 0x80
	FailureClass        Failure = 0x91 // the message class is not supported
	FailureUnsupported  Failure = 0xb0 // the TPDU is not supported
	FailureBusy         Failure = 0xc0 // the centre is busy
	FailureDuplicate    Failure = 0xc5 // it was refused as a repeat
	FailureMemory       Failure = 0xd3 // the handset has no room
	FailureUnspecified  Failure = 0xff
	FailureSIMFull      Failure = 0xd0
	FailureNoMemoryCard Failure = 0xd1
)

// Cause is why an RP message was refused (TS 24.011 section 8.2.5.4).
type Cause byte

// The causes.
const (
	CauseUnassigned     Cause = 1 // nobody has the number
	CauseBarred         Cause = 8 // the operator bars it
	CauseCallBarred     Cause = 10
	CauseRejected       Cause = 21 // the transfer is refused
	CauseMemoryFull     Cause = 22 // the handset has no room
	CauseOutOfOrder     Cause = 27 // the destination is
	CauseUnidentified   Cause = 28 // the subscriber is not known
	CauseFacility       Cause = 29
	CauseUnknown        Cause = 30 // of the home location register
	CauseNetwork        Cause = 38 // the network is out of order
	CauseTemporary      Cause = 41 // try again
	CauseCongestion     Cause = 42
	CauseUnavailable    Cause = 47 // no resources
	CauseNotSubscribed  Cause = 50
	CauseNotImplemented Cause = 69
	CauseReference      Cause = 81 // no such reference
	CauseSemantics      Cause = 95 // semantically incorrect
	CauseMandatory      Cause = 96 // a mandatory field is invalid
	CauseKind           Cause = 97 // no such kind
	CauseState          Cause = 98 // not in this state
	CauseField          Cause = 99 // no such field
	CauseProtocol       Cause = 111
	CauseInterworking   Cause = 127
)

// IsTemporary says whether a later try may succeed: the handset has no room now, or the network cannot at the moment (TS 24.011 annex E).
func (c Cause) IsTemporary() bool {
	switch c {
	case CauseMemoryFull, CauseOutOfOrder, CauseNetwork, CauseTemporary, CauseCongestion, CauseUnavailable:
		return true
	case CauseUnassigned, CauseBarred, CauseCallBarred, CauseRejected, CauseUnidentified, CauseFacility, CauseUnknown, CauseNotSubscribed, CauseNotImplemented,
		CauseReference, CauseSemantics, CauseMandatory, CauseKind, CauseState, CauseField, CauseProtocol, CauseInterworking:
	}
	return false
}

// The protocol identifiers that matter (TS 23.040 section 9.2.3.9).
const (
	PIDSilent      = 0x40 // type 0: acknowledged and shown to nobody
	PIDSIMDownload = 0x7f
)
