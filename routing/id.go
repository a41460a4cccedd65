package routing

import (
	"crypto/rand"
	"time"
)

// NewID makes an id: the prefix, an underscore and 26 characters in time order (Crockford's base 32: 48 bits of Unix milliseconds, then 80
// random ones). Ids made in one millisecond have no order among them. The prefixes are call, leg, usr, team, num, trk, flow, dev, aud, evt.
func NewID(prefix string, at time.Time) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var raw [16]byte
	ms := uint64(max(at.UnixMilli(), 0))
	for i := range 6 {
		raw[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // The byte is what is wanted.
	}
	_, _ = rand.Read(raw[6:]) // Never fails: crypto/rand ends the process instead.
	out := make([]byte, 0, len(prefix)+27)
	out = append(append(out, prefix...), '_')
	var acc, bits uint // 128 bits are 25 characters and 3 bits: two zero bits come first.
	bits = 2
	for _, b := range raw {
		acc = acc<<8 | uint(b)
		bits += 8
		for bits >= 5 {
			bits -= 5
			out = append(out, alphabet[acc>>bits&31])
		}
	}
	return string(out)
}
