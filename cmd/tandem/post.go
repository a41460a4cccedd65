package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tandem/messaging"
	"tandem/messaging/bysip"
	"tandem/messaging/bysmpp"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/sip"
)

// postroom is messages as the house has them: the office, and a link for each connector.
type postroom struct {
	m      *Main
	office *messaging.Office
	texts  *texts // of flows
	log    *slog.Logger

	phones  *bysip.Phones // nil before start
	stop    context.CancelFunc
	working sync.WaitGroup
	wake    chan struct{} // capacity 1: the records are others
	live    atomic.Bool   // started, and not closed
	ready   atomic.Bool   // each connector was looked at, and the doors are open

	server *bysmpp.Server // of those that bind to us
	at     []netip.AddrPort
	doors  sync.WaitGroup

	mu    sync.Mutex
	links map[messaging.ConnectorID]*running
	tells map[messaging.ConnectorID]func(sip.CoreRegistration) // of cores: who registered there
}

// newPost makes the office, which takes at once; nothing is carried before start.
func (m *Main) newPost() *postroom {
	p := &postroom{
		m: m, log: m.Log, wake: make(chan struct{}, 1), links: map[messaging.ConnectorID]*running{},
		tells: map[messaging.ConnectorID]func(sip.CoreRegistration){},
	}
	p.texts = newTexts(m.store, m.Log)
	messages := m.store.Messages()
	p.office = messaging.New(messaging.Config{
		Store: messages, Waker: messages, Directory: m.store, Emergency: emergencyAddress, Normal: normalAddress, NewID: routing.NewID, Watcher: m.meters,
		Log: m.Log,
	})
	return p
}

// emergencyAddress says whether an address is an emergency number (SPEC O4).
func emergencyAddress(a messaging.Address, country string) bool {
	return routing.Emergency(string(a), country)
}

// normalAddress is a number as E.164, however it was written; what is no public number stays as it is.
func normalAddress(a messaging.Address, country string) messaging.Address {
	const shortestBare = 9 // digits of a number with its country code, of which networks leave the plus out
	if country == "" {
		country = "FR"
	}
	if n, ok := routing.ParseNumber(string(a), country); ok {
		return messaging.Address(n)
	}
	if a.Kind() == messaging.AddressShort && len(a) >= shortestBare {
		if n, ok := routing.ParseNumber("+"+string(a), ""); ok {
			return messaging.Address(n)
		}
	}
	return a
}

// start begins to carry: what was under way when the last process ended is taken up first.
func (p *postroom) start(ctx context.Context) error {
	if err := p.newServer(); err != nil {
		return err
	}
	if err := p.office.Start(ctx); err != nil {
		return fmt.Errorf("start the messages: %w", err)
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx)) // close ends it
	p.stop = stop
	p.phones = p.m.openPhones(life, p.office)
	p.texts.start(life, p.office)
	p.live.Store(true)
	state, err := p.m.store.State(ctx)
	if err != nil {
		return fmt.Errorf("read the connectors: %w", err)
	}
	p.arrange(life, state) // before anybody can bind: a program that is not known yet might never come again
	if err := p.open(ctx); err != nil {
		return err
	}
	p.working.Go(func() { p.review(life) })
	p.working.Go(func() { p.follow(life) })
	p.ready.Store(true)
	return nil
}

// changed takes that the records are others: connectors may have come, gone or changed.
func (p *postroom) changed() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// CoreRegistered implements sip.Core, for the switchboard and for what waits for a handset.
func (p *postroom) CoreRegistered(r sip.CoreRegistration) {
	p.m.sw.CoreRegistered(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, tell := range p.tells {
		tell(r)
	}
}

// close ends the links, which take no more then, and finishes what is under way.
func (p *postroom) close(ctx context.Context) error {
	if !p.live.Swap(false) {
		return nil
	}
	p.texts.close(ctx)
	p.stop()
	ended := make(chan struct{})
	go func() {
		p.working.Wait()
		p.mu.Lock()
		all := p.links
		p.links = map[messaging.ConnectorID]*running{}
		p.mu.Unlock()
		endAll(all)
		p.phones.Close()
		if err := p.server.Close(ctx); err != nil {
			p.log.LogAttrs(ctx, slog.LevelWarn, "smpp did not close in order", slog.Any("err", err))
		}
		p.doors.Wait()
		close(ended)
	}()
	var err error
	select {
	case <-ended:
	case <-ctx.Done():
		err = fmt.Errorf("end the links of messages: %w", ctx.Err())
	}
	return errors.Join(err, p.office.Close(ctx))
}

// reviewEvery is how often links are looked at though nobody told of a change: one whose start failed is tried again.
const reviewEvery = 30 * time.Second

// review keeps the links as the records say, until ctx ends.
func (p *postroom) review(ctx context.Context) {
	again := time.NewTicker(reviewEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-again.C:
		}
		state, err := p.m.store.State(ctx)
		if err != nil {
			p.log.LogAttrs(ctx, slog.LevelError, "connectors are as they were", slog.Any("err", err))
			continue
		}
		p.arrange(ctx, state)
	}
}

// arrange ends the links whose connectors changed or went, and starts those that are not there.
func (p *postroom) arrange(ctx context.Context, state *provisioning.State) {
	wanted := map[messaging.ConnectorID]*provisioning.Connector{}
	for _, c := range state.Connectors {
		if !c.Settings.Disabled {
			wanted[c.ID] = c
		}
	}
	over := map[messaging.ConnectorID]*running{}
	p.mu.Lock()
	for id, r := range p.links {
		if c := wanted[id]; c == nil || fingerprint(state, c) != r.made {
			over[id] = r
			delete(p.links, id)
			delete(p.tells, id)
		}
	}
	p.mu.Unlock()
	endAll(over)
	for id, c := range wanted {
		p.mu.Lock()
		_, there := p.links[id]
		p.mu.Unlock()
		if there || ctx.Err() != nil {
			continue
		}
		r := p.begin(ctx, state, c)
		p.mu.Lock()
		p.links[id] = r
		p.mu.Unlock()
	}
}
