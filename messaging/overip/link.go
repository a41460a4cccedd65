package overip

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/sip"
	"tandem/sip/message"
)

// Config is what a link needs. All but Centre, Country, Log and the times must be there.
type Config struct {
	Connector messaging.ConnectorID
	Trunk     sip.TrunkID
	Server    string // of the trunk, a SIP URI: where what begins with us enters the core
	Domain    string // of the core's public identities
	Centre    string // the operator's service centre: a number with its plus, or a SIP or tel URI; empty: there is none, and nothing can be sent through it
	Country   string // ISO 3166: how the core's subscribers write national numbers

	Desk      messaging.Desk
	Directory messaging.Directory
	Wire      Wire
	Emergency func(a messaging.Address, country string) bool              // as messaging.Config has it
	Normal    func(a messaging.Address, country string) messaging.Address // as messaging.Config has it
	Log       *slog.Logger                                                // nil: nothing is logged

	Report  time.Duration // for the report of a handset or the centre, after the MESSAGE was answered (TR1N of TS 24.011 section 10.1); 0: 40 s
	Keeping time.Duration // for the store, before what can go on without us goes on; 0: 1.5 s, since a core that hears nothing goes on by itself after 2 s
}

// Wire sends requests. *sip.Stack is one.
type Wire interface {
	SendMessage(m sip.Text, done func(sip.Answer)) error
}

// Answer is how a MESSAGE that came is answered. *sip.Note is one.
type Answer interface {
	Accept(status int, headers ...message.Field)
	Pass()
	Refuse(status int, warning string, headers ...message.Field)
}

// Link is the way to one operator's core. Of what it holds everything is bounded: what waits to be kept, and one exchange for each delivery under way.
type Link struct {
	cfg     Config
	log     *slog.Logger
	bind    string
	centre  centre
	waiting chan *heard

	mu       sync.Mutex
	running  bool
	pending  map[string]*exchange // by Call-ID
	next     byte                 // RP message reference
	progress map[int64]int        // segments that the other has, of deliveries that are not done
	odd      bool                 // what cannot be read was logged
}

var _ messaging.Carrier = (*Link)(nil)

const (
	mostWaiting    = 512              // MESSAGEs that wait to be kept
	keepers        = 32               // goroutines that keep them: the store writes together what comes together
	mostProgress   = 4096             // deliveries
	usualReport    = 40 * time.Second // TR1N is 35 to 45 s
	usualKeeping   = 1500 * time.Millisecond
	longestKeeping = 10 * time.Second // where nothing can go on without us
)

// New makes a link. It passes everything on until Run.
func New(c Config) *Link {
	if c.Report <= 0 {
		c.Report = usualReport
	}
	if c.Keeping <= 0 {
		c.Keeping = usualKeeping
	}
	l := &Link{
		cfg: c, log: c.Log, bind: string(c.Connector) + " " + rand.Text(), centre: centreOf(c.Centre, c.Domain), waiting: make(chan *heard, mostWaiting),
		pending: map[string]*exchange{}, progress: map[int64]int{},
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	return l
}

// Run takes and carries until ctx ends. What has come and is not kept by then goes on as it came.
func (l *Link) Run(ctx context.Context) {
	l.mu.Lock()
	l.running = true
	l.mu.Unlock()
	detach := l.cfg.Desk.Attach(messaging.Route(l.cfg.Connector), l)
	var working sync.WaitGroup
	for range keepers {
		working.Go(func() { l.keep(ctx) })
	}
	<-ctx.Done()
	l.mu.Lock()
	l.running = false
	l.mu.Unlock()
	detach()
	working.Wait()
	for {
		select {
		case h := <-l.waiting:
			h.answer.Pass()
		default:
			return
		}
	}
}

// keep works off what waits.
func (l *Link) keep(ctx context.Context) {
	for {
		select {
		case h := <-l.waiting:
			l.work(ctx, h)
		case <-ctx.Done():
			return
		}
	}
}

// Registered takes that a handset has registered with the core, which its registrar told us: what waits for it goes now.
func (l *Link) Registered(r sip.CoreRegistration) {
	if r.Expires <= 0 || r.Trunk != l.cfg.Trunk {
		return
	}
	if line := l.line(r.Who.User); line != nil {
		l.cfg.Desk.Reachable(line.E164)
	}
}
