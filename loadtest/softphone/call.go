package softphone

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tandem/loadtest/wire"
)

// Call is one call of a phone, in either direction.
type Call struct {
	ID     string
	Audio  *Audio       // nil: a page's, which has Media
	Media  Media        // nil: another phone's
	Invite wire.Message // of an incoming call

	phone *Phone

	mu                      sync.Mutex
	from                    netip.AddrPort // where an incoming INVITE came from
	localTag                string
	localParty, remoteParty string // From and To of what we send, tags included
	target                  string
	routes                  []string
	cseq, inviteSeq         int // of our last request, and of our last INVITE
	inviteVia, inviteAuth   string
	dialled                 string
	offer                   string // "" for a late offer
	direction               string // what we say of our side: "sendrecv" when empty
	last                    []byte // our last response to the INVITE, for its repeats
	answered, over          bool
	taken                   bool  // the answer to a page's offer was
	crossing                bool  // answers when a CANCEL comes
	statuses                []int // of the responses to our INVITE
	final                   wire.Message
	log                     []string
	seen                    []wire.Message
	changed                 chan struct{} // closed and replaced on every change
}

func newCall(p *Phone, id string, audio *Audio) *Call {
	return &Call{ID: id, Audio: audio, phone: p, changed: make(chan struct{})}
}

// Dial calls a number or extension at the server. What comes of it is told by Answered, Status and the rest.
func (p *Phone) Dial(to string, o DialOptions) (*Call, error) {
	audio, media, err := p.voice()
	if err != nil {
		return nil, err
	}
	c := newCall(p, p.name("c"), audio)
	c.Media = media
	c.localTag = p.name("t")
	host := p.cfg.Server.Addr().String()
	if p.cfg.Server.Addr().Is6() {
		host = "[" + host + "]"
	}
	if p.cfg.Who.Realm != "" {
		host = p.cfg.Who.Realm
	}
	from := o.From
	if from == "" {
		from = p.cfg.User
	}
	c.localParty = fmt.Sprintf("<sip:%s@%s>;tag=%s", from, host, c.localTag)
	c.dialled = fmt.Sprintf("sip:%s@%s", to, p.cfg.Server)
	if p.cfg.Web != nil {
		c.dialled = fmt.Sprintf("sip:%s@%s", to, host)
	}
	c.remoteParty = fmt.Sprintf("<sip:%s@%s>", to, host)
	c.target, c.cseq = c.dialled, 1
	if !o.LateOffer {
		c.offer = c.ours()
	}
	p.mu.Lock()
	p.calls[c.ID] = c
	p.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sendInvite(o.Headers)
	return c, nil
}

// DialOptions are what a test may want otherwise.
type DialOptions struct {
	From      string // user part of From; the phone's own when empty
	LateOffer bool
	Headers   []string // added to the INVITE
}

func (c *Call) sendInvite(headers []string) {
	c.inviteVia, c.inviteSeq = c.phone.via(), c.cseq
	c.transmit(c.build("INVITE", c.inviteVia, c.offer, headers))
}

// build makes a request of this call. The caller holds the lock.
func (c *Call) build(method, via, body string, headers []string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: %s\r\n", method, c.target, via)
	for _, r := range c.routes {
		fmt.Fprintf(&b, "Route: %s\r\n", r)
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\nContact: %s\r\n",
		c.localParty, c.remoteParty, c.ID, c.cseq, method, c.phone.contact())
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if strings.HasPrefix(body, "v=0") {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}

// transmit sends to the server, or back to where an incoming call came from.
func (c *Call) transmit(b []byte) {
	m, _ := wire.Parse(b)
	c.record(">", &m)
	to := c.phone.cfg.Server
	if c.from.IsValid() {
		to = c.from
	}
	c.phone.link.send(b, to)
}

func (c *Call) description() string {
	d := wire.Description(c.Audio.Local(), c.phone.formats()...)
	d = c.Audio.sealed.describe(d)
	for _, l := range c.phone.cfg.Lines {
		d += l + "\r\n"
	}
	if c.direction != "" {
		d += "a=" + c.direction + "\r\n"
	}
	return d
}

// note records what came. The caller holds the lock, and signals when it has done what is due: who waits for a request finds what came of it.
func (c *Call) note(m *wire.Message) {
	c.record("<", m)
	c.seen = append(c.seen, *m)
}

// record writes a line of the ladder.
func (c *Call) record(arrow string, m *wire.Message) {
	what := m.Method
	if what == "" {
		_, method, _ := strings.Cut(m.Get("CSeq"), " ")
		what = fmt.Sprintf("%d %s", m.Status, method)
	}
	if r := m.Get("Reason"); r != "" {
		what += " (" + r + ")"
	}
	c.log = append(c.log, arrow+" "+what)
}

func (c *Call) signal() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Ladder is everything that was sent (>) and came (<), a line each.
func (c *Call) Ladder() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.log, "\n")
}

// until waits for something to be true of the call.
func (c *Call) until(ctx context.Context, what string, test func() bool) error {
	for {
		c.mu.Lock()
		ok, changed := test(), c.changed
		c.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w; so far:\n%s", what, context.Cause(ctx), c.Ladder())
		}
	}
}

// Answered waits for the 200 to our INVITE; another final response is an error.
func (c *Call) Answered(ctx context.Context) error {
	if err := c.until(ctx, "not answered", func() bool { return c.final.Status != 0 }); err != nil {
		return err
	}
	if s := c.Final().Status; s >= 300 {
		return fmt.Errorf("answered %d %s", s, c.Final().Phrase)
	}
	return nil
}

// Refused waits for a final response that is no 200.
func (c *Call) Refused(ctx context.Context) (wire.Message, error) {
	err := c.until(ctx, "not refused", func() bool { return c.final.Status != 0 })
	if m := c.Final(); err == nil && m.Status < 300 {
		return m, errors.New("answered, not refused")
	}
	return c.Final(), err
}

// Progress waits for that provisional status.
func (c *Call) Progress(ctx context.Context, status int) error {
	return c.until(ctx, fmt.Sprintf("no %d", status), func() bool { return slices.Contains(c.statuses, status) })
}

// Final is the final response to our INVITE so far.
func (c *Call) Final() wire.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.final
}

// Got waits for a request of that method from the server and gives the first one.
func (c *Call) Got(ctx context.Context, method string) (wire.Message, error) {
	var found wire.Message
	err := c.until(ctx, "no "+method, func() bool {
		i := slices.IndexFunc(c.seen, func(m wire.Message) bool { return m.Method == method })
		if i >= 0 {
			found = c.seen[i]
		}
		return i >= 0
	})
	return found, err
}

// Count says how many requests of that method came, of which one that was sent again is one.
func (c *Call) Count(method string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	each := map[string]bool{}
	for i := range c.seen {
		if m := &c.seen[i]; m.Method == method {
			each[m.Get("CSeq")] = true
		}
	}
	return len(each)
}

// InfoKeys are the keys that came by INFO, in either form; one that was sent again is one.
func (c *Call) InfoKeys() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys strings.Builder
	each := map[string]bool{} // one that was sent again is one
	for i := range c.seen {
		m := &c.seen[i]
		if m.Method != "INFO" || each[m.Get("CSeq")] {
			continue
		}
		each[m.Get("CSeq")] = true
		body := strings.TrimSpace(string(m.Body))
		if _, signal, relay := strings.Cut(body, "Signal="); relay {
			body = strings.TrimSpace(signal)
		}
		keys.WriteString(body[:min(1, len(body))])
	}
	return keys.String()
}

// Over says whether the call has ended.
func (c *Call) Over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// Ended waits for the end, whoever makes it.
func (c *Call) Ended(ctx context.Context) error {
	return c.until(ctx, "not ended", func() bool { return c.over })
}

func seqOf(m *wire.Message) (int, string) {
	n, method, _ := strings.Cut(m.Get("CSeq"), " ")
	seq, _ := strconv.Atoi(n)
	return seq, method
}
