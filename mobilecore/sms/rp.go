package sms

import "slices"

// RPKind is the kind of an RP message (TS 24.011 section 8.2.2).
type RPKind int

// The kinds.
const (
	RPData   RPKind = iota
	RPAck           // it was taken
	RPError         // it was refused
	RPMemory        // RP-SMMA: the handset has room again
)

// RP is a message between a handset and its centre, or the network between them (TS 24.011 section 7.3).
type RP struct {
	Kind      RPKind
	Way       Way
	Reference byte
	From, To  Address // of RPData: the centre on its side; of the handset there is none
	Cause     Cause   // of RPError
	Diagnosis []byte  // of RPError; one octet, or none
	Unit      []byte  // the TPDU; nil: none. RPMemory has none
}

const (
	// rpUserData is the element that carries a TPDU in RP-ACK and RP-ERROR.
	rpUserData = 0x41
	// mostUnit is how many octets a TPDU in RP-DATA has at the most (TS 24.011 section 8.2.5.3); one in an answer has up to 232.
	mostUnit = 233
)

// ParseRP reads an RP message. Octets behind it are ignored, as are elements that are not known (TS 24.011 section 9.3). It fails with ErrShort, ErrTooBig or, for a
// reserved kind, ErrKind; of a message with an error the kind, the way and the reference are there as far as they could be read, so that it can be refused.
func ParseRP(b []byte) (RP, error) {
	r := &reader{b: b}
	kind, reference := r.octet(), r.octet()
	if r.err != nil {
		return RP{}, r.err
	}
	const reserved = 7
	m := RP{Kind: RPKind(kind >> 1 & 3), Way: Way(kind & 1), Reference: reference}
	if kind &= 7; kind == reserved {
		return m, ErrKind
	}
	switch m.Kind {
	case RPData:
		m.From, m.To = r.rpAddress(), r.rpAddress()
		m.Unit = slices.Clone(r.next(int(r.octet())))
		if len(m.Unit) > mostUnit && r.err == nil {
			r.err = ErrTooBig
		}
	case RPError:
		r.cause(&m)
		m.Unit = r.answerUnit()
	case RPAck:
		m.Unit = r.answerUnit()
	case RPMemory:
	}
	if r.err != nil {
		m.Unit = nil
	}
	return m, r.err
}

func (r *reader) cause(m *RP) {
	value := r.next(int(r.octet()))
	if len(value) == 0 {
		if r.err == nil {
			r.err = ErrShort
		}
		return
	}
	const extension = 0x80
	m.Cause = Cause(value[0] &^ extension)
	if len(value) > 1 {
		m.Diagnosis = slices.Clone(value[1:2])
	}
}

// answerUnit finds the TPDU of an answer among its elements. Those of which nothing is known but that they have a length are passed over; what does not fit is no error, since the answer itself was understood.
func (r *reader) answerUnit() []byte {
	if r.err != nil {
		return nil
	}
	const alone = 0x80 // an element of one octet
	for b := r.b; len(b) > 0; {
		switch {
		case b[0]&alone != 0:
			b = b[1:]
			continue
		case len(b) < 2 || int(b[1]) > len(b)-2:
			return nil
		case b[0] == rpUserData:
			if b[1] > mostUnit {
				return nil
			}
			return slices.Clone(b[2 : 2+int(b[1])])
		}
		b = b[2+int(b[1]):]
	}
	return nil
}

// Append writes the message. It fails with ErrTooBig or ErrInvalid for what cannot be written.
func (m RP) Append(b []byte) ([]byte, error) {
	if len(m.Unit) > mostUnit || len(m.Diagnosis) > 1 {
		return nil, ErrTooBig
	}
	b = append(b, byte(m.Kind&3)<<1|byte(m.Way&1), m.Reference)
	length := byte(len(m.Unit)) //nolint:gosec // compared above
	var err error
	switch m.Kind {
	case RPData:
		if b, err = m.From.appendRP(b); err != nil {
			return nil, err
		}
		if b, err = m.To.appendRP(b); err != nil {
			return nil, err
		}
		return append(append(b, length), m.Unit...), nil
	case RPError:
		b = append(append(b, byte(1+len(m.Diagnosis)), byte(m.Cause)), m.Diagnosis...) //nolint:gosec // one or two
	case RPMemory:
		return b, nil
	case RPAck:
	}
	if m.Unit != nil {
		b = append(append(b, rpUserData, length), m.Unit...)
	}
	return b, nil
}

// TPDU reads the unit that the message carries.
func (m RP) TPDU() (TPDU, error) {
	if m.Unit == nil {
		return nil, ErrShort
	}
	return ParseTPDU(m.Unit, m.Way)
}
