package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"tandem/cmd/tandem/config"
	"tandem/messaging/bysmpp"
	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
	"tandem/provisioning"
	"tandem/web"
)

// newServer makes the SMPP server, which nobody can reach before open.
func (p *postroom) newServer() error {
	var err error
	p.server, err = bysmpp.NewServer(bysmpp.ServerConfig{
		SystemID: p.m.Config.Messages.SystemID, Notes: p.m.store, Messages: p.m.store.Messages(), Log: p.log,
	})
	if err != nil {
		return inputError{fmt.Errorf("[messages] system_id: %w", err)}
	}
	return nil
}

// open opens the doors of SMPP, those that are on.
func (p *postroom) open(ctx context.Context) error {
	c := &p.m.Config.Messages
	if err := p.door(ctx, c.SMPP, nil); err != nil {
		return fmt.Errorf("[messages] smpp: %w", err)
	}
	if !c.SMPPTLS.On {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(p.m.Config.Mobile.Certificate, p.m.Config.Mobile.Key)
	if err != nil {
		return inputError{fmt.Errorf("[mobile] certificate and key: %w", err)}
	}
	if err = p.door(ctx, c.SMPPTLS, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}); err != nil {
		return fmt.Errorf("[messages] smpp_tls: %w", err)
	}
	return nil
}

// door opens one; with TLS where secured is there.
func (p *postroom) door(ctx context.Context, at config.Listen, secured *tls.Config) error {
	if !at.On {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", at.String())
	if err != nil {
		return err
	}
	if addr, err := netip.ParseAddrPort(l.Addr().String()); err == nil {
		p.at = append(p.at, addr)
	}
	what := "smpp"
	if secured != nil {
		l, what = tls.NewListener(l, secured), "smpp over TLS"
	}
	p.log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("peer", what+" "+l.Addr().String()))
	life := context.WithoutCancel(ctx) // Close of the server ends it.
	p.doors.Go(func() {
		if err := p.server.Serve(life, l); err != nil {
			p.log.LogAttrs(life, slog.LevelError, "smpp stopped", slog.String("peer", l.Addr().String()), slog.Any("err", err))
		}
	})
	return nil
}

// smppConfig is what both sides of SMPP are told.
func (o opening) smppConfig() bysmpp.Config {
	is := &o.c.Settings
	long := map[provisioning.SMPPLong]sms.Long{
		provisioning.LongUDH: sms.LongUDH8, provisioning.LongUDH16: sms.LongUDH16, provisioning.LongSAR: sms.LongSAR, provisioning.LongPayload: sms.LongPayload,
	}
	window := is.Window
	if window == 0 {
		window = provisioning.UsualWindow
	}
	return bysmpp.Config{
		Connector: o.c.ID, Role: is.Role, Desk: o.post.office, Log: o.post.log, ServiceType: is.SMPP.ServiceType, Default: sms.Coding(is.SMPP.Default),
		Long: long[is.SMPP.Long], Settings: smpp.Settings{Window: window, Enquire: is.SMPP.Enquire, Patience: is.SMPP.Patience},
	}
}

// openSMPPClient binds to an SMSC.
func openSMPPClient(ctx context.Context, o opening) (link, error) {
	to, err := smppTarget(o.c)
	if err != nil {
		return link{}, err
	}
	client, err := bysmpp.NewClient(o.smppConfig(), to)
	if err != nil {
		return link{}, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx)) // link.end ends it
	over := make(chan struct{})
	go func() {
		defer close(over)
		client.Run(life)
	}()
	return link{
		end: func() {
			end()
			<-over
		},
		state: func() web.ConnectorState { return connectorStateOf(client.State()) },
	}, nil
}

// smppTarget is where a connector binds, and as whom.
func smppTarget(c *provisioning.Connector) (smpp.ClientConfig, error) {
	is := c.Settings.SMPP
	to := smpp.ClientConfig{
		Name: string(c.ID), Address: is.Address, SystemID: is.SystemID, Password: smpp.Secret(c.Password), SystemType: is.SystemType, Kinds: bindsOf(is),
	}
	if !is.TLS {
		return to, nil
	}
	to.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if is.Authority != "" {
		to.TLS.RootCAs = x509.NewCertPool()
		if !to.TLS.RootCAs.AppendCertsFromPEM([]byte(is.Authority)) {
			return to, errors.New("its authority has no certificate")
		}
	}
	return to, nil
}

// bindsOf are the binds that a connector makes, all of them as often as it says.
func bindsOf(is *provisioning.SMPPSettings) []smpp.Command {
	kinds := []smpp.Command{smpp.BindTransceiver}
	switch is.Bind {
	case provisioning.BindPair:
		kinds = []smpp.Command{smpp.BindTransmitter, smpp.BindReceiver}
	case provisioning.BindTransmitter:
		kinds = []smpp.Command{smpp.BindTransmitter}
	case provisioning.BindReceiver:
		kinds = []smpp.Command{smpp.BindReceiver}
	case "", provisioning.BindTransceiver:
	}
	var out []smpp.Command
	for range max(is.Binds, 1) {
		out = append(out, kinds...)
	}
	return out
}

// openSMPPServer lets a program, a carrier or an operator bind to us.
func openSMPPServer(ctx context.Context, o opening) (link, error) {
	is := o.c.Settings.SMPP
	if doors := &o.post.m.Config.Messages; !doors.SMPP.On && !doors.SMPPTLS.On {
		return link{}, errors.New("nobody can bind: set smpp or smpp_tls in [messages]")
	}
	c := bysmpp.PeerConfig{Config: o.smppConfig(), SystemID: is.SystemID, Password: string(o.c.Token), Binds: is.Binds}
	for _, text := range is.Sources {
		prefix, err := provisioning.ParsePrefix(text)
		if err != nil {
			return link{}, err
		}
		c.Sources = append(c.Sources, prefix)
	}
	peer, err := o.post.server.Open(ctx, c)
	if err != nil {
		return link{}, err
	}
	return link{
		end: func() {
			const patience = 5 * time.Second
			limited, done := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer done()
			peer.Close(limited)
		},
		state: func() web.ConnectorState { return connectorStateOf(peer.State()) },
	}, nil
}

func connectorStateOf(s bysmpp.State) web.ConnectorState {
	out := web.ConnectorState{Up: s.Sends > 0, Binds: s.Binds, Since: s.Since, Detail: s.Detail, Rate: s.Rate}
	if !out.Up && out.Detail == "" {
		out.Detail = "nobody is bound"
	}
	return out
}

// newsSince is how far back what became of messages is looked at when we start: programs that were away are told of it.
const newsSince = 24 * time.Hour

// follow tells programs what becomes of their messages, from the log of events, until ctx ends.
func (p *postroom) follow(ctx context.Context) {
	wake := make(chan struct{}, 1)
	stop := p.m.store.OnEvents(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer stop()
	after, err := p.m.store.EventsSince(ctx, time.Now().Add(-newsSince))
	for {
		if err == nil {
			after, err = p.readNews(ctx, after)
		}
		if err != nil && ctx.Err() == nil {
			p.log.LogAttrs(ctx, slog.LevelWarn, "programs are not told of their messages", slog.Any("err", err))
			err = nil // What was not read is read the next time.
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

// readNews reads the log from a place on, and gives how far it came.
func (p *postroom) readNews(ctx context.Context, after int64) (int64, error) {
	const most = 1000
	for {
		page, err := p.m.store.Events(ctx, provisioning.EventFilter{After: after, Types: []string{"message.*"}, Limit: most})
		if err != nil {
			return after, err
		}
		for i := range page.Events {
			if m, is := page.Events[i].Message(); is {
				p.server.Told(m)
			}
		}
		after = max(after, page.Last)
		if !page.More {
			return after, nil
		}
	}
}
