package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/provisioning"
	"tandem/routing"
)

// esimOffice is what looks after eSIMs: the runner that asks operators for things, and the door by which their platforms tell what became of them.
type esimOffice struct {
	runner  *provisioning.ESIMRunner
	cert    *tls.Certificate // ours; nil: none is set
	at      netip.AddrPort   // of the door; the zero value: it is shut
	log     *slog.Logger
	answers answers
	stop    context.CancelFunc
	done    chan struct{} // closed when the runner has ended

	mu   sync.Mutex
	ways map[routing.OperatorID]way // to the platforms that were asked for something
}

// way is the way to a platform, and the settings that it was made of.
type way struct {
	settings provisioning.ESIMPlatform
	platform *es2plus.Platform
}

// openESIMs starts looking after eSIMs.
func (m *Main) openESIMs(ctx context.Context) error {
	c := m.Config.Mobile
	e := &esimOffice{log: m.Log, ways: map[routing.OperatorID]way{}, done: make(chan struct{})}
	if c.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
		if err != nil {
			return inputError{fmt.Errorf("[mobile] certificate and key: %w", err)}
		}
		e.cert = &pair
	}
	e.runner = provisioning.NewESIMRunner(provisioning.ESIMRunnerConfig{Store: m.store, Reach: e.reach, Log: m.Log})
	if c.Notifications.On {
		if err := e.listen(ctx, m); err != nil {
			return err
		}
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx)) // close ends it
	e.stop = stop
	m.esims.Store(e)
	go func() {
		defer close(e.done)
		e.runner.Run(life)
	}()
	return nil
}

// listen opens the door of notifications.
func (e *esimOffice) listen(ctx context.Context, m *Main) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", m.Config.Mobile.Notifications.String())
	if err != nil {
		return fmt.Errorf("[mobile] notifications: %w", err)
	}
	e.at, _ = netip.ParseAddrPort(l.Addr().String())
	desk := provisioning.NewESIMDesk(m.store)
	strangers := func(peer string, err error) {
		m.Log.LogAttrs(ctx, slog.LevelWarn, "a stranger came to the door of eSIM notifications", slog.String("peer", peer), slog.Any("err", err))
	}
	const patience, idle, longestHead = 10 * time.Second, time.Minute, 16 << 10
	m.Log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("peer", "eSIM notifications "+l.Addr().String()))
	m.run(&http.Server{
		Handler: es2plus.Notify(desk, m.Log), ReadHeaderTimeout: patience, WriteTimeout: 2 * patience, IdleTimeout: idle, MaxHeaderBytes: longestHead,
		ErrorLog: slog.NewLogLogger(m.Log.Handler(), slog.LevelDebug),
	}, tls.NewListener(l, es2plus.NotifyTLS(*e.cert, desk, strangers)))
	return nil
}

// reach is how an operator is asked for things.
func (e *esimOffice) reach(o *provisioning.Operator) (provisioning.Reach, error) {
	var out provisioning.Reach
	if h := o.Settings.HLR; h != nil {
		out.Lines = linesOf(h)
	}
	if o.Settings.Platform == nil {
		return out, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	known, there := e.ways[o.ID]
	if there && known.settings == *o.Settings.Platform {
		out.Profiles = heard{known.platform, o.ID, &e.answers}
		return out, nil
	}
	pool, err := o.Settings.Platform.Authorities()
	if err != nil {
		return out, err
	}
	p, err := es2plus.NewPlatform(es2plus.PlatformConfig{
		URL: o.Settings.Platform.URL, Requester: o.Settings.Platform.Requester, Certificate: e.cert, Authorities: pool,
	})
	if err != nil {
		return out, err
	}
	if there {
		known.platform.Close()
	}
	e.ways[o.ID] = way{settings: *o.Settings.Platform, platform: p}
	out.Profiles = heard{p, o.ID, &e.answers}
	return out, nil
}

// close stops asking; what was asked and not answered is asked again by the next run.
func (e *esimOffice) close(ctx context.Context) error {
	e.stop()
	select {
	case <-e.done:
	case <-ctx.Done():
		return fmt.Errorf("stop looking after eSIMs: %w", ctx.Err())
	}
	for _, w := range e.ways {
		w.platform.Close()
	}
	return nil
}
