package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"tandem/routing"
)

// longestLadder is what is unpacked of a ladder at most: an entry of the spool is no longer.
const longestLadder = longestEntry

// Of the search for what was there before.
const (
	packBits  = 12
	packReach = 8 // bytes that are compared at once: the shortest repeat that is found
)

// packer packs ladders: requests and responses of a call repeat each other, so a third of the bytes remains. Bytes that were there before are
// written as a length and a distance, like LZ77 does, and nothing is coded further: that costs a sixth of the time of DEFLATE, and the record of
// a call is written by whoever ran the call. It is not safe for concurrent use.
type packer struct {
	seen  [1 << packBits]int32 // where eight bytes with this hash were last, plus one
	plain []byte
}

// pack appends the length of src and then, by turns, a run of bytes that are new (its length, itself) and a repeat (length, distance).
func (p *packer) pack(to, src []byte) []byte {
	to = binary.AppendUvarint(to, uint64(len(src)))
	clear(p.seen[:])
	fresh := 0 // from here on nothing is written yet
	for i := 0; i+packReach <= len(src); {
		now := binary.LittleEndian.Uint64(src[i:])
		slot := &p.seen[now*0x9E3779B185EBCA87>>(64-packBits)]
		before := int(*slot) - 1
		*slot = int32(i + 1)
		if before < 0 || binary.LittleEndian.Uint64(src[before:]) != now {
			i += 1 + (i-fresh)>>6 // What does not repeat itself for long is passed over faster.
			continue
		}
		n := packReach + same(src[before+packReach:], src[i+packReach:])
		to = append(binary.AppendUvarint(to, uint64(i-fresh)), src[fresh:i]...)
		to = binary.AppendUvarint(binary.AppendUvarint(to, uint64(n)), uint64(i-before)) //nolint:gosec // Both are positive.
		i += n
		fresh = i
	}
	return append(binary.AppendUvarint(to, uint64(len(src)-fresh)), src[fresh:]...)
}

// same is how many bytes a and b, which is not the longer, begin with alike.
func same(a, b []byte) int {
	n := 0
	for ; n+8 <= len(b); n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// unpack reads a packed ladder.
func unpack(packed []byte) ([]routing.LadderItem, error) {
	d := decoder{rest: packed}
	size := d.uint()
	if size > longestLadder {
		return nil, fmt.Errorf("unpack ladder: %w", errEntry)
	}
	out := make([]byte, 0, min(int(size), 8*len(packed)))
	for !d.bad {
		n := d.count()
		out = append(out, d.rest[:n]...)
		d.rest = d.rest[n:]
		if uint64(len(out)) >= size {
			break
		}
		length, back := d.uint(), d.uint()
		if back == 0 || back > uint64(len(out)) || length > size-uint64(len(out)) {
			d.fail()
			break
		}
		for from := len(out) - int(back); length > 0; length-- { //nolint:gosec // Not above a length.
			out = append(out, out[from])
			from++
		}
	}
	if d.bad || uint64(len(out)) != size {
		return nil, fmt.Errorf("unpack ladder: %w", errEntry)
	}
	return decodeLadder(out)
}
