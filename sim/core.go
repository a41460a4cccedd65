package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/sip"
	"tandem/sip/transport"
)

// CoreConfig says where the product is, and who has a handset in this mobile network.
type CoreConfig struct {
	Server     netip.AddrPort // the product's SIP over UDP
	Bind       netip.AddrPort // of the core; port 0 takes a free one
	Voicemail  netip.Addr     // of the operator's voicemail, another address than the core's; zero: it has none of its own
	Domain     string         // of the public identities; "ims.example"
	Attachment Attachment

	OriginatingPrefix string // with AttachTrunk: before what a subscriber dialled
	ReturnPrefix      string // with AttachTrunk: before a subscriber's number, it rings the handset and nothing else

	Subscribers []Subscriber
	Bearer      Bearer     // of their messages
	SMSC        SMSCConfig // of their short message centre
	NotFlagged  []string   // emergency numbers that the handsets do not know as such: they come as ordinary calls
	Unknown     Unknown
	History     History
	Timing      Timing
	Speech      []*prompt.Prompt // of the people outside
	Seed        uint64           // of everything that is left to chance
	Log         *slog.Logger
}

// Subscriber is a mobile subscription and its handset.
type Subscriber struct {
	Number string // E.164
	IMSI   string
}

// Attachment is how the product is joined to the core.
type Attachment int

// The attachments.
const (
	AttachISC   Attachment = iota // the product is an application server of the S-CSCF
	AttachTrunk                   // a trunk with prefixes, as a gateway of a circuit-switched core makes one
)

// Unknown is what the core does with headers that it does not know.
type Unknown int

// What becomes of them.
const (
	KeepsUnknown  Unknown = iota
	StripsUnknown         // whatever begins with X- is gone
)

// History says whether calls come with their history.
type History int

// The histories.
const (
	WithoutHistory History = iota
	WithHistory            // History-Info (RFC 7044)
)

// Way is how the core treats the product.
type Way int

// The ways.
const (
	CoreWorks   Way = iota
	CoreSilent      // nothing that the product sends is answered
	CoreRefuses     // with 503
)

// Word is what becomes of a CANCEL on its way to a handset.
type Word int

// What becomes of it.
const (
	WordComes Word = iota
	WordLate       // the radio network has it, and the handset can still be answered
)

// Core is a mobile network: an S-CSCF that is a proxy, handsets, a voicemail, and the people outside who can be reached through it.
type Core struct {
	cfg      CoreConfig
	conn     *net.UDPConn
	addr     netip.AddrPort
	access   *exchange // handsets and the people outside
	mailbox  *media.Engine
	dice     *dice
	callees  callees
	handsets map[string]*Handset
	ctx      context.Context //nolint:containedctx // the core's life
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	smsc *SMSC

	mu       sync.Mutex // guards what follows, and is never held while a party is asked
	way      Way
	word     Word
	closed   bool
	count    int
	hops     map[string]*hop // by what came: branch and method
	branches map[string]*hop // by our own branch
	dialogs  map[string]odi  // by the URI of the original dialog id, as it was given out
	dresses  map[string]dress
	divert   map[Occasion]Manner
	faults   []string
	seen     []Sighting

	deflected int                 // calls that the voicemail answered
	pending   map[string]*pending // RP-DATA, by the Call-ID of its MESSAGE
	report    byte                // the last RP-MR
}

// OpenCore starts a mobile core; its handsets are off.
func OpenCore(ctx context.Context, cfg CoreConfig) (*Core, error) {
	if cfg.Domain == "" {
		cfg.Domain = "ims.example"
	}
	if len(cfg.Speech) == 0 {
		cfg.Speech = []*prompt.Prompt{tone(440, time.Second)}
	}
	cfg.Timing = cfg.Timing.filled()
	ctx, cancel := context.WithCancel(ctx)
	c := &Core{
		cfg: cfg, ctx: ctx, cancel: cancel, dice: newDice(cfg.Seed),
		handsets: make(map[string]*Handset), hops: make(map[string]*hop), branches: make(map[string]*hop), dialogs: make(map[string]odi),
		dresses: make(map[string]dress), divert: make(map[Occasion]Manner), pending: make(map[string]*pending),
	}
	c.callees = callees{speech: cfg.Speech, writes: c.Text}
	for _, s := range cfg.Subscribers {
		c.handsets[s.Number] = newHandset(c, s)
	}
	err := c.listen(ctx)
	if err == nil {
		c.smsc, err = openSMSC(ctx, c, cfg.SMSC)
	}
	if err != nil {
		c.Close(ctx)
		return nil, err
	}
	c.wg.Go(c.serve)
	return c, nil
}

func (c *Core) listen(ctx context.Context) error {
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(ctx, "udp", c.cfg.Bind.String())
	if err != nil {
		return fmt.Errorf("simulated core: %w", err)
	}
	udp, is := conn.(*net.UDPConn)
	if !is {
		return errors.New("simulated core: not a UDP socket")
	}
	c.conn, c.addr = udp, addrPort(udp.LocalAddr())
	binds := []transport.Listener{{Network: transport.UDP, Bind: netip.AddrPortFrom(c.cfg.Bind.Addr(), 0)}}
	if c.cfg.Voicemail.IsValid() {
		binds = append(binds, transport.Listener{Network: transport.UDP, Bind: netip.AddrPortFrom(c.cfg.Voicemail, 0)})
		if c.mailbox, err = media.New(media.Config{Bind: c.cfg.Voicemail, Ports: media.PortRange{First: 40000, Last: 44999}, Log: c.cfg.Log}); err != nil {
			return fmt.Errorf("simulated voicemail: %w", err)
		}
	}
	if c.access, err = openAt(ctx, binds, c.cfg.Log, c.arrive); err != nil {
		return err
	}
	c.access.stack.SetPeers(&sip.Peers{Trunks: []sip.Trunk{{
		ID: line, Sources: host(c.addr), Servers: []string{"sip:" + c.addr.String()}, Domain: c.cfg.Domain,
	}}})
	return nil
}

func addrPort(a net.Addr) netip.AddrPort {
	p, _ := netip.ParseAddrPort(a.String()) // a socket has one
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}

// Addr is where the product reaches the core.
func (c *Core) Addr() netip.AddrPort { return c.addr }

// Handset is the handset of a subscriber; nil when the number is nobody's here.
func (c *Core) Handset(number string) *Handset { return c.handsets[number] }

// SMSC is the short message centre.
func (c *Core) SMSC() *SMSC { return c.smsc }

// Carried lists the messages that the centre brought to somebody, by whom they were for.
func (c *Core) Carried() []Text { return c.smsc.Carried() }

// Text lets somebody outside write to a subscriber.
func (c *Core) Text(from, to, text string) error { return c.smsc.Text(from, to, text) }

// SetWay changes how the core treats the product.
func (c *Core) SetWay(w Way) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.way = w
}

// SetWord changes what becomes of a CANCEL on its way to a handset.
func (c *Core) SetWord(w Word) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.word = w
}

// Faults lists what the product did that no application server may do.
func (c *Core) Faults() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.faults...)
}

// Close ends every call and gives the ports back.
func (c *Core) Close(ctx context.Context) {
	c.cancel()
	if c.smsc != nil {
		c.smsc.Close()
	}
	if c.access != nil {
		c.access.close(ctx)
	}
	c.mu.Lock()
	c.closed = true
	for _, h := range c.branches {
		h.rest()
	}
	for _, p := range c.pending {
		p.timer.Stop()
	}
	c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close()
	}
	c.wg.Wait()
	if c.mailbox != nil {
		if err := c.mailbox.Close(); err != nil {
			c.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "simulated voicemail did not close", slog.Any("err", err))
		}
	}
}

// arrive is a call that the S-CSCF delivered: to a handset, or to somebody outside.
func (c *Core) arrive(p *party, a *sip.Attempt) {
	number := international(a.RequestURI.User)
	if h := c.handsets[number]; h != nil {
		h.rings(p, a)
		return
	}
	c.callees.magic(p, a)
}

// Call lets somebody outside, or in another network, call a number; a subscriber is reached through the product.
func (c *Core) Call(from, to string) (*Talk, error) { return c.dial(from, to) }

// international reads a number as a French subscriber dials it.
func international(n string) string {
	switch {
	case strings.HasPrefix(n, "+"):
		return n
	case strings.HasPrefix(n, "00"):
		return "+" + n[2:]
	case strings.HasPrefix(n, "0") && len(n) == 10:
		return "+33" + n[1:]
	case strings.HasPrefix(n, "33") && len(n) == 11:
		return "+" + n
	}
	return n
}
