package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/messaging/overip"
	"tandem/provisioning"
	"tandem/sip"
	"tandem/web"
)

// link is a connector at work.
type link struct {
	end   func()                    // takes no more, and returns when nothing is under way
	state func() web.ConnectorState // without its ID; nil: it is up as long as it is there
}

// opening is what a link is made of.
type opening struct {
	post  *postroom
	state *provisioning.State
	c     *provisioning.Connector
}

// maker makes the link of a connector. Its error is for an operator: the link is tried again when the records change, and now and again.
type maker func(ctx context.Context, o opening) (link, error)

// makers are how connectors of each kind are made to work.
func makers() map[messaging.ConnectorKind]maker {
	return map[messaging.ConnectorKind]maker{
		messaging.KindSMPPClient: openSMPPClient,
		messaging.KindSMPPServer: openSMPPServer,
		messaging.KindHTTP:       openHTTP,
		messaging.KindSIP:        openTrunk,
		messaging.KindIMS:        openCoreLink,
	}
}

// running is a connector that is at work, or that could not be made to.
type running struct {
	made  string // fingerprint of the records that it was made of
	since time.Time
	link  link
	err   error // why it does not work; nil: it does
}

// begin makes a link work.
func (p *postroom) begin(ctx context.Context, state *provisioning.State, c *provisioning.Connector) *running {
	r := &running{made: fingerprint(state, c), since: time.Now()}
	if open, known := makers()[c.Settings.Kind]; known {
		r.link, r.err = open(ctx, opening{p, state, c})
	} else {
		r.err = errors.New("connectors of the kind " + string(c.Settings.Kind) + " do not work yet")
	}
	if r.err != nil {
		p.log.LogAttrs(ctx, slog.LevelError, "a connector does not work", slog.String("peer", string(c.ID)), slog.Any("err", r.err))
		return r
	}
	p.log.LogAttrs(ctx, slog.LevelInfo, "a connector works", slog.String("peer", string(c.ID)), slog.String("method", string(c.Settings.Kind)))
	return r
}

// endAll ends links side by side.
func endAll(all map[messaging.ConnectorID]*running) {
	var ending sync.WaitGroup
	for _, r := range all {
		if r.err == nil {
			ending.Go(r.link.end)
		}
	}
	ending.Wait()
}

// fingerprint changes with each change of a connector, and of what it leads by.
func fingerprint(state *provisioning.State, c *provisioning.Connector) string {
	out := provisioning.ETag(c)
	trunk := c.Settings.Trunk
	if o, is := state.Find(provisioning.KindOperator, string(c.Settings.Operator)).(*provisioning.Operator); is {
		out += " " + provisioning.ETag(&provisioning.Operator{ID: o.ID, Trunk: o.Trunk, Settings: provisioning.OperatorSettings{Core: o.Settings.Core}})
		trunk = o.Trunk
	}
	if t, is := state.Find(provisioning.KindTrunk, string(trunk)).(*provisioning.Trunk); is {
		out += " " + provisioning.ETag(t)
	}
	return out
}

// Connector implements web.Connectors.
func (p *postroom) Connector(id messaging.ConnectorID) (web.ConnectorState, bool) {
	p.mu.Lock()
	r := p.links[id]
	p.mu.Unlock()
	switch {
	case r == nil:
		return web.ConnectorState{}, false
	case r.err != nil:
		return web.ConnectorState{ID: id, Since: r.since, Detail: r.err.Error()}, true
	case r.link.state == nil:
		return web.ConnectorState{ID: id, Up: true, Since: r.since}, true
	}
	now := r.link.state()
	now.ID = id
	return now, true
}

// Queue implements web.Connectors.
func (p *postroom) Queue(ctx context.Context, id messaging.ConnectorID) (int, error) {
	return p.m.store.Messages().Waiting(ctx, messaging.Route(id))
}

// openTrunk makes messages go by a trunk (RFC 3428).
func openTrunk(ctx context.Context, o opening) (link, error) {
	p, id := o.post, sip.TrunkID(o.c.Settings.Trunk)
	return link{end: p.m.openTrunkLink(ctx, o.c, p.office).Close, state: func() web.ConnectorState { return p.trunkState(id) }}, nil
}

// openHTTP makes messages go by HTTP.
func openHTTP(_ context.Context, o opening) (link, error) {
	l := o.post.m.openHTTPLink(o.c, o.post.office)
	return link{end: l.Close, state: func() web.ConnectorState {
		s := l.State()
		return web.ConnectorState{Up: s.Up, Since: s.Since, Detail: s.Detail}
	}}, nil
}

// openCoreLink makes messages go over IP through an operator's core (TS 24.341).
func openCoreLink(ctx context.Context, o opening) (link, error) {
	p := o.post
	operator, is := o.state.Find(provisioning.KindOperator, string(o.c.Settings.Operator)).(*provisioning.Operator)
	if !is {
		return link{}, errors.New("its operator is not there")
	}
	t := p.m.store.Snapshot().Trunks[operator.Trunk]
	if t == nil || len(t.Servers) == 0 {
		return link{}, errors.New("the trunk of its operator is not there, or has no servers")
	}
	l := overip.New(overip.Config{
		Connector: o.c.ID, Trunk: sip.TrunkID(t.ID), Server: t.Servers[0], Domain: domainOf(operator, t), Centre: o.c.Settings.Centre,
		Country: operator.Settings.Core.Country, Desk: p.office, Directory: p.m.store, Wire: p.m.stack, Emergency: emergencyAddress, Normal: normalAddress, Log: p.log,
	})
	stop := p.m.sorter.Trunk(sip.TrunkID(t.ID), l.Message)
	life, end := context.WithCancel(context.WithoutCancel(ctx)) // link.end ends it
	over := make(chan struct{})
	go func() {
		defer close(over)
		l.Run(life)
	}()
	p.mu.Lock()
	p.tells[o.c.ID] = l.Registered
	p.mu.Unlock()
	return link{
		end: func() {
			stop()
			end()
			<-over
		},
		state: func() web.ConnectorState { return p.trunkState(sip.TrunkID(t.ID)) },
	}, nil
}

// trunkState is how a trunk is, as the state of the connector on it.
func (p *postroom) trunkState(id sip.TrunkID) web.ConnectorState {
	for _, t := range p.m.stack.Trunks() {
		if t.ID != id {
			continue
		}
		s := web.ConnectorState{Up: t.Up, Detail: t.Detail}
		if t.Up {
			s.Binds, s.Detail = 1, ""
		}
		return s
	}
	return web.ConnectorState{Detail: "its trunk is not on the wire"}
}
