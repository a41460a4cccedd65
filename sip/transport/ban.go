package transport

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Ban is an address, or a network, whose messages are dropped for a while.
type Ban struct {
	Net   netip.Prefix // a single address has all its bits
	Since time.Time
	Until time.Time
	By    Banner
	Whose string // what whoever banned wants to be told again; nothing looks at it
	Note  string // likewise
}

// Banner is what banned.
type Banner int

// What bans: the program an address that proved it is its own, since otherwise one could have others banned, or a person whatever they name.
const (
	ByItself Banner = iota
	ByOrder
)

// Why something is not banned, or not lifted.
var (
	ErrTrusted  = errors.New("a trunk's address is never banned")
	ErrBansFull = errors.New("there are as many bans as are kept")
	ErrNoBan    = errors.New("nothing is banned there")
)

// Bounds of banning: how many addresses and networks are kept, and for how long one may be.
const (
	maxBans     = 4096
	maxNetworks = 256
	MaxBan      = 30 * 24 * time.Hour
)

// Ban drops everything from an address or a network until its Until, at most MaxBan from now, and ends the connections from there. One that is banned already is banned
// anew. What the program bans itself must have proved its address: by a nonce cookie that came back, or by a connection. It fails with ErrTrusted where a trunk is among
// them, and with ErrBansFull.
func (l *Layer) Ban(b Ban) error {
	b.Net = plain(b.Net)
	now := time.Now()
	if longest := now.Add(MaxBan); b.Until.After(longest) {
		b.Until = longest
	}
	if l.guard.trusts(b.Net) {
		return ErrTrusted
	}
	if err := l.guard.bans.add(b, now); err != nil {
		return err
	}
	l.closeFrom(b.Net)
	return nil
}

// Lift hears an address or a network again: the very one that was banned. It fails with ErrNoBan.
func (l *Layer) Lift(net netip.Prefix) error { return l.guard.bans.remove(plain(net), time.Now()) }

// Bans lists what is banned now, the oldest first.
func (l *Layer) Bans() []Ban { return l.guard.bans.list(time.Now()) }

// Banned is how many addresses and networks are banned now.
func (l *Layer) Banned() int { return l.guard.bans.count(time.Now()) }

// plain is a network as it is kept: masked, and of IPv4 where it is IPv4 in IPv6.
func plain(p netip.Prefix) netip.Prefix {
	const mapped = 96
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped).Masked()
	}
	return p.Masked()
}

// closeFrom ends the connections from a network, but those whose certificate says that they are a trunk's.
func (l *Layer) closeFrom(net netip.Prefix) {
	t := &l.streams
	t.mu.Lock()
	var all []*stream
	for _, s := range t.byID {
		if s.flow.Peer == "" && net.Contains(s.flow.Remote.Addr()) {
			all = append(all, s)
		}
	}
	t.mu.Unlock()
	for _, s := range all {
		s.close()
	}
}

func (g *guard) isBanned(a netip.Addr) bool { return g.bans.has(a, time.Now()) }

// trusts says whether a trunk has an address in a network.
func (g *guard) trusts(net netip.Prefix) bool {
	set := g.trusted.Load()
	for a := range set.hosts {
		if net.Contains(a) {
			return true
		}
	}
	return slices.ContainsFunc(set.nets, net.Overlaps)
}

// bans are what is not heard. Bounded: the one of the program's own that ends first makes room.
type bans struct {
	any atomic.Bool // false: nothing has to be looked up

	mu    sync.RWMutex
	hosts map[netip.Addr]Ban
	nets  []Ban
}

// has says whether an address is banned.
func (b *bans) has(addr netip.Addr, now time.Time) bool {
	if !b.any.Load() {
		return false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if one, known := b.hosts[addr]; known && now.Before(one.Until) {
		return true
	}
	return slices.ContainsFunc(b.nets, func(n Ban) bool { return n.Net.Contains(addr) && now.Before(n.Until) })
}

func (b *bans) add(one Ban, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.notedLocked()
	b.forgetLocked(now)
	if !now.Before(one.Until) {
		return nil
	}
	if !one.Net.IsSingleIP() {
		b.nets = slices.DeleteFunc(b.nets, func(n Ban) bool { return n.Net == one.Net })
		if len(b.nets) >= maxNetworks {
			return ErrBansFull
		}
		b.nets = append(b.nets, one)
		return nil
	}
	if b.hosts == nil {
		b.hosts = make(map[netip.Addr]Ban)
	}
	addr := one.Net.Addr()
	if _, known := b.hosts[addr]; !known && len(b.hosts) >= maxBans && !b.makeRoomLocked() {
		return ErrBansFull
	}
	b.hosts[addr] = one
	return nil
}

// makeRoomLocked lifts the ban of the program's own that ends first; false: all were ordered.
func (b *bans) makeRoomLocked() (made bool) {
	var first netip.Addr
	for a, one := range b.hosts {
		if one.By == ByItself && (!first.IsValid() || one.Until.Before(b.hosts[first].Until)) {
			first = a
		}
	}
	delete(b.hosts, first)
	return first.IsValid()
}

func (b *bans) remove(net netip.Prefix, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.notedLocked()
	b.forgetLocked(now)
	before := len(b.hosts) + len(b.nets)
	if net.IsSingleIP() {
		delete(b.hosts, net.Addr())
	} else {
		b.nets = slices.DeleteFunc(b.nets, func(n Ban) bool { return n.Net == net })
	}
	if len(b.hosts)+len(b.nets) == before {
		return ErrNoBan
	}
	return nil
}

// forgetLocked forgets what has ended.
func (b *bans) forgetLocked(now time.Time) {
	for a, one := range b.hosts {
		if !now.Before(one.Until) {
			delete(b.hosts, a)
		}
	}
	b.nets = slices.DeleteFunc(b.nets, func(n Ban) bool { return !now.Before(n.Until) })
}

func (b *bans) notedLocked() { b.any.Store(len(b.hosts)+len(b.nets) > 0) }

func (b *bans) list(now time.Time) []Ban {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forgetLocked(now)
	b.notedLocked()
	out := slices.Clone(b.nets)
	for _, one := range b.hosts {
		out = append(out, one)
	}
	slices.SortFunc(out, func(x, y Ban) int { return cmp.Or(x.Since.Compare(y.Since), x.Net.Addr().Compare(y.Net.Addr())) })
	return out
}

func (b *bans) count(now time.Time) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	n := 0
	for _, one := range b.hosts {
		if now.Before(one.Until) {
			n++
		}
	}
	for i := range b.nets {
		if now.Before(b.nets[i].Until) {
			n++
		}
	}
	return n
}
