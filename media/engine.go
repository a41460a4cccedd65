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

	"tandem/media/transport"
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
	workers []*worker
	upkeep  *upkeep
	files   *writer

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
	e.net, err = transport.NewNetpoll(transport.Config{Bind: cfg.Bind, Ports: transport.Range(cfg.Ports), Now: e.now})
	if err != nil {
		return nil, fmt.Errorf("media transport: %w", err)
	}
	for range cfg.Workers {
		w := newWorker(e.now)
		e.workers = append(e.workers, w)
		go w.run()
	}
	e.files = newWriter()
	e.upkeep = newUpkeep(e)
	cfg.Log.Info("media started")
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

// Open makes a Session with its ports bound. It fails with ErrNoPorts when the range is used up, and when Opening names a Format that
// media does not know.
func (e *Engine) Open(o Opening) (*Session, error) {
	formats, err := formatsOf(o.Formats)
	if err != nil {
		return nil, err
	}
	o.Formats = formats
	o.Latch = cmp.Or(o.Latch, LatchFixed)
	if !o.Advertise.IsValid() {
		o.Advertise = e.cfg.Advertise
	}
	o.Signalled = o.Signalled.Unmap()
	o.Allow = slices.Clone(o.Allow)
	s := newSession(e, o)
	port, err := e.net.Open(s)
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	s.tx.begin(port)
	s.port = port
	if !e.upkeep.add(s) {
		port.Close(transport.Unused)
		return nil, errClosed
	}
	return s, nil
}

// Stats counts packets, Sessions and how late the wheel runs.
func (e *Engine) Stats() EngineStats {
	st := EngineStats{PortsInUse: e.net.Stats().InUse}
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
		e.ended = e.net.Close()
		e.cfg.Log.Info("media stopped")
	})
	return e.ended
}
