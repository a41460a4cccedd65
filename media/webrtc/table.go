package webrtc

import (
	"net/netip"
	"sync"
)

// addressesMost is how many addresses of peers one leg may have at a time; a browser with several networks has a few.
const addressesMost = 32

// table knows whose a packet is. Its mutex is a leaf lock.
type table struct {
	mu      sync.RWMutex
	open    map[*Leg]struct{}
	byName  map[string]*link // our ICE user name
	byPlace map[netip.AddrPort]place
}

// place is what is known of an address: whose it is, and whether its owner has proved that it is there by a check with the right password.
type place struct {
	leg    *Leg
	proved bool
}

func (t *table) begin() {
	t.open, t.byName, t.byPlace = map[*Leg]struct{}{}, map[string]*link{}, map[netip.AddrPort]place{}
}

func (t *table) enter(l *Leg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open[l] = struct{}{}
}

// name makes a link known by its user name.
func (t *table) name(k *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byName[k.ufrag] = k
}

// unname forgets it.
func (t *table) unname(k *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byName[k.ufrag] == k {
		delete(t.byName, k.ufrag)
	}
}

// leave forgets a leg and its addresses.
func (t *table) leave(l *Leg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, l)
	for a := range l.places {
		if t.byPlace[a].leg == l {
			delete(t.byPlace, a)
		}
	}
	l.places = nil
}

// expect notes that a check of ours goes to an address, whose answer names nobody.
func (t *table) expect(a netip.AddrPort, l *Leg) {
	t.mu.RLock()
	_, known := t.byPlace[a]
	t.mu.RUnlock()
	if !known {
		t.put(a, place{leg: l})
	}
}

// prove notes that the leg's peer is at an address. What others expected there is overruled: they have shown nothing.
func (t *table) prove(a netip.AddrPort, l *Leg) {
	want := place{leg: l, proved: true}
	t.mu.RLock()
	have := t.byPlace[a]
	t.mu.RUnlock()
	if have != want {
		t.put(a, want)
	}
}

func (t *table) put(a netip.AddrPort, p place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, open := t.open[p.leg]; !open {
		return
	}
	if _, has := p.leg.places[a]; !has && len(p.leg.places) >= addressesMost {
		return
	}
	if p.leg.places == nil {
		p.leg.places = map[netip.AddrPort]struct{}{}
	}
	p.leg.places[a] = struct{}{}
	t.byPlace[a] = p
}

func (t *table) at(a netip.AddrPort) place {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byPlace[a]
}

func (t *table) named(ufrag []byte) *link {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byName[string(ufrag)]
}

func (t *table) legs() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.open)
}

func (t *table) all() []*Leg {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make([]*Leg, 0, len(t.open))
	for l := range t.open {
		out = append(out, l)
	}
	return out
}
