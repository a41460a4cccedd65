package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of a PDU in octets.
const (
	headerSize = 16
	// MostOctets is the length of the longest PDU that is read or written.
	MostOctets = 64 << 10
)

// ErrLength says that a PDU is shorter than its header or longer than MostOctets. What follows in its stream means nothing.
var ErrLength = errors.New("command_length is not 16 to 65536")

// PDU is one unit of the protocol.
type PDU struct {
	Status   Status
	Sequence uint32
	Body     Body
}

// Command is what it is.
func (p *PDU) Command() Command { return p.Body.command() }

// Body is what follows the header of a PDU; each of them says which command it belongs to.
//
//sumtype:decl
type Body interface {
	command() Command
	walk(w *walker)
}

// Decode reads a whole PDU, header included. A FieldError says what is wrong, with the command, the sequence number and the status to answer; of what is not even a
// header the error is ErrLength. An unknown command is no error: its body is Unknown.
func Decode(b []byte) (*PDU, error) {
	if len(b) < headerSize || len(b) > MostOctets || binary.BigEndian.Uint32(b) != uint32(len(b)) { //nolint:gosec // At most MostOctets.
		return nil, ErrLength
	}
	c := Command(binary.BigEndian.Uint32(b[4:]))
	p := &PDU{Status: Status(binary.BigEndian.Uint32(b[8:])), Sequence: binary.BigEndian.Uint32(b[12:]), Body: newBody(c)}
	w := walker{reading: true, in: b[headerSize:]}
	if len(w.in) > 0 || !c.IsResponse() { // a response may be its header alone
		p.Body.walk(&w)
	}
	if w.err != nil {
		w.err.Command, w.err.Sequence = c, p.Sequence
		return p, w.err
	}
	return p, nil
}

// Append writes a PDU after what is in b. The error is a FieldError: what does not fit is never cut.
func (p *PDU) Append(b []byte) ([]byte, error) {
	start := len(b)
	w := walker{out: append(b, make([]byte, headerSize)...)}
	p.Body.walk(&w)
	size := len(w.out) - start
	if size > MostOctets {
		w.fail(field{"command_length", 0, RINVCMDLEN}, "is more than 65536")
	}
	if w.err != nil {
		w.err.Command, w.err.Sequence = p.Command(), p.Sequence
		return b, w.err
	}
	h := w.out[start:]
	binary.BigEndian.PutUint32(h, uint32(size)) //nolint:gosec // At most MostOctets.
	binary.BigEndian.PutUint32(h[4:], uint32(p.Command()))
	binary.BigEndian.PutUint32(h[8:], uint32(p.Status))
	binary.BigEndian.PutUint32(h[12:], p.Sequence)
	return w.out, nil
}

// Read reads the octets of one PDU from a stream. The error is ErrLength, or that of r.
func Read(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < headerSize || n > MostOctets {
		return nil, ErrLength
	}
	b := make([]byte, n)
	copy(b, size[:])
	if _, err := io.ReadFull(r, b[len(size):]); err != nil {
		return nil, fmt.Errorf("read a PDU: %w", err)
	}
	return b, nil
}

// frameSize is the length that the first four octets of a PDU tell.
func frameSize(head []byte) int { return int(binary.BigEndian.Uint32(head)) }

// setSequence numbers a PDU that is written already.
func setSequence(b []byte, sequence uint32) { binary.BigEndian.PutUint32(b[12:], sequence) }

// newBody is the empty body of a command.
func newBody(c Command) Body {
	switch c {
	case BindReceiver, BindTransmitter, BindTransceiver:
		return &BindRequest{Command: c}
	case BindReceiverResp, BindTransmitterResp, BindTransceiverResp:
		return &BindResponse{Command: c}
	case Outbind:
		return &Outbound{}
	case SubmitSM, DeliverSM, DataSM:
		return &SM{Command: c}
	case SubmitSMResp, DeliverSMResp, DataSMResp:
		return &SMResponse{Command: c}
	case SubmitMulti:
		return &Multi{}
	case SubmitMultiResp:
		return &MultiResponse{}
	case QuerySM:
		return &Query{}
	case QuerySMResp:
		return &QueryResponse{}
	case CancelSM:
		return &Cancel{}
	case ReplaceSM:
		return &Replace{}
	case AlertNotification:
		return &Alert{}
	case Unbind, UnbindResp, EnquireLink, EnquireLinkResp, GenericNack, CancelSMResp, ReplaceSMResp:
		return &Plain{Command: c}
	}
	return &Unknown{Command: c}
}
