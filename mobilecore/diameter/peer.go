package diameter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"
)

// Why a connection ended, or a request was not sent.
var (
	ErrGone    = errors.New("the peer is gone")
	ErrBusy    = errors.New("too many requests wait for this peer")
	errSilent  = errors.New("it answers no watchdog")
	errSlow    = errors.New("it reads too slowly")
	errFlood   = errors.New("it asks too often for nothing")
	errBroken  = errors.New("its messages have no beginning and no end")
	errEnded   = errors.New("it said goodbye")
	errOther   = errors.New("it connected again")
	errUnknown = errors.New("it is no longer known here")
	errClosed  = errors.New("closed by us")
)

// Limits of one connection.
const (
	mostWaiting   = 1024             // requests of ours without an answer
	mostServed    = 128              // requests of theirs being answered
	mostQueued    = 256              // messages that are not written yet
	serveWithin   = 5 * time.Second  // an answer to them
	writeWithin   = 10 * time.Second // for them to read
	lingerWithin  = 2 * time.Second  // between goodbye and the end
	wrongsPerHour = 60               // refused messages that are logged
)

// Peer is a connection to one Diameter node after the handshake: it lives until one side says goodbye, or the watchdog hears nothing. It is used by as many
// goroutines as like to.
type Peer struct {
	cfg    *Config
	conn   net.Conn
	host   string // in lower case
	realm  string
	secure bool
	relay  bool
	hello  *Message // its CER; nil: we opened the connection
	ids    *numbers
	tally  *tally

	frames chan frame    // read gives; closed: there is nothing more to read
	asks   chan *ask     // Do gives
	forget chan uint32   // Do gives up
	stop   chan error    // ends the connection, with the reason
	out    chan []byte   // to write; nil: the last
	slots  chan struct{} // requests of theirs being answered
	gone   chan struct{} // closed when the connection ends
	over   chan struct{} // closed when all that served it is over
	busy   sync.WaitGroup

	laments sync.Mutex
	lament  bucket // lines in the log

	// run owns the fields below.
	waiting  map[uint32]*ask // by hop-by-hop identifier
	watch    watch
	watchdog *time.Timer
	chatter  bucket // what the protocol itself asks for
	ending   error  // set: the rest is written, then the connection ends
}

// watch is where the watchdog stands (RFC 3539 section 3.4.2).
//
//	okay --Tw--> asked --Tw--> suspect --Tw--> down
//	  ^------------'--------------'  anything heard
type watch int

const (
	okay watch = iota
	asked
	suspect
	leaving // one side said goodbye
)

// frame is one message off the wire, or why there is none.
type frame struct {
	m   *Message
	err error
}

// ask is a request of ours.
type ask struct {
	request *Message
	hop     uint32
	reply   chan frame // holds one
}

// Host is the peer's identity (Origin-Host), in lower case; over TLS it is that of its certificate.
func (p *Peer) Host() string { return p.host }

// Realm is its Origin-Realm.
func (p *Peer) Realm() string { return p.realm }

// Relays says whether it passes messages of others on.
func (p *Peer) Relays() bool { return p.relay }

// Us is who we are to it: what answers are made with.
func (p *Peer) Us() Node { return p.cfg.Node }

// Done is closed when the connection has ended.
func (p *Peer) Done() <-chan struct{} { return p.gone }

// ready makes what run needs.
func (p *Peer) ready(ids *numbers, t *tally) {
	p.ids, p.tally = ids, t
	p.frames, p.asks, p.forget = make(chan frame), make(chan *ask), make(chan uint32)
	p.stop, p.out, p.slots = make(chan error, 1), make(chan []byte, mostQueued), make(chan struct{}, mostServed)
	p.gone, p.over, p.waiting = make(chan struct{}), make(chan struct{}), map[uint32]*ask{}
	const chatty = 10
	p.chatter, p.lament = bucket{most: chatty, every: time.Second}, bucket{most: chatty, every: time.Hour / wrongsPerHour}
}

// Do sends a request and waits for its answer. It signs it with our Origin-Host and Origin-Realm where it has none, and numbers it. An error is ErrGone, ErrBusy,
// a RefusalError for an answer that is none, or that of ctx; an answer that says no is none.
func (p *Peer) Do(ctx context.Context, request *Message) (*Message, error) {
	sent := *request
	if !sent.Has(OriginHost) {
		host, realm := p.cfg.origin()
		sent.Set = append(slices.Clip(sent.Set), host, realm)
	}
	if sent.EndToEnd == 0 {
		sent.EndToEnd = p.ids.next()
	}
	a := &ask{request: &sent, hop: p.ids.next(), reply: make(chan frame, 1)}
	select {
	case p.asks <- a:
	case <-p.gone:
		return nil, ErrGone
	case <-ctx.Done():
		return nil, fmt.Errorf("ask %s: %w", p.host, ctx.Err())
	}
	select {
	case got := <-a.reply:
		return got.m, got.err
	case <-ctx.Done():
		select {
		case p.forget <- a.hop:
		case <-p.gone:
		}
		return nil, fmt.Errorf("ask %s: %w", p.host, ctx.Err())
	}
}

// Close says goodbye and waits until all is over, or ctx is.
func (p *Peer) Close(ctx context.Context) error {
	const rebooting = 0
	bye, cancel := context.WithTimeout(ctx, lingerWithin)
	defer cancel()
	_, _ = p.Do(bye, NewRequest(DisconnectPeer, Common, Number(DisconnectCause, rebooting))) // the end is the same without an answer
	return p.end(ctx, errClosed)
}

// end cuts the connection and waits until all is over.
func (p *Peer) end(ctx context.Context, why error) error {
	select {
	case p.stop <- why:
	default: // somebody else was first
	}
	select {
	case <-p.over:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the connection to %s: %w", p.host, ctx.Err())
	}
}

// run owns the connection until it ends, and says why it did.
func (p *Peer) run(ctx context.Context) error {
	p.busy.Go(p.read)
	p.busy.Go(p.write)
	p.watchdog = time.NewTimer(p.patience())
	why := p.listen(ctx)
	p.watchdog.Stop()
	close(p.gone)
	err := p.conn.Close()
	for _, a := range p.waiting {
		a.reply <- frame{err: ErrGone}
	}
	p.busy.Wait()
	close(p.over)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		p.cfg.Log.LogAttrs(ctx, slog.LevelDebug, "a diameter connection did not close well", slog.String("peer", p.host), slog.Any("err", err))
	}
	return why
}

// listen takes what comes, until there is a reason to end.
func (p *Peer) listen(ctx context.Context) error {
	for {
		var err error
		select {
		case f, open := <-p.frames:
			if !open {
				return firstError(p.ending, io.EOF)
			}
			err = p.take(ctx, f)
		case a := <-p.asks:
			err = p.send(a)
		case hop := <-p.forget:
			delete(p.waiting, hop)
		case <-p.watchdog.C:
			err = p.tick()
		case err = <-p.stop:
			err = firstError(p.ending, err) // what cannot be written to whoever has said goodbye is no reason
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// firstError is the first that there is.
func firstError(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// patience is Tw with its jitter of two seconds; less where Tw is short.
func (p *Peer) patience() time.Duration {
	tw := p.cfg.Watchdog
	jitter := min(2*time.Second, tw/8)
	return tw - jitter + rand.N(2*jitter+1) //nolint:gosec // no secret
}

// tick is what happens when nothing was heard for Tw.
func (p *Peer) tick() error {
	switch p.watch {
	case okay:
		p.watch = asked
		host, realm := p.cfg.origin()
		request := NewRequest(DeviceWatchdog, Common, host, realm)
		request.HopByHop, request.EndToEnd = p.ids.next(), p.ids.next()
		if err := p.post(request); err != nil {
			return err
		}
	case asked:
		p.watch = suspect
	case suspect:
		return errSilent
	case leaving:
		return firstError(p.ending, errEnded)
	}
	p.watchdog.Reset(p.patience())
	return nil
}

// heard resets the watchdog.
func (p *Peer) heard() {
	if p.watch != leaving {
		p.watch = okay
		p.watchdog.Reset(p.patience())
	}
}

// send numbers a request of ours and has it written.
func (p *Peer) send(a *ask) error {
	if len(p.waiting) == mostWaiting || len(p.out) == cap(p.out) || p.watch == leaving {
		a.reply <- frame{err: ErrBusy}
		return nil
	}
	a.request.HopByHop = a.hop
	b, err := a.request.Append(nil)
	if err != nil {
		a.reply <- frame{err: err}
		return nil //nolint:nilerr // Whoever asked has heard of it.
	}
	p.waiting[a.hop] = a
	return p.queue(b)
}

// post has a message written.
func (p *Peer) post(m *Message) error {
	b, err := m.Append(nil)
	if err != nil {
		return err
	}
	return p.queue(b)
}

// queue has octets written. It never waits: a peer that does not read ends.
func (p *Peer) queue(b []byte) error {
	select {
	case p.out <- b:
		return nil
	default:
		return errSlow
	}
}
