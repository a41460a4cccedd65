package transport

import (
	"encoding/binary"
	"net/netip"
)

// What of STUN a keep-alive of a phone needs (RFC 8489 sections 5 and 14.2, RFC 5626 section 8).
const (
	stunHeader      = 20
	stunCookie      = 0x2112A442
	stunRequest     = 0x0001
	stunSuccess     = 0x0101
	stunXorMapped   = 0x0020
	stunFamilyIPv4  = 1
	stunFamilyIPv6  = 2
	stunAttribute   = 4 // its head
	stunAddressHead = 4 // of XOR-MAPPED-ADDRESS before the address
)

// isSTUN says that a datagram is a Binding request, which no request of SIP can look like: its first byte is 0.
func isSTUN(b []byte) bool {
	return len(b) >= stunHeader && binary.BigEndian.Uint16(b) == stunRequest && binary.BigEndian.Uint32(b[4:]) == stunCookie &&
		int(binary.BigEndian.Uint16(b[2:]))+stunHeader == len(b)
}

// stunAnswer tells a phone the address that it is seen at: it learns when its NAT forgot it, and its NAT does not. It says nothing else, and is 12 bytes
// longer than the shortest request, 24 to IPv6.
func stunAnswer(request []byte, seen netip.AddrPort) []byte {
	seen = unmap(seen)
	family := byte(stunFamilyIPv4)
	if seen.Addr().Is6() {
		family = stunFamilyIPv6
	}
	address := seen.Addr().AsSlice()
	b := make([]byte, 0, stunHeader+stunAttribute+stunAddressHead+len(address))
	b = binary.BigEndian.AppendUint16(b, stunSuccess)
	b = binary.BigEndian.AppendUint16(b, uint16(stunAttribute+stunAddressHead+len(address))) //nolint:gosec // 24 at the most
	b = append(b, request[4:stunHeader]...)
	b = binary.BigEndian.AppendUint16(b, stunXorMapped)
	b = binary.BigEndian.AppendUint16(b, uint16(stunAddressHead+len(address))) //nolint:gosec // 20 at the most
	b = append(b, 0, family)
	b = binary.BigEndian.AppendUint16(b, seen.Port()^stunCookie>>16)
	for i, c := range address {
		b = append(b, c^request[4+i]) // cookie, then transaction id
	}
	return b
}
