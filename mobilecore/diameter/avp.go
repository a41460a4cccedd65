package diameter

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unicode/utf8"
)

// Flags are those of an AVP, without the V bit, which its attribute tells (RFC 6733 section 4.1).
type Flags uint8

// The flags.
const (
	vendorBit Flags = 0x80
	Mandatory Flags = 0x40 // whoever does not know it refuses the message
	Protected Flags = 0x20 // reserved for security from end to end
)

const (
	avpHeader       = 8
	avpVendorHeader = 12
	longestAVP      = 1<<24 - 1
)

// AVP is one attribute with its value.
type AVP struct {
	Attribute Attribute
	Flags     Flags
	Payload   []byte // as on the wire, without padding; one that was read shares the memory of its message
}

// flags is how an attribute of ours is sent: nearly all are mandatory.
func (a Attribute) flags() Flags {
	//exhaustive:ignore // All others are mandatory.
	switch a {
	case ProductName, FirmwareRevision, ErrorMessage, SupportedFeatures, FeatureListID, FeatureList, AssociatedIdentities, UARFlags, LooseRouteIndication:
		return 0
	}
	return Mandatory
}

// Octets is an AVP of bytes as they are.
func Octets(a Attribute, payload []byte) AVP { return AVP{a, a.flags(), payload} }

// Text is an AVP of UTF8String, DiameterIdentity or OctetString.
func Text(a Attribute, s string) AVP { return AVP{a, a.flags(), []byte(s)} }

// Number is an AVP of one number: 64 bits wide where the dictionary says so, 32 bits otherwise, of which the lower are kept.
func Number(a Attribute, n uint64) AVP {
	if a.Kind().octets() == 8 {
		return AVP{a, a.flags(), binary.BigEndian.AppendUint64(nil, n)}
	}
	return AVP{a, a.flags(), binary.BigEndian.AppendUint32(nil, uint32(n))} //nolint:gosec // said above
}

// IP is an AVP of type Address (RFC 6733 section 4.3.1).
func IP(a Attribute, ip netip.Addr) AVP {
	const v4, v6 = 1, 2
	ip = ip.Unmap()
	family := byte(v4)
	if ip.Is6() {
		family = v6
	}
	return AVP{a, a.flags(), append([]byte{0, family}, ip.AsSlice()...)}
}

// ntpEpoch is 1900-01-01, from which Diameter counts seconds, in Unix seconds; its era of 32 bits ends in 2036 (RFC 6733 section 4.3.1).
const ntpEpoch = -2208988800

// Moment is an AVP of type Time, in whole seconds.
func Moment(a Attribute, t time.Time) AVP {
	seconds := uint32(t.Unix() - ntpEpoch) //nolint:gosec // counted modulo its era
	return AVP{a, a.flags(), binary.BigEndian.AppendUint32(nil, seconds)}
}

// Group is an AVP of AVPs.
func Group(a Attribute, members ...AVP) AVP {
	size := 0
	for i := range members {
		size += members[i].size()
	}
	payload := make([]byte, 0, size)
	for i := range members {
		payload = members[i].append(payload)
	}
	return AVP{a, a.flags(), payload}
}

// size is how many octets it has on the wire, with padding.
func (a *AVP) size() int {
	head := avpHeader
	if a.Attribute.Vendor() != 0 {
		head = avpVendorHeader
	}
	return padded(head + len(a.Payload))
}

func padded(n int) int { return (n + 3) &^ 3 }

// append writes it behind b.
func (a *AVP) append(b []byte) []byte {
	flags, length := a.Flags&^vendorBit, avpHeader+len(a.Payload)
	if a.Attribute.Vendor() != 0 {
		flags, length = flags|vendorBit, length+4
	}
	b = binary.BigEndian.AppendUint32(b, a.Attribute.Code())
	b = binary.BigEndian.AppendUint32(b, uint32(flags)<<24|uint32(length&longestAVP)) // Message.Append refuses what is longer.
	if v := a.Attribute.Vendor(); v != 0 {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	b = append(b, a.Payload...)
	for range padded(length) - length {
		b = append(b, 0)
	}
	return b
}

// Number reads an Unsigned32, Unsigned64, Enumerated or integer. One of another length is refused with 5014.
func (a *AVP) Number() (uint64, error) {
	switch len(a.Payload) {
	case 4:
		return uint64(binary.BigEndian.Uint32(a.Payload)), nil
	case 8:
		return binary.BigEndian.Uint64(a.Payload), nil
	}
	return 0, a.refuse(InvalidAVPLength, "is no number")
}

// IP reads an Address of IP. Another family is refused with 5004.
func (a *AVP) IP() (netip.Addr, error) {
	if len(a.Payload) > 2 {
		family := binary.BigEndian.Uint16(a.Payload)
		if ip, isIP := netip.AddrFromSlice(a.Payload[2:]); isIP && (family == 1) == ip.Is4() && family <= 2 {
			return ip, nil
		}
	}
	return netip.Addr{}, a.refuse(InvalidAVPValue, "is no IP address")
}

// Moment reads a Time. Those before 1968 are taken for the era that begins in 2036 (RFC 5905 section 6).
func (a *AVP) Moment() (time.Time, error) {
	if len(a.Payload) != 4 {
		return time.Time{}, a.refuse(InvalidAVPLength, "is no time")
	}
	seconds := int64(binary.BigEndian.Uint32(a.Payload))
	if seconds&0x80000000 == 0 {
		seconds += 1 << 32
	}
	return time.Unix(seconds+ntpEpoch, 0), nil
}

// Members reads a Grouped AVP: one level of it.
func (a *AVP) Members() (Set, error) { return readSet(a.Payload) }

// refuse says what is wrong with it.
func (a *AVP) refuse(r Result, why string) *RefusalError {
	return Refusal(r, "attribute "+a.Attribute.String()+" "+why, *a)
}

// readSet cuts AVPs apart. What could be read before a fault is given with the error.
func readSet(b []byte) (Set, error) {
	set := make(Set, 0, min(len(b)/16+1, 24))
	for len(b) > 0 {
		a, rest, err := readAVP(b)
		if err != nil {
			return set, err
		}
		if len(set) == mostAVPs {
			return set, a.refuse(AVPOccursTooManyTimes, "is one of too many")
		}
		set, b = append(set, a), rest
	}
	return set, nil
}

// readAVP cuts the first AVP off b.
func readAVP(b []byte) (AVP, []byte, error) {
	if len(b) < avpHeader {
		return AVP{}, nil, Refusal(InvalidAVPLength, "an AVP ends in its header", cut(b))
	}
	word := binary.BigEndian.Uint32(b[4:])
	flags, length, head := Flags(word>>24), int(word&longestAVP), avpHeader
	a := AVP{Attribute: Attribute(binary.BigEndian.Uint32(b)), Flags: flags &^ vendorBit}
	if flags&vendorBit != 0 {
		head = avpVendorHeader
		if len(b) < head {
			return AVP{}, nil, Refusal(InvalidAVPLength, "an AVP ends in its header", cut(b))
		}
		vendor := Vendor(binary.BigEndian.Uint32(b[avpHeader:]))
		if a.Attribute |= Attribute(vendor) << 32; vendor == 0 {
			return AVP{}, nil, Refusal(InvalidAVPBits, "an AVP has the vendor bit, and vendor 0", zeroed(a.Attribute)) // RFC 6733 section 4.1.1
		}
	}
	if length < head || length > len(b) {
		bad := zeroed(a.Attribute) // RFC 6733 section 7.1.5: the payload is zeroes where the length cannot be kept
		bad.Flags = a.Flags
		return AVP{}, nil, Refusal(InvalidAVPLength, "attribute "+a.Attribute.String()+" has a wrong length", bad)
	}
	a.Payload = b[head:length:length]
	return a, b[min(padded(length), len(b)):], nil // the padding of a group's last member is often left out
}

// cut is what a header that ends too early began as.
func cut(b []byte) AVP {
	if len(b) < 4 {
		return AVP{}
	}
	return zeroed(Attribute(binary.BigEndian.Uint32(b)))
}

// valid holds the payload against the dictionary: its length, and what can be said of its value.
func (a *AVP) valid() error {
	kind := a.Attribute.Kind()
	if n := kind.octets(); n != 0 && len(a.Payload) != n {
		bad := zeroed(a.Attribute)
		bad.Flags = a.Flags
		return Refusal(InvalidAVPLength, "attribute "+a.Attribute.String()+" has a wrong length", bad)
	}
	switch kind {
	case Unknown:
		if a.Flags&Mandatory != 0 {
			return a.refuse(AVPUnsupported, "is mandatory, and unknown to us")
		}
	case UTF8String:
		if !utf8.Valid(a.Payload) {
			return a.refuse(InvalidAVPValue, "is not UTF-8")
		}
	case Identity:
		if !identity(a.Payload) {
			return a.refuse(InvalidAVPValue, "is no DiameterIdentity")
		}
	case Address:
		if len(a.Payload) < 2 {
			return a.refuse(InvalidAVPLength, "has a wrong length")
		}
	case OctetString, Integer32, Integer64, Unsigned32, Unsigned64, Time, Enumerated, Grouped:
	}
	return nil
}

// identity says whether b can be a DiameterIdentity or DiameterURI: printable ASCII without spaces, of a name's length (RFC 6733 section 4.3.1).
func identity(b []byte) bool {
	const longest = 512
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(b) > 0 && len(b) <= longest
}
