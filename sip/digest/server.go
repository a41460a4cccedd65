package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Verdict is what is thought of a nonce or of credentials.
type Verdict int

// What it can be. Stale ones are ours but old: the challenge that follows says so, and no password is asked again.
const (
	Forged Verdict = iota // not ours, or not for this source
	Stale
	Fresh
	Wrong    // credentials: the password, user, method or URI does not fit
	Replayed // credentials: used before
	Proved   // credentials: right
)

// String is the verdict in words.
func (v Verdict) String() string {
	names := [...]string{Forged: "forged", Stale: "stale", Fresh: "fresh", Wrong: "wrong", Replayed: "replayed", Proved: "proved"}
	if v < 0 || int(v) >= len(names) {
		return "unknown"
	}
	return names[v]
}

// Server challenges and verifies. A nonce is a cookie: it proves by itself that we made it, when, and for which source address, so that
// nothing is kept for a challenge. Only the use of a nonce that led to a right answer is remembered. Safe for concurrent use.
type Server struct {
	realm  string
	offers []Algorithm // best first
	secret []byte
	used   *replays
}

// nonceLife is how long a nonce is fresh. A phone that keeps using one gets stale=true afterwards and goes on unasked.
const nonceLife = 5 * time.Minute

// The parts of a nonce, in bytes: the minute it was made, chance (two phones behind one address must not share one), and the proof. It is
// short, since the answer to a forged request must not be worth the forging.
const (
	nonceMinute = 4
	nonceChance = 4
	nonceProof  = 9
	nonceBytes  = nonceMinute + nonceChance + nonceProof
)

// NewServer makes a server for a realm. secret is what nodes of a cluster share; an empty one is drawn now. offers are the algorithms that it
// asks for and takes, best first; none means SHA-256, then MD5 (RFC 8760 section 2.4).
func NewServer(realm string, secret []byte, offers ...Algorithm) *Server {
	if len(offers) == 0 {
		offers = []Algorithm{SHA256, MD5}
	}
	if len(secret) == 0 {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails (crypto/rand)
	}
	return &Server{realm: realm, offers: offers, secret: secret, used: newReplays()}
}

// Realm is the realm of our challenges.
func (s *Server) Realm() string { return s.realm }

// Nonce makes a nonce for a source.
func (s *Server) Nonce(src netip.Addr) string {
	var b [nonceBytes]byte
	binary.BigEndian.PutUint32(b[:], minute(time.Now()))
	_, _ = rand.Read(b[nonceMinute : nonceMinute+nonceChance])
	copy(b[nonceMinute+nonceChance:], s.proof(b[:nonceMinute+nonceChance], src))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func minute(t time.Time) uint32 { return uint32(t.Unix() / 60) } //nolint:gosec // good until the year 10000

func (s *Server) proof(made []byte, src netip.Addr) []byte {
	mac := hmac.New(sha256.New, s.secret)
	addr := src.Unmap().As16()
	mac.Write(made)
	mac.Write(addr[:])
	mac.Write([]byte(s.realm))
	return mac.Sum(nil)[:nonceProof]
}

// Check says whether a nonce is ours, made for this source, and still fresh: Fresh, Stale or Forged.
func (s *Server) Check(nonce string, src netip.Addr) Verdict {
	var b [nonceBytes]byte
	if base64.RawURLEncoding.DecodedLen(len(nonce)) != nonceBytes {
		return Forged
	}
	if _, err := base64.RawURLEncoding.Decode(b[:], []byte(nonce)); err != nil {
		return Forged
	}
	if !hmac.Equal(b[nonceMinute+nonceChance:], s.proof(b[:nonceMinute+nonceChance], src)) {
		return Forged
	}
	age := int64(minute(time.Now())) - int64(binary.BigEndian.Uint32(b[:]))
	if age < 0 || age > int64(nonceLife/time.Minute) {
		return Stale
	}
	return Fresh
}

// Challenges are the values of WWW-Authenticate or Proxy-Authenticate, best algorithm first (RFC 8760 section 2.4). why is what was
// thought of the last attempt: Stale says so to the phone.
func (s *Server) Challenges(src netip.Addr, why Verdict) []string {
	nonce, stale := s.Nonce(src), ""
	if why == Stale {
		stale = ",stale=true"
	}
	offer := func(a Algorithm) string {
		return `Digest realm="` + quoted(s.realm) + `",nonce="` + nonce + `",algorithm=` + a.String() + `,qop="auth"` + stale
	}
	out := make([]string, 0, len(s.offers))
	for _, a := range s.offers {
		out = append(out, offer(a))
	}
	return out
}

// quoted escapes what would end a quoted string.
func quoted(s string) string {
	if !strings.ContainsAny(s, `"\`) {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

// Asked is the request that credentials came with.
type Asked struct {
	Method string
	URI    string // Request-URI
	Source netip.Addr
}

// Verify says what credentials are worth: Proved, or why not. The user must be looked up before: ha1 is that of c.Username in our realm,
// its zero value when there is no such user, which takes as long and gives Wrong (RFC 7616 section 5.2: no enumeration).
func (s *Server) Verify(c Credentials, r Asked, ha1 HA1) Verdict {
	if v := s.Check(c.Nonce, r.Source); v != Fresh {
		return v
	}
	known := ha1.of(c.Algorithm)
	if !slices.Contains(s.offers, c.Algorithm) || c.QOP != "auth" || c.CNonce == "" || c.NC == 0 || c.Realm != s.realm || !sameURI(c.URI, r.URI) {
		return Wrong
	}
	want := expected(c, known, r.Method, nil)
	if subtle.ConstantTimeCompare([]byte(want), []byte(c.Response)) != 1 || known == "" {
		return Wrong
	}
	if !s.used.first(c.Nonce+" "+c.Username+" "+c.CNonce, c.NC) {
		return Replayed
	}
	return Proved
}

// sameURI compares the URI that was signed with the one that was asked. Parameters are left out: gateways in between add transport=, and
// the user and host are what the signature is about.
func sameURI(signed, asked string) bool {
	return strings.EqualFold(bareURI(signed), bareURI(asked))
}

func bareURI(s string) string {
	if i := strings.IndexAny(s, ";?"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, ":5060")
}

// expected is the response that RFC 7616 section 3.4.1 asks for.
func expected(c Credentials, ha1, method string, body []byte) string {
	a := c.Algorithm
	ha2 := a.sum(method, c.URI)
	if c.QOP == "auth-int" {
		ha2 = a.sum(method, c.URI, a.sum(string(body)))
	}
	if c.QOP == "" {
		return a.sum(ha1, c.Nonce, ha2)
	}
	return a.sum(ha1, c.Nonce, count(c.NC), c.CNonce, c.QOP, ha2)
}

// count writes an nc as eight hex digits.
func count(n uint32) string {
	const digits = "0123456789abcdef"
	var b [8]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = digits[n&15]
		n >>= 4
	}
	return string(b[:])
}
