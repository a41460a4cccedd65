package provisioning

import (
	"crypto/md5" //nolint:gosec // RFC 8760 keeps MD5 for the peers that know nothing else.
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
)

// mask is what people see of a secret.
const mask = "••••"

// Secret is a password or what stands for one. It prints as dots wherever it is formatted, logged or marshalled; a conversion to string
// shows it.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from JSON and TOML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// HA1 is what is kept of a password that others present to us: the digest of user, realm and password (RFC 7616 section 3.4.2), once with
// MD5 and once with SHA-256, as 32 and 64 small hexadecimal digits.
func HA1(username, realm string, password Secret) (viaMD5, viaSHA256 Secret) {
	a1 := []byte(username + ":" + realm + ":" + string(password))
	m := md5.Sum(a1) //nolint:gosec // RFC 8760 keeps MD5 for the peers that know nothing else.
	s := sha256.Sum256(a1)
	return Secret(hex.EncodeToString(m[:])), Secret(hex.EncodeToString(s[:]))
}
