package routing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tandem/media"
	"tandem/media/prompt"
	"tandem/mobilecore/ims"
	"tandem/sip"
)

// Config is what a Switch needs. NewSwitch fills what is zero with the defaults named here.
type Config struct {
	Directory Directory
	Ledger    Ledger
	Sounds    Sounds
	Media     *media.Engine
	Ladder    *Ladder       // the Tracer that the Stack was given; nil keeps no ladder
	Watcher   Watcher       // told of each change of a call; nil: nobody
	Asker     Asker         // of ring_to_api; nil: every question fails
	Texts     Texts         // of send_sms; nil: nothing is sent
	Known     Acquaintances // who spoke to whom; nil: nobody did
	Registrar Registrar     // makes users unavailable who do not answer; nil: nobody is
	DataDir   string        // voicemails go to its folder "voicemail"
	Longest   time.Duration // of a call; 4 h
	Ring      time.Duration // of an extension dialled by a colleague, and of a transfer; 30 s
	MaxCalls  int           // 0: no limit
	Anchors   ims.AnchorKey // signs what goes into a mobile core; empty: nothing is marked, and a loop is known by its number and time alone
	Log       *slog.Logger
}

// Switch is the switchboard: the table of calls in progress, and the way in for attempts. It is the Handler of the sip room.
type Switch struct {
	dir         Directory
	ledger      Ledger
	sounds      Sounds
	ladder      *Ladder
	watcher     Watcher
	asker       Asker
	texts       Texts
	dataDir     string
	maxDuration time.Duration
	ringTime    time.Duration
	maxCalls    int
	log         *slog.Logger

	acquaintances Acquaintances // nil: nobody knows anybody

	wire      wire // set by Start, before the first attempt
	studio    studio
	presence  *presence
	board     *trunkBoard
	handsets  *handsetBoard
	loops     ims.Loops
	lobby     lobby
	soft      *prompt.Prompt // what a party hears while the other's page is away
	anchors   ims.AnchorKey
	callbacks callbacks
	counters  counters
	keys      atomic.Uint64
	starting  atomic.Int64 // calls that were admitted and have not begun
	draining  atomic.Bool
	stop      chan struct{} // closed by Close: every call ends
	stopOnce  sync.Once
	calls     sync.WaitGroup

	registrar   Registrar // nil: nobody is ever made unavailable
	desks       sync.WaitGroup
	clerkLeaves chan struct{} // closed by Close, when every call is over
	clerkOnce   sync.Once

	known  atomic.Pointer[Snapshot] // of the last Reload
	newest atomic.Pointer[index]    // of the last snapshot that was asked

	mu     sync.Mutex // a leaf lock
	table  map[CallID]*call
	relays int              // calls that only pass through
	lines  map[string]*call // by SIP Call-ID
	idle   chan struct{}    // closed when the last call has gone, while draining
}

// NewSwitch checks the configuration. Start comes next, once the Stack is made with the Switch as its Handler.
func NewSwitch(cfg Config) (*Switch, error) {
	if cfg.Media == nil {
		return nil, errors.New("the switchboard needs a media engine")
	}
	return newSwitch(cfg, engineStudio{cfg.Media})
}

func newSwitch(cfg Config, st studio) (*Switch, error) {
	if cfg.Directory == nil || cfg.Ledger == nil || cfg.Sounds == nil {
		return nil, errors.New("the switchboard needs a directory, a ledger and sounds")
	}
	const longest, ring = 4 * time.Hour, 30 * time.Second
	s := &Switch{
		dir: cfg.Directory, ledger: cfg.Ledger, sounds: cfg.Sounds, ladder: cfg.Ladder, watcher: cfg.Watcher,
		asker: cfg.Asker, texts: cfg.Texts, acquaintances: cfg.Known,
		dataDir: cfg.DataDir, maxDuration: cfg.Longest, ringTime: cfg.Ring, maxCalls: cfg.MaxCalls, log: cfg.Log,
		studio: st, presence: newPresence(time.Now()), board: newTrunkBoard(), handsets: newHandsetBoard(), anchors: cfg.Anchors, soft: newSoftTone(),
		registrar: cfg.Registrar, clerkLeaves: make(chan struct{}),
		stop: make(chan struct{}), table: map[CallID]*call{}, lines: map[string]*call{},
	}
	if s.maxDuration <= 0 {
		s.maxDuration = longest
	}
	if s.ringTime <= 0 {
		s.ringTime = ring
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	const private = 0o700
	if err := os.MkdirAll(filepath.Join(s.dataDir, voicemailDir), private); err != nil {
		return nil, fmt.Errorf("make the folder of voicemails: %w", err)
	}
	return s, nil
}

// Start gives the Switch its wire and the wire its peers. The Stack may be started afterwards, and not before.
func (s *Switch) Start(stack *sip.Stack) { s.start(stackWire{stack}) }

func (s *Switch) start(w wire) {
	s.wire = w
	s.presence.tick = s.turn
	s.Reload()
	s.sit(s.dir.Snapshot())
	s.desks.Go(func() { s.clerk(s.clerkLeaves) })
}

// Reload tells the wire of the directory's newest snapshot, and waiting calls of users who changed. Calls in progress go on as they are.
func (s *Switch) Reload() {
	snap := s.dir.Snapshot()
	before := s.known.Swap(snap)
	s.wire.setPeers(PeersOf(snap))
	if before == nil {
		return
	}
	s.follow(before, snap)
}

// TrunkChanged takes the state of a trunk on the wire.
func (s *Switch) TrunkChanged(t sip.TrunkState) {
	s.board.change(t)
	if t.Up {
		s.log.Info("trunk is up", slog.String("trunk", string(t.ID)), slog.Int("status", t.LastStatus))
		return
	}
	s.log.Warn("trunk is down", slog.String("trunk", string(t.ID)), slog.Int("status", t.LastStatus), slog.String("err", t.Detail))
}

// newCall makes a call that nobody knows of yet.
func (s *Switch) newCall(a *Account, d Direction) *call {
	c := &call{
		sw: s, id: CallID(NewID("call", time.Now())), key: s.keys.Add(1), account: a.ID, box: newMailbox(), gone: make(chan struct{}),
		lang: a.Language,
	}
	c.rec = CallRecord{ID: c.id, Account: a.ID, Direction: d}
	return c
}

// admit puts a call on the table.
func (s *Switch) admit(c *call) {
	s.counters.active[c.rec.Direction.index()].Add(1)
	s.starting.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table[c.id] = c
}

// index finds a call by the Call-ID of one of its legs, for a transfer that names it.
func (s *Switch) index(sipCallID string, c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines[sipCallID] = c
}

func (s *Switch) byLine(sipCallID string) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines[sipCallID]
}

func (s *Switch) find(id CallID) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table[id]
}

// forget takes a call off the table; its goroutine ends.
func (s *Switch) forget(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.table, c.id)
	for _, l := range c.legs {
		delete(s.lines, l.rec.SIPCallID)
	}
	s.restLocked()
}

// restLocked says, while draining, that the last call has gone.
func (s *Switch) restLocked() {
	if s.idle != nil && len(s.table) == 0 && s.relays == 0 {
		close(s.idle)
		s.idle = nil
	}
}

// mostStarting is how many calls may be between their INVITE and their first step. More means that this machine is behind: new calls are
// shed, so that those in progress do not suffer (RFC 7339 has the reasons).
const mostStarting = 512

// full says whether no call can be taken now: the limit is reached, or the machine is behind.
func (s *Switch) full() bool {
	if s.starting.Load() > mostStarting {
		return true
	}
	if s.maxCalls == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.table) >= s.maxCalls
}

// Calls lists the calls in progress, in no order.
func (s *Switch) Calls() []*CallInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*CallInfo, 0, len(s.table))
	for _, c := range s.table {
		if i := c.info.Load(); i != nil && i.Status != CallEnded {
			list = append(list, i)
		}
	}
	return list
}

// Call is one call in progress; nil when it is not, or not any more.
func (s *Switch) Call(id CallID) *CallInfo {
	if c := s.find(id); c != nil {
		return c.info.Load()
	}
	return nil
}

// Refusals lists the last attempts of a trunk that were not taken, oldest first (SPEC O13).
func (s *Switch) Refusals(id TrunkID) []Refused { return s.board.refusals(id) }

// TrunkCalls counts the calls on each trunk that has any.
func (s *Switch) TrunkCalls() map[TrunkID]int { return s.board.load() }

// Drain refuses new attempts with 503, and waits until the calls in progress are over or ctx ends.
func (s *Switch) Drain(ctx context.Context) error {
	s.draining.Store(true)
	s.wire.drain()
	s.mu.Lock()
	if len(s.table) == 0 && s.relays == 0 {
		s.mu.Unlock()
		return nil
	}
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	s.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("calls in progress: %w", context.Cause(ctx))
	}
}

// Close ends every call, with its record, and waits for their goroutines or for ctx.
func (s *Switch) Close(ctx context.Context) error {
	s.draining.Store(true)
	s.stopOnce.Do(func() { close(s.stop) })
	done := make(chan struct{})
	go func() {
		s.calls.Wait()
		s.presence.close()
		s.clerkOnce.Do(func() { close(s.clerkLeaves) })
		s.desks.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("calls did not end: %w", context.Cause(ctx))
	}
}
