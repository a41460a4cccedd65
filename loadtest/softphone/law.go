package softphone

// law is a G.711 law.
type law interface {
	payloadType() byte
	encode(v int16) byte
	decode(b byte) int16
}

type aLaw struct{}

func (aLaw) payloadType() byte { return 8 }

// encode finds the segment of the magnitude (G.711 table 1a).
func (aLaw) encode(v int16) byte {
	sign, x := byte(0x80), int(v)
	if x < 0 {
		sign, x = 0, -x-1
	}
	x >>= 4      // 11 bits are left
	b := byte(x) // of the first segment
	for seg := byte(1); seg < 8 && x >= 16<<(seg-1); seg++ {
		b = seg<<4 | byte(x>>(seg-1))&0x0f
	}
	return (sign | b) ^ 0x55
}

func (aLaw) decode(b byte) int16 {
	b ^= 0x55
	seg, x := b>>4&7, int(b&0x0f)<<4+8
	if seg > 0 {
		x = (x + 0x100) << (seg - 1)
	}
	if b&0x80 == 0 {
		x = -x
	}
	return int16(x)
}

type muLaw struct{}

func (muLaw) payloadType() byte { return 0 }

func (muLaw) encode(v int16) byte {
	sign, x := byte(0), int(v)
	if x < 0 {
		sign, x = 0x80, -x
	}
	x = min(x, 32635) + 132
	seg := byte(7)
	for seg > 0 && x < 128<<seg {
		seg--
	}
	return ^(sign | seg<<4 | byte(x>>(seg+3))&0x0f)
}

func (muLaw) decode(b byte) int16 {
	b = ^b
	x := (int(b&0x0f)<<3+132)<<(b>>4&7) - 132
	if b&0x80 != 0 {
		x = -x
	}
	return int16(x)
}
