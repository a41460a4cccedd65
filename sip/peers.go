package sip

import (
	"cmp"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"tandem/sip/dialog"
	"tandem/sip/digest"
	"tandem/sip/message"
)

// Peers is what the wire must know of trunks and devices: an immutable snapshot, swapped whole. Nobody changes one after SetPeers.
type Peers struct {
	Trunks  []Trunk
	Devices []Device
}

// Trunk is a peering with a carrier or PBX as the wire sees it.
type Trunk struct {
	ID             TrunkID
	Sources        []netip.Prefix // where its requests come from; no challenge from there
	Username       string         // digest in: what its requests must prove when they come from elsewhere; empty: not allowed
	HA1            HA1
	Servers        []string // where calls go, best first: "sip:host:port;transport=tcp"; by RFC 3263 where the port is missing; empty: inbound only
	AuthUser       string   // digest out
	AuthPass       Secret
	AuthRealm      string        // the only realm we answer; empty takes the first one that the trunk's own address sends
	Domain         string        // host of From and To; empty takes the first server's
	Register       bool          // register out with AuthUser at the first server
	RegisterExpiry time.Duration // 10 min
	OptionsEvery   time.Duration // keep-alive; 0: none
	TLS            TrunkTLS
	Refresh        dialog.Refresh  // the session timer of its calls; the zero value: the Stack's
	Reliable       dialog.Reliable // how provisional responses to our INVITEs are to come
}

// Device is a phone that may register and call.
type Device struct {
	AOR      message.AOR
	Username string // of its digest; usually the user part of the AOR
	HA1      HA1
}

// HA1 is H(username:realm:password) for each algorithm on offer (RFC 7616 section 3.4.2), in lower-case hex.
type HA1 struct{ MD5, SHA256 string }

// Secret is a password; it prints as dots.
type Secret string

// LogValue masks it.
func (Secret) LogValue() slog.Value { return slog.StringValue("••••") }

// String masks it.
func (Secret) String() string { return "••••" }

// TrunkState is what is known of a trunk on the wire.
type TrunkState struct {
	ID         TrunkID
	Up         bool          // answers OPTIONS or registered, whichever is asked of it; true when neither is
	LastStatus int           // last SIP status of OPTIONS or REGISTER; 0 for none, 408 for a timeout
	RTT        time.Duration // of the last OPTIONS
	Until      time.Time     // our registration's end
	Detail     string        // in words, for the operator
}

// book is Peers, indexed for the questions that each request asks.
type book struct {
	peers   *Peers
	trunks  map[TrunkID]*Trunk
	sources []source          // longest prefix first
	callers map[string]*Trunk // by the username of their digest
	devices map[message.AOR]*Device
	logins  map[string]*Device // by the username of their digest
}

type source struct {
	prefix netip.Prefix
	trunk  TrunkID
}

func newBook(p *Peers) *book {
	b := &book{
		peers: p, trunks: make(map[TrunkID]*Trunk), callers: make(map[string]*Trunk),
		devices: make(map[message.AOR]*Device), logins: make(map[string]*Device),
	}
	for i := range p.Trunks {
		t := &p.Trunks[i]
		b.trunks[t.ID] = t
		for _, prefix := range t.Sources {
			b.sources = append(b.sources, source{prefix.Masked(), t.ID})
		}
		if t.Username != "" {
			b.callers[t.Username] = t
		}
	}
	slices.SortStableFunc(b.sources, func(x, y source) int { return cmp.Compare(y.prefix.Bits(), x.prefix.Bits()) })
	for i := range p.Devices {
		d := &p.Devices[i]
		b.devices[message.AOR(strings.ToLower(string(d.AOR)))] = d
		b.logins[d.Username] = d
	}
	return b
}

// bySource finds the trunk whose list has an address.
func (b *book) bySource(a netip.Addr) TrunkID {
	for _, s := range b.sources {
		if s.prefix.Contains(a.Unmap()) {
			return s.trunk
		}
	}
	return ""
}

// same says whether a trunk's settings are what they were, so that it need not be started anew.
func (t Trunk) same(o Trunk) bool { return reflect.DeepEqual(t, o) }

func (h HA1) digest() digest.HA1 { return digest.HA1(h) }
