package transport

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// leg tells what it receives.
type leg struct{ rtp, rtcp chan string }

func newLeg() *leg { return &leg{rtp: make(chan string, 10), rtcp: make(chan string, 10)} }

func (l *leg) ReceiveRTP(b []byte, _ netip.AddrPort, _ int64)  { l.rtp <- string(b) }
func (l *leg) ReceiveRTCP(b []byte, _ netip.AddrPort, _ int64) { l.rtcp <- string(b) }

// clock is set by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() int64 { return c.at.Load() }

// onEach runs a test on every back end that works here.
func onEach(t *testing.T, test func(*testing.T, Backend)) {
	t.Helper()
	t.Run(Goroutines.String(), func(t *testing.T) { test(t, Goroutines) })
	u, err := NewUring(Config{Bind: netip.MustParseAddr("127.0.0.1"), Ports: Range{20000, 20009}, Now: new(clock).now, Rings: 1})
	if err != nil {
		t.Logf("not on io_uring, which does not work here: %v", err)
		return
	}
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run(IOUring.String(), func(t *testing.T) { test(t, IOUring) })
}

func open(t *testing.T, cfg Config) Transport {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = new(clock).now
	}
	if cfg.Rings == 0 {
		cfg.Rings = 2
	}
	n, _, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func received(t *testing.T, c chan string) string {
	t.Helper()
	tm := time.NewTimer(30 * time.Second)
	defer tm.Stop()
	select {
	case s := <-c:
		return s
	case <-tm.C:
		t.Fatal("nothing came")
		return ""
	}
}

func TestPacketsGoBothWaysOnBothPorts(t *testing.T) {
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		for _, bind := range []string{"127.82.1.1", "::1"} {
			n := open(t, Config{Backend: backend, Bind: netip.MustParseAddr(bind), Ports: Range{20000, 29999}})
			a, b := newLeg(), newLeg()
			pa, err := n.Open(a, 1)
			if err != nil {
				t.Fatal(err)
			}
			pb, err := n.Open(b, 2)
			if err != nil {
				t.Fatal(err)
			}
			if pa.Local().Port()%2 != 0 || pa.Local() == pb.Local() {
				t.Errorf("ports %v and %v", pa.Local(), pb.Local())
			}
			control := func(p Port) netip.AddrPort { return netip.AddrPortFrom(p.Local().Addr(), p.Local().Port()+1) }
			for _, err := range []error{
				pa.SendRTP([]byte("voice"), pb.Local()), pb.SendRTP([]byte("answer"), pa.Local()),
				pa.SendRTCP([]byte("report"), control(pb)), pb.SendRTCP([]byte("reply"), control(pa)),
				pa.SendRTP(make([]byte, 2000), pb.Local()), pa.SendRTP([]byte("after"), pb.Local()),
			} {
				if err != nil {
					t.Error(err)
				}
			}
			got := []string{received(t, b.rtp), received(t, a.rtp), received(t, b.rtcp), received(t, a.rtcp), received(t, b.rtp)}
			for i, want := range []string{"voice", "answer", "report", "reply", "after"} { // what is too long is dropped
				if got[i] != want {
					t.Errorf("%s: received %q, want %q", bind, got[i], want)
				}
			}
			pa.Close(Used)
			pa.Close(Used)
			pb.Close(Used)
			if err := pa.SendRTCP(nil, control(pb)); err == nil {
				t.Error("a closed port sends")
			}
			if n.Stats().InUse != 0 {
				t.Errorf("%d in use", n.Stats().InUse)
			}
		}
	})
}

func TestPortsRestBeforeTheyAreUsedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		c := new(clock)
		c.at.Store(1)
		n := open(t, Config{Backend: backend, Bind: netip.MustParseAddr("127.82.2.1"), Ports: Range{20001, 20005}, Now: c.now}) // 20002 and 20004
		take := func() Port {
			t.Helper()
			p, err := n.Open(newLeg(), 0)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		first, second := take(), take()
		if _, err := n.Open(newLeg(), 0); !errors.Is(err, ErrNoPorts) {
			t.Errorf("a third pair of two: %v", err)
		}
		first.Close(Used)
		second.Close(Unused)
		if _, err := n.Open(newLeg(), 0); !errors.Is(err, ErrNoPorts) {
			t.Errorf("at once after a call: %v", err)
		}
		c.at.Add(int64(time.Second))
		again := take()
		if again.Local() != second.Local() {
			t.Errorf("%v is used again before the one on which nothing came", again.Local())
		}
		c.at.Add(int64(3900 * time.Millisecond))
		if _, err := n.Open(newLeg(), 0); !errors.Is(err, ErrNoPorts) {
			t.Errorf("within the quarantine: %v", err)
		}
		c.at.Add(int64(5200 * time.Millisecond))
		take().Close(Used)
		again.Close(Used)
	})
}

func TestPortsOfOthersArePassedOver(t *testing.T) {
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		addr := netip.MustParseAddr("127.82.3.1")
		for _, taken := range []uint16{20002, 20005} { // an RTP port, and an RTCP port
			c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, taken)))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
		n := open(t, Config{Backend: backend, Bind: addr, Ports: Range{20002, 20007}})
		p, err := n.Open(newLeg(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(Used)
		if p.Local().Port() != 20006 {
			t.Errorf("opened %v", p.Local())
		}
		if _, err := n.Open(newLeg(), 0); err == nil {
			t.Error("there is no other pair")
		}
	})
}

func TestAPortCostsOneGoroutine(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the RTCP ports share a goroutine on Linux")
	}
	n := open(t, Config{Backend: Goroutines, Bind: netip.MustParseAddr("127.82.4.1"), Ports: Range{20000, 29999}})
	before := runtime.NumGoroutine()
	var all []Port
	for range 50 {
		p, err := n.Open(newLeg(), 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if got := runtime.NumGoroutine() - before; got > 60 { // others may come and go
		t.Errorf("%d goroutines for 50 ports", got)
	}
	for _, p := range all {
		p.Close(Unused)
	}
}

func TestBadRangeIsRefused(t *testing.T) {
	for _, r := range []Range{{}, {20001, 20002}, {20002, 20002}, {30000, 20000}} {
		if _, err := NewNetpoll(Config{Bind: netip.MustParseAddr("127.0.0.1"), Ports: r, Now: new(clock).now}); err == nil {
			t.Errorf("range %v is taken", r)
		}
	}
}

func TestMostOfTheRangeMayBelongToOthers(t *testing.T) {
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		addr := netip.MustParseAddr("127.82.4.1")
		const first, pairs, free = 21000, 100, 77
		for i := range pairs {
			if i == free {
				continue
			}
			c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, uint16(first+2*i))))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
		n := open(t, Config{Backend: backend, Bind: addr, Ports: Range{first, first + 2*pairs - 1}})
		p, err := n.Open(newLeg(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(Used)
		if p.Local().Port() != first+2*free {
			t.Errorf("opened %v", p.Local())
		}
	})
}
