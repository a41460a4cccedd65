package media

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"time"

	"tandem/media/codec/opus"
	"tandem/media/transport"
	"tandem/media/webrtc"
)

// The defaults of Config.
const (
	defaultFirstPort = 20000
	defaultLastPort  = 29999
	defaultSilence   = 60 * time.Second
)

// ErrNoPorts says that Config.Ports is used up.
var ErrNoPorts = transport.ErrNoPorts

var errClosed = errors.New("media: closed")

// Engine owns the ports, the workers and every Session.
type Engine struct {
	cfg     Config
	began   time.Time
	net     transport.Transport
	six     transport.Transport // towards peers of IPv6; nil: there is none
	workers []*worker
	upkeep  *upkeep
	files   *writer
	door    *webrtc.Door // nil: no browsers

	opusOnce sync.Once
	opus     *opus.Library // nil: not spoken

	bridging sync.Mutex // one Bridge or Unbridge at a time
	ending   sync.Once
	ended    error
}

// New checks the configuration and starts the workers. It fails when Advertise is missing although Bind is no real address, or the
// range holds no pair of ports.
func New(cfg Config) (*Engine, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, began: time.Now()}
	var choice transport.Choice
	e.net, choice, err = transport.New(e.transportAt(cfg.Bind))
	if err != nil {
		return nil, fmt.Errorf("media transport: %w", err)
	}
	if err = e.openSix(choice.Backend); err != nil {
		return nil, errors.Join(err, e.net.Close())
	}
	if cfg.Browser.Listen.IsValid() {
		e.loadOpus()
	}
	if err = e.openDoor(); err != nil {
		return nil, errors.Join(err, e.closeNets())
	}
	for range cfg.Workers {
		w := newWorker(e.now)
		e.workers = append(e.workers, w)
		go w.run()
	}
	e.files = newWriter()
	e.upkeep = newUpkeep(e)
	cfg.Log.Info("media started", slog.String("method", choice.Backend.String()), slog.String("cause", choice.Why))
	return e, nil
}

// filled is the configuration with its defaults.
func (c Config) filled() (Config, error) {
	if !c.Bind.IsValid() {
		c.Bind = netip.IPv4Unspecified()
	}
	if !c.Advertise.IsValid() {
		c.Advertise = c.Bind
	}
	if c.Advertise.IsUnspecified() {
		return c, errors.New("media: Advertise must be set, since Bind is no real address")
	}
	if c.Six.IsValid() && (!c.Six.Is6() || c.Six.Is4In6() || c.Six.IsUnspecified() || !c.Bind.Unmap().Is4()) {
		return c, errors.New("media: Six must be an address of IPv6, beside a Bind of IPv4")
	}
	if c.Ports == (PortRange{}) {
		c.Ports = PortRange{First: defaultFirstPort, Last: defaultLastPort}
	}
	if c.Ports.First == 0 || c.Ports.Last <= c.Ports.First {
		return c, fmt.Errorf("media: port range %d-%d is empty", c.Ports.First, c.Ports.Last)
	}
	c.Workers = cmp.Or(max(c.Workers, 0), runtime.GOMAXPROCS(0))
	c.Silence = cmp.Or(max(c.Silence, 0), defaultSilence)
	if c.Deny == nil {
		c.Deny = DefaultDeny()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// DefaultDeny are the addresses that no peer on another machine can have: unspecified, loopback, link-local, multicast and broadcast.
func DefaultDeny() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
		"::/128", "::1/128", "fe80::/10", "ff00::/8",
	} {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// now is nanoseconds since the Engine began, and never 0.
func (e *Engine) now() int64 { return int64(time.Since(e.began)) + 1 }

// time is the wall clock at a moment of now.
func (e *Engine) time(at int64) time.Time { return e.began.Add(time.Duration(at - 1)) }

// Open makes a Session with its ports bound. It fails with ErrNoPorts when the range is used up, and when Opening names a Format or a
// codec that media does not know.
func (e *Engine) Open(o Opening) (*Session, error) {
	formats, err := e.formats(&o)
	if err != nil {
		return nil, err
	}
	spares := o.spares()
	o.Formats = formats
	o.Latch = cmp.Or(o.Latch, LatchFixed)
	o.Signalled = o.Signalled.Unmap()
	var plain transport.Transport
	plain, o.Advertise = e.wayOf(&o)
	o.Offer = nil // whoever opened it has it
	o.Allow = slices.Clone(o.Allow)
	s := newSession(e, o)
	s.neg.spares = spares
	port, err := e.openPort(s, plain)
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	s.port = port
	if o.SRTP != SRTPOff && o.Kind == Plain {
		s.port = sealedPort{Port: port, seal: &s.secret.seal}
	}
	s.tx.begin(s.port)
	if !e.upkeep.add(s) {
		port.Close(transport.Unused)
		return nil, errClosed
	}
	return s, nil
}

// formats are what a leg offers: without libopus no Opus, and with it Opus for every browser.
func (e *Engine) formats(o *Opening) ([]Format, error) {
	all, err := o.formats()
	if err != nil {
		return nil, err
	}
	has := slices.ContainsFunc(all, isOpus)
	switch {
	case has && e.loadOpus() == nil:
		all = slices.DeleteFunc(all, isOpus)
		return formatsOf(slices.DeleteFunc(all, func(f Format) bool { return f.ClockRate == opus.Clock }))
	case o.Kind == Browser && !has && e.opus != nil:
		all = withOpus(all)
	}
	return all, nil
}

func isOpus(f Format) bool { return kindOf(f.Name) == kindOpus }

// Stats counts packets, Sessions and how late the wheel runs.
func (e *Engine) Stats() EngineStats {
	n := e.netStats()
	st := EngineStats{PortsInUse: n.InUse, Unsent: n.Unsent}
	e.countDoor(&st)
	st.add(e.upkeep.total())
	var late lateness
	for _, w := range e.workers {
		w.late.addTo(&late)
	}
	st.LateP99 = late.percentile(99)
	return st
}

// Close ends every Session, finishes their recordings and waits for the workers. Open fails from now on.
func (e *Engine) Close() error {
	e.ending.Do(func() {
		for _, s := range e.upkeep.end() {
			s.Close()
		}
		for _, w := range e.workers {
			w.stop()
		}
		e.files.stop()
		e.ended = e.closeNets()
		if e.door != nil {
			e.ended = errors.Join(e.ended, e.door.Close())
		}
		e.cfg.Log.Info("media stopped")
	})
	return e.ended
}
