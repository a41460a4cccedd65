package webrtc

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// sort is what the first byte of a packet says that it is (RFC 7983).
type sort int

const (
	sortNothing sort = iota
	sortSTUN
	sortDTLS
	sortRTP
)

func sortOf(b []byte) sort {
	switch {
	case len(b) == 0:
		return sortNothing
	case b[0] <= 3:
		return sortSTUN
	case b[0] >= 20 && b[0] <= 63:
		return sortDTLS
	case b[0] >= 128 && b[0] <= 191:
		return sortRTP
	}
	return sortNothing
}

// take brings one packet to its leg. Keys and voice are taken only from where the peer has proved to be; anything else is counted.
func (d *Door) take(b []byte, from netip.AddrPort, s *stream) {
	switch sortOf(b) {
	case sortSTUN:
		if d.check(b, from, s) {
			return
		}
	case sortDTLS:
		if p := d.table.at(from); p.proved {
			p.leg.takeHandshake(b, from)
			return
		}
	case sortRTP:
		if p := d.table.at(from); p.proved {
			p.leg.takeVoice(b, d.cfg.Now())
			return
		}
	case sortNothing:
	}
	d.refused.Add(1)
}

// check brings a STUN message to the link that it names, or else to those of the leg that asked there.
func (d *Door) check(b []byte, from netip.AddrPort, s *stream) bool {
	kind, ok := stunKind(b)
	if !ok {
		return false
	}
	if kind == stunRequest {
		k := d.table.named(localName(b))
		if k == nil {
			return false
		}
		if s != nil {
			s.claim(k.leg)
		}
		return k.put(b, from)
	}
	p := d.table.at(from)
	return p.leg != nil && p.leg.answered(b, from)
}

// What a binding message is (RFC 8489 section 5).
const (
	stunRequest    = 0x0001
	stunIndication = 0x0011
	stunSuccess    = 0x0101
	stunError      = 0x0111

	stunHeader   = 20
	stunCookie   = 0x2112A442
	stunUserName = 0x0006
)

// stunKind reads the type of a message that is whole.
func stunKind(b []byte) (kind uint16, ok bool) {
	if len(b) < stunHeader || binary.BigEndian.Uint32(b[4:]) != stunCookie || int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader {
		return 0, false
	}
	return binary.BigEndian.Uint16(b), true
}

// localName is our part of the USERNAME of a request (RFC 8445 section 7.2.2); nil: there is none.
func localName(b []byte) []byte {
	for at := stunHeader; at+4 <= len(b); {
		kind, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		at += 4
		if at+size > len(b) {
			return nil
		}
		if kind == stunUserName {
			ours, _, found := bytes.Cut(b[at:at+size], []byte{':'})
			if !found {
				return nil
			}
			return ours
		}
		at += (size + 3) &^ 3
	}
	return nil
}
