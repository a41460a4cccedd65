package webrtc

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/pion/ice/v4"
)

// How often and how long ICE checks.
const (
	checkEvery   = 50 * time.Millisecond // RFC 8445 section 14.2: Ta
	consentEvery = 2 * time.Second       // RFC 7675 asks for five or less
	checksEach   = 20                    // of one pair, until it is given up
)

// link is one ICE session: a leg has one, and for a moment a second one when the peer restarts ICE, so that voice goes on over the old
// path until the new one stands.
type link struct {
	leg        *Leg
	ufrag, pwd string
	conn       *letters
	conn6      *letters
	agent      *ice.Agent // nil until the peer's terms are known
}

// newLink makes names that cannot be guessed: 24 and 130 bits and more (RFC 8445 section 5.3).
func newLink(l *Leg) *link {
	k := &link{leg: l, ufrag: rand.Text()[:8], pwd: rand.Text() + rand.Text()[:6]}
	at := net.UDPAddrFromAddrPort(l.door.local)
	k.conn = newLetters(at, k.send)
	k.conn6 = newLetters(at, k.send)
	return k
}

// send is how the agent sends. What it answers with success it has verified: the peer is there, and consents.
func (k *link) send(b []byte, to netip.AddrPort) error {
	d := k.leg.door
	switch kind, _ := stunKind(b); kind {
	case stunSuccess:
		d.table.prove(to, k.leg)
		k.leg.consented()
	case stunRequest:
		d.table.expect(to, k.leg)
	}
	if s := d.streams.of(k.leg, to); s != nil {
		return s.send(b)
	}
	return k.leg.sendUDP(b, to)
}

// start lets the agent begin to check.
func (k *link) start(t *Terms, r Role) error {
	d := k.leg.door
	agent, err := ice.NewAgentWithOptions(
		ice.WithUDPMux(muxOf{k}), ice.WithNet(d.net), ice.WithLoggerFactory(quiet{}),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithInterfaceFilter(func(string) bool { return false }), // the one port is all we have
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled), ice.WithDisableActiveTCP(),
		ice.WithLocalCredentials(k.ufrag, k.pwd), ice.WithIncludeLoopback(),
		ice.WithCheckInterval(checkEvery), ice.WithKeepaliveInterval(consentEvery), ice.WithMaxBindingRequests(checksEach),
		ice.WithDisconnectedTimeout(d.cfg.Uncertain), ice.WithFailedTimeout(d.cfg.Gone),
		// A browser hides its addresses: what it can be reached by is most often learned from its checks.
		ice.WithHostAcceptanceMinWait(0), ice.WithPrflxAcceptanceMinWait(0), ice.WithSrflxAcceptanceMinWait(0),
	)
	if err != nil {
		return fmt.Errorf("start ice: %w", err)
	}
	k.agent = agent
	err = errors.Join(
		agent.OnCandidate(func(ice.Candidate) {}),
		agent.OnSelectedCandidatePairChange(func(_, remote ice.Candidate) { k.leg.moved(k, remote) }),
		agent.OnConnectionStateChange(func(s ice.ConnectionState) { k.leg.linkState(k, s) }),
		agent.GatherCandidates(),
	)
	for _, c := range t.candidates(d.cfg.Deny) {
		err = errors.Join(err, agent.AddRemoteCandidate(c))
	}
	begin := agent.StartAccept
	if r == Controlling {
		begin = agent.StartDial
	}
	_, errStart := begin(t.Ufrag, t.Pwd)
	if err = errors.Join(err, errStart); err != nil {
		return fmt.Errorf("start ice: %w", errors.Join(err, agent.Close()))
	}
	d.table.name(k)
	return nil
}

// stop ends it. It may wait for the agent, so who holds a lock must not call it.
func (k *link) stop() {
	k.leg.door.table.unname(k)
	if k.agent != nil {
		_ = k.agent.Close()
	}
	_ = errors.Join(k.conn.Close(), k.conn6.Close())
}

// put gives the agent a message.
func (k *link) put(b []byte, from netip.AddrPort) bool {
	if from.Addr().Is6() {
		return k.conn6.put(b, from)
	}
	return k.conn.put(b, from)
}

// candidates are those of a peer that can be tried. One that hides behind a name is found by its checks.
func (t *Terms) candidates(deny func(netip.Addr) bool) []ice.Candidate {
	var all []ice.Candidate
	for _, text := range t.Candidates {
		c, err := ice.UnmarshalCandidate(text)
		if err != nil || !c.NetworkType().IsUDP() || c.Component() != ice.ComponentRTP {
			continue
		}
		a, err := netip.ParseAddr(c.Address())
		if err != nil || c.Port() == 0 || deny(a.Unmap()) {
			continue
		}
		if all = append(all, c); len(all) == candidatesMost {
			break
		}
	}
	return all
}

// muxOf is the one port, as an agent sees it.
type muxOf struct{ k *link }

// GetConn gives the queue of the family of an address.
func (m muxOf) GetConn(_ string, at net.Addr) (net.PacketConn, error) {
	if addrOf(at).Addr().Is6() {
		return m.k.conn6, nil
	}
	return m.k.conn, nil
}

// RemoveConnByUfrag has nothing to do: the leg ends its links.
func (muxOf) RemoveConnByUfrag(string) {}

// GetListenAddresses are what we advertise; the socket itself may be bound to every address.
func (m muxOf) GetListenAddresses() []net.Addr {
	var all []net.Addr
	d := m.k.leg.door
	for _, six := range []bool{false, true} {
		i := slices.IndexFunc(d.cfg.Advertise, func(a netip.Addr) bool { return a.Is6() == six })
		if i >= 0 {
			all = append(all, net.UDPAddrFromAddrPort(netip.AddrPortFrom(d.cfg.Advertise[i], d.local.Port())))
		}
	}
	return all
}

// Close has nothing to do: the port is the Door's.
func (muxOf) Close() error { return nil }

// candidateLines are ours: a host candidate for every address, by UDP first and by TCP where UDP is blocked (RFC 6544).
func (d *Door) candidateLines() []string {
	var all []string
	port := strconv.Itoa(int(d.local.Port()))
	for i, a := range d.cfg.Advertise {
		all = append(all, fmt.Sprintf("u%d 1 udp %d %s %s typ host", i, priority(udpPreference-i), a, port))
	}
	if d.tcp == nil {
		return all
	}
	for i, a := range d.cfg.Advertise {
		all = append(all, fmt.Sprintf("t%d 1 tcp %d %s %s typ host tcptype passive", i, priority(tcpPreference-i), a, port))
	}
	return all
}

// Local preferences (RFC 8445 section 5.1.2.1, RFC 6544 section 4.2): every UDP candidate before every TCP one.
const (
	udpPreference = 65535
	tcpPreference = 4<<13 | 8191 // 4: passive
)

// priority is that of a host candidate of component 1.
func priority(local int) int { return 126<<24 | local<<8 | 255 }
