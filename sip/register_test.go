package sip_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/transport"
)

func md5hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// phones are the devices of these tests: alice and bob, each with their own name as password.
func phones() []sip.Device {
	var list []sip.Device
	for _, name := range []string{"alice", "bob"} {
		list = append(list, sip.Device{
			AOR: message.AOR(name + "@example.test"), Username: name, HA1: sip.HA1{MD5: md5hex(name + ":example.test:" + name)},
		})
	}
	return list
}

// param reads a parameter of a digest header.
func param(header, name string) string {
	_, rest, _ := strings.Cut(header, name+"=")
	rest = strings.TrimPrefix(rest, `"`)
	if i := strings.IndexAny(rest, `",`); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// credentials answers the MD5 challenge of a 401 for a user.
func credentials(m msg, user, method, uri string) string {
	for _, c := range m.all("WWW-Authenticate") {
		if !strings.Contains(c, "algorithm=MD5") {
			continue
		}
		nonce, realm := param(c, "nonce"), param(c, "realm")
		response := md5hex(md5hex(user+":"+realm+":"+user) + ":" + nonce + ":00000001:c:auth:" + md5hex(method+":"+uri))
		return fmt.Sprintf(`Authorization: Digest username="%s",realm="%s",nonce="%s",uri="%s",response="%s",algorithm=MD5,qop=auth,nc=00000001,cnonce="c"`,
			user, realm, nonce, uri, response)
	}
	return ""
}

// try is a request that is asked for credentials.
type try struct {
	user    string // whose password is used
	as      string // whose AOR From and To name
	headers []string
	callID  string
	seq     int
}

// register sends a REGISTER, answers the challenge and gives the final response.
func (p *peer) register(r try) msg {
	p.t.Helper()
	aor := "<sip:" + r.as + "@example.test>"
	if r.callID == "" {
		r.callID = "reg-" + r.as + "-" + p.host()
	}
	if r.seq == 0 {
		r.seq = 1 + 2*p.n
	}
	a := ask{method: "REGISTER", uri: "sip:example.test", from: aor + ";tag=r", to: aor, callID: r.callID, seq: r.seq, headers: r.headers}
	p.request(a)
	challenge := p.want("SIP/2.0 401")
	a.seq++
	a.headers = append(append([]string{}, a.headers...), credentials(challenge, r.user, "REGISTER", "sip:example.test"))
	p.request(a)
	return p.next()
}

func status(m msg) string {
	s, _ := strings.CutPrefix(m.first, "SIP/2.0 ")
	return s[:min(3, len(s))]
}

func TestPhonesRegisterSeveralContactsAndAreReachedThroughTheirFlow(t *testing.T) {
	eachNetwork(t, func(t *testing.T, n transport.Network) {
		t.Helper()
		h := open(t)
		h.SetPeers(&sip.Peers{Devices: phones()})
		desk, mobile := newPeer(h, n), newPeer(h, n)
		// A phone behind a NAT names an address that nobody can reach.
		if m := desk.register(try{user: "alice", as: "alice", headers: []string{"Contact: <sip:alice@192.0.2.7:5060>;expires=600"}}); status(m) != "200" {
			t.Fatal(m.first)
		}
		if d := <-h.devices; d != "alice@example.test true" {
			t.Fatal(d)
		}
		m := mobile.register(try{user: "alice", as: "alice", headers: []string{"Expires: 300"}})
		if status(m) != "200" || len(m.all("Contact")) != 2 {
			t.Fatalf("%s %q", m.first, m.all("Contact"))
		}
		list := h.Contacts("alice@example.test")
		if len(list) != 2 || list[1].URI != "sip:alice@192.0.2.7:5060" {
			t.Fatalf("contacts %+v", list)
		}
		ref := h.dial(sip.Dial{Contact: list[1], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
		inv := desk.want("INVITE sip:alice@192.0.2.7:5060")
		desk.answer(inv, 200, "desk", "Contact: <sip:alice@192.0.2.7:5060>", "body:v=0 answer")
		desk.want("ACK sip:alice@192.0.2.7:5060")
		signal[dialog.Answered](h)
		h.leg(ref, func(l *dialog.Leg) error { return l.Hangup(message.Reason{}) })
		desk.answer(desk.want("BYE sip:alice@192.0.2.7:5060"), 200, "")
		signal[dialog.Ended](h)
		mobile.quiet(50 * time.Millisecond)
	})
}

func TestAPhoneThatLeftIsUnavailableAtOnce(t *testing.T) {
	h := open(t)
	h.SetPeers(&sip.Peers{Devices: phones()})
	p := newPeer(h, transport.TCP)
	if m := p.register(try{user: "alice", as: "alice"}); status(m) != "200" {
		t.Fatal(m.first)
	}
	<-h.devices
	was := h.Contacts("alice@example.test")
	_ = p.conn.Close()
	if d := <-h.devices; d != "alice@example.test false" {
		t.Fatal(d)
	}
	if left := h.Contacts("alice@example.test"); len(left) != 0 {
		t.Fatalf("still there: %+v", left)
	}
	// The address may be another user's by now: nothing is dialled and nothing delivered.
	h.dial(sip.Dial{Contact: was[0], From: message.Party{User: "201"}, Offer: message.SDP([]byte(offer))})
	if f := signal[dialog.Failed](h); f.Status != 480 {
		t.Fatalf("failed %+v", f)
	}
	_ = p.ln.Close()
}

func TestRegistrationRules(t *testing.T) {
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("<sip:a%d@192.0.2.1>", i))
		}
		return "Contact: " + strings.Join(list, ", ")
	}
	cases := []struct {
		name   string
		try    try
		status string
	}{
		{"credentials of another address", try{user: "bob", as: "alice"}, "403"},
		{"wrong password", try{user: "mallory", as: "alice"}, "401"},
		{"too brief", try{user: "alice", as: "alice", headers: []string{"Contact: <sip:a@192.0.2.1>;expires=5"}}, "423"},
		{"star with other contacts", try{user: "alice", as: "alice", headers: []string{"Contact: *", "Contact: <sip:a@192.0.2.1>", "Expires: 0"}}, "400"},
		{"star without Expires: 0", try{user: "alice", as: "alice", headers: []string{"Contact: *", "Expires: 60"}}, "400"},
		{"eleven contacts", try{user: "alice", as: "alice", headers: []string{many(11)}}, "403"},
		{"group address", try{user: "alice", as: "alice", headers: []string{"Contact: <sip:a@224.0.0.1>"}}, "403"},
		{"link-local address", try{user: "alice", as: "alice", headers: []string{"Contact: <sip:a@169.254.169.254>"}}, "403"},
		{"trunk's address", try{user: "alice", as: "alice", headers: []string{"Contact: <sip:a@198.51.100.9>"}}, "403"},
		{"unknown extension", try{user: "alice", as: "alice", headers: []string{"Require: gruu"}}, "420"},
		{"ten contacts", try{user: "alice", as: "alice", headers: []string{many(10)}}, "200"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			p := newPeer(h, transport.UDP)
			far := newPeer(h, transport.UDP)
			trunk := trunkOf(far)
			trunk.Sources[0] = parsePrefix("198.51.100.9/32")
			trunk.Servers = nil
			h.SetPeers(&sip.Peers{Devices: phones(), Trunks: []sip.Trunk{trunk}})
			m := p.register(c.try)
			if status(m) != c.status {
				t.Fatalf("%s, want %s", m.first, c.status)
			}
			if status(m) == "423" && m.get("Min-Expires") != "60" {
				t.Fatalf("Min-Expires %q", m.get("Min-Expires"))
			}
			if kept := len(h.Contacts("alice@example.test")); (kept > 0) != (c.status == "200") {
				t.Fatalf("%d contacts kept", kept)
			}
		})
	}
}

func TestContactOfOurOwnListenerIsRefused(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Devices: phones()})
	m := p.register(try{user: "alice", as: "alice", headers: []string{"Contact: <sip:a@" + h.at(transport.UDP).String() + ">"}})
	if status(m) != "403" {
		t.Fatal(m.first)
	}
}

func TestRegistrationIsQueriedRefreshedAndRemoved(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Devices: phones()})
	one := []string{"Contact: <sip:a@192.0.2.1>;expires=600;q=0.5", "Path: <sip:edge.test;lr>"}
	p.register(try{user: "alice", as: "alice", headers: one, callID: "c", seq: 10})
	<-h.devices
	if m := p.register(try{user: "alice", as: "alice", headers: one, callID: "c", seq: 5}); status(m) != "500" {
		t.Fatalf("an older REGISTER: %s", m.first)
	}
	m := p.register(try{user: "alice", as: "alice", headers: one, callID: "c", seq: 20})
	if status(m) != "200" || len(m.all("Contact")) != 1 || m.get("Path") != "<sip:edge.test;lr>" || !strings.Contains(m.get("Contact"), "q=0.5") {
		t.Fatalf("refresh: %s %q", m.first, m.lines)
	}
	if got := h.Contacts("alice@example.test"); len(got) != 1 || len(got[0].Path) != 1 {
		t.Fatalf("contacts %+v", got)
	}
	if m = p.register(try{user: "alice", as: "alice", headers: []string{"Contact: *", "Expires: 0"}, callID: "c", seq: 30}); len(m.all("Contact")) != 0 {
		t.Fatalf("removed: %q", m.all("Contact"))
	}
	if d := <-h.devices; d != "alice@example.test false" {
		t.Fatal(d)
	}
}

// TestOneAnswerForEveryStranger shows that nobody can learn who exists.
func TestOneAnswerForEveryStranger(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Devices: phones()})
	known, unknown := p.register(try{user: "wrong", as: "alice"}), p.register(try{user: "wrong", as: "nobody"})
	known2 := p.register(try{user: "alice", as: "nobody", callID: "x"})
	if status(known) != "401" || status(unknown) != "401" {
		t.Fatalf("%s and %s", known.first, unknown.first)
	}
	if status(known2) != "403" { // one who has proved to be alice may be told
		t.Fatal(known2.first)
	}
}

func TestADeviceMayCallOnlyAsItself(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Devices: phones()})
	call := func(user, as string) msg {
		uri := "sip:204@example.test"
		a := ask{method: "INVITE", uri: uri, from: "<sip:" + as + "@example.test>;tag=c", to: "<" + uri + ">", callID: "call-" + user + as, seq: 1, body: offer}
		p.request(a)
		m := p.want("SIP/2.0 401")
		a.seq, a.headers = 2, []string{credentials(m, user, "INVITE", uri), "P-Asserted-Identity: <sip:boss@example.test>"}
		p.request(a)
		if user == as {
			return msg{}
		}
		return p.want("SIP/2.0 4")
	}
	if m := call("bob", "alice"); status(m) != "403" {
		t.Fatal(m.first)
	}
	call("alice", "alice")
	a := h.attempt()
	if a.Device != "alice@example.test" || a.Trunk != "" || len(a.Asserted) != 0 {
		t.Fatalf("attempt %+v", a)
	}
}

func TestPasswordsCannotBeTriedOut(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Devices: phones()})
	for range 10 {
		if m := p.registerAs("alice", "wrong"); status(m) != "401" {
			t.Fatal(m.first)
		}
	}
	if m := p.registerAs("alice", "alice"); status(m) != "401" {
		t.Fatalf("the right password at the eleventh try: %s", m.first)
	}
	if m := p.register(try{user: "bob", as: "bob"}); status(m) != "200" {
		t.Fatalf("another user from the same address: %s", m.first)
	}
	c := h.Counters()
	for until := time.Now().Add(patience); c.ResponsesOut[200] != 1 && time.Now().Before(until); c = h.Counters() { // what is sent is counted after it was sent
		time.Sleep(time.Millisecond)
	}
	if c.WrongPasswords != 11 || c.Blocked != 1 {
		t.Errorf("%d wrong passwords, %d addresses blocked", c.WrongPasswords, c.Blocked)
	}
	if in, out := c.RequestsIn[sip.Request{Network: transport.UDP, Method: "REGISTER"}], c.ResponsesOut[200]; in != 12 || out != 1 || c.ResponsesOut[401] != 23 || c.Refused["challenged"] != 12 {
		t.Errorf("REGISTER %d, 200 %d, 401 %d, challenged %d", in, out, c.ResponsesOut[401], c.Refused["challenged"])
	}
	if c.ClientTransactions != 0 || len(c.ResponsesIn) != 0 || c.Malformed["malformed"] != 0 || c.Connections != 0 {
		t.Errorf("counters %+v", c)
	}
}

// registerAs tries a password.
func (p *peer) registerAs(user, password string) msg {
	p.t.Helper()
	aor := "<sip:" + user + "@example.test>"
	a := ask{method: "REGISTER", uri: "sip:example.test", from: aor + ";tag=r", to: aor, callID: fmt.Sprint("try-", p.n), seq: 1}
	p.request(a)
	c := credentials(p.want("SIP/2.0 401"), user, "REGISTER", "sip:example.test")
	if password != user {
		c = strings.Replace(c, `response="`, `response="0`, 1)
	}
	a.seq, a.headers = 2, []string{c}
	p.request(a)
	return p.next()
}

// TestUserAndStrangerTakeAsLong: wrong passwords for one who exists and for one who does not are answered with as many bytes, after as long. Two samples of the time are
// compared as Kolmogorov and Smirnov did; the bound is one that equals pass but once in ten thousand runs (T21).
func TestUserAndStrangerTakeAsLong(t *testing.T) {
	h := open(t)
	p := newPeer(h, transport.UDP)
	h.SetPeers(&sip.Peers{Devices: phones()})
	const probes = 400
	took := map[string][]float64{}
	size := map[string]int{}
	for i := range 2 * probes {
		user := []string{"alice", "agnes"}[(i+i/7)%2]
		begun := time.Now()
		m := p.registerAs(user, "wrong")
		took[user] = append(took[user], float64(time.Since(begun)))
		if status(m) != "401" {
			t.Fatal(m.first)
		}
		n := len(m.first)
		for _, l := range m.lines {
			n += len(l)
		}
		size[user] = max(size[user], n-len(fmt.Sprint(i)))
	}
	if a, b := size["alice"], size["agnes"]; a-b > 3 || b-a > 3 { // numbers of ports and counts differ in length
		t.Errorf("%d and %d bytes", a, b)
	}
	a, b := took["alice"], took["agnes"]
	if d, most := distance(a, b), 2.23*math.Sqrt(float64(len(a)+len(b))/float64(len(a)*len(b))); d > most {
		t.Errorf("the samples are %.3f apart, equals at most %.3f", d, most)
	}
}

// distance is the greatest distance of two empirical distributions.
func distance(a, b []float64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	most, j := 0.0, 0
	for i, x := range a {
		for j < len(b) && b[j] <= x {
			j++
		}
		most = max(most, math.Abs(float64(i+1)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}
