package sim

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"tandem/mobilecore/sms"
)

// SMSCConfig says how a short message centre works, and which programs speak SMPP with it.
type SMSCConfig struct {
	Bind   string // where programs bind, "127.0.0.1:0"; empty: nowhere
	ESMEs  []ESME
	Quirks Quirks
	Seed   uint64        // of everything that is left to chance
	Keep   time.Duration // for which a message is tried that does not say; 0: 24 h
	Log    *slog.Logger
}

// ESME is a program that speaks SMPP with the centre.
type ESME struct {
	SystemID, Password string

	Address string   // whom the centre binds to; empty: the program binds to the centre
	Path    Path     // where it stands
	Numbers []string // E.164, of whom it gets messages; nil: of all
	Absent  Absent
	Window  int // requests that wait for their response at a time; 0: 10
}

// Path says where a program stands between subscribers and the network.
type Path int

// The paths.
const (
	PathEnd  Path = iota // its numbers are its own: it gets what is sent to them
	PathIn               // everything from and to its subscribers goes to it first, and to a handset only what it submits ("smpp-first")
	PathCopy             // messages of its subscribers go their way, and it gets a copy
)

// Absent says what becomes of messages while a program is away.
type Absent int

// What becomes of them.
const (
	AbsentWaits     Absent = iota // they wait for it
	AbsentWithoutIt               // with PathIn: they go their way without it (it fails open)
)

// SMSC is a short message centre: an operator's, with handsets, or with nobody but people outside, a carrier's. What it took it keeps until it is delivered.
// Safe for concurrent use.
type SMSC struct {
	cfg  SMSCConfig
	core *Core // whose handsets are reached; nil: there are none
	dice *dice
	ctx  context.Context //nolint:containedctx // the centre's life
	stop context.CancelFunc
	wg   sync.WaitGroup
	smpp smppSide

	mu      sync.Mutex // guards what follows; a leaf
	esmes   []*esme
	queues  map[string]*queue  // of handsets, by their number
	people  map[string]*person // by their number
	quirks  Quirks
	carried []Text
	reads   reader // of carried
	passed  []*Passed
	count   int    // of ids
	marks   uint16 // of what people outside wrote
	submits int
	binds   int // that there ever were
	changed chan struct{}
}

// firstID comes before the names of messages: no name in decimal digits is another's in hexadecimal ones.
const firstID = 1 << 24

// OpenSMSC starts a centre with nobody but people outside: a carrier's.
func OpenSMSC(ctx context.Context, cfg SMSCConfig) (*SMSC, error) { return openSMSC(ctx, nil, cfg) }

func openSMSC(ctx context.Context, core *Core, cfg SMSCConfig) (*SMSC, error) {
	if cfg.Keep == 0 {
		cfg.Keep = 24 * time.Hour
	}
	ctx, stop := context.WithCancel(ctx)
	c := &SMSC{
		cfg: cfg, core: core, dice: newDice(cfg.Seed), ctx: ctx, stop: stop, queues: make(map[string]*queue), people: make(map[string]*person),
		quirks: cfg.Quirks, changed: make(chan struct{}), count: firstID,
	}
	for _, e := range cfg.ESMEs {
		c.esmes = append(c.esmes, newESME(c, e))
	}
	if err := c.openSMPP(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends every connection; what was not delivered is forgotten.
func (c *SMSC) Close() {
	c.stop()
	c.closeSMPP()
	c.wg.Wait()
}

// SetQuirks changes how it behaves from now on.
func (c *SMSC) SetQuirks(q Quirks) { c.set(func() { c.quirks = q }) }

func (c *SMSC) quirk() Quirks {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.quirks
}

// set changes something, and tells whoever waits.
func (c *SMSC) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.changed)
	c.changed = make(chan struct{})
}

// until waits for something about the centre.
func (c *SMSC) until(ctx context.Context, what string, is func() bool) error {
	for {
		c.mu.Lock()
		ok, changed := is(), c.changed
		c.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
}

// nextID names a message.
func (c *SMSC) nextID() string {
	var n int
	c.set(func() {
		c.count++
		n = c.count
	})
	return strconv.Itoa(n)
}

// Text lets somebody outside write to a number, in as many segments as it takes. It is on its way when Text returns.
func (c *SMSC) Text(from, to, text string) error {
	var reference uint16 // as a telephone counts its long messages
	c.set(func() {
		p := c.personLocked(from)
		p.long++
		reference = p.long
	})
	all, err := shortsOf(from, to, text, reference)
	if err != nil {
		return err
	}
	for i := range all {
		c.set(func() {
			c.marks++
			all[i].reference = c.marks
		})
	}
	c.hand(all)
	return nil
}

// Piece lets somebody outside send one segment of a long message, whether or not the others ever come.
func (c *SMSC) Piece(from, to, text string, part sms.Concat) error {
	all, err := shortsOf(from, to, text, 0)
	if err != nil {
		return err
	}
	all[0].header = sms.Header{part.Element()}
	c.set(func() {
		c.marks++
		all[0].reference = c.marks
	})
	c.arrive(all[0])
	return nil
}

// write takes what a handset of ours wrote, and says how that went, at any time.
func (c *SMSC) write(s short, done func(Cause)) {
	if e := c.first(s.from); e != nil {
		e.give(&gift{short: s, origin: originHandset, done: done})
		return
	}
	done(causeNone)
	c.carry(&held{short: s, id: c.nextID(), writer: c.handset(s.from)})
	c.copyTo(s.from, s, originHandset)
}

// arrive takes what came for somebody from outside.
func (c *SMSC) arrive(s short) {
	if c.handset(s.to) != nil {
		if e := c.first(s.to); e != nil {
			e.give(&gift{short: s, origin: originOutside, done: func(Cause) {}})
			return
		}
		c.copyTo(s.to, s, originOutside)
	}
	c.carry(&held{short: s, id: c.nextID()})
}

// first is the program that gets messages of a subscriber before anybody else; nil: there is none, or it is away and they go without it.
func (c *SMSC) first(number string) *esme {
	e := c.of(number, PathIn)
	if e != nil && e.cfg.Absent == AbsentWithoutIt && !e.listens() {
		return nil
	}
	return e
}

// copyTo gives a program the copy of a message.
func (c *SMSC) copyTo(number string, s short, o origin) {
	if e := c.of(number, PathCopy); e != nil {
		e.give(&gift{short: s, origin: o, done: func(Cause) {}})
	}
}

// of finds the program that stands so with a number.
func (c *SMSC) of(number string, p Path) *esme {
	for _, e := range c.esmes { // never changes
		if e.cfg.Path == p && (e.cfg.Numbers == nil || slices.Contains(e.cfg.Numbers, number)) {
			return e
		}
	}
	return nil
}

// carry brings a message to whom it is for: a handset, a program's number, or somebody outside.
func (c *SMSC) carry(h *held) {
	number := international(h.to)
	if handset := c.handset(number); handset != nil {
		c.queue(handset).add(h)
		return
	}
	if e := c.of(number, PathEnd); e != nil && e != h.owner {
		c.keep(h.short)
		e.give(&gift{short: h.short, origin: originOutside, done: func(cause Cause) { c.over(h, cause) }})
		return
	}
	c.meet(h)
}

// keep notes that a message was carried, once all of it is.
func (c *SMSC) keep(s short) {
	c.set(func() {
		if text, whole := c.reads.read(s); whole {
			c.carried = append(c.carried, Text{Peer: s.to, From: s.from, Text: text, At: time.Now()})
		}
	})
}

// Carried lists the messages that the centre brought to somebody, by whom they were for.
func (c *SMSC) Carried() []Text {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.carried)
}

// Next waits until more than n messages were carried, and gives the one after those.
func (c *SMSC) Next(ctx context.Context, n int) (Text, error) {
	var t Text
	err := c.until(ctx, "no message", func() bool {
		if len(c.carried) > n {
			t = c.carried[n]
		}
		return len(c.carried) > n
	})
	return t, err
}

func (c *SMSC) handset(number string) *Handset {
	if c.core == nil {
		return nil
	}
	return c.core.handsets[number]
}

// over is told what became of a message: whoever submitted it may want a receipt.
func (c *SMSC) over(h *held, cause Cause) {
	if h.owner != nil && h.report == WantsReport {
		h.owner.receipt(h, cause)
	}
	if h.writer != nil && h.report == WantsReport {
		c.core.tellsWriter(h, cause)
	}
}
