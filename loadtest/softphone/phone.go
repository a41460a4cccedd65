package softphone

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tandem/loadtest/wire"
	"tandem/media/srtp"
)

const (
	repeatAfter = 500 * time.Millisecond // RFC 3261 Timer A, not doubled: the loopback loses little
	options     = "OPTIONS"
	incoming    = 64 // calls that wait to be looked at
)

// Config is what a phone needs.
type Config struct {
	Server  netip.AddrPort
	Network string                // "udp", "tcp" or "tls"; "udp" when empty
	Web     *Web                  // a page, in the place of Server and Network
	Media   func() (Media, error) // of each call of a page; RTP when nil
	TLS     *tls.Config           // for "tls"
	Shows   *tls.Config           // for "tls": it listens at Bind, with this certificate; nil: it makes one connection to Server
	Bind    netip.AddrPort        // of the SIP socket; 127.0.0.1:0 when zero; RTP takes a free port of the same address
	Who     wire.Credentials      // what it registers and answers challenges with; zero for a carrier's caller
	User    string                // of its Contact and From; Who.Username when empty
	Formats []string              // in its SDP, best first; PCMA and telephone-event when nil
	Lines   []string              // attributes that its descriptions say too, at their end
	Seal    srtp.Suite            // how its media are encrypted, with keys in SDP; empty: they are not
}

// Phone is one phone.
type Phone struct {
	cfg  Config
	link link
	run  string
	n    atomic.Uint64

	mu    sync.Mutex
	calls map[string]*Call
	asks  map[string]chan wire.Message // by Call-ID: requests outside of calls
	rings chan *Call
	heard map[string]bool // branches of MESSAGEs
	notes chan wire.Message
	texts texts

	manners Manners
}

// Manners are what a phone does otherwise than it should. The zero value is a phone that behaves.
type Manners struct {
	Change   int  // the status by which it refuses every re-INVITE; 0: it takes them
	NoCancel bool // a CANCEL is answered, and changes nothing
	NoBye    bool // a BYE is not answered
	Mute     bool // no voice is sent
}

// Behave makes it behave so from now on.
func (p *Phone) Behave(m Manners) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.manners = m
}

// Speaks makes it answer with those formats from now on, whatever it is offered.
func (p *Phone) Speaks(formats ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cfg.Formats = formats
}

func (p *Phone) formats() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cfg.Formats
}

func (p *Phone) behaves() Manners {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.manners
}

// New opens the phone's socket.
func New(ctx context.Context, cfg Config) (*Phone, error) {
	if cfg.Web != nil {
		cfg.Network = cfg.Web.network()
	}
	if cfg.Network == "" {
		cfg.Network = "udp"
	}
	if cfg.User == "" {
		cfg.User = cfg.Who.Username
	}
	if cfg.Formats == nil {
		cfg.Formats = []string{"PCMA", "telephone-event"}
	}
	if !cfg.Bind.IsValid() {
		cfg.Bind = netip.MustParseAddrPort("127.0.0.1:0")
	}
	p := &Phone{
		cfg: cfg, run: fmt.Sprintf("%x", time.Now().UnixNano()),
		calls: map[string]*Call{}, asks: map[string]chan wire.Message{}, rings: make(chan *Call, incoming),
		heard: map[string]bool{}, notes: make(chan wire.Message, incoming),
	}
	l, err := dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p.link = l
	l.listen(p.take)
	return p, nil
}

// Close ends the phone without a word to anybody.
func (p *Phone) Close() {
	p.link.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		c.quiet()
	}
}

// Redirect makes it call another server from now on.
func (p *Phone) Redirect(server netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cfg.Server = server
}

// Addr is where its SIP comes from.
func (p *Phone) Addr() netip.AddrPort { return p.link.local() }

func (p *Phone) name(kind string) string { return fmt.Sprintf("%s%s.%d", kind, p.run, p.n.Add(1)) }

func (p *Phone) via() string {
	if p.cfg.Web != nil {
		return fmt.Sprintf("SIP/2.0/%s %s;branch=z9hG4bK%s", strings.ToUpper(p.cfg.Network), host, p.name("b"))
	}
	return fmt.Sprintf("SIP/2.0/%s %s;branch=z9hG4bK%s;rport", strings.ToUpper(p.cfg.Network), p.link.local(), p.name("b"))
}

func (p *Phone) contact() string {
	if p.cfg.Web != nil {
		return p.cfg.Web.contact(p.cfg.User)
	}
	c := fmt.Sprintf("<sip:%s@%s>", p.cfg.User, p.link.local())
	if p.cfg.Network != "udp" {
		c = strings.Replace(c, ">", ";transport="+p.cfg.Network+">", 1)
	}
	return c
}

// Register registers with digest for an hour; seconds 0 unregisters.
func (p *Phone) Register(ctx context.Context, seconds int) error {
	id, tag, aor := p.name("r"), p.name("t"), fmt.Sprintf("<sip:%s@%s>", p.cfg.Who.Username, p.cfg.Who.Realm)
	auth := ""
	for seq := 1; seq <= 3; seq++ {
		req := fmt.Sprintf("REGISTER sip:%s SIP/2.0\r\nVia: %s\r\nFrom: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d REGISTER\r\n"+
			"Max-Forwards: 70\r\nContact: %s\r\nExpires: %d\r\n%sContent-Length: 0\r\n\r\n",
			p.cfg.Who.Realm, p.via(), aor, tag, aor, id, seq, p.contact(), seconds, auth)
		m, err := p.ask(ctx, id, req)
		switch {
		case err != nil:
			return fmt.Errorf("register %s: %w", p.cfg.Who.Username, err)
		case m.Status == 200:
			return nil
		case m.Status != 401 || seq == 3:
			return fmt.Errorf("register %s: answered %d %s", p.cfg.Who.Username, m.Status, m.Phrase)
		}
		challenge := wire.MD5Challenge(m.All("WWW-Authenticate"))
		if challenge == nil {
			return fmt.Errorf("register %s: no MD5 challenge", p.cfg.Who.Username)
		}
		auth = "Authorization: " + wire.Authorization(challenge, "REGISTER", "sip:"+p.cfg.Who.Realm, p.cfg.Who) + "\r\n"
	}
	return errors.New("register: unreachable")
}

// Ask sends a request outside of any call as it is given, and waits for the final response. {via} and {id} in it are filled in.
func (p *Phone) Ask(ctx context.Context, request string) (wire.Message, error) {
	id := p.name("q")
	return p.ask(ctx, id, strings.NewReplacer("{via}", p.via(), "{id}", id, "{tag}", p.name("t")).Replace(request))
}

func (p *Phone) ask(ctx context.Context, id, request string) (wire.Message, error) {
	asked, err := wire.Parse([]byte(request))
	if err != nil {
		return wire.Message{}, fmt.Errorf("ask: %w", err)
	}
	answers := make(chan wire.Message, 8)
	p.mu.Lock()
	p.asks[id] = answers
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.asks, id)
		p.mu.Unlock()
	}()
	p.link.send([]byte(request), p.cfg.Server)
	again := time.NewTicker(repeatAfter)
	defer again.Stop()
	for {
		select {
		case m := <-answers:
			if m.Status >= 200 && m.Get("CSeq") == asked.Get("CSeq") { // not the challenge once more, to what was sent again
				return m, nil
			}
		case <-again.C:
			if p.cfg.Network == "udp" {
				p.link.send([]byte(request), p.cfg.Server)
			}
		case <-ctx.Done():
			return wire.Message{}, fmt.Errorf("no final answer: %w", context.Cause(ctx))
		}
	}
}

// Incoming waits for the next call; it has heard nothing from us yet.
func (p *Phone) Incoming(ctx context.Context) (*Call, error) {
	select {
	case c := <-p.rings:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s was not called: %w", p.cfg.User, context.Cause(ctx))
	}
}

// Note waits for the next MESSAGE that is no text; it was answered 202 (RFC 3428).
func (p *Phone) Note(ctx context.Context) (wire.Message, error) {
	select {
	case m := <-p.notes:
		return m, nil
	case <-ctx.Done():
		return wire.Message{}, fmt.Errorf("%s was sent no MESSAGE: %w", p.cfg.User, context.Cause(ctx))
	}
}

// note takes a MESSAGE; one that is sent again is answered again.
func (p *Phone) note(m *wire.Message, from netip.AddrPort) {
	p.mu.Lock()
	again := p.heard[m.Get("Via")]
	p.heard[m.Get("Via")] = true
	p.mu.Unlock()
	if !again {
		select {
		case p.notes <- *m:
		default:
			p.link.send(reply(m, 503, "Nobody reads them", lines{}), from)
			return
		}
	}
	p.link.send(reply(m, 202, "Accepted", lines{}), from)
}

// Idle says whether no call waits to be looked at.
func (p *Phone) Idle() bool { return len(p.rings) == 0 }

// take sorts what comes to the call that it belongs to.
func (p *Phone) take(b []byte, from netip.AddrPort) {
	m, err := wire.Parse(b)
	if err != nil {
		return
	}
	id := m.Get("Call-ID")
	p.mu.Lock()
	c, ask := p.calls[id], p.asks[id]
	p.mu.Unlock()
	switch {
	case c != nil && m.Method != "":
		c.request(&m, from)
	case c != nil:
		c.response(&m)
	case ask != nil && m.Method == "":
		select {
		case ask <- m:
		default:
		}
	case m.Method == "INVITE":
		p.ring(&m, from)
	case m.Method == "MESSAGE" && strings.HasPrefix(m.Get("Content-Type"), "text/plain"):
		p.texted(&m, from)
	case m.Method == "MESSAGE":
		p.note(&m, from)
	case m.Method == options:
		p.link.send(reply(&m, 200, "OK", lines{}), from)
	case m.Method != "" && m.Method != "ACK":
		p.link.send(reply(&m, 481, "No such call", lines{}), from)
	}
}

func (p *Phone) ring(m *wire.Message, from netip.AddrPort) {
	audio, media, err := p.voice()
	if err != nil {
		p.link.send(reply(m, 500, "No socket", lines{}), from)
		return
	}
	c := newCall(p, m.Get("Call-ID"), audio)
	c.Media = media
	c.Invite, c.from = *m, from
	c.localTag = p.name("t")
	c.remoteParty, c.localParty = m.Get("From"), m.Get("To")+";tag="+c.localTag
	c.target = wire.URI(m.Get("Contact"))
	c.routes = m.All("Record-Route")
	c.note(m) // nobody else has it yet
	p.mu.Lock()
	p.calls[c.ID] = c
	p.mu.Unlock()
	select {
	case p.rings <- c:
	default:
	}
}

// lines are what a response adds to what it copies.
type lines struct {
	tag, contact, body string
	more               []string
}

func reply(m *wire.Message, status int, phrase string, l lines) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", status, phrase)
	for _, name := range []string{"Via", "Record-Route", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range m.All(name) {
			if name == "To" && l.tag != "" && wire.Param(v, "tag") == "" {
				v += ";tag=" + l.tag
			}
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	if l.contact != "" {
		fmt.Fprintf(&b, "Contact: %s\r\n", l.contact)
	}
	for _, h := range l.more {
		b.WriteString(h + "\r\n")
	}
	if l.body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(l.body), l.body)
	return []byte(b.String())
}
