// Package srtp encrypts the media of legs whose keys stand in their session descriptions (RFC 4568, RFC 3711, RFC 7714). It reads and writes
// the attribute that brings them, and seals and opens packets; what is agreed on is decided elsewhere.
package srtp

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	pion "github.com/pion/srtp/v3"
)

// Suite is how packets are encrypted and proved.
type Suite string

// The suites that we know, by their names in SDP (RFC 4568 section 6.2, RFC 7714 section 14.2).
const (
	AES128SHA80 Suite = "AES_CM_128_HMAC_SHA1_80"
	AES128SHA32 Suite = "AES_CM_128_HMAC_SHA1_32"
	AES128GCM   Suite = "AEAD_AES_128_GCM"
	AES256GCM   Suite = "AEAD_AES_256_GCM"
)

// Suites are all of them, best first: GCM costs a quarter of the others.
func Suites() []Suite { return []Suite{AES128GCM, AES256GCM, AES128SHA80, AES128SHA32} }

// profile gives the suite in the library's words, and how long its key and salt are.
func (s Suite) profile() (p pion.ProtectionProfile, key, salt int) {
	switch s {
	case AES128SHA80:
		p = pion.ProtectionProfileAes128CmHmacSha1_80
	case AES128SHA32:
		p = pion.ProtectionProfileAes128CmHmacSha1_32
	case AES128GCM:
		p = pion.ProtectionProfileAeadAes128Gcm
	case AES256GCM:
		p = pion.ProtectionProfileAeadAes256Gcm
	default:
		return 0, 0, 0
	}
	key, errKey := p.KeyLen()
	salt, errSalt := p.SaltLen()
	if errKey != nil || errSalt != nil {
		return 0, 0, 0
	}
	return p, key, salt
}

// What makes an a=crypto of no use to us.
var (
	errForm  = errors.New("srtp: a=crypto is malformed")
	errSuite = errors.New("srtp: the suite of an a=crypto is not known")
	errKey   = errors.New("srtp: the key of an a=crypto is of no use")
	errParam = errors.New("srtp: a parameter of an a=crypto is not supported")
)

// Crypto is one a=crypto: a suite with the master key that its sender seals with. It hides its key from logs.
type Crypto struct {
	Tag   int
	Suite Suite
	key   string // and salt
}

// New makes one with a key that nobody else has.
func New(tag int, s Suite) Crypto {
	_, key, salt := s.profile()
	b := make([]byte, key+salt)
	rand.Read(b)
	return Crypto{Tag: tag, Suite: s, key: string(b)}
}

// tagMost is the largest tag (RFC 4568 section 9.1: one to nine digits).
const tagMost = 999_999_999

// Parse reads the attribute's value. Of several keys, of a key with an identifier and of parameters that change what is encrypted it makes
// nothing: such a line is passed over (section 6.3.7: what is not understood makes the line unusable).
func Parse(value string) (Crypto, error) {
	f := strings.Fields(value)
	if len(f) < 3 || len(value) > 1024 {
		return Crypto{}, errForm
	}
	tag, err := strconv.Atoi(f[0])
	if err != nil || tag < 0 || tag > tagMost || f[0][0] == '+' {
		return Crypto{}, errForm
	}
	c := Crypto{Tag: tag, Suite: Suite(strings.ToUpper(f[1]))}
	_, key, salt := c.Suite.profile()
	if key == 0 {
		return Crypto{}, errSuite
	}
	text, ok := strings.CutPrefix(f[2], "inline:")
	if !ok || strings.Contains(text, ";") {
		return Crypto{}, errKey
	}
	parts := strings.Split(text, "|")
	if len(parts) > 2 || (len(parts) == 2 && strings.Contains(parts[1], ":")) {
		return Crypto{}, errParam // an identifier of the key
	}
	b, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil {
		b, err = base64.RawStdEncoding.DecodeString(parts[0])
	}
	if err != nil || len(b) != key+salt {
		return Crypto{}, errKey
	}
	for _, p := range f[3:] {
		if !strings.HasPrefix(strings.ToUpper(p), "WSH=") { // a hint of the window's size
			return Crypto{}, errParam
		}
	}
	c.key = string(b)
	return c, nil
}

// Line is the attribute's value, key included: for SDP and nothing else.
func (c Crypto) Line() string {
	return fmt.Sprintf("%d %s inline:%s", c.Tag, c.Suite, base64.StdEncoding.EncodeToString([]byte(c.key)))
}

// String hides the key.
func (c Crypto) String() string { return fmt.Sprintf("%d %s", c.Tag, c.Suite) }

// GoString hides the key.
func (c Crypto) GoString() string { return c.String() }

// LogValue hides the key.
func (c Crypto) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Same says whether it is the same key for the same suite.
func (c Crypto) Same(o Crypto) bool { return c.Suite == o.Suite && c.key == o.key }

// context makes what seals or opens packets.
func (c Crypto) context(opts ...pion.ContextOption) (*pion.Context, error) {
	p, key, salt := c.Suite.profile()
	if key == 0 || len(c.key) != key+salt {
		return nil, errKey
	}
	x, err := pion.CreateContext([]byte(c.key[:key]), []byte(c.key[key:]), p, opts...)
	if err != nil {
		return nil, fmt.Errorf("srtp: %w", err)
	}
	return x, nil
}
