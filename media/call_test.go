package media_test

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// mailbox is an owner.
type mailbox chan media.Event

func (m mailbox) Post(e media.Event) bool {
	select {
	case m <- e:
		return true
	default:
		return false
	}
}

// await gives the next event that is wanted, and drops the others.
func await[E media.Event](t *testing.T, m mailbox) E {
	t.Helper()
	for {
		select {
		case e := <-m:
			if e, ok := e.(E); ok {
				return e
			}
		case <-soon(t).Done():
			t.Fatalf("no %T came", *new(E))
		}
	}
}

// soon bounds a test in time.
func soon(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	tb.Cleanup(cancel)
	return ctx
}

// town is an Engine with loopback addresses of its own, so that ports of one test are not those of another.
type town struct {
	*media.Engine

	street byte
}

// at is the address of a house.
func (e town) at(house byte) netip.Addr { return netip.AddrFrom4([4]byte{127, 81, e.street, house}) }

var streets atomic.Uint32

// engine is one for a test, at the first address of a new street.
func engine(tb testing.TB, change ...func(*media.Config)) town {
	tb.Helper()
	e := town{street: byte(streets.Add(1))}
	cfg := media.Config{Bind: e.at(1), Deny: []netip.Prefix{}, Workers: 2}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if e.Engine, err = media.New(cfg); err != nil {
		tb.Fatalf("start media: %v", err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Errorf("stop media: %v", err)
		}
	})
	return e
}

// party is a leg with its peer and its owner.
type party struct {
	*media.Session

	peer *mediatest.Peer
	box  mailbox
}

// open makes a leg whose peer lives in a house.
func open(tb testing.TB, e town, house byte, change ...func(*media.Opening)) party {
	tb.Helper()
	p := party{peer: mediatest.NewPeer(tb, e.at(house)), box: make(mailbox, 1000)}
	o := media.Opening{Sink: p.box, Ref: media.Ref(house), Signalled: e.at(house)}
	for _, f := range change {
		f(&o)
	}
	var err error
	if p.Session, err = e.Open(o); err != nil {
		tb.Fatalf("open: %v", err)
	}
	return p
}

// take has the leg answer what its peer offers.
func (p party) take(tb testing.TB, s mediatest.Sketch) {
	tb.Helper()
	answer, err := p.Answer(p.peer.SDP(s))
	if err != nil {
		tb.Fatalf("answer: %v", err)
	}
	if err := p.peer.Take(answer); err != nil {
		tb.Fatalf("take the answer: %v\n%s", err, answer)
	}
}

// join is open and take.
func join(tb testing.TB, e town, house byte, s mediatest.Sketch, change ...func(*media.Opening)) party {
	tb.Helper()
	p := open(tb, e, house, change...)
	p.take(tb, s)
	return p
}

// bridge ties two legs.
func bridge(tb testing.TB, a, b party) {
	tb.Helper()
	if err := media.Bridge(a.Session, b.Session); err != nil {
		tb.Fatalf("bridge: %v", err)
	}
}

// hear waits until a peer has heard enough.
func (p party) hear(tb testing.TB, what string, enough func(mediatest.Packets) bool) mediatest.Packets {
	tb.Helper()
	ps, err := p.peer.Await(soon(tb), enough)
	if err != nil {
		tb.Fatalf("wait for %s: %v", what, err)
	}
	return ps
}

// until waits for something that no packet tells of.
func until(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := soon(tb); !is(); {
		select {
		case <-tick.C:
		case <-limit.Done():
			tb.Fatalf("wait for %s in vain", what)
		}
	}
}

// enough is a number of packets.
func enough(n int) func(mediatest.Packets) bool {
	return func(ps mediatest.Packets) bool { return len(ps) >= n }
}

func TestTwoPeersHearEachOther(t *testing.T) {
	e := engine(t)
	a, b := join(t, e, 2, mediatest.Sketch{}), join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	a.peer.SendTone(440, time.Second)
	b.peer.SendTone(1000, time.Second)
	b.hear(t, "440 Hz", func(ps mediatest.Packets) bool { return ps.Tone(440) >= 45 })
	a.hear(t, "1000 Hz", func(ps mediatest.Packets) bool { return ps.Tone(1000) >= 45 })
	if n := a.peer.Heard().Tone(440) + b.peer.Heard().Tone(1000); n != 0 {
		t.Errorf("a peer heard itself in %d packets", n)
	}
	st := a.Stats()
	if st.Received < 45 || st.Sent < 45 || st.Lost+st.Duplicate+st.Refused != 0 || st.Codec != "PCMA" || st.LastPacket.IsZero() {
		t.Errorf("statistics of A: %+v", st)
	}
	if st := e.Stats(); st.Sessions != 2 || st.PortsInUse != 2 || st.Received < 90 {
		t.Errorf("statistics of the engine: %+v", st)
	}
}

// timer is over after what two visits of the upkeep take.
func timer(t *testing.T) <-chan time.Time {
	t.Helper()
	tm := time.NewTimer(2200 * time.Millisecond)
	t.Cleanup(func() { tm.Stop() })
	return tm.C
}

// netipNext is the port after an RTP port.
func netipNext(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }

// netipPort is a port of a town's first house, where its Engine lives.
func netipPort(e town, port uint16) netip.AddrPort { return netip.AddrPortFrom(e.at(1), port) }
