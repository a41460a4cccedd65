package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tandem/cmd/tandem/config"
	"tandem/media"
	"tandem/messaging/byhttp"
	"tandem/messaging/bysip"
	"tandem/routing"
	"tandem/sip"
	"tandem/sip/transport"
	"tandem/store"
	"tandem/web"
)

// closeWithin is how long the rooms may take to stop once calls are over.
const closeWithin = 10 * time.Second

// errNow says that somebody asked twice.
var errNow = errors.New("told to stop at once")

// Main is the house: every room, in the order in which they start. Start makes it, Run keeps it until a signal, Stop takes it down.
type Main struct {
	Config *config.Config
	Log    *slog.Logger
	Links  []web.Link  // one-click links; none: people sign in
	Demo   bool        // this is the demonstration
	play   *playground // what its pages see of the world outside; nil: nothing

	store  *store.Store
	sounds *sounds
	engine *media.Engine
	sw     *routing.Switch

	registrar *registrar
	credit    atomic.Pointer[creditOffice]
	esims     atomic.Pointer[esimOffice]

	stack    *sip.Stack
	sorter   *bysip.Sorter // hands each MESSAGE to who takes it
	carriers *byhttp.Door  // where carriers and programs bring messages by HTTP
	post     *postroom

	meters *meters
	desk   *web.Server
	hooks  *hooks

	blocked  chan sip.Ban // what the wire does not listen to any more, to be told
	began    time.Time
	draining atomic.Bool
	forget   func()                // stops hearing of changed records
	guests   func(context.Context) // sends away who came with us, before the drain
	servers  []*http.Server
	serving  sync.WaitGroup
	quiet    func()         // ends the live events; nil: there are none
	web      netip.AddrPort // of the API and pages, with the port the system chose
	metrics  netip.AddrPort
	socket   string
}

// Run starts the house, waits for a signal, drains and stops. A second signal, or the end of ctx, stops at once. started is called when all
// is open; its error stops the house again.
func (m *Main) Run(ctx context.Context, signals <-chan os.Signal, started func(*Main) error) error {
	if err := m.Start(ctx); err != nil {
		return err
	}
	if err := started(m); err != nil {
		return errors.Join(err, m.close(ctx))
	}
	select {
	case <-signals:
	case <-ctx.Done():
	}
	drain, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case <-signals:
			end(errNow)
		case <-drain.Done():
		}
	}()
	return m.Stop(drain)
}

// Start opens everything, bottom up. When one room fails, those below it are closed again.
func (m *Main) Start(ctx context.Context) error {
	m.began = time.Now()
	err := m.records(ctx)
	if err == nil {
		err = m.voice(ctx)
	}
	if err == nil {
		err = m.wire(ctx)
	}
	if err == nil {
		err = m.openCredit(ctx)
	}
	if err == nil {
		err = m.openESIMs(ctx)
	}
	if err == nil {
		err = m.frontDesk(ctx)
	}
	if err == nil {
		err = m.post.start(ctx)
	}
	if err != nil {
		return errors.Join(err, m.close(ctx))
	}
	m.Log.LogAttrs(ctx, slog.LevelInfo, "tandem is ready", slog.String("node", version))
	return nil
}

// records opens the archive.
func (m *Main) records(ctx context.Context) error {
	var err error
	if m.store, err = openStore(ctx, m.Config, m.Log); err != nil {
		return err
	}
	if m.sounds, err = newSounds(m.Log); err != nil {
		return err
	}
	return m.sounds.reload(ctx, m.store)
}

// openStore opens the archive of a configuration, and says what to do when it cannot.
func openStore(ctx context.Context, c *config.Config, log *slog.Logger) (*store.Store, error) {
	const private = 0o700
	if err := os.MkdirAll(c.DataDir, private); err != nil {
		return nil, fmt.Errorf("data_dir: %w (set data_dir, or TANDEM_DATA_DIR, to a directory that you may write)", err)
	}
	s, err := store.Open(ctx, store.Config{URL: c.Database.URL.Reveal(), DataDir: c.DataDir, Log: log})
	if errors.Is(err, store.ErrInUse) {
		return nil, fmt.Errorf("%s is in use by another tandem: stop it first, or set data_dir to another directory: %w", c.DataDir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open the records: %w", err)
	}
	return s, nil
}

// voice starts the media engine.
func (m *Main) voice(ctx context.Context) error {
	c, public := m.Config.Media, publicIP(ctx, m.Config)
	cfg := media.Config{
		Bind: c.Bind.Addr, Advertise: public, Six: c.IPv6.Addr, Ports: media.PortRange{First: c.RTPPorts.First, Last: c.RTPPorts.Last},
		Silence: c.Silence, Deny: denied(denied(c.Deny, public), c.IPv6.Addr), Browser: doorOf(c), Opus: opusOf(c), Transport: transportOf(c), Log: m.Log,
	}
	var err error
	m.engine, err = media.New(cfg)
	if c.WebRTC.Auto && errors.Is(err, syscall.EADDRINUSE) {
		m.Log.WarnContext(ctx, "the port for the voice of browsers is taken by another program: using any free one", slog.Any("err", err))
		cfg.Browser.Listen = netip.AddrPortFrom(cfg.Browser.Listen.Addr(), 0)
		m.engine, err = media.New(cfg)
	}
	if err != nil {
		return fmt.Errorf("start media: %w", err)
	}
	return nil
}

// secretOfAnchors names the key that marks what we send into a mobile core: the same on every node, so that each knows the others' legs.
const secretOfAnchors = "anchors"

// wire starts the switchboard and the SIP stack under it.
func (m *Main) wire(ctx context.Context) error {
	c := m.Config
	listeners, err := sipListeners(c.SIP)
	if err != nil {
		return err
	}
	cert, err := listenersTLS(c.SIP, m.Log)
	if err != nil {
		return err
	}
	anchors, err := m.store.Secret(ctx, secretOfAnchors)
	if err != nil {
		return err
	}
	m.meters = newMeters()
	m.hooks = newHooks(m)
	m.post = m.newPost()
	ladder := routing.NewLadder()
	m.registrar = newRegistrar(m.store, m.Log)
	m.sw, err = routing.NewSwitch(routing.Config{
		Directory: m.store, Ledger: m.meters.ledger(m.store), Sounds: m.sounds, Media: m.engine, Ladder: ladder, Registrar: m.registrar, Asker: m.hooks, Known: m.store, Texts: m.post.texts,
		DataDir: c.DataDir, Longest: c.Limits.MaxCallDuration, MaxCalls: c.Limits.MaxCalls, Anchors: anchors, Log: m.Log,
	})
	if err != nil {
		return fmt.Errorf("start the switchboard: %w", err)
	}
	m.sorter, m.carriers = bysip.NewSorter(m.sw.Message), byhttp.NewDoor()
	m.blocked = make(chan sip.Ban, mostBlocked)
	m.stack, err = sip.New(sip.Config{
		Blocked:   m.noteBlocked,
		Listeners: listeners, Realm: c.SIP.Realm, UserAgent: c.SIP.UserAgent, MaxExpiry: c.SIP.MaxExpiry, Digests: c.SIP.Digest.Algorithms(), Urgent: m.sw.Urgent,
		Refresh: refreshing(&c.SIP),
		Arrived: m.sw.Arrived, Trace: ladder, ServeTLS: cert, Identity: identitiesOf(c).get, DNS: c.SIP.DNS, Core: m.post, Notes: m.sorter, Log: m.Log,
	}, m.sw)
	if err != nil {
		return fmt.Errorf("start SIP: %w", err)
	}
	m.sw.Start(m.stack)
	if err := m.stack.Start(ctx); err != nil {
		return fmt.Errorf("%w (another program has the port? set [sip] udp, tcp and tls)", err)
	}
	life := context.WithoutCancel(ctx) // close ends it
	m.registrar.start(life)
	m.forget = m.store.OnChange(func() { m.changed(life) })
	return nil
}

// changed tells the rooms that the records are others now.
func (m *Main) changed(ctx context.Context) {
	if err := m.sounds.reload(ctx, m.store); err != nil {
		m.Log.LogAttrs(ctx, slog.LevelError, "sounds are as they were", slog.Any("err", err))
	}
	m.sw.Reload()
	if c := m.credit.Load(); c != nil { // records change while the house opens, too
		c.changed(ctx, m)
	}
	if e := m.esims.Load(); e != nil {
		e.runner.Wake()
	}
	m.post.changed()
}

// frontDesk opens the control socket, the API with its pages, and the metrics.
func (m *Main) frontDesk(ctx context.Context) error {
	c := m.Config
	m.meters.watch(m)
	metrics := m.meters.handler(m.Log)
	rooms := adapters{m}.rooms()
	if m.Demo {
		m.play = &playground{m: m}
		rooms.Handsets = m.play
	}
	if !c.Observe.Metrics.On {
		rooms.Metrics = metrics
	}
	var err error
	if rooms.Prompts, err = soundNames(); err != nil {
		return err
	}
	m.desk, err = web.New(web.Config{
		Version: version, APIKey: c.HTTP.APIKey.Reveal(), Links: m.Links, Log: m.Log, Encrypted: strings.HasPrefix(c.PublicURL, "https:"), PublicURL: c.PublicURL, Digest: c.Mail.Digest, Demo: m.Demo,
		UI: interfaceOf(c), RequestsPerMinute: c.HTTP.RequestsPerMinute, Realm: c.SIP.Realm, Webhooks: m.hooks.guard, Inbox: c.Webhooks.Inbox,
	}, rooms)
	if err != nil {
		return fmt.Errorf("start the front desk: %w", err)
	}
	life, quiet := context.WithCancel(context.WithoutCancel(ctx)) // close ends it
	m.quiet = quiet
	m.serving.Go(func() {
		if broken := m.desk.Run(life); broken != nil {
			m.Log.LogAttrs(life, slog.LevelError, "there are no live events", slog.Any("err", broken))
		}
	})
	m.serving.Go(func() { m.nightly(life) })
	m.serving.Go(func() { m.tellBlocked(life) })
	m.hooks.make(m)
	m.desk.OnRefused(func() { m.meters.wrongKeys.Add(1) })
	if err = m.openSocket(ctx); err != nil {
		return err
	}
	if c.HTTP.Listen.On {
		if m.web, err = m.serve(ctx, c.HTTP.Listen, "http.listen", m.desk.HTTPServer(web.Outside)); err != nil {
			return err
		}
	}
	if c.Observe.Metrics.On {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", metrics)
		srv := m.desk.HTTPServer(web.Outside)
		srv.Handler = mux
		if m.metrics, err = m.serve(ctx, c.Observe.Metrics, "observe.metrics", srv); err != nil {
			return err
		}
	}
	m.hooks.start(ctx, m.desk)
	return nil
}

// interfaceOf is the interface that somebody works on; nil: the one that was built in.
func interfaceOf(c *config.Config) fs.FS {
	if c.Web.UIDir == "" {
		return nil
	}
	return os.DirFS(c.Web.UIDir)
}

// socketName is the control socket's, inside data_dir.
const socketName = "tandem.sock"

// openSocket opens the control socket for whoever owns the process. One that a crash left behind is ours to remove: the archive lets one
// process in.
func (m *Main) openSocket(ctx context.Context) error {
	path := filepath.Join(m.Config.DataDir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("control socket: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("control socket: %w (the path of data_dir may be too long: 100 characters are enough for everybody)", err)
	}
	const ownerOnly = 0o600
	if err := os.Chmod(path, ownerOnly); err != nil {
		return errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	m.socket = path
	m.run(m.desk.HTTPServer(web.Socket), l)
	return nil
}

// serve listens on TCP and serves.
func (m *Main) serve(ctx context.Context, at config.Listen, key string, srv *http.Server) (netip.AddrPort, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", at.String())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s: %w (--set %s=127.0.0.1:0 takes any free port)", key, err, key)
	}
	m.run(srv, l)
	addr, _ := netip.ParseAddrPort(l.Addr().String())
	return addr, nil
}

func (m *Main) run(srv *http.Server, l net.Listener) {
	m.servers = append(m.servers, srv)
	m.serving.Go(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			m.Log.Error("a server stopped", slog.String("peer", l.Addr().String()), slog.Any("err", err))
		}
	})
}

// Stop drains the switchboard until no call is left, drain_timeout is over or ctx ends, and then closes everything. What is left to say of
// calls that were cut is in their records.
func (m *Main) Stop(ctx context.Context) error {
	m.draining.Store(true)
	m.Log.LogAttrs(ctx, slog.LevelInfo, "draining: new calls get 503")
	m.sendAway(ctx)
	wait, cancel := context.WithTimeout(ctx, m.Config.DrainTimeout)
	if err := m.sw.Drain(wait); err != nil {
		m.Log.LogAttrs(ctx, slog.LevelWarn, "calls are cut", slog.Any("err", err))
	}
	cancel()
	return m.close(ctx)
}

// sendAway closes the simulation, if one came with us.
func (m *Main) sendAway(ctx context.Context) {
	if m.guests != nil {
		m.guests(ctx)
		m.guests = nil
	}
}

// close takes the rooms down, top first; those that were never opened are left alone.
func (m *Main) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	var errs []error
	m.sendAway(ctx)
	if m.quiet != nil {
		m.quiet() // or the servers would wait for those who listen
	}
	for _, srv := range m.servers {
		if err := srv.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop the front desk: %w", err), srv.Close())
		}
	}
	m.serving.Wait()
	if m.forget != nil {
		m.forget()
	}
	if m.post != nil {
		errs = append(errs, m.post.close(ctx))
	}
	if m.sw != nil {
		errs = append(errs, m.sw.Close(ctx))
	}
	if m.registrar != nil {
		m.registrar.close()
	}
	if c := m.credit.Load(); c != nil {
		errs = append(errs, c.close(ctx))
	}
	if e := m.esims.Load(); e != nil {
		errs = append(errs, e.close(ctx))
	}
	if m.stack != nil {
		errs = append(errs, m.stack.Close(ctx))
	}
	if m.engine != nil {
		errs = append(errs, m.engine.Close())
	}
	if m.hooks != nil {
		m.hooks.close(ctx)
	}
	if m.store != nil {
		errs = append(errs, m.store.Close())
	}
	return errors.Join(errs...)
}

// Web is where the API and pages are, with the port that the system chose; the zero value: nowhere.
func (m *Main) Web() netip.AddrPort { return m.web }

// Metrics is where /metrics is alone; the zero value: it is with the API.
func (m *Main) Metrics() netip.AddrPort { return m.metrics }

// Diameter is where charging peers are heard: by TCP and by TLS, as far as those are on, with the ports that the system chose.
func (m *Main) Diameter() []netip.AddrPort { return m.credit.Load().at }

// Nchf is where converged charging listens, with the ports that the system chose.
func (m *Main) Nchf() []netip.AddrPort { return m.credit.Load().nchfAt }

// SIP is where the wire listens, with the ports that the system chose.
func (m *Main) SIP() []transport.Listener { return m.stack.Listeners() }
