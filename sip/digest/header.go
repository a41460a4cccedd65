package digest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// ErrSyntax says that a header cannot be read. It carries nothing of what a peer sent.
var ErrSyntax = errors.New("malformed digest header")

// maxParams is how many parameters a header may have: more is no digest.
const maxParams = 32

// Credentials are the value of Authorization or Proxy-Authorization (RFC 7616 section 3.4).
type Credentials struct {
	Username, Realm, Nonce, URI, Response, CNonce, Opaque string
	Algorithm                                             Algorithm
	QOP                                                   string // "auth", "auth-int" or empty
	NC                                                    uint32
}

// ParseCredentials reads a header value. The scheme is compared without regard to case; another scheme than Digest is ErrSyntax.
func ParseCredentials(value string) (Credentials, error) {
	c := Credentials{Algorithm: MD5}
	err := params(value, func(name, val string) error {
		switch name {
		case "username":
			c.Username = val
		case "realm":
			c.Realm = val
		case "nonce":
			c.Nonce = val
		case "uri":
			c.URI = val
		case "response":
			c.Response = strings.ToLower(val)
		case "cnonce":
			c.CNonce = val
		case "opaque":
			c.Opaque = val
		case "qop":
			c.QOP = strings.ToLower(val)
		case "nc":
			return hexCount(val, &c.NC)
		case "algorithm":
			var ok bool
			if c.Algorithm, ok = ParseAlgorithm(val); !ok {
				return ErrSyntax
			}
		}
		return nil
	})
	if err != nil || c.Username == "" || c.Nonce == "" || c.Response == "" {
		return Credentials{}, ErrSyntax
	}
	return c, nil
}

// hexCount reads an nc: exactly eight hex digits (RFC 7616 section 3.4).
func hexCount(s string, n *uint32) error {
	if len(s) != 8 {
		return ErrSyntax
	}
	*n = 0
	for i := range len(s) {
		d := strings.IndexByte("0123456789abcdef", s[i]|0x20)
		if d < 0 {
			return ErrSyntax
		}
		*n = *n<<4 | uint32(d) //nolint:gosec // d is 0 to 15
	}
	return nil
}

// Challenge is the value of WWW-Authenticate or Proxy-Authenticate (RFC 7616 section 3.3).
type Challenge struct {
	Proxy                bool // it came in a 407
	Realm, Nonce, Opaque string
	Algorithm            Algorithm
	QOP                  []string // in lower case; empty: none asked for (RFC 2069)
	Stale                bool
}

// ParseChallenge reads a header value; an algorithm that is not supported is ErrSyntax.
func ParseChallenge(value string) (Challenge, error) {
	c := Challenge{Algorithm: MD5}
	err := params(value, func(name, val string) error {
		switch name {
		case "realm":
			c.Realm = val
		case "nonce":
			c.Nonce = val
		case "opaque":
			c.Opaque = val
		case "stale":
			c.Stale = strings.EqualFold(val, "true")
		case "algorithm":
			var ok bool
			if c.Algorithm, ok = ParseAlgorithm(val); !ok {
				return ErrSyntax
			}
		case "qop":
			for q := range strings.SplitSeq(strings.ToLower(val), ",") {
				c.QOP = append(c.QOP, strings.TrimSpace(q))
			}
		}
		return nil
	})
	if err != nil || c.Nonce == "" {
		return Challenge{}, ErrSyntax
	}
	return c, nil
}

// params walks the parameters of a Digest header: names in lower case, values without their quotes. A name that comes twice is ErrSyntax:
// two readers could take one each.
func params(value string, each func(name, val string) error) error {
	scheme, rest, _ := strings.Cut(strings.TrimLeft(value, " \t"), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return ErrSyntax
	}
	var seen []string
	for rest = strings.TrimLeft(rest, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
		name, val, more, ok := param(rest)
		if !ok || len(seen) == maxParams || slices.Contains(seen, name) {
			return ErrSyntax
		}
		seen = append(seen, name)
		if err := each(name, val); err != nil {
			return err
		}
		rest = more
	}
	return nil
}

// param takes one name=value off the front.
func param(s string) (name, val, rest string, ok bool) {
	name, rest, ok = strings.Cut(s, "=")
	name = strings.ToLower(strings.TrimSpace(name))
	if !ok || name == "" || strings.ContainsAny(name, " \t\",") {
		return "", "", "", false
	}
	rest = strings.TrimLeft(rest, " \t")
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexAny(rest, ", \t")
		if end < 0 {
			end = len(rest)
		}
		return name, rest[:end], rest[end:], !strings.Contains(rest[:end], `"`)
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			rest = rest[i+1:]
			return name, b.String(), rest, rest == "" || strings.ContainsAny(rest[:1], ", \t")
		case c == '\\' && i+1 < len(rest):
			i++
			b.WriteByte(rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", "", false
}

// NonceOf finds the nonce in an Authorization value without reading the rest: what a guard needs of it. Empty when there is none.
func NonceOf(value []byte) string {
	const mark = `nonce="`
	for rest := value; ; {
		i := bytes.Index(rest, []byte(mark))
		if i < 0 {
			return ""
		}
		before := i
		rest = rest[i+len(mark):]
		if before > 0 && value[len(value)-len(rest)-len(mark)-1] == 'c' { // cnonce
			continue
		}
		end := bytes.IndexByte(rest, '"')
		if end < 0 || end > 128 {
			return ""
		}
		return string(rest[:end])
	}
}
