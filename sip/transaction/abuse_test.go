package transaction

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/digest"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// TestLargeButHonestRequestsPass: 70 Record-Route, 50 Via, Max-Forwards 0; and every Via comes back (T13).
func TestLargeButHonestRequestsPass(t *testing.T) {
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		t.Run(string(n), func(t *testing.T) {
			f := newAccepting(t)
			more := strings.Repeat("Via: SIP/2.0/UDP hop.example;branch=z9hG4bKhop\r\n", 50) + strings.Repeat("Record-Route: <sip:hop.example;lr>\r\n", 70)
			raw := bytes.Replace(text("INVITE", "large", "z9hG4bKlarge", 1, n), []byte("From: "), []byte(more+"From: "), 1)
			raw = bytes.Replace(raw, []byte("Max-Forwards: 70"), []byte("Max-Forwards: 0"), 1)
			conn := dialRaw(t, f.at(n))
			if _, err := conn.Write(raw); err != nil {
				t.Fatal(err)
			}
			tx := next[gotRequest](t, f).tx
			if got := len(tx.Request().GetHeaders("Record-Route")); got != 70 {
				t.Errorf("%d routes", got)
			}
			if got := len(message.NewResponse(tx.Request(), 180, "", nil).GetHeaders("Via")); got != 51 {
				t.Errorf("%d Vias come back", got)
			}
		})
	}
}

// TestAPanicCostsOneRequest: the process and the shard go on, and it is counted.
func TestAPanicCostsOneRequest(t *testing.T) {
	f := newAnswering(t, func(tx *Server) {
		if tx.Request().CSeq().SeqNo == 1 {
			panic("a handler that fails")
		}
		accept(tx)
	})
	conn := dialRaw(t, f.at(transport.UDP))
	for cseq := 1; cseq <= 2; cseq++ {
		if _, err := conn.Write(text("MESSAGE", "panic", "z9hG4bK"+strconv.Itoa(cseq), cseq, transport.UDP)); err != nil {
			t.Fatal(err)
		}
	}
	if res, ok := readMessage(t, conn).(*gosip.Response); !ok || res.CSeq().SeqNo != 2 || res.StatusCode != gosip.StatusOK {
		t.Errorf("got %v", res)
	}
	if f.tr.Counters().Panics.Load() != 1 {
		t.Error("not counted")
	}
}

// TestAnAckFloodWithoutADialogOpensNothing (T15).
func TestAnAckFloodWithoutADialogOpensNothing(t *testing.T) {
	f := newFar(t)
	conn := dialRaw(t, f.at(transport.TCP))
	for i := range 100 {
		if _, err := conn.Write(text("ACK", "flood", "z9hG4bK"+strconv.Itoa(i), 1, transport.TCP)); err != nil {
			t.Fatal(err)
		}
		next[gotAck](t, f)
	}
	if n := f.tx.kept(); n != 0 {
		t.Errorf("%d things kept", n)
	}
}

// TestAForgedInviteIsAnsweredOnceAndForgotten: 35 s after it, sipgo alone would have sent eleven answers (T8). Here the second look comes
// early, since nothing is left that could send.
func TestAForgedInviteIsAnsweredOnceAndForgotten(t *testing.T) {
	f := newAnswering(t, accept, func(c *transport.Config) { c.Auth = digest.NewServer("pbx.example", nil) })
	conn := dialRaw(t, f.at(transport.UDP))
	if _, err := conn.Write(text("INVITE", "forged", "z9hG4bKf", 1, transport.UDP)); err != nil {
		t.Fatal(err)
	}
	if res, ok := readMessage(t, conn).(*gosip.Response); !ok || res.StatusCode != gosip.StatusUnauthorized {
		t.Errorf("got %v", res)
	}
	if n := f.tx.kept(); n != 0 || len(f.events) != 0 {
		t.Errorf("%d things kept, %d told", n, len(f.events))
	}
}

// TestACallOverIPv6, brackets and all.
func TestACallOverIPv6(t *testing.T) {
	six := func(c *transport.Config) {
		local := netip.MustParseAddrPort("[::1]:0")
		c.Listeners = []transport.Listener{{Network: transport.UDP, Bind: local}, {Network: transport.TCP, Bind: local}}
	}
	b, a := newAnswering(t, accept, six), newAnswering(t, nil, six)
	for _, n := range []transport.Network{transport.UDP, transport.TCP} {
		replies := make(chan Reply, 4)
		if _, err := a.tx.Send(a.request(gosip.OPTIONS, "six"+string(n), 1), b.at(n), func(r Reply) { replies <- r }); err != nil {
			t.Fatal(err)
		}
		if r := await(t, replies); r.Err != nil || r.Response.StatusCode != gosip.StatusOK || r.Response.Via().Host != "::1" {
			t.Errorf("%s: %+v", n, r)
		}
	}
}

// TestARegisteredPhoneGetsThroughWithItsNonce: the whole way of a challenge, answered by our own client.
func TestARegisteredPhoneGetsThroughWithItsNonce(t *testing.T) {
	auth := digest.NewServer("pbx.example", nil)
	f := newAnswering(t, nil, func(c *transport.Config) { c.Auth = auth })
	phone := newFar(t)
	client := digest.NewClient(digest.Account{Username: "alice", Password: "secret"})
	replies := make(chan Reply, 4)
	send := func(cseq uint32, more ...digest.Header) {
		r := phone.request(gosip.REGISTER, "register", cseq)
		for _, h := range more {
			message.Add(r, h.Name, h.Value)
		}
		message.Add(r, "User-Agent", strings.Repeat("phone ", 60)) // room for both challenges
		if _, err := phone.tx.Send(r, f.at(transport.UDP), func(r Reply) { replies <- r }); err != nil {
			t.Fatal(err)
		}
	}
	send(1)
	refused := await(t, replies).Response
	var offers []digest.Challenge
	for _, v := range refused.GetHeaders("WWW-Authenticate") {
		ch, err := digest.ParseChallenge(v.Value())
		if err != nil {
			t.Fatal(err)
		}
		offers = append(offers, ch)
	}
	h, err := client.Answer(offers, digest.Request{Method: "REGISTER", URI: "sip:204@pbx.example"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	send(2, h)
	tx := next[gotRequest](t, f).tx
	cred, err := digest.ParseCredentials(message.Value(tx.Request(), "Authorization"))
	if err != nil {
		t.Fatal(err)
	}
	asked := digest.Asked{Method: "REGISTER", URI: tx.Request().Recipient.String(), Source: tx.Flow().Remote.Addr()}
	if got := auth.Verify(cred, asked, digest.NewHA1("alice", "pbx.example", "secret")); got != digest.Proved || cred.Algorithm != digest.SHA256 {
		t.Errorf("%s by %s", got, cred.Algorithm)
	}
	if took := tx.Flow().Remote; took != phone.at(transport.UDP).Addr {
		t.Errorf("came from %s", took)
	}
	if err := tx.Respond(message.NewResponse(tx.Request(), 200, "", nil)); err != nil {
		t.Fatal(err)
	}
	if r := await(t, replies); r.Response.StatusCode != gosip.StatusOK {
		t.Errorf("got %+v", r)
	}
}
