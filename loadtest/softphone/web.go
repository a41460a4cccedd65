package softphone

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"sync"

	"github.com/coder/websocket"

	"tandem/loadtest/wire"
)

// Web makes a phone a page: it speaks SIP over WebSocket (RFC 7118), and has no password.
type Web struct {
	URL      string // with the ticket; "ws:" or "wss:"
	Origin   string // "http://host": of the page
	Instance string // a UUID
}

// Media is the voice of a page, which no plain RTP reaches.
type Media interface {
	Offer() ([]byte, error)
	Answer(offer []byte) ([]byte, error)
	Accept(answer []byte) error
	Close()
}

// host is the name that a page gives itself: one that nobody can reach.
const host = "r9q2m7x1f0.invalid"

// network is how Via names it.
func (w *Web) network() string {
	if len(w.URL) > 4 && w.URL[:4] == "wss:" {
		return "wss"
	}
	return "ws"
}

// contact is what a page registers (RFC 7118 section 5.2, RFC 5626 section 4.1).
func (w *Web) contact(user string) string {
	return fmt.Sprintf(`<sip:%s@%s;transport=ws>;+sip.instance="<urn:uuid:%s>";reg-id=1`, user, host, w.Instance)
}

// webLink is one WebSocket to the server; everything goes through it.
type webLink struct {
	conn *websocket.Conn
	wg   sync.WaitGroup
	end  context.CancelFunc
}

func dialWeb(ctx context.Context, w *Web, trusted *tls.Config) (link, error) {
	o := &websocket.DialOptions{Subprotocols: []string{"sip"}, HTTPHeader: http.Header{"Origin": {w.Origin}}}
	if trusted != nil {
		o.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: trusted}}
	}
	conn, resp, err := websocket.Dial(ctx, w.URL, o) //nolint:bodyclose // the library closes it
	if err != nil {
		status := 0
		if resp != nil {
			status = resp.StatusCode
		}
		return nil, fmt.Errorf("open the page's WebSocket: %w", &RefusedError{Status: status, Err: err})
	}
	const largest = 65536
	conn.SetReadLimit(largest)
	return &webLink{conn: conn}, nil
}

// RefusedError says how a server answered who wanted a WebSocket.
type RefusedError struct {
	Status int // 0: it did not
	Err    error
}

// Error tells what the library says.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap is what the library says.
func (e *RefusedError) Unwrap() error { return e.Err }

func (l *webLink) listen(take func(b []byte, from netip.AddrPort)) {
	ctx, end := context.WithCancel(context.Background())
	l.end = end
	l.wg.Go(func() {
		for {
			_, b, err := l.conn.Read(ctx)
			if err != nil {
				return
			}
			take(b, netip.AddrPort{})
		}
	})
}

func (l *webLink) send(b []byte, _ netip.AddrPort) {
	_ = l.conn.Write(context.Background(), websocket.MessageText, b) // a broken connection shows as no answer
}

func (l *webLink) local() netip.AddrPort { return netip.AddrPort{} }

func (l *webLink) close() {
	_ = l.conn.CloseNow()
	l.end()
	l.wg.Wait()
}

// voice opens what a call of this phone talks by.
func (p *Phone) voice() (*Audio, Media, error) {
	if p.cfg.Media == nil {
		a, err := newAudio(p.cfg.Bind.Addr(), p.cfg.Seal)
		return a, nil, err
	}
	m, err := p.cfg.Media()
	if err != nil {
		return nil, nil, fmt.Errorf("open the page's media: %w", err)
	}
	return nil, m, nil
}

// ours is what we offer.
func (c *Call) ours() string {
	if c.Media == nil {
		return c.description()
	}
	b, err := c.Media.Offer()
	c.failing(err)
	return string(b)
}

// answerTo is what we answer to an offer; nil: it is we who offer.
func (c *Call) answerTo(offer []byte) string {
	if c.Media == nil {
		c.heard(offer)
		return c.description()
	}
	if len(offer) == 0 {
		return c.ours()
	}
	b, err := c.Media.Answer(offer)
	c.failing(err)
	return string(b)
}

// failing writes into the ladder that the media failed.
func (c *Call) failing(err error) {
	if err != nil {
		c.log = append(c.log, "! "+err.Error())
	}
}

// heard takes the other side's answer; also one that comes again.
func (c *Call) heard(sdp []byte) {
	if c.Media == nil {
		if at, ok := wire.Audio(sdp); ok && !c.phone.behaves().Mute {
			c.Audio.connect(at, sdp)
		}
		return
	}
	if len(sdp) > 0 && !c.taken {
		c.taken = true
		c.failing(c.Media.Accept(sdp))
	}
}

// quiet closes what the call talks by.
func (c *Call) quiet() {
	if c.Media != nil {
		c.Media.Close()
		return
	}
	c.Audio.close()
}
