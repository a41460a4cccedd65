package provisioning

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
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
	return shown, Key{Hint: shown[:keyHint], Digest: digestOf(shown)}, nil
}

func digestOf(shown string) Secret {
	sum := sha256.Sum256([]byte(shown))
	return Secret(hex.EncodeToString(sum[:]))
}

// FindKey gives the key that a program shows; nil where there is none such, or where it is over.
func (s *State) FindKey(shown string, now time.Time) *Key {
	if !strings.HasPrefix(shown, keyPrefix) {
		return nil
	}
	digest := digestOf(shown)
	for _, k := range s.Keys {
		if k.Digest == "" || subtle.ConstantTimeCompare([]byte(k.Digest), []byte(digest)) != 1 {
			continue
		}
		if k.Over(now) {
			return nil
		}
		return k
	}
	return nil
}
