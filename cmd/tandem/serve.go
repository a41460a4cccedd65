package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// serveCommand runs the phone system.
type serveCommand struct {
	configured

	UIDir string `name:"ui-dir" placeholder:"DIR" help:"Take the interface from this directory, and reload pages when it changes (web.ui_dir)."`
}

// Run serves until a signal.
func (s serveCommand) Run(ctx context.Context, c console) error {
	if s.UIDir != "" {
		s.Set = append(s.Set, "web.ui_dir="+s.UIDir)
	}
	cfg, err := s.load()
	if err != nil {
		return err
	}
	tending, stop := context.WithCancel(ctx)
	var tender sync.WaitGroup
	tender.Go(func() { tendHeap(tending) })
	defer tender.Wait()
	defer stop()
	house := &Main{Config: cfg, Log: newLog(c.err, cfg.Log)}
	keepWithin(ctx, house.Log)
	return house.Run(ctx, signals(), func(m *Main) error {
		for _, l := range m.SIP() {
			m.Log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("peer", fmt.Sprintf("%s %s", l.Network, l.Bind)))
		}
		if m.Web().IsValid() {
			m.Log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("peer", "http "+m.Web().String()))
		}
		return m.firstRun(ctx, c.err)
	})
}

// signals are those that end the program: the first drains, the second ends at once.
func signals() chan os.Signal {
	ch := make(chan os.Signal, 2) // one to drain, one to end
	signal.Notify(ch, syscall.SIGTERM, os.Interrupt)
	return ch
}
