package diameter

import "strconv"

// Vendor is an enterprise number of IANA; 0 is the IETF.
type Vendor uint32

// TGPP is 3GPP's vendor number.
const TGPP Vendor = 10415

// Attribute names an AVP: its vendor in the upper 32 bits and its code in the lower.
type Attribute uint64

const tgpp = Attribute(TGPP) << 32

// AttributeOf is the attribute with a code of a vendor.
func AttributeOf(v Vendor, code uint32) Attribute { return Attribute(v)<<32 | Attribute(code) }

// Vendor is whose attribute it is.
func (a Attribute) Vendor() Vendor { return Vendor(a >> 32) }

// Code is its number.
func (a Attribute) Code() uint32 { return uint32(a) } //nolint:gosec // the lower half is meant

// String gives the code, with the vendor's number where there is one: "10415:869".
func (a Attribute) String() string {
	code := strconv.FormatUint(uint64(a.Code()), 10)
	if a.Vendor() == 0 {
		return code
	}
	return strconv.FormatUint(uint64(a.Vendor()), 10) + ":" + code
}

// Kind is the format of an AVP's payload (RFC 6733 sections 4.2 to 4.4).
type Kind int

// The kinds.
const (
	Unknown     Kind = iota // not in the dictionary: read as bytes, and refused where it is mandatory
	OctetString             // also what is known and of no interest to us
	Integer32
	Integer64
	Unsigned32
	Unsigned64
	UTF8String
	Identity // DiameterIdentity and DiameterURI: ASCII, never empty
	Address
	Time
	Enumerated
	Grouped
)

// octets is how long a payload of a kind is; 0: it varies.
func (k Kind) octets() int {
	switch k {
	case Integer32, Unsigned32, Enumerated, Time:
		return 4
	case Integer64, Unsigned64:
		return 8
	case Unknown, OctetString, UTF8String, Identity, Address, Grouped:
		return 0
	}
	return 0
}
