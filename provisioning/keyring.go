package provisioning

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// keyPrefix begins every key that a program shows.
const keyPrefix = "pk_live_"

// keyHint is how much of a key people see: the prefix and four characters.
const keyHint = len(keyPrefix) + 4

// NewKey makes a key: what the program shows, "pk_live_" and 43 characters, which is told once and never kept; and the hint and the digest that a Key keeps of
// it. It fails only where the machine gives no random numbers.
func NewKey() (string, Key, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", Key{}, fmt.Errorf("make a key: %w", err)
	}
	shown := keyPrefix + base64.RawURLEncoding.EncodeToString(raw)
	return shown, Key{Hint: shown[:keyHint], Digest: KeyDigest(shown)}, nil
}

// KeyDigest is what is kept of a key that a program shows: SHA-256, in hexadecimal.
func KeyDigest(shown string) Secret {
	sum := sha256.Sum256([]byte(shown))
	return Secret(hex.EncodeToString(sum[:]))
}
