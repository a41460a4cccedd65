package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"

	"tandem/cmd/tandem/config"
)

// listenNchf opens the doors of converged charging that are on.
func (c *creditOffice) listenNchf(ctx context.Context, mobile *config.Mobile) error {
	if err := c.openNchf(ctx, mobile.Nchf, nil); err != nil {
		return fmt.Errorf("[mobile] nchf: %w", err)
	}
	if !mobile.NchfTLS.On {
		return nil
	}
	secured, err := mutualTLS(mobile)
	if err != nil {
		return err
	}
	if err = c.openNchf(ctx, mobile.NchfTLS, secured); err != nil {
		return fmt.Errorf("[mobile] nchf_tls: %w", err)
	}
	return nil
}

// openNchf opens one of them; with TLS where secured is there.
func (c *creditOffice) openNchf(ctx context.Context, at config.Listen, secured *tls.Config) error {
	if !at.On {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", at.String())
	if err != nil {
		return err
	}
	if addr, err := netip.ParseAddrPort(l.Addr().String()); err == nil {
		c.nchfAt = append(c.nchfAt, addr)
	}
	srv := c.nchf.Server(secured)
	c.servers = append(c.servers, srv)
	what, serve := "nchf", func() error { return srv.Serve(l) }
	if secured != nil {
		what, serve = "nchf over TLS", func() error { return srv.ServeTLS(l, "", "") }
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("peer", what+" "+l.Addr().String()))
	c.running.Go(func() {
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			c.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelError, "nchf stopped", slog.String("peer", l.Addr().String()), slog.Any("err", err))
		}
	})
	return nil
}

// closeNchf lets what is being answered end, and takes no more.
func (c *creditOffice) closeNchf(ctx context.Context) error {
	var errs []error
	for _, srv := range c.servers {
		if err := srv.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("close nchf: %w", err), srv.Close())
		}
	}
	c.nchf.Close()
	return errors.Join(errs...)
}

// clientTLS is what charging peers that are told something over https see of us; nil: nothing is set.
func clientTLS(mobile *config.Mobile, log *slog.Logger) *tls.Config {
	if mobile.Certificate == "" || mobile.Key == "" || mobile.Authority == "" {
		return nil
	}
	both, err := mutualTLS(mobile)
	if err != nil {
		log.Warn("charging peers cannot be told anything over https", slog.Any("err", err))
		return nil
	}
	return &tls.Config{Certificates: both.Certificates, RootCAs: both.ClientCAs, MinVersion: tls.VersionTLS12}
}
