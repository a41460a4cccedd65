package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tandem/sip"
	"tandem/sip/message"
	"tandem/sip/transport"
)

// textSite is an office with two SIP phones: Alice's texts go by a SIP trunk, Bruno's by a carrier that speaks HTTP.
const textSite = `
[[accounts]]
name = "Bakery"
language = "fr"
country = "FR"
[[trunks]]
name = "texts"
sources = ["{net}.2"]
servers = ["sip:{net}.2:5060"]
country = "FR"
[[connectors]]
name = "Carrier S"
kind = "sip"
role = "carrier"
trunk = "texts"
in_doubt = "retry"
[[connectors]]
name = "Carrier H"
kind = "http"
role = "carrier"
in_doubt = "retry" # the program is killed at any moment of a try
password = "ours"
token = "theirs"
[connectors.http.send]
url = "{http}/Messages.json"
headers = { Content-Type = "application/x-www-form-urlencoded", Authorization = "Basic {basic:AC1}" }
body = "To={to}&From={from}&Body={body}"
[connectors.http.sent]
id = "json:sid"
[connectors.http.inbound]
from = "form:From"
to = "form:To"
body = "form:Body"
id = "form:MessageSid"
[connectors.http.receipt]
id = "form:MessageSid"
state = "form:MessageStatus"
states = { delivered = "delivered", undelivered = "failed" }
[[users]]
name = "Alice"
email = "alice@bakery.example"
extension = "201"
devices = [{username = "alice-desk", password = "alice-desk-secret"}]
[[users]]
name = "Bruno"
email = "bruno@bakery.example"
extension = "202"
devices = [{username = "bruno-desk", password = "bruno-desk-secret"}]
[[flows]]
name = "bye"
start = "bye"
[[flows.nodes]]
id = "bye"
type = "hangup"
[[numbers]]
e164 = "+33199001001"
name = "Alice"
flow = "bye"
users = ["alice@bakery.example"]
messaging = { connector = "Carrier S" }
[[numbers]]
e164 = "+33199001002"
name = "Bruno"
flow = "bye"
users = ["bruno@bakery.example"]
messaging = { connector = "Carrier H" }
`

// textEnd is a SIP stack outside: a phone, or a carrier.
type textEnd struct {
	*sip.Stack

	o     *office
	notes chan *sip.Note
}

func (*textEnd) Invite(*sip.Attempt)                        {}
func (*textEnd) TrunkChanged(sip.TrunkState)                {}
func (*textEnd) DeviceChanged(message.AOR, sip.Registered)  {}
func (e *textEnd) Message(n *sip.Note)                      { e.notes <- n }
func (*textEnd) Registered(_ message.AOR, _ sip.Registered) {}

// texter opens one at an address.
func (o *office) texter(at netip.AddrPort, house sip.Trunk) *textEnd {
	o.t.Helper()
	e := &textEnd{o: o, notes: make(chan *sip.Note, 100)}
	var err error
	e.Stack, err = sip.New(sip.Config{Realm: "outside", Notes: e, Listeners: []transport.Listener{{Network: transport.UDP, Bind: at}, {Network: transport.TCP, Bind: at}}}, e)
	o.ok(err)
	o.ok(e.Start(o.ctx))
	house.ID, house.Servers, house.Sources = "house", []string{"sip:" + o.server().String()}, []netip.Prefix{netip.PrefixFrom(o.server().Addr(), 32)}
	e.SetPeers(&sip.Peers{Trunks: []sip.Trunk{house}})
	o.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(o.ctx), time.Second)
		defer cancel()
		_ = e.Close(ctx)
	})
	return e
}

// textPhone registers a device of the site that writes and reads texts.
func (o *office) textPhone(username string) *textEnd {
	o.t.Helper()
	return o.texter(o.host(), sip.Trunk{Domain: "tandem", AuthUser: username, AuthPass: sip.Secret(username + "-secret"), Register: true})
}

// writes sends a text and gives the status.
func (e *textEnd) writes(from, to, body string) int {
	e.o.t.Helper()
	answers := make(chan sip.Answer, 1)
	e.o.ok(e.SendMessage(sip.Text{
		Trunk: "house", From: message.Party{User: from}, To: message.Party{User: to}, Body: &message.Body{Type: "text/plain;charset=UTF-8", Bytes: []byte(body)},
	}, func(a sip.Answer) { answers <- a }))
	select {
	case a := <-answers:
		return a.Status
	case <-e.o.ctx.Done():
		e.o.t.Fatalf("no answer: %v", context.Cause(e.o.ctx))
		return 0
	}
}

// reads takes the next text, which has to be that, from that party.
func (e *textEnd) reads(from, body string) {
	e.o.t.Helper()
	select {
	case n := <-e.notes:
		n.Accept(200)
		if string(n.Body.Bytes) != body || n.From.User != from {
			e.o.t.Fatalf("read %q from %s, want %q from %s", n.Body.Bytes, n.From.User, body, from)
		}
	case <-e.o.ctx.Done():
		e.o.t.Fatalf("nothing to read, want %q: %v", body, context.Cause(e.o.ctx))
	}
}

// readsAfter takes the next text, which has to be that; but each of what was read before a kill may come once more, since the program may have died before it had
// written down that it was.
func (e *textEnd) readsAfter(before []string, body string) {
	e.o.t.Helper()
	before = slices.Clone(before)
	for {
		select {
		case n := <-e.notes:
			n.Accept(200)
			text := string(n.Body.Bytes)
			if text == body {
				return
			}
			i := slices.Index(before, text)
			if i < 0 {
				e.o.t.Fatalf("read %q, want %q", text, body)
			}
			before = slices.Delete(before, i, i+1)
		case <-e.o.ctx.Done():
			e.o.t.Fatalf("nothing to read, want %q: %v", body, context.Cause(e.o.ctx))
		}
	}
}

// webCarrier is a carrier that speaks HTTP.
type webCarrier struct {
	*httptest.Server

	mu   sync.Mutex
	got  []url.Values
	away atomic.Bool // it takes nothing
}

func newWebCarrier(t *testing.T) *webCarrier {
	t.Helper()
	c := &webCarrier{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if c.away.Load() || user != "AC1" || password != "ours" || r.ParseForm() != nil {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got = append(c.got, r.PostForm)
		_, _ = fmt.Fprintf(w, `{"sid":"SM%d"}`, len(c.got))
	}))
	t.Cleanup(c.Close)
	return c
}

// takes waits until it has so many messages, and gives them.
func (c *webCarrier) takes(o *office, n int) []url.Values {
	o.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		c.mu.Lock()
		got := slices.Clone(c.got)
		c.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-o.ctx.Done():
			o.t.Fatalf("the carrier has %d messages, want %d", len(got), n)
		case <-tick.C:
		}
	}
}

// brings has the carrier bring something.
func (o *office) brings(path string, form url.Values) {
	o.t.Helper()
	var page struct {
		Data []struct{ ID, Name string }
	}
	o.read("/api/v1/connectors", &page)
	i := slices.IndexFunc(page.Data, func(c struct{ ID, Name string }) bool { return c.Name == "Carrier H" })
	if i < 0 {
		o.t.Fatalf("no such connector in %+v", page)
	}
	for { // the connector is there a moment after the program
		resp, err := o.ask(http.MethodPost, "/connectors/"+page.Data[i].ID+path+"?token=theirs", strings.NewReader(form.Encode()))
		o.ok(err)
		told, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusNoContent {
			return
		}
		if resp.StatusCode != http.StatusNotFound || o.ctx.Err() != nil {
			o.t.Fatalf("%d %s", resp.StatusCode, told)
		}
	}
}

// TestSpec_M5_M6_M8_M9_PhonesAndCarriersExchangeTexts: SIP phones with the world, by a SIP trunk and by HTTP; the program is killed while some of it is under way.
func TestSpec_M5_M6_M8_M9_PhonesAndCarriersExchangeTexts(t *testing.T) {
	t.Setenv("TANDEM_WEBHOOKS_ALLOW_PRIVATE", "true")
	carrier := newWebCarrier(t)
	texts := []string{"Ça va ? œuf à 2 €, 👩🏽‍🚀 مرحبا <&\"\\", strings.Repeat("Une longue histoire, en dix parties. ", 40)}
	const alice, bruno, outside = "+33199001001", "+33199001002", "+33639980200"
	onEach(t, strings.ReplaceAll(textSite, "{http}", carrier.URL), func(o *office) {
		carrier.mu.Lock()
		carrier.got = nil
		carrier.mu.Unlock()
		trunk := o.texter(netip.MustParseAddrPort(o.net+".2:5060"), sip.Trunk{Domain: "carrier.test"})
		anna := o.textPhone("alice-desk")
		for _, text := range texts {
			o.mustWrite(anna, "alice-desk", "0639980200", text)
			trunk.reads(alice, text)
			o.mustWrite(trunk, outside, alice, text)
			anna.reads(outside, text)
			o.brings("/messages", url.Values{"From": {outside}, "To": {bruno}, "Body": {text}, "MessageSid": {"IN" + text[:2]}})
		}
		carrier.away.Store(true)
		ben := o.textPhone("bruno-desk")
		ben.reads(outside, texts[0])
		ben.reads(outside, texts[1])
		for _, text := range texts {
			o.mustWrite(ben, "bruno-desk", "0639980200", text)
		}
		o.ok(ben.Close(o.ctx))
		o.brings("/messages", url.Values{"From": {outside}, "To": {bruno}, "Body": {"after that"}, "MessageSid": {"IN3"}})
		o.stop(syscall.SIGKILL)
		o.serve()
		o.brings("/messages", url.Values{"From": {outside}, "To": {bruno}, "Body": {"after that"}, "MessageSid": {"IN3"}}) // the carrier did not hear us
		carrier.away.Store(false)
		again := o.textPhone("bruno-desk")
		again.readsAfter(texts, "after that")
		for i, got := range carrier.takes(o, len(texts)) {
			if got.Get("Body") != texts[i] || got.Get("To") != outside || got.Get("From") != bruno {
				t.Errorf("the carrier got %v", got)
			}
		}
		o.brings("/receipts", url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}})
		o.isInOrder(9)
	})
}

func (o *office) mustWrite(e *textEnd, from, to, text string) {
	o.t.Helper()
	for { // a phone that has just begun, or a connector, is there a moment later
		switch status := e.writes(from, to, text); {
		case status == http.StatusAccepted:
			return
		case status != 405 && status != 401 || o.ctx.Err() != nil:
			o.t.Fatalf("a text was answered %d", status)
		}
	}
}

// isInOrder checks that there are so many messages in the records, each once, those of SIP phones as such, and one delivered.
func (o *office) isInOrder(n int) {
	o.t.Helper()
	var page struct {
		Data []struct{ ID, Channel, Direction, Status, State, Body string }
	}
	for {
		o.read("/api/v1/messages?limit=100", &page)
		written, delivered := 0, 0
		for _, m := range page.Data {
			if m.Channel == "sip_phone" {
				written++
			}
			if m.State == "delivered" || m.Status == "delivered" {
				delivered++
			}
		}
		if len(page.Data) == n && written == 4 && delivered == 1 {
			return
		}
		if o.ctx.Err() != nil {
			o.t.Fatalf("%d messages, %d written on phones, %d delivered: %+v", len(page.Data), written, delivered, page)
		}
	}
}
