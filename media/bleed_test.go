package media_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tandem/media"
	"tandem/media/mediatest"
)

// duration of the bleed test: long enough for every latch to have made up its mind.
const bleedTime = 1200 * time.Millisecond

// bleed is one cell of the matrix: an attacker at the same address as A sends to A's port from a moment on.
type bleed struct {
	name   string
	latch  media.Latch
	starts time.Duration
	addr   netip.AddrPort // what A's SDP says; zero: the truth
	leaked int            // packets that X may get at most
	inject int            // packets of X that B may hear at most
}

func TestThirdPartyHearsAndInjectsNothing(t *testing.T) {
	behindNAT := netip.MustParseAddrPort("10.9.8.7:40000")
	var all []bleed
	for name, latch := range map[string]media.Latch{"fixed": media.LatchFixed, "acl": media.LatchACL, "nat": media.LatchNAT} {
		for _, starts := range []time.Duration{0, 500 * time.Millisecond} {
			all = append(all, bleed{name: fmt.Sprintf("%s/%v", name, starts), latch: latch, starts: starts})
		}
	}
	// Behind NAT nobody can tell the phone from its neighbour but by who speaks first; one who comes later gets nothing.
	all = append(all, bleed{name: "nat/unknown address", latch: media.LatchNAT, starts: 500 * time.Millisecond, addr: behindNAT})
	e := engine(t)
	for i, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, e, byte(10+3*i))
		})
	}
}

func (c bleed) run(t *testing.T, e town, house byte) {
	t.Helper()
	allow := func(o *media.Opening) {
		o.Latch = c.latch
		o.Allow = []netip.Prefix{netip.PrefixFrom(e.at(house), 32)}
	}
	a := join(t, e, house, mediatest.Sketch{Addr: c.addr}, allow)
	b := join(t, e, house+1, mediatest.Sketch{})
	x := mediatest.NewPeer(t, e.at(house))
	x.SendTo(a.peer.To())
	bridge(t, a, b)
	a.peer.SendLetter('A', bleedTime)
	b.peer.SendLetter('B', bleedTime)
	x.Silence(c.starts)
	x.SendLetter('X', bleedTime-c.starts)
	for _, p := range []*mediatest.Peer{a.peer, b.peer, x} {
		select {
		case <-p.Idle():
		case <-soon(t).Done():
			t.Fatal("the peers do not come to an end")
		}
	}
	sent := frames(bleedTime) - 8 // what may be on its way, and what a latch needs to see
	b.hear(t, "A's last packets", func(ps mediatest.Packets) bool { return ps.Letter('A') >= sent })
	a.hear(t, "B's last packets", func(ps mediatest.Packets) bool { return ps.Letter('B') >= sent })
	if n := len(x.Heard()); n > c.leaked {
		t.Errorf("%d packets leaked to the third party", n)
	}
	if n := b.peer.Heard().Letter('X'); n > c.inject {
		t.Errorf("%d packets of the third party reached B", n)
	}
	until(t, "the refusal of what the third party sends", func() bool { return a.Stats().Refused >= uint64(frames(bleedTime-c.starts)-5) })
}

func frames(d time.Duration) int { return int(d / (20 * time.Millisecond)) }

func TestSprayedPortsHearNothing(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a, b := open(t, e, 2), join(t, e, 3, mediatest.Sketch{})
	x := mediatest.NewPeer(t, e.at(4))
	x.Always('X')
	to := a.peer
	bridge(t, a, b)
	// Before the answer: the port is guessed.
	offer, err := a.Offer(media.SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	if err := to.Take(offer); err != nil {
		t.Fatal(err)
	}
	x.SendTo(to.To())
	b.peer.Always('B')
	waitSent(t, x, 10)
	// At the answer, and after it.
	if err := a.Accept(to.SDP(mediatest.Sketch{})); err != nil {
		t.Fatal(err)
	}
	to.Always('A')
	b.hear(t, "A", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 10 })
	a.hear(t, "B", func(ps mediatest.Packets) bool { return ps.Letter('B') >= 10 })
	if n := len(x.Heard()) + len(x.Reports()); n != 0 {
		t.Errorf("the third party got %d packets", n)
	}
	if n := b.peer.Heard().Letter('X'); n != 0 {
		t.Errorf("B heard %d packets of the third party", n)
	}
}

// waitSent waits until a peer has sent so many packets more.
func waitSent(t *testing.T, p *mediatest.Peer, n int) {
	t.Helper()
	p.SendLetter('_', time.Duration(n)*20*time.Millisecond)
	select {
	case <-p.Idle():
	case <-soon(t).Done():
		t.Fatal("the peer does not send")
	}
}

func TestPhoneBehindNATIsFoundWithinATenthOfASecond(t *testing.T) {
	t.Parallel()
	e := engine(t)
	a := join(t, e, 2, mediatest.Sketch{Addr: netip.MustParseAddrPort("10.9.8.7:40000")}, func(o *media.Opening) { o.Latch = media.LatchNAT })
	b := join(t, e, 3, mediatest.Sketch{})
	bridge(t, a, b)
	a.peer.SendLetter('A', 400*time.Millisecond)
	b.peer.Always('B')
	heard := b.hear(t, "A", func(ps mediatest.Packets) bool { return ps.Letter('A') >= 14 })
	if n := heard.Letter('A'); n > 17 {
		t.Errorf("%d of 20 packets were believed: a latch must see five", n)
	}
	a.hear(t, "B", func(ps mediatest.Packets) bool { return ps.Letter('B') >= 5 })
}
