package message

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"hash/maphash"
)

// tagBytes is the size of a tag: 12 bytes by chance (96 bits) and 4 that prove it is ours.
const (
	tagChance = 12
	tagBytes  = tagChance + 4
)

// Tags makes the tags of From and To and knows its own again without keeping any, so that a request inside a dialog of ours is told from
// one that only claims to be. A tag is good with its Call-ID only. Safe for concurrent use.
type Tags struct{ seed maphash.Seed }

// NewTags makes a maker of tags; tags of another maker are strangers to it.
func NewTags() *Tags { return &Tags{seed: maphash.MakeSeed()} }

// New makes a tag for a dialog of callID (RFC 3261 section 19.3 asks for at least 32 random bits).
func (t *Tags) New(callID string) string {
	var b [tagBytes]byte
	_, _ = rand.Read(b[:tagChance]) // never fails (crypto/rand)
	binary.BigEndian.PutUint32(b[tagChance:], t.proof(b[:tagChance], []byte(callID)))
	return hex.EncodeToString(b[:])
}

// Ours says whether New made the tag for this Call-ID.
func (t *Tags) Ours(tag, callID []byte) bool {
	var b [tagBytes]byte
	if len(tag) != 2*tagBytes {
		return false
	}
	if _, err := hex.Decode(b[:], tag); err != nil {
		return false
	}
	return binary.BigEndian.Uint32(b[tagChance:]) == t.proof(b[:tagChance], callID)
}

func (t *Tags) proof(chance, callID []byte) uint32 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	_, _ = h.Write(chance)
	_, _ = h.Write(callID)
	return uint32(h.Sum64()) //nolint:gosec // 32 of its 64 bits are meant
}

// NewBranch makes the branch of a Via: unique, and marked as RFC 3261 section 8.1.1.7 asks.
func NewBranch() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return "z9hG4bK" + hex.EncodeToString(b[:])
}
