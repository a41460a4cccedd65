package store

import (
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"

	"tandem/routing"
)

// longestLadder is what is unpacked of a ladder at most: an entry of the spool is no longer.
const longestLadder = longestEntry

// packer packs ladders: requests and responses of a call repeat each other, so a third of the bytes remains. S2 costs a small part of the time of
// DEFLATE, and the record of a call is written by whoever ran the call. It is not safe for concurrent use.
type packer struct{ plain []byte }

// pack appends src, packed.
func (p *packer) pack(to, src []byte) []byte {
	room := s2.MaxEncodedLen(len(src))
	to = slices.Grow(to, room)
	packed := s2.Encode(to[len(to):len(to)+room], src)
	return to[:len(to)+len(packed)]
}

// unpack reads a packed ladder.
func unpack(packed []byte) ([]routing.LadderItem, error) {
	if n, err := s2.DecodedLen(packed); err != nil || n > longestLadder {
		return nil, fmt.Errorf("unpack ladder: %w", errEntry)
	}
	plain, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("unpack ladder: %w", err)
	}
	return decodeLadder(plain)
}
