package e2e

import (
	"context"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// socket opens a page's way into SIP with a ticket.
func (p *person) socket(t ticket) (*websocket.Conn, error) {
	p.o.t.Helper()
	conn, resp, err := websocket.Dial(p.o.ctx, t.URL, &websocket.DialOptions{Subprotocols: []string{"sip"}, HTTPHeader: http.Header{"Origin": {p.origin()}}})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	return conn, err //nolint:wrapcheck // the test's own
}

// stream opens the event stream of a person, and gives what comes until it is closed.
func (p *person) stream() io.ReadCloser {
	p.o.t.Helper()
	r, err := http.NewRequestWithContext(p.o.ctx, http.MethodGet, p.origin()+"/api/v1/events", http.NoBody)
	p.o.ok(err)
	r.AddCookie(p.cookie)
	resp, err := http.DefaultClient.Do(r)
	p.o.ok(err)
	if resp.StatusCode != http.StatusOK {
		p.o.t.Fatalf("stream: %s", resp.Status)
	}
	return resp.Body
}

// Who signs out takes everything of that session away: the socket and the stream are closed, a ticket that was not used opens nothing, and the cookie is worth
// nothing, after a restart either. Another session of the same person goes on.
func TestWhoSignsOutClosesTheSocketAndTheStream(t *testing.T) {
	onBoth(t, demoSite, func(o *office) {
		here := o.signIn("Alice")
		there := &person{o: o, name: "Alice"}
		there.ask(http.MethodPost, "/api/v1/session", `{"email":"alice@bakery.example","password":"correct horse battery"}`, http.StatusOK)
		mine, err := here.socket(here.ticket("workspace", office1))
		o.ok(err)
		defer func() { _ = mine.CloseNow() }()
		other, err := there.socket(there.ticket("workspace", office2))
		o.ok(err)
		defer func() { _ = other.CloseNow() }()
		unused, stream := here.ticket("workspace", office1), here.stream()
		defer stream.Close()
		stolen := *here.cookie

		here.ask(http.MethodDelete, "/api/v1/session", "", http.StatusNoContent)
		if _, _, err = mine.Read(o.ctx); err == nil || o.ctx.Err() != nil {
			o.t.Errorf("the socket goes on: %v", err)
		}
		said, err := io.ReadAll(stream)
		if err != nil || !strings.Contains(string(said), `"signed_out"`) {
			o.t.Errorf("the stream ends with %q, %v", said, err)
		}
		if conn, err := here.socket(unused); err == nil {
			_ = conn.CloseNow()
			o.t.Error("a ticket of a session that is over opens a socket")
		}
		here.cookie = &stolen
		here.ask(http.MethodGet, "/api/v1/session", "", http.StatusUnauthorized)
		here.ask(http.MethodPost, "/api/v1/me/phone-session", `{"device":"workspace","instance":"`+office1+`"}`, http.StatusUnauthorized)

		there.ask(http.MethodGet, "/api/v1/session", "", http.StatusOK)
		asks(o, other, there)
		o.stop(syscall.SIGTERM)
		o.serve()
		here.ask(http.MethodGet, "/api/v1/session", "", http.StatusUnauthorized)
		there.ask(http.MethodGet, "/api/v1/session", "", http.StatusOK)
	})
}

// asks shows that a socket is served: what is not SIP is answered or ends it, but only what is sent now.
func asks(o *office, conn *websocket.Conn, p *person) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, patience)
	defer cancel()
	text := strings.ReplaceAll("OPTIONS sip:tandem SIP/2.0\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bKsignout"+p.name+"\nMax-Forwards: 70\nFrom: <"+p.ticket("workspace", office2).SIPURI+
		">;tag=a\nTo: <sip:tandem>\nCall-ID: signout-"+p.name+"\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n", "\n", "\r\n")
	o.ok(conn.Write(ctx, websocket.MessageText, []byte(text)))
	if _, answer, err := conn.Read(ctx); err != nil || !strings.HasPrefix(string(answer), "SIP/2.0 ") {
		o.t.Errorf("the other session's socket: %q, %v", answer, err)
	}
}
