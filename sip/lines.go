package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"tandem/sip/digest"
	"tandem/sip/resolve"
	"tandem/sip/trunk"
)

// line is a trunk that lives.
type line struct {
	trunk    *trunk.Trunk
	settings Trunk
	client   *digest.Client // nil: no account
	stop     context.CancelFunc
	done     chan struct{} // closed when it has stopped
}

// lines are the trunks that live. Safe for concurrent use; its lock is a leaf lock.
type lines struct {
	mu   sync.Mutex
	life func(run func(context.Context)) context.CancelFunc // nil before Start and after Close
	byID map[TrunkID]*line
	wg   sync.WaitGroup
}

func (l *lines) start(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID = make(map[TrunkID]*line)
	l.life = func(run func(context.Context)) context.CancelFunc {
		own, cancel := context.WithCancel(ctx)
		l.wg.Go(func() { run(own) })
		return cancel
	}
}

func (l *lines) get(id TrunkID) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byID[id]
}

// all lists them by name.
func (l *lines) all() []*line {
	l.mu.Lock()
	list := make([]*line, 0, len(l.byID))
	for _, one := range l.byID {
		list = append(list, one)
	}
	l.mu.Unlock()
	slices.SortFunc(list, func(a, b *line) int { return strings.Compare(string(a.settings.ID), string(b.settings.ID)) })
	return list
}

// close stops all of them: they unregister. ctx bounds the wait.
func (l *lines) close(ctx context.Context) error {
	l.mu.Lock()
	l.life = nil
	for _, one := range l.byID {
		one.stop()
	}
	l.mu.Unlock()
	gone := make(chan struct{})
	go func() { l.wg.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("unregister trunks: %w", context.Cause(ctx))
	}
}

// arrange starts the trunks that are new or changed and stops those that are gone.
func (s *Stack) arrange(p *Peers) {
	s.lines.mu.Lock()
	if s.lines.life != nil {
		s.arrangeLocked(p)
	}
	s.lines.mu.Unlock()
	s.trust()
}

func (s *Stack) arrangeLocked(p *Peers) {
	wanted, before := make(map[TrunkID]Trunk, len(p.Trunks)), make(map[TrunkID]*line)
	for _, t := range p.Trunks {
		wanted[t.ID] = t
	}
	for id, l := range s.lines.byID {
		t, still := wanted[id]
		if still && t.same(l.settings) {
			delete(wanted, id)
			continue
		}
		l.stop()
		delete(s.lines.byID, id)
		if still {
			before[id] = l
		}
	}
	for id, t := range wanted {
		l := s.newLine(t)
		l.stop = s.lines.life(l.after(before[id]))
		s.lines.byID[id] = l
	}
}

// after runs the trunk once the one that it replaces has stopped: its farewell to the registrar would take our binding back too.
func (l *line) after(old *line) func(context.Context) {
	return func(ctx context.Context) {
		defer close(l.done)
		if old != nil {
			<-old.done // it waits for an answer for two seconds at the most
		}
		l.trunk.Run(ctx)
	}
}

func (s *Stack) newLine(t Trunk) *line {
	l := &line{settings: t, done: make(chan struct{})}
	if t.AuthUser != "" {
		l.client = digest.NewClient(digest.Account{Username: t.AuthUser, Password: string(t.AuthPass), Realm: t.AuthRealm})
	}
	settings := trunk.Settings{
		ID: string(t.ID), AuthUser: t.AuthUser, Domain: t.Domain, Register: t.Register,
		RegisterExpiry: t.RegisterExpiry, OptionsEvery: t.OptionsEvery,
	}
	var err error
	if settings.Profile, err = s.profile(&t.TLS); err != nil {
		settings.Faults = append(settings.Faults, err.Error())
		s.cfg.Log.Warn("settings of TLS that cannot be understood", slog.String("trunk", string(t.ID)), slog.Any("err", err))
	}
	for _, name := range t.Servers {
		v, err := resolve.ParseServer(name)
		if err != nil {
			settings.Faults = append(settings.Faults, err.Error())
			continue
		}
		settings.Servers = append(settings.Servers, v)
	}
	l.trunk = trunk.New(trunk.World{
		Sender: s.layer, Resolver: s.resolver, Health: s.health, Contact: s.contact, Tags: s.transport.Tags(),
		UserAgent: s.cfg.UserAgent, Log: s.cfg.Log, Found: s.trust,
		Changed: func(st trunk.State) { s.handler.TrunkChanged(stateOf(st)) },
	}, settings)
	l.trunk.Auth = s.credentials(l.trunk, l)
	return l
}

func (s *Stack) trunk(id TrunkID) (*trunk.Trunk, *line) {
	l := s.lines.get(id)
	if l == nil {
		return nil, nil
	}
	return l.trunk, l
}

// trust tells the guard the addresses of the trunks, and remembers whose server is where.
func (s *Stack) trust() {
	var prefixes []netip.Prefix
	for _, src := range s.book.Load().sources {
		prefixes = append(prefixes, src.prefix)
	}
	servers := make(map[netip.Addr]TrunkID)
	for _, l := range s.lines.all() {
		for _, a := range l.trunk.Addresses() {
			if _, taken := servers[a]; !taken {
				servers[a] = l.settings.ID
				prefixes = append(prefixes, netip.PrefixFrom(a, a.BitLen()))
			}
		}
	}
	s.servers.Store(&servers)
	s.transport.SetTrusted(prefixes)
}

func (s *Stack) serverAt(a netip.Addr) TrunkID { return (*s.servers.Load())[a.Unmap()] }

func stateOf(s trunk.State) TrunkState {
	return TrunkState{ID: TrunkID(s.ID), Up: s.Up, LastStatus: s.LastStatus, RTT: s.RTT, Until: s.Until, Detail: s.Detail}
}
