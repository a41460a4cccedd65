package digest

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
)

// Errors of answering a challenge.
var (
	ErrOtherRealm = errors.New("challenge of a realm that is not ours")
	ErrAttempts   = errors.New("credentials were refused")
	ErrOffer      = errors.New("no algorithm or protection that is supported")
)

// MaxAttempts is how often credentials are sent for one request: a second time only because the nonce was stale or changed.
const MaxAttempts = 2

// Account is who we are towards a trunk.
type Account struct {
	Username string
	Password string
	Realm    string // the only realm that is answered; empty: the first one that the trunk's own address sends, for good
}

// Client answers the challenges of one peer for one account. It keeps the last nonce, so that later requests carry credentials from the
// start. Give each trunk its own, and answer only what came from the trunk's own address: a challenge can be relayed to steal an answer
// (CVE-2021-41158). Safe for concurrent use.
type Client struct {
	account Account

	mu    sync.Mutex
	realm string    // of the account, or pinned by the first challenge
	last  Challenge // its nonce is used again
	nc    uint32
}

// NewClient makes a client for an account.
func NewClient(a Account) *Client { return &Client{account: a, realm: a.Realm} }

// Request is what credentials are computed over.
type Request struct {
	Method string
	URI    string // Request-URI as it is on the wire
	Body   []byte // for qop=auth-int
}

// Header is a header to add to a request.
type Header struct{ Name, Value string }

// Answer computes the credentials that a 401 or 407 asks for. challenges are all that it carried, attempts how many times credentials
// were sent for this request before. It fails with ErrAttempts, ErrOtherRealm or ErrOffer: the refusal is then final.
func (c *Client) Answer(challenges []Challenge, r Request, attempts int) (Header, error) {
	if attempts >= MaxAttempts {
		return Header{}, ErrAttempts
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	best, err := c.pickLocked(challenges)
	if err != nil {
		return Header{}, err
	}
	if attempts > 0 && !best.Stale && best.Nonce == c.last.Nonce {
		return Header{}, ErrAttempts
	}
	c.realm = best.Realm
	if best.Nonce != c.last.Nonce {
		c.nc = 0
	}
	c.last = best
	return c.signLocked(r), nil
}

// Again gives credentials with the nonce of the last challenge, for a request that was not challenged yet; false when there is none.
func (c *Client) Again(r Request) (Header, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.Nonce == "" || len(c.last.QOP) == 0 {
		return Header{}, false
	}
	return c.signLocked(r), true
}

// pickLocked takes the best challenge of our realm.
func (c *Client) pickLocked(challenges []Challenge) (Challenge, error) {
	var best Challenge
	err := ErrOtherRealm
	for _, ch := range challenges {
		if c.realm != "" && ch.Realm != c.realm {
			continue
		}
		if best.Nonce != "" && ch.Realm != best.Realm {
			continue // no realm set: the first one is meant
		}
		if len(ch.QOP) > 0 && !slices.Contains(ch.QOP, "auth") && !slices.Contains(ch.QOP, "auth-int") {
			err = ErrOffer
			continue
		}
		if ch.Algorithm > best.Algorithm {
			best = ch
		}
	}
	if best.Nonce == "" {
		return best, err
	}
	return best, nil
}

func (c *Client) signLocked(r Request) Header {
	ch := c.last
	cred := Credentials{
		Username: c.account.Username, Realm: ch.Realm, Nonce: ch.Nonce, URI: r.URI, Opaque: ch.Opaque, Algorithm: ch.Algorithm,
	}
	if len(ch.QOP) > 0 {
		c.nc++
		cred.NC, cred.QOP, cred.CNonce = c.nc, "auth", cnonce()
		if !slices.Contains(ch.QOP, "auth") {
			cred.QOP = "auth-int"
		}
	}
	ha1 := ch.Algorithm.sum(c.account.Username, ch.Realm, c.account.Password)
	cred.Response = expected(cred, ha1, r.Method, r.Body)
	name := "Authorization"
	if ch.Proxy {
		name = "Proxy-Authorization"
	}
	return Header{Name: name, Value: cred.String()}
}

func cnonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// String is the header value.
func (c Credentials) String() string {
	var b strings.Builder
	b.WriteString(`Digest username="` + quoted(c.Username) + `",realm="` + quoted(c.Realm) + `",nonce="` + quoted(c.Nonce) +
		`",uri="` + quoted(c.URI) + `",response="` + c.Response + `",algorithm=` + c.Algorithm.String())
	if c.QOP != "" {
		b.WriteString(`,qop=` + c.QOP + `,nc=` + count(c.NC) + `,cnonce="` + quoted(c.CNonce) + `"`)
	}
	if c.Opaque != "" {
		b.WriteString(`,opaque="` + quoted(c.Opaque) + `"`)
	}
	return b.String()
}
