package e2e

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// belongings are what a session has: a socket, a stream, and a ticket that was not used.
type belongings struct {
	*person

	what   string
	socket *websocket.Conn
	stream io.ReadCloser
	unused ticket
}

// holds opens all that a session can have.
func (p *person) holds(what, instance string) *belongings {
	p.o.t.Helper()
	conn, err := p.socket(p.ticket("workspace", instance))
	p.o.ok(err)
	b := &belongings{person: p, what: what, socket: conn, stream: p.stream(), unused: p.ticket("workspace", instance)}
	p.o.t.Cleanup(func() {
		_ = conn.CloseNow()
		_ = b.stream.Close()
	})
	return b
}

// over shows that nothing of it is left.
func (b *belongings) over() {
	t := b.o.t
	t.Helper()
	if _, _, err := b.socket.Read(b.o.ctx); err == nil || b.o.ctx.Err() != nil {
		t.Errorf("%s: the socket goes on: %v", b.what, err)
	}
	if said, err := io.ReadAll(b.stream); err != nil || !strings.Contains(string(said), `"signed_out"`) {
		t.Errorf("%s: the stream ends with %q, %v", b.what, said, err)
	}
	if conn, err := b.person.socket(b.unused); err == nil {
		_ = conn.CloseNow()
		t.Errorf("%s: the ticket opens a socket", b.what)
	}
	b.ask(http.MethodGet, "/api/v1/session", "", http.StatusUnauthorized)
	b.ask(http.MethodPost, "/api/v1/me/phone-session", `{"device":"workspace","instance":"`+office1+`"}`, http.StatusUnauthorized)
}

// goesOn shows that all of it works.
func (b *belongings) goesOn() {
	t := b.o.t
	t.Helper()
	b.ask(http.MethodGet, "/api/v1/session", "", http.StatusOK)
	asks(b.o, b.socket, b.person)
	if status, text := b.o.tell(http.MethodPatch, "/api/v1/users/"+b.o.user(b.name), `{"timezone":"Europe/Paris"}`); status != http.StatusOK {
		t.Fatalf("%s: %d %s", b.what, status, text)
	}
	var said []byte
	for part := make([]byte, 4096); !bytes.Contains(said, []byte("Europe/Paris")); {
		n, err := b.stream.Read(part)
		said = append(said, part[:n]...)
		if err != nil {
			t.Errorf("%s: the stream ended with %q, %v", b.what, said, err)
			return
		}
	}
	conn, err := b.person.socket(b.unused)
	if err != nil {
		t.Errorf("%s: the ticket: %v", b.what, err)
		return
	}
	_ = conn.CloseNow()
}

// The password that somebody changed, or that was set for them, a role that was taken away, and who is removed: every session of theirs ends with all that it
// has open, but the one that changed it. More rights end nothing.
func TestWhatChangesAPersonEndsTheirSessions(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		change := func(name, body string) {
			o.t.Helper()
			if status, text := o.tell(http.MethodPatch, "/api/v1/users/"+o.user(name), body); status != http.StatusOK {
				o.t.Fatalf("%s: %d %s", body, status, text)
			}
		}
		alice, elsewhere := o.signIn("Alice"), &person{o: o, name: "Alice"}
		elsewhere.ask(http.MethodPost, "/api/v1/session", `{"email":"alice@bakery.example","password":"correct horse battery"}`, http.StatusOK)
		here, there := alice.holds("the session that changed the password", office1), elsewhere.holds("another session", office2)
		before := alice.cookie.Value
		alice.ask(http.MethodPut, "/api/v1/me/password", `{"current_password":"correct horse battery","password":"battery staple correct"}`, http.StatusNoContent)
		if alice.cookie.Value == before {
			o.t.Error("the cookie is the one from before")
		}
		there.over()
		here.goesOn()
		again := alice.holds("a password that was set for her", office2)
		change("Alice", `{"password":"set by somebody else"}`)
		again.over()

		bruno := o.signIn("Bruno").holds("more rights", office1)
		change("Bruno", `{"role":"supervisor"}`)
		bruno.goesOn()
		bruno.ask(http.MethodPost, "/api/v1/session", `{"email":"bruno@bakery.example","password":"correct horse battery"}`, http.StatusOK)
		supervisor := bruno.holds("a role that was taken away", office2)
		change("Bruno", `{"role":"agent"}`)
		supervisor.over()

		david := o.signIn("David").holds("a user who is removed", office1)
		if status, text := o.tell(http.MethodDelete, "/api/v1/users/"+o.user("David"), ""); status != http.StatusNoContent {
			o.t.Fatalf("remove: %d %s", status, text)
		}
		david.over()
	})
}
