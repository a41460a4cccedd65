package webrtc

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/pion/ice/v4"

	"tandem/media/transport"
)

// Receiver is who a leg's packets are for. The RTP that it gets has been authenticated: its address says nothing, and is always Peer.
type Receiver interface {
	transport.Receiver
	// PathChanged tells how the path stands; why is set with StateLost. It must not block, nor call the leg.
	PathChanged(s State, why error)
}

// Peer is the address that the packets of every leg come from: there is nobody else who could send them.
func Peer() netip.AddrPort { return netip.AddrPortFrom(netip.IPv4Unspecified(), 9) }

// State is how the path to a browser stands.
//
//	(new) → Up ⇄ Uncertain → Lost → Up      the last by a restart of ICE
type State int

// The states.
const (
	StateNew       State = iota
	StateUp              // voice can pass
	StateUncertain       // the peer has given no sign for Config.Uncertain
	StateLost            // it could not be reached, has gone, or is not who it should be
)

// Role is our part in ICE (RFC 8445 section 6.1.1): who made the first offer controls.
type Role int

// The roles.
const (
	Controlled Role = iota
	Controlling
)

// Leg is the way to one browser. It is a transport.Port; its methods may be called from any goroutine.
//
// Who touches what: mu guards the negotiation; in and out have a leaf lock each, and in's is held while a packet is delivered, so that a
// Receiver never gets two at once. The table's lock guards places.
type Leg struct {
	door  *Door
	to    Receiver
	paper *paper
	sock  *net.UDPConn
	inbox *letters // DTLS

	in      sealed
	out     sealed
	path    atomic.Pointer[path]
	heard   atomic.Int64
	refused atomic.Uint64
	places  map[netip.AddrPort]struct{}

	mu      sync.Mutex
	link    *link // of the last negotiation
	former  *link // still in use while the peer restarts ICE
	peer    Terms
	begun   bool
	closed  bool
	client  bool // we open DTLS
	keyed   bool
	linked  bool
	state   State
	arrived chan struct{} // closed with the first path
	cancel  context.CancelFunc
}

// path is where the peer is.
type path struct {
	to     netip.AddrPort
	stream *stream // nil: UDP
}

func newLeg(d *Door, to Receiver, p *paper) *Leg {
	l := &Leg{door: d, to: to, paper: p, arrived: make(chan struct{}), cancel: func() {}}
	l.sock = d.udp[int(d.turn.Add(1))%len(d.udp)]
	l.inbox = newLetters(net.UDPAddrFromAddrPort(d.local), l.sendHandshake)
	l.link = newLink(l)
	return l
}

// Terms are what our next description says.
func (l *Leg) Terms() Terms {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := Terms{
		Ufrag: l.link.ufrag, Pwd: l.link.pwd, Fingerprints: []string{l.paper.fingerprint},
		Setup: SetupActPass, Candidates: l.door.lines,
	}
	if l.begun { // in an answer; an offer says actpass all the same (RFC 8842 section 5.5)
		t.Setup = SetupPassive
		if l.client {
			t.Setup = SetupActive
		}
	}
	return t
}

// Fits says whether Begin would take the terms of the peer.
func (l *Leg) Fits(t *Terms) error {
	if err := t.Check(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrClosed
	case l.begun && !sameDigests(&l.peer, t):
		return errChanged
	}
	return nil
}

func sameDigests(a, b *Terms) bool {
	x, y := a.digests(), b.digests()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if string(x[i]) != string(y[i]) {
			return false
		}
	}
	return true
}

// Offer says in which of the two descriptions the peer's terms stand.
type Offer int

// The two.
const (
	InOffer  Offer = iota + 1 // Terms for our answer are to be had after Begin
	InAnswer                  // to an offer that had our Terms
)

// Begin takes the terms of the peer. The first time it begins to look for the peer and to agree on keys; later, other names mean a
// restart of ICE (RFC 8839 section 4.4.1.1.1), and the same ones mean that nothing changes.
func (l *Leg) Begin(t Terms, o Offer) error {
	if err := l.Fits(&t); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	role := Controlled
	if o == InAnswer {
		role = Controlling
	}
	if !l.begun {
		return l.firstLocked(t, role)
	}
	if t.Ufrag == l.peer.Ufrag && t.Pwd == l.peer.Pwd {
		return nil
	}
	return l.restartLocked(t, role, o)
}

func (l *Leg) firstLocked(t Terms, r Role) error {
	if err := l.link.start(&t, r); err != nil {
		return err
	}
	l.peer, l.begun = t, true
	l.client = t.Setup == SetupPassive // else we are the server: a dead peer costs no handshake
	ctx, cancel := context.WithCancel(l.door.ctx)
	l.cancel = cancel
	l.door.tasks.Go(func() { l.secure(ctx) })
	return nil
}

// restartLocked begins a new ICE session beside the one in use.
func (l *Leg) restartLocked(t Terms, r Role, o Offer) error {
	next := newLink(l)
	if o == InAnswer { // our names have gone out already
		next.ufrag, next.pwd = l.link.ufrag, l.link.pwd
	}
	if err := next.start(&t, r); err != nil {
		return err
	}
	over := l.link
	if l.former == nil && l.linked {
		l.former, over = l.link, nil
	}
	if over != nil {
		l.door.tasks.Go(over.stop)
	}
	l.link, l.peer = next, t
	return nil
}

// moved takes that the agent has chosen a path.
func (l *Leg) moved(k *link, remote ice.Candidate) {
	a, err := netip.ParseAddr(remote.Address())
	if err != nil {
		return
	}
	to := netip.AddrPortFrom(a.Unmap(), uint16(remote.Port()&0xFFFF))
	l.mu.Lock()
	if l.closed || (k != l.link && k != l.former) || (k == l.former && l.state == StateLost) {
		l.mu.Unlock()
		return
	}
	l.path.Store(&path{to: to, stream: l.door.streams.of(l, to)})
	former := l.former
	if k == l.link {
		l.former = nil
	}
	if !l.linked {
		l.linked = true
		close(l.arrived)
	}
	l.mu.Unlock()
	if former != nil && k != former {
		l.door.tasks.Go(former.stop)
	}
	l.consented()
}

// linkState takes what the agent says of the peer.
func (l *Leg) linkState(k *link, s ice.ConnectionState) {
	l.mu.Lock()
	inUse := k == l.link && l.former == nil || k == l.former
	l.mu.Unlock()
	if !inUse {
		return
	}
	switch s {
	case ice.ConnectionStateConnected, ice.ConnectionStateCompleted:
		l.say(StateUp, nil)
	case ice.ConnectionStateDisconnected:
		l.say(StateUncertain, nil)
	case ice.ConnectionStateFailed:
		l.say(StateLost, errGone)
	case ice.ConnectionStateUnknown, ice.ConnectionStateNew, ice.ConnectionStateChecking, ice.ConnectionStateClosed:
	}
}

// Why a path is lost.
var (
	errGone  = errors.New("webrtc: the peer cannot be reached")
	errLeft  = errors.New("webrtc: the peer has closed the connection")
	errSetUp = errors.New("webrtc: the connection was not set up in time")
)

// say tells a state that is news. Voice is up only when there are keys too.
func (l *Leg) say(s State, why error) {
	l.mu.Lock()
	if l.closed || s == l.state || (s == StateUp && (!l.keyed || !l.linked)) || (s == StateUncertain && l.state != StateUp) {
		l.mu.Unlock()
		return
	}
	l.state = s
	l.mu.Unlock()
	l.to.PathChanged(s, why)
}

// consented notes that the peer is there and wants what we send (RFC 7675).
func (l *Leg) consented() { l.heard.Store(l.door.cfg.Now()) }

// Heard is when the peer last gave a sign that it is there, on Config.Now; 0: never.
func (l *Leg) Heard() int64 { return l.heard.Load() }

// Refused is how many packets under the leg's name or from its peer's address could not be believed.
func (l *Leg) Refused() uint64 { return l.refused.Load() }

// answered brings the answer to a check to the links that may have asked.
func (l *Leg) answered(b []byte, from netip.AddrPort) bool {
	l.mu.Lock()
	link, former := l.link, l.former
	l.mu.Unlock()
	ok := link.put(b, from)
	if former != nil {
		ok = former.put(b, from) || ok
	}
	return ok
}

// Local is the Door's port.
func (l *Leg) Local() netip.AddrPort { return l.door.local }

func (l *Leg) sendUDP(b []byte, to netip.AddrPort) error {
	_, err := l.sock.WriteToUDPAddrPort(b, to)
	return err
}

// send sends to where the peer is.
func (l *Leg) send(b []byte) error {
	p := l.path.Load()
	switch {
	case p == nil:
		return errNoPath
	case p.stream != nil:
		return p.stream.send(b)
	}
	return l.sendUDP(b, p.to)
}

// Close ends the leg. What has to be said to the peer is said in the background.
func (l *Leg) Close(transport.Use) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	link, former, begun := l.link, l.former, l.begun
	l.mu.Unlock()
	l.cancel() // ends secure, which says goodbye
	if !begun {
		l.bury(link, former)
		return
	}
	l.door.tasks.Go(func() {
		<-l.inbox.closed
		l.bury(link, former)
	})
}

func (l *Leg) bury(link, former *link) {
	l.door.table.leave(l)
	link.stop()
	if former != nil {
		former.stop()
	}
	l.door.streams.closeOf(l)
}
