package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"tandem/cmd/tandem/config"
	"tandem/mobilecore/charging"
	"tandem/mobilecore/diameter"
)

// creditOffice is online charging as the house has it: the office, who it is for, and the door by which Diameter peers come.
type creditOffice struct {
	office      *charging.Office
	subscribers *subscribers
	gy          *charging.Gy
	nchf        *charging.Nchf
	diameter    *diameter.Server
	at          []netip.AddrPort // of the listeners: TCP, then TLS, those that are on
	nchfAt      []netip.AddrPort // of Nchf, in the same order
	servers     []*http.Server   // of Nchf
	log         *slog.Logger

	stop    context.CancelFunc
	running sync.WaitGroup
}

// cycles are counted where the packages are sold.
const cycles = "Europe/Paris"

// openCredit opens online charging.
func (m *Main) openCredit(ctx context.Context) error {
	zone, err := time.LoadLocation(cycles)
	if err != nil {
		return fmt.Errorf("the time zone of packages: %w", err)
	}
	c := &creditOffice{subscribers: &subscribers{}, log: m.Log}
	state, err := m.store.State(ctx)
	if err != nil {
		return fmt.Errorf("read who has a package: %w", err)
	}
	c.subscribers.reload(state)
	c.office = charging.NewOffice(charging.Config{Ledger: m.store.Credit(), Subscribers: c.subscribers, Policy: charging.Policy{Zone: zone}, Log: m.Log})
	c.gy = charging.NewGy(c.office, m.Log)
	c.office.Join(c.gy)
	c.diameter, err = diameter.NewServer(diameter.Config{
		Node: diameter.Node{Identity: m.Config.Mobile.Identity}, Applications: []diameter.Application{diameter.CreditControl},
		Knows: c.subscribers.Knows, Serve: c.gy.Serve, Log: m.Log,
	})
	if err != nil {
		return inputError{fmt.Errorf("[mobile] identity: %w", err)}
	}
	c.gy.Join(c.diameter)
	c.nchf = charging.NewNchf(charging.NchfConfig{
		Credit: c.office, Memo: c.office.Memo, Known: c.subscribers.Knows, Hosts: c.subscribers.Hosts, TLS: clientTLS(&m.Config.Mobile, m.Log), Log: m.Log,
	})
	c.office.Join(c.nchf)
	life, stop := context.WithCancel(context.WithoutCancel(ctx)) // close ends it
	c.stop = stop
	m.credit.Store(c)
	c.running.Go(func() { c.office.Run(life) })
	if err = c.listen(ctx, life, &m.Config.Mobile); err != nil {
		return err
	}
	return c.listenNchf(ctx, &m.Config.Mobile)
}

// listen opens the doors that are on.
func (c *creditOffice) listen(ctx, life context.Context, mobile *config.Mobile) error {
	if err := c.open(ctx, life, mobile.Diameter, nil); err != nil {
		return fmt.Errorf("[mobile] diameter: %w", err)
	}
	if !mobile.DiameterTLS.On {
		return nil
	}
	secured, err := mutualTLS(mobile)
	if err != nil {
		return err
	}
	if err = c.open(ctx, life, mobile.DiameterTLS, secured); err != nil {
		return fmt.Errorf("[mobile] diameter_tls: %w", err)
	}
	return nil
}

// open opens one of them; with TLS where secured is there.
func (c *creditOffice) open(ctx, life context.Context, at config.Listen, secured *tls.Config) error {
	if !at.On {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", at.String())
	if err != nil {
		return err
	}
	if addr, err := netip.ParseAddrPort(l.Addr().String()); err == nil {
		c.at = append(c.at, addr)
	}
	what := "diameter"
	if secured != nil {
		l, what = tls.NewListener(l, secured), "diameter over TLS"
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("peer", what+" "+l.Addr().String()))
	c.running.Go(func() {
		if err := c.diameter.Serve(life, l); err != nil {
			c.log.LogAttrs(life, slog.LevelError, "diameter stopped", slog.String("peer", l.Addr().String()), slog.Any("err", err))
		}
	})
	return nil
}

// mutualTLS is TLS as charging peers must speak it: both sides show a certificate.
func mutualTLS(mobile *config.Mobile) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(mobile.Certificate, mobile.Key)
	if err != nil {
		return nil, inputError{fmt.Errorf("[mobile] certificate and key: %w", err)}
	}
	text, err := os.ReadFile(mobile.Authority)
	if err != nil {
		return nil, inputError{fmt.Errorf("[mobile] authority: %w", err)}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, inputError{fmt.Errorf("[mobile] authority: %s has no certificate", mobile.Authority)}
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// changed takes that the records are others: who may ask, and for whom.
func (c *creditOffice) changed(ctx context.Context, m *Main) {
	state, err := m.store.State(ctx)
	if err != nil {
		c.log.LogAttrs(ctx, slog.LevelError, "packages are as they were", slog.Any("err", err))
		return
	}
	before := c.subscribers.now.Load()
	c.subscribers.reload(state)
	c.diameter.Review()
	if others := c.subscribers.now.Load().others(before); len(others) > 0 {
		c.office.Revise(others...)
	}
}

// close says goodbye to the peers and ends the office.
func (c *creditOffice) close(ctx context.Context) error {
	err := errors.Join(c.closeNchf(ctx), c.diameter.Close(ctx))
	c.stop()
	over := make(chan struct{})
	go func() { // ends with the office
		c.running.Wait()
		close(over)
	}()
	select {
	case <-over:
		return err
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("close the credit office: %w", ctx.Err()))
	}
}

// creditSource is what online charging counts.
func creditSource(house *Main) *source {
	var now diameter.Counters
	s := &source{read: func() { now = house.credit.Load().diameter.Counters() }}
	s.gauge("tandem_diameter_peers", "Diameter peers that are connected.", func(e emit) { e(float64(now.Peers)) })
	s.counter("tandem_diameter_requests_total", "Diameter requests, by what they were answered with.", func(e emit) {
		for o, n := range now.Answered {
			e(float64(n), o.Command, o.Result.String())
		}
	}, "command", "result")
	s.counter("tandem_diameter_refused_total", "Connections that made no Diameter peer.", func(e emit) { byName(e, now.Refused) }, "reason")
	return s
}
