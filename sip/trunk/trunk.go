package trunk

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/resolve"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// Settings are what the operator says of a trunk.
type Settings struct {
	ID             string
	Servers        []resolve.Server // best first; none: inbound only
	AuthUser       string
	Domain         string // host of From, To and the registrar; empty takes the first server's
	Register       bool
	RegisterExpiry time.Duration      // 10 min
	OptionsEvery   time.Duration      // 0: none
	Profile        *transport.Profile // of its connections over TLS; nil: its server's name, by the system's authorities
	Faults         []string           // what is wrong with servers that could not be understood, in words
}

// State is what is known of a trunk on the wire.
type State struct {
	ID         string
	Up         bool
	LastStatus int
	RTT        time.Duration
	Until      time.Time
	Detail     string
}

// World is what all trunks share.
type World struct {
	Sender    dialog.Sender
	Resolver  *resolve.Resolver
	Health    *Health
	Contact   func(to transport.Target) gosip.Uri // where a peer reached by that target can reach us
	Tags      *message.Tags
	UserAgent string
	Changed   func(State) // from the trunk's own goroutine; it does not block
	Found     func()      // its addresses may have changed; from the trunk's own goroutine; it does not block
	Log       *slog.Logger
}

// Hop is one address of one server of a trunk.
type Hop struct {
	Target transport.Target
	Server resolve.Server
}

// Trunk is one peering. Run owns its fields but for those that are atomic; everyone else posts.
type Trunk struct {
	World
	Settings

	Auth dialog.Authorizer // nil answers no challenge; set before Run

	state   atomic.Pointer[State]
	known   atomic.Pointer[[]Hop] // as last resolved, in the order of the settings
	mailbox chan event

	reg     registration
	options map[netip.AddrPort]int // last status of each server asked
	asked   map[netip.AddrPort]time.Time
}

// New makes a trunk; Run brings it to life.
func New(w World, s Settings) *Trunk {
	if s.RegisterExpiry <= 0 {
		s.RegisterExpiry = 10 * time.Minute
	}
	if s.Domain == "" && len(s.Servers) > 0 {
		s.Domain = s.Servers[0].Host
	}
	t := &Trunk{
		World: w, Settings: s, mailbox: make(chan event, 64), // answers of a few requests at a time
		options: make(map[netip.AddrPort]int), asked: make(map[netip.AddrPort]time.Time),
	}
	t.reg.expiry = s.RegisterExpiry
	t.known.Store(&[]Hop{})
	t.state.Store(&State{ID: s.ID, Up: t.unasked(), Detail: "not asked yet"})
	return t
}

// unasked says that nothing is asked of the trunk, so that it counts as up.
func (t *Trunk) unasked() bool {
	return len(t.Servers) == 0 || !t.Register && t.OptionsEvery == 0
}

// State is the last one told.
func (t *Trunk) State() State { return *t.state.Load() }

// event is what the trunk's goroutine is told.
type event func(*Trunk)

// post never blocks: an answer that finds the mailbox full is lost like a packet.
func (t *Trunk) post(e event) {
	select {
	case t.mailbox <- e:
	default:
	}
}

// Run keeps the trunk alive until ctx ends; then it unregisters, and waits for the answer for at most two seconds.
func (t *Trunk) Run(ctx context.Context) {
	if len(t.Servers) == 0 {
		t.publish(cmp.Or(strings.Join(t.Faults, "; "), "inbound only"))
		<-ctx.Done()
		return
	}
	t.resolve()
	refresh := time.NewTicker(time.Minute)
	defer refresh.Stop()
	probe := make(<-chan time.Time)
	if t.OptionsEvery > 0 {
		ticker := time.NewTicker(t.OptionsEvery)
		defer ticker.Stop()
		probe = ticker.C
	}
	t.reg.timer = time.NewTimer(time.Hour)
	t.reg.timer.Stop()
	defer t.reg.timer.Stop()
	for {
		select {
		case <-ctx.Done():
			t.leave()
			return
		case e := <-t.mailbox:
			e(t)
		case <-refresh.C:
			t.resolve()
		case <-probe:
			t.probe()
		case <-t.reg.timer.C:
			t.register()
		}
	}
}

// resolve asks for the addresses of all servers.
func (t *Trunk) resolve() {
	t.Hops(func(hops []Hop) {
		t.post(func(t *Trunk) { t.resolved(hops) })
	})
}

// resolved starts what waits for addresses.
func (t *Trunk) resolved(hops []Hop) {
	if len(hops) == 0 {
		t.publish("no server found by its name")
		if t.Register {
			t.retryRegister(0)
		}
		return
	}
	first := len(*t.known.Load()) == 0
	t.known.Store(&hops)
	if t.Found != nil {
		t.Found()
	}
	if first {
		if t.Register {
			t.register()
		}
		if t.OptionsEvery > 0 {
			t.probe()
		}
		if t.unasked() {
			t.publish("")
		}
	}
}

// Hops hands over the addresses of all servers, well ones first, from any goroutine. Nothing is asked on the caller's goroutine.
func (t *Trunk) Hops(deliver func([]Hop)) {
	if len(t.Servers) == 0 {
		deliver(nil)
		return
	}
	var mu sync.Mutex
	found := make([][]Hop, len(t.Servers))
	left := len(t.Servers)
	for i, v := range t.Servers {
		t.Resolver.Resolve(v, func(targets []transport.Target, err error) {
			if err != nil {
				t.Log.Warn("server not found", slog.String("trunk", t.ID), slog.Any("err", err))
			}
			mu.Lock()
			for _, target := range targets {
				if target.Network == transport.TLS {
					target.Profile = t.Profile
				}
				found[i] = append(found[i], Hop{Target: target, Server: v})
			}
			left--
			last := left == 0
			mu.Unlock()
			if !last {
				return
			}
			var all []Hop
			for _, hops := range found {
				all = append(all, hops...)
			}
			t.Health.Order(all)
			deliver(all)
		})
	}
}

// Owns says whether an address is one of the trunk's servers, as last resolved.
func (t *Trunk) Owns(addr netip.Addr) bool {
	for _, h := range *t.known.Load() {
		if h.Target.Addr.Addr() == addr.Unmap() {
			return true
		}
	}
	return false
}

// Addresses lists the addresses of the servers, as last resolved.
func (t *Trunk) Addresses() []netip.Addr {
	hops := *t.known.Load()
	list := make([]netip.Addr, len(hops))
	for i, h := range hops {
		list[i] = h.Target.Addr.Addr()
	}
	return list
}

// publish tells the state when it has changed.
func (t *Trunk) publish(detail string) {
	s := *t.state.Load()
	s.Detail = detail
	s.Up = t.unasked() || (!t.Register || time.Now().Before(t.reg.until)) && (t.OptionsEvery == 0 || t.answered())
	s.Until = t.reg.until
	if s == *t.state.Load() {
		return
	}
	was := t.state.Swap(&s)
	if was.Up != s.Up {
		t.Log.Info("trunk changed", slog.String("trunk", t.ID), slog.Int("status", s.LastStatus), slog.String("cause", s.Detail))
	}
	if t.Changed != nil {
		t.Changed(s)
	}
}

func (t *Trunk) note(status int, rtt time.Duration) {
	s := *t.state.Load()
	s.LastStatus = status
	if rtt > 0 {
		s.RTT = rtt
	}
	t.state.Store(&s)
}

// answered says whether any server answered the last OPTIONS.
func (t *Trunk) answered() bool {
	for _, status := range t.options {
		if status != 408 && status != 503 && status != 0 {
			return true
		}
	}
	return false
}

// status is the last word of a reply: that of a response, 408 for silence, 503 for what could not be sent.
func status(r transaction.Reply) int {
	if r.Response != nil {
		return r.Response.StatusCode
	}
	return dialog.StatusOf(r.Err)
}
