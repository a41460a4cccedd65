package smpp

import (
	"bufio"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of one bind.
const (
	mostUnwritten = 256              // PDUs that are not written yet
	readBuffer    = 16 << 10         // octets
	writeWithin   = 10 * time.Second // for the peer to read
	restWithin    = 10 * time.Second // for the rest of a PDU that has begun
	serveWithin   = 30 * time.Second // a call of Handler
	lastSequence  = 0x7FFFFFFF       // section 3.2
)

// side says which end of a bind we are.
type side int

const (
	esme side = iota // we connected
	smsc             // we were connected to
)

// Bind is an SMPP connection in use: it lives until one side unbinds, the line is lost, or nothing answers enquire_link. Any number of goroutines may use it.
//
//	open --Close, or unbind from the peer--> leaving --all answered, unbind_resp--> gone --goroutines over--> over
//	  '-------------- line lost, silence, Cut -----------------------------------------^
type Bind struct {
	about

	conn net.Conn
	r    *bufio.Reader // of read
	log  *slog.Logger
	up   Handler
	ask  Asked
	set  Settings

	pace    *pace
	in      *inbox
	slots   chan struct{}  // as many as the window is wide
	out     chan *written  // to write takes
	leaving chan struct{}  // closed: nothing new is sent
	gone    chan struct{}  // closed: the line is
	over    chan struct{}  // closed: so is all that served it
	lines   sync.WaitGroup // read, write, enquire
	calls   sync.WaitGroup // of Handler
	heard   atomic.Int64   // when a PDU came, in nanoseconds of the Unix clock
	unbound atomic.Bool    // the peer said unbind

	mu       sync.Mutex
	err      error // why it is gone
	left     bool  // leaving is closed
	waiting  map[uint32]*request
	counted  int // of waiting: those in the window
	sequence uint32
	answered chan struct{} // closed when counted is 0; nil: nobody waits
}

// about is who a bind is with. It does not change.
type about struct {
	id       string
	name     string
	kind     Command
	side     side
	systemID string
	peer     string
	remote   string
	version  Version
}

// ID names this bind and no other ever.
func (a *about) ID() string { return a.id }

// Name is what Authenticate called whoever bound; of a client that of its configuration.
func (a *about) Name() string { return a.name }

// Kind is how it is bound: BindTransceiver, BindTransmitter or BindReceiver.
func (a *about) Kind() Command { return a.kind }

// SystemID is that of the ESME.
func (a *about) SystemID() string { return a.systemID }

// Peer is the system_id of the other.
func (a *about) Peer() string { return a.peer }

// Remote is the address of the other.
func (a *about) Remote() string { return a.remote }

// Version is what the other speaks.
func (a *about) Version() Version { return a.version }

// Sends says whether we may send messages by this bind.
func (a *about) Sends() bool {
	return a.kind == BindTransceiver || (a.side == esme) == (a.kind == BindTransmitter)
}

// Takes says whether messages may come by this bind.
func (a *about) Takes() bool {
	return a.kind == BindTransceiver || (a.side == esme) == (a.kind == BindReceiver)
}

// LogValue names it.
func (a *about) LogValue() slog.Value { return slog.StringValue(a.peer + " at " + a.remote) }

// newBind makes a bind of a connection whose handshake is done.
func newBind(a about, conn net.Conn, r *bufio.Reader, s Settings) *Bind {
	a.id = rand.Text()
	b := &Bind{
		about: a, conn: conn, r: r, set: s, pace: newPace(s.Rate), in: newInbox(s.Serve),
		slots: make(chan struct{}, s.Window), out: make(chan *written, mostUnwritten),
		leaving: make(chan struct{}), gone: make(chan struct{}), over: make(chan struct{}), waiting: map[uint32]*request{},
		sequence: 1, // of the bind itself
	}
	b.heard.Store(time.Now().UnixNano())
	return b
}

// Done is closed when the line is gone.
func (b *Bind) Done() <-chan struct{} { return b.gone }

// Err is why it is gone; nil: it is not.
func (b *Bind) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Outstanding is how many of our requests have no answer yet, at most Settings.Window.
func (b *Bind) Outstanding() int { return len(b.slots) }

// Cut ends the bind without a word. Whoever waits for an answer is told that it is in doubt.
func (b *Bind) Cut() { b.die(ErrClosed) }

// die ends the line for a reason; the first counts.
func (b *Bind) die(why error) {
	b.mu.Lock()
	first := b.err == nil
	if first {
		b.err = why
		close(b.gone)
		b.leaveLocked()
	}
	b.mu.Unlock()
	if first {
		_ = b.conn.Close() // there is nobody to tell
	}
}

// run owns the line until it is gone and everything about it is over, and says why it is. The end of ctx cuts it. Whoever calls it closes over.
func (b *Bind) run(ctx context.Context) error {
	life, cancel := context.WithCancel(ctx)
	defer cancel()
	b.lines.Go(func() { b.read(life) })
	b.lines.Go(b.write)
	b.lines.Go(b.enquire)
	select {
	case <-b.gone:
	case <-ctx.Done():
		b.die(ctx.Err())
	}
	cancel()
	b.lines.Wait()
	b.abandon()
	b.calls.Wait()
	return b.Err()
}

// enquire asks whether the other is still there. Whatever comes from it is an answer.
func (b *Bind) enquire() {
	t := time.NewTimer(b.set.Enquire)
	defer t.Stop()
	for {
		select {
		case <-b.gone:
			return
		case <-t.C:
		}
		asked := time.Now()
		r, err := b.start(&Plain{Command: EnquireLink}, nil)
		if err != nil {
			return // it is leaving or gone, and others see to that
		}
		select {
		case <-b.gone:
			return
		case <-r.reply:
		}
		if b.heard.Load() < asked.UnixNano() {
			b.die(ErrSilent)
			return
		}
		t.Reset(b.set.Enquire)
	}
}
