package transport

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/digest"
	"tandem/sip/message"
)

// TestGuardVerdictsOnTheWire: what is wrong with a request is answered before the parser sees it, over UDP and TCP.
func TestGuardVerdictsOnTheWire(t *testing.T) {
	lines := func(n int, line string) string { return strings.Repeat(line, n) }
	swap := func(old, replacement string) []byte {
		return []byte(strings.Replace(string(request("INVITE")), old, replacement, 1))
	}
	for name, c := range map[string]struct {
		raw  []byte
		want string
		why  Refusal
	}{
		"65 parameters on a line":       {request("INVITE", "X-A: a"+lines(65, ";p=1")+"\r\n"), "400", TooLarge},
		"65 commas on a line":           {request("INVITE", "X-A: a"+lines(65, ",b")+"\r\n"), "400", TooLarge},
		"200 header lines":              {request("INVITE", lines(200, "X-A: 1\r\n")), "400", TooLarge},
		"a line of 5 KB":                {request("INVITE", "X-A: "+lines(5000, "a")+"\r\n"), "400", TooLarge},
		"two From":                      {request("INVITE", "f: <sip:eve@pbx.example>;tag=1\r\n"), "400", Duplicate},
		"two Call-ID":                   {request("INVITE", "i: other\r\n"), "400", Duplicate},
		"no From":                       {swap("From: \"A phone\" <sip:alice@pbx.example>;tag=88776655\r\n", ""), "400", Incomplete},
		"no CSeq":                       {swap("CSeq: 1 INVITE\r\n", ""), "400", Incomplete},
		"NUL in a value":                {request("INVITE", "Subject: a\x00b\r\n"), "400", Malformed},
		"bare LF in a value":            {request("INVITE", "Subject: a\nX-Evil: 1\r\n"), "400", Malformed},
		"bare CR in a value":            {request("INVITE", "Subject: a\rX-Evil: 1\r\n"), "400", Malformed},
		"CSeq of another method":        {swap("CSeq: 1 INVITE", "CSeq: 1 BYE"), "400", Malformed},
		"CSeq over 2^31":                {swap("CSeq: 1 INVITE", "CSeq: 2147483648 INVITE"), "400", Malformed},
		"SIP 3.0":                       {swap("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"), "505", BadVersion},
		"a scheme that nobody knows":    {swap("INVITE sip:204@pbx.example", "INVITE gopher:204"), "416", BadScheme},
		"blank in a header name":        {request("INVITE", "X A: 1\r\n"), "400", Malformed},
		"Max-Forwards over 255":         {swap("Max-Forwards: 70", "Max-Forwards: 300"), "400", Malformed},
		"headers in the Request-URI":    {swap("INVITE sip:204@pbx.example", "INVITE sip:204@pbx.example?Route=x"), "400", Malformed},
		"two Content-Length, one short": {request("INVITE", "l: 4\r\n"), "400", Duplicate},
	} {
		for _, n := range []Network{UDP, TCP} {
			t.Run(name+"/"+string(n), func(t *testing.T) {
				s := newSide(t)
				trustLoopback(s.Layer)
				got := ask(t, s.dial(t, n), c.raw)
				if status(got) != c.want {
					t.Errorf("answered %q, want %s", got, c.want)
				}
				if name == "two Content-Length, one short" && n == TCP {
					c.why = Malformed // framing sees it first
				}
				if s.Counters().Refused[c.why].Load() != 1 {
					t.Errorf("not counted as %s", c.why)
				}
				s.nothing(t)
			})
		}
	}
}

// TestControlBytesAsQuotedPairsPass: the one place where RFC 3261 allows them.
func TestControlBytesAsQuotedPairsPass(t *testing.T) {
	s := newSide(t)
	trustLoopback(s.Layer)
	raw := strings.Replace(string(request("OPTIONS")), `"A phone"`, "\"A \\\x07 phone\"", 1)
	if _, err := s.dial(t, UDP).Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	m := s.received(t)
	if p := message.FromParty(m); strings.ContainsFunc(p.Display, func(r rune) bool { return r < ' ' }) {
		t.Errorf("the control byte goes on: %q", p.Display)
	}
}

// TestBlanksWhereTheyMayStandAreNoPartOfAnything: what is let through names the dialog that was meant, and what goes back is what came.
func TestBlanksWhereTheyMayStandAreNoPartOfAnything(t *testing.T) {
	s := newSide(t)
	trustLoopback(s.Layer)
	raw := strings.NewReplacer(
		"To: <sip:204@pbx.example>", "To :\r\n sip:204@pbx.example ;   tag    = abc",
		"\r\nMax-Forwards", "\r\nv:  SIP  / 2.0  / TCP     hop.example   ;\r\n  branch  =   z9hG4bKhop  ,\r\n SIP /  2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK3\r\nMax-Forwards",
	).Replace(string(request("BYE")))
	conn := s.dial(t, UDP)
	if _, err := conn.Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	m := s.received(t)
	if tag, _ := m.To().Params.Get("tag"); tag != "abc" || m.To().Address.Host != "pbx.example" {
		t.Errorf("To: %q", m.To().Value())
	}
	var vias []string
	for _, v := range m.GetHeaders("via") {
		vias = append(vias, v.Value())
	}
	if got := strings.Join(vias[1:], ", "); got != "SIP/2.0/TCP hop.example;branch=z9hG4bKhop, SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK3" {
		t.Errorf("Via: %s", got)
	}
}

// TestAnIllFormedDatagramLeavesTheListenerAlive, whatever it is.
func TestAnIllFormedDatagramLeavesTheListenerAlive(t *testing.T) {
	s := newSide(t)
	trustLoopback(s.Layer)
	conn := s.dial(t, UDP)
	for _, junk := range []string{
		"\x00", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "INVITE", "INVITE sip:a SIP/2.0\r\n\r\n", "SIP/2.0 999999 x\r\n\r\n",
		"INVITE sip:a@b SIP/2.0\r\nVia: \r\nFrom: \r\nTo: \r\nCall-ID: \r\nCSeq: \r\n\r\n", strings.Repeat("A", 20000),
	} {
		if _, err := conn.Write([]byte(junk)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Write(request("OPTIONS")); err != nil {
		t.Fatal(err)
	}
	for {
		if m, ok := s.received(t).(*gosip.Request); ok && m.Method == gosip.OPTIONS {
			return
		}
	}
}

// TestStrangersAreChallengedWithoutATransaction, both algorithms on offer and the better one first; with the nonce back they pass.
func TestStrangersAreChallengedWithoutATransaction(t *testing.T) {
	for _, method := range []string{"REGISTER", "INVITE", "SUBSCRIBE", "MESSAGE", "NOTIFY", "REFER", "PUBLISH", "NEWMETHOD"} {
		t.Run(method, func(t *testing.T) {
			s := newSide(t)
			conn := s.dial(t, UDP)
			got := ask(t, conn, request(method, "User-Agent: "+strings.Repeat("Softphone ", 20)+"\r\n"))
			if status(got) != "401" {
				t.Fatalf("got %q", got)
			}
			sha, md5 := strings.Index(got, "SHA-256"), strings.Index(got, "MD5")
			if sha < 0 || md5 < sha {
				t.Errorf("offered: %q", got)
			}
			s.nothing(t)
			nonce := digest.NonceOf([]byte(got[strings.Index(got, "Digest"):]))
			with := fmt.Sprintf("Authorization: Digest username=\"a\",realm=\"pbx.example\",nonce=%q,uri=\"sip:pbx.example\",response=\"0\"\r\n", nonce)
			if _, err := conn.Write(request(method, with)); err != nil {
				t.Fatal(err)
			}
			if m, ok := s.received(t).(*gosip.Request); !ok || string(m.Method) != method {
				t.Errorf("let through: %v", m)
			}
		})
	}
}

// TestANonceOfAnotherAddressOpensNothing.
func TestANonceOfAnotherAddressOpensNothing(t *testing.T) {
	auth := digest.NewServer("pbx.example", nil)
	s := newSide(t, func(c *Config) { c.Auth = auth })
	with := fmt.Sprintf("Authorization: Digest username=\"a\",realm=\"pbx.example\",nonce=%q,uri=\"sip:pbx.example\",response=\"0\"\r\n",
		auth.Nonce(netip.MustParseAddr("192.0.2.7")))
	if got := ask(t, s.dial(t, UDP), request("INVITE", with)); status(got) != "401" {
		t.Errorf("got %q", got)
	}
	s.nothing(t)
}

// TestRequestsInsideOurDialogsAreNotChallenged; a tag made up, or ours with another Call-ID, is.
func TestRequestsInsideOurDialogsAreNotChallenged(t *testing.T) {
	s := newSide(t)
	conn := s.dial(t, UDP)
	tagged := func(method, tag string) []byte {
		return []byte(strings.Replace(string(request(method)), "To: <sip:204@pbx.example>", "To: <sip:204@pbx.example>;tag="+tag, 1))
	}
	for _, method := range []string{"BYE", "INVITE", "ACK", "INFO"} {
		if _, err := conn.Write(tagged(method, s.Tags().New("3c26700857a87f84@192.168.1.20"))); err != nil {
			t.Fatal(err)
		}
		s.received(t)
	}
	if got := askInVain(t, conn, tagged("ACK", s.Tags().New("another call"))); got != "" {
		t.Errorf("ACK: %q", got)
	}
	for method, want := range map[string]string{"INVITE": "401", "BYE": "481", "INFO": "481", "UPDATE": "481"} {
		if got := ask(t, conn, tagged(method, s.Tags().New("another call"))); status(got) != want {
			t.Errorf("%s: %q, want %s", method, got, want)
		}
	}
	s.nothing(t)
}

// TestReflectionStaysBelowOneAndAHalf: what a forged source is sent, over everything that a stranger can ask (T8).
func TestReflectionStaysBelowOneAndAHalf(t *testing.T) {
	s := newSide(t)
	end := []byte(strings.Replace(string(request("OPTIONS")), "3c26700857a87f84", "the-end", 1))
	t.Run("all", func(t *testing.T) {
		for _, method := range []string{"REGISTER", "INVITE", "OPTIONS", "BYE", "SUBSCRIBE"} {
			for _, raw := range [][]byte{
				request(method), request(method, "User-Agent: x\r\n"), request(method, "X: "+strings.Repeat("y", 500)+"\r\n"),
				fmt.Appendf(nil, "%s sip:a SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bKa\r\nf: <sip:a>\r\nt: <sip:b>\r\ni: c\r\nCSeq: 1 %s\r\n\r\n", method, method),
			} {
				t.Run(method, func(t *testing.T) {
					t.Parallel()
					conn := s.dial(t, UDP)
					if _, err := conn.Write(raw); err != nil {
						t.Fatal(err)
					}
					var got strings.Builder
					last := ask(t, conn, end) // its answer comes after all that there is to the one before it
					for ; last != "" && !strings.Contains(last, "the-end"); last = answerWithin(t, conn, patience) {
						got.WriteString(last)
					}
					if last == "" {
						t.Fatal("nothing comes after it")
					}
					if got.Len()*10 > len(raw)*15 {
						t.Errorf("%d bytes are answered with %d", len(raw), got.Len())
					}
					if more := answer(t, conn); more != "" {
						t.Errorf("answered again: %q", more)
					}
				})
			}
		}
	})
	s.nothing(t)
}

// TestAMillionForgedSourcesCostNothing, scaled to 20,000: INVITE and OPTIONS from all over 127.0.0.0/8 (T9).
func TestAMillionForgedSourcesCostNothing(t *testing.T) {
	s := newSide(t)
	from := Flow{Network: UDP, Listener: s.Listeners()[0]}
	out := silent{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	invite, options := request("INVITE"), request("OPTIONS")
	const sources = 20000
	for i := range sources {
		from.Remote = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(i >> 12), byte(i >> 4), byte(i << 4)}), 5060)
		s.datagram(append([]byte(nil), invite...), from, out)
		s.datagram(append([]byte(nil), options...), from, out)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 { // a source kept costs 108 bytes or more
		t.Errorf("heap grew by %d bytes", grown)
	}
	if got := s.Counters().Refused[Challenged].Load(); got != sources {
		t.Errorf("%d challenged", got)
	}
	s.nothing(t)
}

// silent is an answerer that sends nothing.
type silent struct{}

func (silent) answer([]byte, Flow) {}

// TestAFloodOfOneAddressIsDropped, and leaves a trunk alone.
func TestAFloodOfOneAddressIsDropped(t *testing.T) {
	s := newSide(t, func(c *Config) { c.Limits.Rate, c.Limits.Burst = 0.01, 10 }) // next to nothing comes to the ten, however long it takes
	conn := s.dial(t, UDP)
	for range 50 {
		if _, err := conn.Write(request("INVITE")); err != nil {
			t.Fatal(err)
		}
	}
	answers := 0
	for got := answerWithin(t, conn, patience); got != ""; got = answer(t, conn) {
		answers++
	}
	if answers == 0 || answers > 15 {
		t.Errorf("%d of 50 answered", answers)
	}
	if s.Counters().Refused[Flooding].Load() == 0 {
		t.Error("not counted")
	}
	trustLoopback(s.Layer)
	for range 50 {
		if _, err := conn.Write(request("INVITE")); err != nil {
			t.Fatal(err)
		}
		s.received(t)
	}
}

// TestABurstOfCostlyMessagesDelaysNobody: 100 datagrams that take sipgo's parser 130 ms each (T4).
func TestABurstOfCostlyMessagesDelaysNobody(t *testing.T) {
	s := newSide(t, func(c *Config) { c.Limits.Datagram = 60000 })
	trustLoopback(s.Layer)
	conn := s.dial(t, UDP)
	var b strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&b, ";p%d", i)
	}
	bomb := request("INVITE", "X-Bomb: <sip:a>"+b.String()+"\r\n")
	start := processorTime()
	for range 100 {
		if _, err := conn.Write(bomb); err != nil {
			t.Fatal(err)
		}
	}
	other := s.dial(t, UDP)
	for deadline := time.Now().Add(patience); len(s.messages) == 0 && time.Now().Before(deadline); { // the kernel drops what comes while its buffer is full, and peers say it again
		if _, err := other.Write(request("OPTIONS")); err != nil {
			t.Fatal(err)
		}
		pause(100 * time.Millisecond)
	}
	s.received(t)
	if took := processorTime() - start; took > 2*time.Second { // unguarded: 13 s
		t.Errorf("took %v", took)
	}
}

// processorTime is what this process has used so far: what others use on the same machine is none of it.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // never fails for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestOptionsOfStrangersSayWhetherWeDrain.
func TestOptionsOfStrangersSayWhetherWeDrain(t *testing.T) {
	s := newSide(t)
	conn := s.dial(t, UDP)
	if got := ask(t, conn, request("OPTIONS")); status(got) != "200" {
		t.Errorf("got %q", got)
	}
	s.Drain()
	if got := ask(t, conn, request("OPTIONS")); status(got) != "503" {
		t.Errorf("got %q", got)
	}
	s.nothing(t)
}

// TestTheLadderHidesCredentials.
func TestTheLadderHidesCredentials(t *testing.T) {
	traces := make(chan Trace, 10)
	s := newSide(t, func(c *Config) { c.Trace = func(tr Trace) { traces <- tr } })
	trustLoopback(s.Layer)
	conn, err := net.Dial("udp", s.at(UDP).String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write(request("INVITE", "Authorization: Digest username=\"a\",nonce=\"n\",response=\"0123456789abcdef\"\r\n")); err != nil {
		t.Fatal(err)
	}
	s.received(t)
	got := <-traces
	if strings.Contains(string(got.Raw), "0123456789abcdef") || got.CallID != "3c26700857a87f84@192.168.1.20" || got.Sent || !strings.HasPrefix(got.First, "INVITE ") {
		t.Errorf("trace %+v\n%s", got, got.Raw)
	}
}
