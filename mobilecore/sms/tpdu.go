package sms

import (
	"slices"
	"time"
)

// Way says who speaks to whom: the kinds of units are counted apart for each.
type Way int

// The ways.
const (
	ToCentre  Way = iota // from a handset
	ToHandset            // from the centre
)

// TPDU is one of the units of TS 23.040 section 9.2.2: *Deliver, *StatusReport and *SubmitReport to a handset, *Submit, *DeliverReport and *Command to a centre.
//
//sumtype:decl
type TPDU interface {
	// Append writes the unit. It fails with ErrTooBig or ErrInvalid for what cannot be written.
	Append(b []byte) ([]byte, error)
	tpdu()
}

// The kinds, the lowest two bits of the first octet (TS 23.040 section 9.2.3.1), by way.
const (
	kindMask    = 3
	kindDeliver = 0 // to a handset; its report to a centre
	kindSubmit  = 1 // to a centre; its report to a handset
	kindStatus  = 2 // to a handset; to a centre a command
)

// The other bits of the first octet. Which of them there are depends on the kind.
const (
	noMore           = 1 << 2 // TP-MMS, to a handset
	rejectDuplicates = 1 << 2 // TP-RD, to a centre
	loopPrevention   = 1 << 3 // TP-LP
	formatMask       = 3 << 3 // TP-VPF
	reportWanted     = 1 << 5 // TP-SRI, TP-SRR, TP-SRQ
	headerFollows    = 1 << 6 // TP-UDHI
	replyPath        = 1 << 7 // TP-RP
)

// Deliver is an SMS-DELIVER (TS 23.040 section 9.2.2.1).
type Deliver struct {
	From      Address
	PID       byte      // protocol identifier
	At        time.Time // when the centre had it, with its zone; zero: it said none that can be
	Data      UserData
	More      bool // others wait
	Loop      bool // it was forwarded and must not go round
	Report    bool // its sender asked for a report
	ReplyPath bool
}

// Submit is an SMS-SUBMIT (TS 23.040 section 9.2.2.2).
type Submit struct {
	Reference byte
	To        Address
	PID       byte
	Validity  Validity
	Data      UserData
	NoRepeats bool // the centre shall refuse another with this reference to the same
	Report    bool // a status report is wanted
	ReplyPath bool
}

// StatusReport is an SMS-STATUS-REPORT (TS 23.040 section 9.2.2.3).
type StatusReport struct {
	Reference byte // of the SMS-SUBMIT
	To        Address
	At        time.Time // when the centre had it
	Done      time.Time
	Status    Status
	Command   bool // it is about an SMS-COMMAND
	More      bool
	Loop      bool
	Extra     Extra
}

// SubmitReport is an SMS-SUBMIT-REPORT, a centre's answer (TS 23.040 section 9.2.2.2a).
type SubmitReport struct {
	Failure Failure // 0: it was taken
	At      time.Time
	Extra   Extra
}

// DeliverReport is an SMS-DELIVER-REPORT, a handset's answer (TS 23.040 section 9.2.2.1a).
type DeliverReport struct {
	Failure Failure // 0: it was taken
	Extra   Extra
}

// Command is an SMS-COMMAND (TS 23.040 section 9.2.2.4).
type Command struct {
	Reference byte
	PID       byte
	Type      byte // 0 enquiry, 1 cancel the report, 2 delete, 3 want a report
	About     byte // reference of an SMS-SUBMIT
	To        Address
	Header    Header
	Data      []byte
	Report    bool
}

// Extra are the fields that reports may have (TS 23.040 section 9.2.3.27).
type Extra struct {
	PID  *byte
	DCS  *byte
	Data *UserData // its DCS is that of Extra, or 0
}

// ParseTPDU reads a unit. Octets behind it are ignored. It fails with ErrShort, ErrInvalid, ErrTooBig, ErrHeader or, for a reserved kind, ErrKind.
func ParseTPDU(b []byte, w Way) (TPDU, error) {
	r := &reader{b: b}
	first := r.octet()
	var unit TPDU
	switch kind := first & kindMask; {
	case r.err != nil:
		return nil, r.err
	case kind == kindDeliver && w == ToHandset:
		unit = r.deliver(first)
	case kind == kindDeliver:
		unit = r.deliverReport(first)
	case kind == kindSubmit && w == ToHandset:
		unit = r.submitReport(first)
	case kind == kindSubmit:
		unit = r.submit(first)
	case kind == kindStatus && w == ToHandset:
		unit = r.statusReport(first)
	case kind == kindStatus:
		unit = r.command(first)
	default:
		return nil, ErrKind
	}
	if r.err != nil {
		return nil, r.err
	}
	return unit, nil
}

func (r *reader) deliver(first byte) *Deliver {
	d := &Deliver{More: first&noMore == 0, Loop: first&loopPrevention != 0, Report: first&reportWanted != 0, ReplyPath: first&replyPath != 0}
	d.From, d.PID = r.address(), r.octet()
	dcs := r.octet()
	d.At = r.stamp()
	d.Data = r.userData(dcs, first&headerFollows != 0)
	return d
}

func (r *reader) submit(first byte) *Submit {
	s := &Submit{NoRepeats: first&rejectDuplicates != 0, Report: first&reportWanted != 0, ReplyPath: first&replyPath != 0}
	s.Reference, s.To, s.PID = r.octet(), r.address(), r.octet()
	dcs := r.octet()
	s.Validity = r.validity(first & formatMask)
	s.Data = r.userData(dcs, first&headerFollows != 0)
	return s
}

func (r *reader) statusReport(first byte) *StatusReport {
	s := &StatusReport{More: first&noMore == 0, Loop: first&loopPrevention != 0, Command: first&reportWanted != 0}
	s.Reference, s.To, s.At = r.octet(), r.address(), r.stamp()
	s.Done, s.Status = r.stamp(), Status(r.octet())
	if len(r.b) > 0 {
		s.Extra = r.extra(r.octet(), first)
	}
	return s
}

// mostCommand is how many octets of data a command has at the most (TS 23.040 section 9.2.3.21).
const mostCommand = 157

// firstFailure is the lowest failure cause: an octet at that place which is lower is already the parameter indicator, since nothing was refused.
const firstFailure = 0x80

func (r *reader) submitReport(first byte) *SubmitReport {
	s := &SubmitReport{}
	present := r.octet()
	if present >= firstFailure {
		s.Failure, present = Failure(present), r.octet()
	}
	s.At = r.stamp()
	s.Extra = r.extra(present, first)
	return s
}

func (r *reader) deliverReport(first byte) *DeliverReport {
	d := &DeliverReport{}
	present := r.octet()
	if present >= firstFailure {
		d.Failure, present = Failure(present), r.octet()
	}
	d.Extra = r.extra(present, first)
	return d
}

func (r *reader) command(first byte) *Command {
	c := &Command{Report: first&reportWanted != 0, Reference: r.octet(), PID: r.octet(), Type: r.octet(), About: r.octet(), To: r.address()}
	b := r.next(int(r.octet()))
	if len(b) > mostCommand && r.err == nil {
		r.err = ErrTooBig
	}
	if first&headerFollows != 0 && r.err == nil {
		c.Header, b, r.err = ParseHeader(b)
	}
	c.Data = slices.Clone(b)
	return c
}

// The bits of the parameter indicator.
const (
	pidPresent  = 1
	dcsPresent  = 2
	dataPresent = 4
)

func (r *reader) extra(present, first byte) Extra {
	var e Extra
	if present&pidPresent != 0 {
		e.PID = new(r.octet())
	}
	if present&dcsPresent != 0 {
		e.DCS = new(r.octet())
	}
	if present&dataPresent != 0 {
		dcs := byte(0)
		if e.DCS != nil {
			dcs = *e.DCS
		}
		e.Data = new(r.userData(dcs, first&headerFollows != 0))
	}
	return e
}
