package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Octets is the body as it stands on the wire, its user data header included: that of short_message, or that of message_payload.
func (m *SM) Octets() []byte {
	if len(m.Short) > 0 {
		return m.Short
	}
	return m.TLVs.Get(TagMessagePayload)
}

// SetOctets puts the body where it fits: in short_message, or in message_payload if it is longer than MostShort octets or the PDU is data_sm.
func (m *SM) SetOctets(b []byte) {
	m.Short = nil
	m.TLVs.Delete(TagMessagePayload)
	if m.Command == DataSM || len(b) > MostShort {
		m.TLVs.Set(TagMessagePayload, b)
		return
	}
	m.Short = b
}

// errUDH says that a body is shorter than the header that it begins with.
var errUDH = errors.New("the user data header is longer than the body")

// UserData is the body cut in two: the user data header without its length (nil: there is none) and what follows. A header that is not whole is an error.
func (m *SM) UserData() (header, text []byte, err error) {
	b := m.Octets()
	if !m.ESMClass.UDHI() {
		return nil, b, nil
	}
	if len(b) == 0 || int(b[0]) >= len(b) {
		return nil, nil, fmt.Errorf("read a body of %d octets: %w", len(b), errUDH)
	}
	n := 1 + int(b[0])
	return b[1:n], b[n:], nil
}

// SetUserData puts a body with a user data header, given without its length; nil: it has none.
func (m *SM) SetUserData(header, text []byte) {
	if header == nil {
		m.ESMClass &^= FeatureUDHI
		m.SetOctets(text)
		return
	}
	m.ESMClass |= FeatureUDHI
	m.SetOctets(append(append([]byte{uint8(len(header))}, header...), text...)) //nolint:gosec // A header has at most 139 octets.
}

// SAR says which part of a long message this is, by the TLVs sar_msg_ref_num, sar_total_segments and sar_segment_seqnum (sections 5.3.2.22 to 5.3.2.24).
type SAR struct {
	Reference uint16
	Total     uint8 // 0: it is no part
	Number    uint8 // 1 to Total
}

// SAR is which part this is by its TLVs; zero where they are not all there or make no sense.
func (m *SM) SAR() SAR {
	ref, total, number := m.TLVs.Get(TagSARMsgRefNum), m.TLVs.Get(TagSARTotalSegments), m.TLVs.Get(TagSARSegmentSeqnum)
	if len(ref) != 2 || len(total) != 1 || len(number) != 1 || number[0] == 0 || number[0] > total[0] {
		return SAR{}
	}
	return SAR{binary.BigEndian.Uint16(ref), total[0], number[0]}
}

// SetSAR puts the three TLVs.
func (m *SM) SetSAR(s SAR) {
	m.TLVs.SetPair(TagSARMsgRefNum, s.Reference)
	m.TLVs.SetOctet(TagSARTotalSegments, s.Total)
	m.TLVs.SetOctet(TagSARSegmentSeqnum, s.Number)
}

// Reference is user_message_reference (section 5.3.2.17): what the sender calls this message, of a handset TP-MR. -1: it has none.
func (m *SM) Reference() int {
	const absent = 1 << 16
	n := m.TLVs.Number(TagUserMessageReference, absent)
	if n >= absent {
		return -1
	}
	return int(n)
}

// SetReference puts user_message_reference.
func (m *SM) SetReference(n uint16) { m.TLVs.SetPair(TagUserMessageReference, n) }
