package sms

// Class says what a handset does with a message (TS 23.038 section 4).
type Class string

// The classes. A message without one is ordinary; class 1 is too, for people.
const (
	ClassNone   Class = ""
	ClassFlash  Class = "flash"  // class 0: shown at once and not kept
	ClassPhone  Class = "phone"  // class 1: kept by the phone
	ClassSIM    Class = "sim"    // class 2: for the card
	ClassDevice Class = "device" // class 3: for what is connected to the phone
)

// Scheme is what a data coding scheme says.
type Scheme struct {
	Coding     Coding
	Class      Class
	Compressed bool // the text is compressed (TS 23.042): it is read as Binary
	Waiting    bool // it tells of waiting messages and may be no text at all
}

// ParseScheme reads the data coding scheme of a TPDU (TS 23.038 section 4). What is reserved is read as the GSM 7 bit default alphabet, as it asks.
func ParseScheme(dcs byte) Scheme {
	switch group := dcs >> 4; {
	case dcs < 0x80:
		s := Scheme{Coding: codingBits(dcs >> 2), Compressed: dcs&0x20 != 0}
		if dcs&0x10 != 0 {
			s.Class = classBits(dcs)
		}
		if s.Compressed {
			s.Coding = Binary
		}
		return s
	case group == 0xc, group == 0xd:
		return Scheme{Coding: GSM7, Waiting: true}
	case group == 0xe:
		return Scheme{Coding: UCS2, Waiting: true}
	case group == 0xf:
		s := Scheme{Coding: GSM7, Class: classBits(dcs)}
		if dcs&0x4 != 0 {
			s.Coding = Binary
		}
		return s
	}
	return Scheme{Coding: GSM7} // 1000 to 1011 are reserved
}

func codingBits(b byte) Coding {
	switch b & 3 {
	case 1:
		return Binary
	case 2:
		return UCS2
	}
	return GSM7 // 11 is reserved
}

func classBits(b byte) Class {
	return []Class{ClassFlash, ClassPhone, ClassSIM, ClassDevice}[b&3]
}

// Byte is the data coding scheme of a TPDU. Latin1 is no alphabet of TPDUs and is written as GSM7.
func (s Scheme) Byte() byte {
	b := byte(0)
	switch s.Coding {
	case Binary:
		b = 0x4
	case UCS2:
		b = 0x8
	case GSM7, Latin1:
	}
	switch s.Class {
	case ClassFlash:
		return b | 0x10
	case ClassPhone:
		return b | 0x11
	case ClassSIM:
		return b | 0x12
	case ClassDevice:
		return b | 0x13
	case ClassNone:
	}
	return b
}

// ParseDataCoding reads data_coding of SMPP (SMPP 3.4 section 5.2.19). standard is what the other means by 0, GSM7 or Latin1. IA5 is read as Latin1, which has its
// characters where it has them; alphabets that we do not know are Binary.
func ParseDataCoding(dataCoding byte, standard Coding) Scheme {
	const isdn, binary2, latin1, binary4, ucs2, messageWaiting = 1, 2, 3, 4, 8, 0xc0
	switch {
	case dataCoding == 0:
		return Scheme{Coding: standard}
	case dataCoding == isdn, dataCoding == latin1:
		return Scheme{Coding: Latin1}
	case dataCoding == binary2, dataCoding == binary4:
		return Scheme{Coding: Binary}
	case dataCoding == ucs2:
		return Scheme{Coding: UCS2}
	case dataCoding >= messageWaiting, dataCoding&0xf0 == 0x10: // as in TPDUs; many centres write classes so too
		return ParseScheme(dataCoding)
	}
	return Scheme{Coding: Binary}
}

// DataCoding is data_coding of SMPP for ordinary text. standard is what the other means by 0: a coding that is not that has a code of its own, but GSM7, which
// SMPP has none for.
func DataCoding(c, standard Coding) byte {
	const latin1, binary, ucs2 = 3, 4, 8
	if c == standard {
		return 0
	}
	switch c {
	case Latin1:
		return latin1
	case Binary:
		return binary
	case UCS2:
		return ucs2
	case GSM7:
	}
	return 0
}
