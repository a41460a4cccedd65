package digest

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRFC7616Examples are those of RFC 7616 section 3.9.1.
func TestRFC7616Examples(t *testing.T) {
	c := Credentials{
		Username: "Mufasa", Realm: "http-auth@example.org", Nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		URI: "/dir/index.html", QOP: "auth", NC: 1, CNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
	}
	ha1 := NewHA1("Mufasa", "http-auth@example.org", "Circle of Life")
	for a, want := range map[Algorithm]string{
		MD5:    "8ca523f5e9506fed4657c9700eebdbec",
		SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		c.Algorithm = a
		if got := expected(c, ha1.of(a), "GET", nil); got != want {
			t.Errorf("%s: %s", a, got)
		}
	}
}

// phone is a device of ours that answers the challenges of a server.
type phone struct {
	t      *testing.T
	server *Server
	client *Client
	src    netip.Addr
	ha1    HA1
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	return &phone{
		t: t, server: NewServer("pbx.example", nil), client: NewClient(Account{Username: "alice", Password: "secret"}),
		src: netip.MustParseAddr("192.0.2.10"), ha1: NewHA1("alice", "pbx.example", "secret"),
	}
}

func asked() Asked {
	return Asked{Method: "REGISTER", URI: "sip:pbx.example", Source: netip.MustParseAddr("192.0.2.10")}
}

// challenged answers a fresh challenge and gives the credentials.
func (p *phone) challenged(only ...Algorithm) Credentials {
	p.t.Helper()
	var offers []Challenge
	for _, v := range p.server.Challenges(p.src, Forged) {
		ch, err := ParseChallenge(v)
		if err != nil {
			p.t.Fatal(err)
		}
		if len(only) == 0 || only[0] == ch.Algorithm {
			offers = append(offers, ch)
		}
	}
	h, err := p.client.Answer(offers, Request{Method: "REGISTER", URI: "sip:pbx.example"}, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.parse(h)
}

func (p *phone) parse(h Header) Credentials {
	p.t.Helper()
	c, err := ParseCredentials(h.Value)
	if err != nil {
		p.t.Fatalf("%v in %s", err, h.Value)
	}
	return c
}

func TestBothAlgorithmsProve(t *testing.T) {
	for _, a := range []Algorithm{MD5, SHA256} {
		p := newPhone(t)
		c := p.challenged(a)
		if got := p.server.Verify(c, asked(), p.ha1); got != Proved || c.Algorithm != a {
			t.Errorf("%s: %s", a, got)
		}
	}
}

func TestTheBetterAlgorithmIsPicked(t *testing.T) {
	if c := newPhone(t).challenged(); c.Algorithm != SHA256 {
		t.Errorf("picked %s", c.Algorithm)
	}
}

// TestWhatIsRefused is T23: replay, another URI, another method, another address, a wrong password, a user that does not exist.
func TestWhatIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Credentials, *Asked, *HA1)
		want   Verdict
	}{
		"another method":   {func(_ *Credentials, r *Asked, _ *HA1) { r.Method = "INVITE" }, Wrong},
		"another URI":      {func(_ *Credentials, r *Asked, _ *HA1) { r.URI = "sip:other.example" }, Wrong},
		"another address":  {func(_ *Credentials, r *Asked, _ *HA1) { r.Source = netip.MustParseAddr("192.0.2.11") }, Forged},
		"another realm":    {func(c *Credentials, _ *Asked, _ *HA1) { c.Realm = "other.example" }, Wrong},
		"another password": {func(_ *Credentials, _ *Asked, h *HA1) { *h = NewHA1("alice", "pbx.example", "guess") }, Wrong},
		"no such user":     {func(_ *Credentials, _ *Asked, h *HA1) { *h = HA1{} }, Wrong},
		"no count":         {func(c *Credentials, _ *Asked, _ *HA1) { c.NC = 0 }, Wrong},
		"no qop":           {func(c *Credentials, _ *Asked, _ *HA1) { c.QOP = "" }, Wrong},
		"a nonce made up":  {func(c *Credentials, _ *Asked, _ *HA1) { c.Nonce = "AAAA" + c.Nonce[4:] }, Forged},
		"URI parameters":   {func(_ *Credentials, r *Asked, _ *HA1) { r.URI = "sip:pbx.example;transport=tcp" }, Proved},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPhone(t)
			cred, r := p.challenged(), asked()
			c.change(&cred, &r, &p.ha1)
			if got := p.server.Verify(cred, r, p.ha1); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestEachCountIsGoodOnce, also when requests overtake one another.
func TestEachCountIsGoodOnce(t *testing.T) {
	p := newPhone(t)
	first := p.challenged()
	var later []Credentials
	for range 3 {
		h, ok := p.client.Again(Request{Method: "REGISTER", URI: "sip:pbx.example"})
		if !ok {
			t.Fatal("the nonce was forgotten")
		}
		c := p.parse(h)
		c.CNonce = first.CNonce // one window
		c.Response = expected(c, p.ha1.of(c.Algorithm), "REGISTER", nil)
		later = append(later, c)
	}
	for _, c := range []Credentials{later[2], first, later[0], later[1]} {
		if got := p.server.Verify(c, asked(), p.ha1); got != Proved {
			t.Errorf("nc %d: %s", c.NC, got)
		}
		if got := p.server.Verify(c, asked(), p.ha1); got != Replayed {
			t.Errorf("nc %d again: %s", c.NC, got)
		}
	}
}

// TestAnOldNonceIsStale, and the challenge says so, so that no phone asks for a password.
func TestAnOldNonceIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPhone(t)
		c := p.challenged()
		time.Sleep(nonceLife + 2*time.Minute)
		if got := p.server.Verify(c, asked(), p.ha1); got != Stale {
			t.Errorf("got %s", got)
		}
		if v := p.server.Challenges(p.src, Stale)[0]; !strings.Contains(v, "stale=true") {
			t.Errorf("challenge %s", v)
		}
	})
}

// TestTheSchemeAndAlgorithmInAnyCase: other stacks refuse "DIGEST" and "md5".
func TestTheSchemeAndAlgorithmInAnyCase(t *testing.T) {
	ch, err := ParseChallenge(`DIGEST Realm="carrier", nonce="n", algorithm=md5, QOP="AUTH"`)
	if err != nil || ch.Algorithm != MD5 || ch.Realm != "carrier" || len(ch.QOP) != 1 || ch.QOP[0] != "auth" {
		t.Errorf("%+v %v", ch, err)
	}
	c, err := ParseCredentials(`digest username="a\"b",realm="r",nonce="n",uri="sip:x",response="AB",algorithm=sha-256,qop=auth,nc=0000000A,cnonce="c"`)
	if err != nil || c.Username != `a"b` || c.Algorithm != SHA256 || c.NC != 10 || c.Response != "ab" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestMalformedHeadersAreRefused(t *testing.T) {
	for _, v := range []string{
		"", "Basic YTpi", "Digest", `Digest realm="r"`, `Digest nonce="n",nonce="m",username="u",response="r"`, `Digest nonce="n`,
		`Digest username="u",nonce="n",response="r",nc=1`, `Digest username="u",nonce="n",response="r",algorithm=MD4`,
		`Digest username="u"x,nonce="n",response="r"`,
	} {
		if c, err := ParseCredentials(v); err == nil {
			t.Errorf("%q gave %+v", v, c)
		}
	}
}

// TestOnlyOurRealmIsAnswered is T24: a challenge that a peer relays to have us answer it.
func TestOnlyOurRealmIsAnswered(t *testing.T) {
	c := NewClient(Account{Username: "u", Password: "p", Realm: "trunk.example"})
	r := Request{Method: "BYE", URI: "sip:x"}
	if _, err := c.Answer([]Challenge{{Realm: "evil.example", Nonce: "n", Algorithm: MD5}}, r, 0); !errors.Is(err, ErrOtherRealm) {
		t.Errorf("got %v", err)
	}
	pinned := NewClient(Account{Username: "u", Password: "p"})
	if _, err := pinned.Answer([]Challenge{{Realm: "first.example", Nonce: "n", Algorithm: MD5}}, r, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := pinned.Answer([]Challenge{{Realm: "second.example", Nonce: "n", Algorithm: MD5}}, r, 0); !errors.Is(err, ErrOtherRealm) {
		t.Errorf("got %v", err)
	}
}

// TestAPeerThatNeverAcceptsIsAnsweredTwice is T25: the nonce changes each time.
func TestAPeerThatNeverAcceptsIsAnsweredTwice(t *testing.T) {
	c := NewClient(Account{Username: "u", Password: "p"})
	answered := 0
	for attempt := range 10 {
		_, err := c.Answer([]Challenge{{Realm: "r", Nonce: strings.Repeat("n", attempt+1), Algorithm: MD5, QOP: []string{"auth"}}}, Request{Method: "INVITE", URI: "sip:x"}, attempt)
		if err == nil {
			answered++
		} else if !errors.Is(err, ErrAttempts) {
			t.Fatal(err)
		}
	}
	if answered != MaxAttempts {
		t.Errorf("answered %d times", answered)
	}
}

// TestTheSameNonceTwiceIsARefusal: the password is wrong; a second try would lock the account.
func TestTheSameNonceTwiceIsARefusal(t *testing.T) {
	c := NewClient(Account{Username: "u", Password: "p"})
	ch := []Challenge{{Realm: "r", Nonce: "n", Algorithm: MD5, QOP: []string{"auth"}}}
	r := Request{Method: "REGISTER", URI: "sip:x"}
	if _, err := c.Answer(ch, r, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Answer(ch, r, 1); !errors.Is(err, ErrAttempts) {
		t.Errorf("got %v", err)
	}
}

// TestProxyChallengesAreAnsweredAsSuch, without qop as RFC 2069 had it, and auth-int when nothing else is asked.
func TestProxyChallengesAreAnsweredAsSuch(t *testing.T) {
	c := NewClient(Account{Username: "u", Password: "p"})
	h, err := c.Answer([]Challenge{{Proxy: true, Realm: "r", Nonce: "n", Algorithm: MD5, Opaque: "o"}}, Request{Method: "INVITE", URI: "sip:x"}, 0)
	if err != nil || h.Name != "Proxy-Authorization" || strings.Contains(h.Value, "qop") || !strings.Contains(h.Value, `opaque="o"`) {
		t.Errorf("%+v %v", h, err)
	}
	h, err = c.Answer([]Challenge{{Realm: "r", Nonce: "m", Algorithm: MD5, QOP: []string{"auth-int"}}}, Request{Method: "INVITE", URI: "sip:x", Body: []byte("v=0")}, 0)
	if err != nil || !strings.Contains(h.Value, "qop=auth-int") {
		t.Errorf("%+v %v", h, err)
	}
}

func TestNonceOfFindsTheNonceAndNotTheCNonce(t *testing.T) {
	for value, want := range map[string]string{
		`Digest cnonce="c",nonce="n"`: "n", `Digest nonce="n",cnonce="c"`: "n", `Digest cnonce="c"`: "", `Digest nonce="`: "", "": "",
	} {
		if got := NonceOf([]byte(value)); got != want {
			t.Errorf("%s: %q", value, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`Digest username="a",realm="r",nonce="n",uri="sip:x",response="ab",algorithm=SHA-256,qop=auth,nc=00000001,cnonce="c"`)
	f.Add(`Digest realm="r",nonce="n",qop="auth,auth-int",stale=TRUE`)
	f.Fuzz(func(t *testing.T, value string) {
		if c, err := ParseCredentials(value); err == nil {
			again, err := ParseCredentials(c.String())
			if err != nil && !strings.ContainsAny(c.QOP+c.Response, "\", \t\\") {
				t.Fatalf("%q gave %q, which cannot be read", value, c.String())
			}
			if err == nil && again.Username != c.Username {
				t.Fatalf("%q: user %q became %q", value, c.Username, again.Username)
			}
		}
		_, _ = ParseChallenge(value)
		if n := NonceOf([]byte(value)); n != "" && NewServer("r", []byte("k")).Check(n, netip.MustParseAddr("192.0.2.1")) == Fresh {
			t.Fatalf("forged %q", n)
		}
	})
}
