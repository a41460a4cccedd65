package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

// ClientConfig is how to be an ESME at an SMSC.
type ClientConfig struct {
	Name       string      // what Bind.Name says; empty: Address
	Address    string      // host:port
	TLS        *tls.Config // nil: not over TLS. Without a ServerName it is the host of Address
	SystemID   string
	Password   Secret
	SystemType string
	Range      Address   // address_range; empty is usual
	Kinds      []Command // one bind each: BindTransceiver, BindTransmitter, BindReceiver; empty: one transceiver
	Settings   Settings  // of each bind
	Log        *slog.Logger

	// Dial makes a connection in place of TCP to Address; TLS is put on it all the same.
	Dial func(ctx context.Context) (net.Conn, error)
}

// Bounds of the time between attempts to bind.
const (
	shortestRetry = time.Second
	longestRetry  = time.Minute
	steady        = 10 * time.Second // a bind that lasted so long was a good one, and so was one by which anything came
)

// Client keeps binds to one SMSC.
type Client struct {
	cfg  ClientConfig
	up   Handler
	pool pool
}

// NewClient makes a client; Run makes it work. The error names what is wrong with the configuration.
func NewClient(c ClientConfig, h Handler) (*Client, error) {
	c.Settings = c.Settings.filled()
	if c.Name == "" {
		c.Name = c.Address
	}
	if len(c.Kinds) == 0 {
		c.Kinds = []Command{BindTransceiver}
	}
	switch {
	case c.Log == nil:
		return nil, errors.New("make an SMPP client: it has no log")
	case h == nil:
		return nil, errors.New("make an SMPP client: it has no handler")
	case c.Dial == nil && c.Address == "":
		return nil, errors.New("make an SMPP client: it has no address")
	}
	for _, k := range c.Kinds {
		if k != BindTransceiver && k != BindTransmitter && k != BindReceiver {
			return nil, fmt.Errorf("make an SMPP client: %s is no kind of bind", k)
		}
		if _, err := (&PDU{Body: c.request(k)}).Append(nil); err != nil {
			return nil, fmt.Errorf("make an SMPP client: %w", err)
		}
	}
	return &Client{cfg: c, up: h}, nil
}

// Run binds and keeps the binds, each on its own: what is lost is bound again after a pause that grows with each failure and has jitter. When ctx ends, the binds
// drain (see Bind.Close, at most Settings.Drain) and Run returns when nothing of them is left.
func (c *Client) Run(ctx context.Context) {
	var binds sync.WaitGroup
	for place, kind := range c.cfg.Kinds {
		binds.Go(func() { c.keep(ctx, place, kind) })
	}
	binds.Wait()
}

// Submit sends a message by whichever bind sends and has the emptiest window. The errors are those of Bind.Submit; with no bind up it is a NotSentError of ErrNoBind
// at once.
func (c *Client) Submit(ctx context.Context, m *SM) (Answer, error) {
	return c.pool.submit(ctx, m, everyBind)
}

func everyBind(*Bind) bool { return true }

// Binds are those that are up.
func (c *Client) Binds() []*Bind { return c.pool.all(everyBind) }

// keep keeps one bind.
func (c *Client) keep(ctx context.Context, place int, kind Command) {
	failures := 0
	var told string
	for {
		b, err := c.dial(ctx, kind)
		if ctx.Err() != nil && b == nil {
			return
		}
		if b != nil {
			told = ""
			began := time.Now()
			err = c.use(ctx, b, place)
			if b.heard.Load() > began.UnixNano() || time.Since(began) >= steady {
				failures = 0 // it was of use
			}
		}
		if ctx.Err() != nil {
			c.changed(ctx, Change{Phase: PhaseDown, Bind: b, Place: place, Err: err})
			return
		}
		again := backOff(failures, shortestRetry, longestRetry)
		failures++
		change := Change{Phase: PhaseDown, Bind: b, Place: place, Err: err, Again: again}
		if b == nil {
			change.Phase = PhaseFailed
			c.complain(ctx, &told, err)
		}
		c.changed(ctx, change)
		if pause(ctx, again) != nil {
			return
		}
	}
}

// complain logs why a bind did not come about, when the reason is another than the last time.
func (c *Client) complain(ctx context.Context, told *string, err error) {
	if *told == err.Error() {
		return
	}
	*told = err.Error()
	c.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "an SMSC does not bind us", slog.String("peer", c.cfg.Name), slog.Any("err", err))
}

// changed tells Handler, also after ctx has ended.
func (c *Client) changed(ctx context.Context, change Change) {
	c.up.Changed(context.WithoutCancel(ctx), change)
}

// pause waits. The error is that of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// use keeps a bind in the pool until it is over, and says why it is.
func (c *Client) use(ctx context.Context, b *Bind, place int) error {
	life, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	drained := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(drained)
		c.drain(life, b)
	})
	_ = c.pool.add(b, 0) // there is no limit
	b.log.LogAttrs(life, slog.LevelInfo, "bound to an SMSC", slog.String("peer", c.cfg.Name), slog.String("method", b.kind.String()))
	c.changed(life, Change{Phase: PhaseUp, Bind: b, Place: place})
	why := b.run(life)
	close(b.over)
	if !stop() {
		<-drained
	}
	c.pool.remove(b)
	b.log.LogAttrs(life, slog.LevelInfo, "a bind to an SMSC ended", slog.String("peer", c.cfg.Name), slog.Any("err", why))
	return why
}

// drain ends a bind in order, or after a while without.
func (c *Client) drain(life context.Context, b *Bind) {
	ctx, cancel := context.WithTimeout(life, c.cfg.Settings.Drain)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		b.log.LogAttrs(life, slog.LevelWarn, "a bind did not drain", slog.String("peer", c.cfg.Name), slog.Any("err", err))
	}
}

// request is the bind that is asked for.
func (c *ClientConfig) request(kind Command) *BindRequest {
	return &BindRequest{
		Command: kind, SystemID: c.SystemID, Password: c.Password, SystemType: c.SystemType, Version: Version34, Range: c.Range,
	}
}

// dial connects and binds.
func (c *Client) dial(ctx context.Context, kind Command) (*Bind, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Settings.Patience)
	defer cancel()
	conn, err := c.cfg.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to an SMSC: %w", err)
	}
	g, lift := greet(ctx, conn, c.cfg.Settings.Patience)
	answer, err := g.bind(c.cfg.request(kind))
	if late := lift(); err == nil {
		err = late
	}
	if err != nil {
		_ = conn.Close() // why it was not bound says more
		return nil, err
	}
	b := newBind(about{
		name: c.cfg.Name, kind: kind, side: esme, systemID: c.cfg.SystemID, peer: answer.SystemID, remote: conn.RemoteAddr().String(),
		version: answer.version(),
	}, conn, g.r, c.cfg.Settings)
	b.up, b.log = c.up, c.cfg.Log
	return b, nil
}

// connect makes a connection.
func (c *ClientConfig) connect(ctx context.Context) (net.Conn, error) {
	dial := c.Dial
	if dial == nil {
		dial = func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", c.Address)
		}
	}
	conn, err := dial(ctx)
	if err != nil || c.TLS == nil {
		return conn, err
	}
	t := c.TLS.Clone()
	if host, _, cut := net.SplitHostPort(c.Address); cut == nil && t.ServerName == "" {
		t.ServerName = host
	}
	secure := tls.Client(conn, t)
	if err = secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

// Dial makes one bind, which nothing binds again: of the first of Kinds. ctx bounds that alone; the bind lives until Close or Cut, or the line is lost. Handler hears
// of it as of others.
func Dial(ctx context.Context, cfg ClientConfig, h Handler) (*Bind, error) {
	cfg.Kinds = slices.Clone(cfg.Kinds[:min(len(cfg.Kinds), 1)])
	c, err := NewClient(cfg, h)
	if err != nil {
		return nil, err
	}
	b, err := c.dial(ctx, c.cfg.Kinds[0])
	if err != nil {
		return nil, err
	}
	life := context.WithoutCancel(ctx) // Close ends it
	c.changed(life, Change{Phase: PhaseUp, Bind: b})
	go func() { // Close waits for it
		defer close(b.over)
		c.changed(life, Change{Phase: PhaseDown, Bind: b, Err: b.run(life)})
	}()
	return b, nil
}
