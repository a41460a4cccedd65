package web

import (
	"context"
	"encoding/binary"
	"net/http"
	"net/netip"

	"tandem/routing"
)

type pcapAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) showLadderPcap(ctx context.Context, p *callPath) (*pcapAnswer, error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if len(c.Record.Ladder) == 0 {
		return nil, problem(http.StatusNotFound, "no_sip_kept", "no SIP was kept of this call")
	}
	return &pcapAnswer{
		ContentType: "application/vnd.tcpdump.pcap", Disposition: `attachment; filename="` + string(c.Record.ID) + `.pcap"`, Body: Pcap(c.Record),
	}, nil
}

// The numbers of a capture file (draft-ietf-opsawg-pcap) and of the headers that we make up.
const (
	pcapMagic   = 0xa1b2c3d4 // microseconds
	linkRaw     = 101        // packets begin with their IP header
	snapLength  = 65535
	udpHeader   = 8
	ip4Header   = 20
	ip6Header   = 40
	protocolUDP = 17
	hopLimit    = 64
	longestSIP  = snapLength - ip6Header - udpHeader
)

// Pcap writes the requests and responses of a call as a capture file. Whatever carried them, each is shown as one UDP datagram between the addresses that it
// went between: the text is what counts, and a stream's own packets were not kept.
func Pcap(c *routing.CallRecord) []byte {
	le := binary.LittleEndian
	out := make([]byte, 0, 24+len(c.Ladder)*1024)
	out = le.AppendUint32(out, pcapMagic)
	out = le.AppendUint16(out, 2)
	out = le.AppendUint16(out, 4)
	out = le.AppendUint64(out, 0) // UTC, and no accuracy claimed
	out = le.AppendUint32(out, snapLength)
	out = le.AppendUint32(out, linkRaw)
	for i := range c.Ladder {
		item := &c.Ladder[i]
		packet := datagram(endpointOf(item.From), endpointOf(item.To), item.Raw[:min(len(item.Raw), longestSIP)])
		at := item.At.UnixMicro()
		out = le.AppendUint32(out, uint32(at/1e6)) //nolint:gosec // A time of this century.
		out = le.AppendUint32(out, uint32(at%1e6))
		size := uint32(len(packet)) //nolint:gosec // Bounded by longestSIP.
		out = le.AppendUint32(out, size)
		out = le.AppendUint32(out, size)
		out = append(out, packet...)
	}
	return out
}

// endpointOf reads "ip:port"; what is none is nowhere.
func endpointOf(s string) netip.AddrPort {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}

// datagram makes a UDP datagram in an IP packet.
func datagram(from, to netip.AddrPort, text string) []byte {
	if from.Addr().Is4() && to.Addr().Is4() {
		return append(ip4(from.Addr(), to.Addr(), udpHeader+len(text)), udp(from, to, text, from.Addr().AsSlice(), to.Addr().AsSlice())...)
	}
	a, b := from.Addr().As16(), to.Addr().As16()
	return append(ip6(a, b, udpHeader+len(text)), udp(from, to, text, a[:], b[:])...)
}

// ip4 is a header of RFC 791 section 3.1.
func ip4(from, to netip.Addr, payload int) []byte {
	be := binary.BigEndian
	h := []byte{0x45, 0}
	h = be.AppendUint16(h, uint16(ip4Header+payload)) //nolint:gosec // Bounded by longestSIP.
	h = append(h, 0, 0, 0x40, 0, hopLimit, protocolUDP, 0, 0)
	h = append(append(h, from.AsSlice()...), to.AsSlice()...)
	be.PutUint16(h[10:], checksum(h))
	return h
}

// ip6 is a header of RFC 8200 section 3.
func ip6(from, to [16]byte, payload int) []byte {
	h := []byte{0x60, 0, 0, 0}
	h = binary.BigEndian.AppendUint16(h, uint16(payload)) //nolint:gosec // Bounded by longestSIP.
	h = append(h, protocolUDP, hopLimit)
	return append(append(h, from[:]...), to[:]...)
}

// udp is a header of RFC 768 and what it carries; its checksum covers the addresses too.
func udp(from, to netip.AddrPort, text string, fromIP, toIP []byte) []byte {
	be := binary.BigEndian
	length := uint16(udpHeader + len(text)) //nolint:gosec // Bounded by longestSIP.
	d := be.AppendUint16(nil, from.Port())
	d = be.AppendUint16(d, to.Port())
	d = be.AppendUint16(d, length)
	d = append(append(d, 0, 0), text...)
	pseudo := append(append(append([]byte{}, fromIP...), toIP...), 0, protocolUDP)
	pseudo = append(be.AppendUint16(pseudo, length), d...)
	sum := checksum(pseudo)
	if sum == 0 {
		sum = 0xffff // Zero means that there is none.
	}
	be.PutUint16(d[6:], sum)
	return d
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
