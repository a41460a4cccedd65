package digest

import (
	"crypto/md5" //nolint:gosec // RFC 3261 section 22 asks for it, and most trunks know nothing else
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Algorithm is a hash of RFC 7616 section 3.4 that SIP uses (RFC 8760).
type Algorithm int

// The algorithms, better ones later.
const (
	MD5 Algorithm = iota + 1
	SHA256
)

// String is the name that headers carry.
func (a Algorithm) String() string {
	switch a {
	case MD5:
		return "MD5"
	case SHA256:
		return "SHA-256"
	default:
		return "unknown"
	}
}

// ParseAlgorithm reads a name in any case; an empty one is MD5 (RFC 7616 section 3.3). ok is false for what is not supported here.
func ParseAlgorithm(name string) (a Algorithm, ok bool) {
	switch {
	case name == "", strings.EqualFold(name, "MD5"):
		return MD5, true
	case strings.EqualFold(name, "SHA-256"):
		return SHA256, true
	default:
		return 0, false
	}
}

// sum is the lower-case hex hash of the parts with colons between them.
func (a Algorithm) sum(parts ...string) string {
	text := []byte(strings.Join(parts, ":"))
	if a == SHA256 {
		h := sha256.Sum256(text)
		return hex.EncodeToString(h[:])
	}
	h := md5.Sum(text) //nolint:gosec // see above
	return hex.EncodeToString(h[:])
}

// HA1 is H(username:realm:password) for each algorithm on offer (RFC 7616 section 3.4.2), in lower-case hex; empty where it is not known.
type HA1 struct{ MD5, SHA256 string }

// NewHA1 makes what a server keeps instead of a password.
func NewHA1(username, realm, password string) HA1 {
	return HA1{MD5: MD5.sum(username, realm, password), SHA256: SHA256.sum(username, realm, password)}
}

func (h HA1) of(a Algorithm) string {
	if a == SHA256 {
		return h.SHA256
	}
	return h.MD5
}
