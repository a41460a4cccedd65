package diameter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Application is an application's number; Common is that of peers among themselves.
type Application uint32

// The applications that are no application.
const (
	Common Application = 0
	Relay  Application = 0xffffffff // whoever says this passes all of them on
)

// Command is a command's code (RFC 6733 section 3.1).
type Command uint32

// The commands of the protocol itself, and of credit control.
const (
	CapabilitiesExchange Command = 257
	ReAuth               Command = 258
	CreditRequest        Command = 272 // Credit-Control
	AbortSession         Command = 274
	DeviceWatchdog       Command = 280
	DisconnectPeer       Command = 282
)

// String is its short name, or "other": a bounded set, for metrics.
func (c Command) String() string {
	switch c {
	case CapabilitiesExchange:
		return "CE"
	case ReAuth:
		return "RA"
	case CreditRequest:
		return "CC"
	case AbortSession:
		return "AS"
	case DeviceWatchdog:
		return "DW"
	case DisconnectPeer:
		return "DP"
	case UserAuthorization:
		return "UA"
	case ServerAssignment:
		return "SA"
	case LocationInfo:
		return "LI"
	case MultimediaAuth:
		return "MA"
	case RegistrationEnding:
		return "RT"
	case PushProfile:
		return "PP"
	}
	return "other"
}

// Bits are the flags of a message (RFC 6733 section 3).
type Bits uint8

// The bits.
const (
	Request     Bits = 0x80
	Proxiable   Bits = 0x40
	Fault       Bits = 0x20 // E: the answer is an error of the protocol
	Retransmit  Bits = 0x10 // T: it may have been sent before
	unusedBits  Bits = 0x0f
	headerSize       = 20
	wireVersion      = 1
)

// Limits of what is read and sent. The protocol allows 16 MB; nothing that we speak of comes near ours.
const (
	LongestMessage = 1 << 16 // octets
	mostAVPs       = 1024    // of a message, at all depths
	deepest        = 8       // groups in groups
)

// Header is that of a message.
type Header struct {
	Bits        Bits
	Command     Command
	Application Application
	HopByHop    uint32 // the answer's, on one connection; 0 in what is sent: the Peer chooses
	EndToEnd    uint32 // the same over all hops and repeats; 0 in what is sent: the Peer chooses
}

// Message is a request or an answer.
type Message struct {
	Header

	Set
}

// NewRequest is a request of an application, proxiable unless it is of the protocol itself.
func NewRequest(c Command, app Application, avps ...AVP) *Message {
	bits := Request
	if app != Common {
		bits |= Proxiable
	}
	return &Message{Header: Header{Bits: bits, Command: c, Application: app}, Set: avps}
}

// Add puts AVPs behind those that are there.
func (m *Message) Add(avps ...AVP) { m.Set = append(m.Set, avps...) }

// IsRequest says whether it asks for an answer.
func (m *Message) IsRequest() bool { return m.Bits&Request != 0 }

// Result is an answer's Result-Code, or that of its Experimental-Result; 0: it has none.
func (m *Message) Result() Result {
	if code := m.Number(ResultCode); code != 0 {
		return Result(code) //nolint:gosec // check has held it to 32 bits
	}
	return Result(m.Group(ExperimentalResult).Number(ExperimentalResultCode)) //nolint:gosec // the same
}

// Append writes it behind b. A message longer than we or any peer would read is an error.
func (m *Message) Append(b []byte) ([]byte, error) {
	size := headerSize
	for i := range m.Set {
		size += m.Set[i].size()
	}
	if size > LongestMessage {
		return b, fmt.Errorf("a message of %d octets: the longest has %d", size, LongestMessage)
	}
	b = binary.BigEndian.AppendUint32(b, wireVersion<<24|uint32(size))
	b = binary.BigEndian.AppendUint32(b, uint32(m.Bits)<<24|uint32(m.Command)&longestAVP)
	b = binary.BigEndian.AppendUint32(b, uint32(m.Application))
	b = binary.BigEndian.AppendUint32(b, m.HopByHop)
	b = binary.BigEndian.AppendUint32(b, m.EndToEnd)
	for i := range m.Set {
		b = m.Set[i].append(b)
	}
	return b, nil
}

// Parse reads one whole message, and holds it against the dictionary; the message shares the memory of b. The error is a RefusalError. With it comes as much of the
// message as could be read, so that it can be answered; nil: not even a header.
func Parse(b []byte) (*Message, error) {
	if len(b) < headerSize {
		return nil, Refusal(InvalidMessageLength, "the message is shorter than its header")
	}
	m := &Message{Header: readHeader(b)}
	length := int(binary.BigEndian.Uint32(b) & longestAVP)
	switch {
	case b[0] != wireVersion:
		return m, Refusal(UnsupportedVersion, "the version of the protocol is not 1")
	case length != len(b) || length%4 != 0:
		return m, Refusal(InvalidMessageLength, "the message has a wrong length")
	case m.IsRequest() && m.Bits&Fault != 0:
		return m, Refusal(InvalidHeaderBits, "a request has the error bit")
	}
	var err error
	if m.Set, err = readSet(b[headerSize:]); err != nil {
		return m, err
	}
	left := mostAVPs
	return m, m.check(0, &left)
}

func readHeader(b []byte) Header {
	word := binary.BigEndian.Uint32(b[4:])
	return Header{
		Bits: Bits(word>>24) &^ unusedBits, Command: Command(word & longestAVP), Application: Application(binary.BigEndian.Uint32(b[8:])),
		HopByHop: binary.BigEndian.Uint32(b[12:]), EndToEnd: binary.BigEndian.Uint32(b[16:]),
	}
}

// Read takes one message off a stream. A RefusalError leaves the stream behind that message, so that it can be answered and the next one read; but one of version or
// length leaves it nowhere: after it the connection can only be closed. Any other error is the stream's.
func Read(r io.Reader) (*Message, error) {
	head := make([]byte, headerSize, 512)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("read a header: %w", err)
	}
	length := int(binary.BigEndian.Uint32(head) & longestAVP)
	if head[0] != wireVersion {
		return &Message{Header: readHeader(head)}, Refusal(UnsupportedVersion, "the version of the protocol is not 1")
	}
	if length < headerSize || length > LongestMessage || length%4 != 0 {
		return &Message{Header: readHeader(head)}, Refusal(InvalidMessageLength, "the message has a wrong length")
	}
	b := append(head, make([]byte, length-headerSize)...)
	if _, err := io.ReadFull(r, b[headerSize:]); err != nil {
		return nil, fmt.Errorf("read a message: %w", errors.Join(err, io.ErrUnexpectedEOF))
	}
	return Parse(b)
}
