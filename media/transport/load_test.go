package transport

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// echo sends back what comes, as a relay does: within the call that brings it.
type echo struct {
	port atomic.Pointer[Port]
	came atomic.Int64
}

func (e *echo) ReceiveRTP(b []byte, from netip.AddrPort, _ int64) {
	e.came.Add(1)
	if p := e.port.Load(); p != nil {
		_ = (*p).SendRTP(b, from)
	}
}

func (e *echo) ReceiveRTCP([]byte, netip.AddrPort, int64) {}

func openEcho(t *testing.T, n Transport, key uint64) (*echo, Port) {
	t.Helper()
	e := new(echo)
	p, err := n.Open(e, key)
	if err != nil {
		t.Fatal(err)
	}
	e.port.Store(&p)
	return e, p
}

// dial is a peer of many legs.
func dial(t *testing.T, addr string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(3 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return c
}

// descriptorsOpen counts the open files of this process. Those by which the runtime waits for sockets are opened with the first socket of all and stay: whichever
// test comes first, they are there before the first count.
func descriptorsOpen(t *testing.T) int {
	t.Helper()
	first, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err = first.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestLegsComeAndGoByTheThousandUnderLoad(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("it counts descriptors as Linux shows them")
	}
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		const workers, rounds, each = 4, 25, 20 // 2,000 legs, up to 80 at once
		before := descriptorsOpen(t)
		began := time.Now()
		n, _, err := New(Config{
			Backend: backend, Bind: netip.MustParseAddr("127.82.5.1"), Ports: Range{20000, 59999}, Rings: 2, Wait: time.Millisecond,
			Now: func() int64 { return int64(time.Since(began)) + 1 },
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for w := range workers {
			peer := dial(t, "127.82.5.2")
			wg.Go(func() { comeAndGo(t, n, peer, uint64(w), rounds, each) })
		}
		wg.Wait()
		if s := n.Stats(); s.InUse != 0 || s.Unsent != 0 {
			t.Errorf("afterwards: %+v", s)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if after := descriptorsOpen(t) - workers; after > before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
	})
}

// comeAndGo opens legs, talks with each and closes them, again and again.
func comeAndGo(t *testing.T, n Transport, peer *net.UDPConn, key uint64, rounds, each int) {
	t.Helper()
	b := make([]byte, 172)
	for round := range rounds {
		var all []Port
		for i := range each {
			_, p := openEcho(t, n, key+uint64(i))
			all = append(all, p)
			for k := range 10 { // the last legs of others are closed meanwhile
				binary.BigEndian.PutUint64(b, uint64(round*each+i)<<8|uint64(k))
				if _, err := peer.WriteToUDPAddrPort(b, p.Local()); err != nil {
					t.Error(err)
				}
			}
			for k := range 10 {
				m, from, err := peer.ReadFromUDPAddrPort(b)
				if err != nil || m != len(b) || from != p.Local() || binary.BigEndian.Uint64(b) != uint64(round*each+i)<<8|uint64(k) {
					t.Errorf("round %d, leg %d: %d bytes from %v (%v), want packet %d of %v", round, i, m, from, err, k, p.Local())
					return
				}
			}
		}
		for i, p := range all {
			p.Close(Use(i % 2))
		}
	}
}

// A leg that does not return holds up its ring. What comes meanwhile waits in the sockets, more of it than the ring has buffers, and
// nothing is lost.
func TestMorePacketsThanBuffersAreNotLost(t *testing.T) {
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		const legs, packets, rounds = 40, 40, 4
		n := open(t, Config{Backend: backend, Bind: netip.MustParseAddr("127.82.6.1"), Ports: Range{20000, 29999}, Rings: 1, Wait: time.Millisecond})
		peer := dial(t, "127.82.6.2")
		plug := &plug{in: make(chan struct{}), out: make(chan struct{})}
		stuck, err := n.Open(plug, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer stuck.Close(Used)
		var all []*echo
		var ports []Port
		for range legs {
			e, p := openEcho(t, n, 0)
			defer p.Close(Used)
			e.port.Store(nil)
			all, ports = append(all, e), append(ports, p)
		}
		for round := range rounds {
			write(t, peer, stuck.Local())
			<-plug.in
			for range packets {
				for _, p := range ports {
					write(t, peer, p.Local())
				}
			}
			plug.out <- struct{}{}
			until(t, func() bool {
				var came int64
				for _, e := range all {
					came += e.came.Load()
				}
				return came == int64(legs*packets*(round+1))
			})
		}
	})
}

// plug holds up who brings it a packet.
type plug struct{ in, out chan struct{} }

func (p *plug) ReceiveRTP([]byte, netip.AddrPort, int64) {
	p.in <- struct{}{}
	<-p.out
}

func (p *plug) ReceiveRTCP([]byte, netip.AddrPort, int64) {}

func write(t *testing.T, c *net.UDPConn, to netip.AddrPort) {
	t.Helper()
	if _, err := c.WriteToUDPAddrPort([]byte("a packet"), to); err != nil {
		t.Fatal(err)
	}
}

// until waits for something to become true.
func until(t *testing.T, what func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 30_000 {
		if what() {
			return
		}
		<-tick.C
	}
	t.Fatal("it did not become so")
}

// The ports of a leg that is gone stay bound while they rest: what is late reaches nobody, and the next leg finds them open.
func TestRestingPortsHearNobodyAndAreTakenAgain(t *testing.T) {
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		c := new(clock)
		n := open(t, Config{Backend: backend, Bind: netip.MustParseAddr("127.82.7.1"), Ports: Range{20000, 29999}, Now: c.now, Rings: 1})
		peer := dial(t, "127.82.7.2")
		first, p := openEcho(t, n, 0)
		p.Close(Unused)
		for range 10 {
			write(t, peer, p.Local())
		}
		c.at.Add(int64(time.Second))
		second, q := openEcho(t, n, 0)
		defer q.Close(Unused)
		if p.Local() != q.Local() {
			t.Fatalf("%v is opened anew, though %v is bound", q.Local(), p.Local())
		}
		if err := p.SendRTP([]byte("late"), q.Local()); err == nil {
			t.Error("a leg that is gone sends")
		}
		p.Close(Used) // again, which changes nothing
		write(t, peer, q.Local())
		until(t, func() bool { return second.came.Load() >= 1 })
		if first.came.Load() != 0 {
			t.Error("a leg that is gone hears")
		}
	})
}

func TestWhatNobodyWantsIsClosedInTheEnd(t *testing.T) {
	onEach(t, func(t *testing.T, backend Backend) {
		t.Helper()
		c := new(clock)
		n := open(t, Config{Backend: backend, Bind: netip.MustParseAddr("127.82.8.1"), Ports: Range{20000, 29999}, Now: c.now, Rings: 1})
		_, p := openEcho(t, n, 0)
		p.Close(Unused)
		c.at.Add(int64(time.Minute))
		until(t, func() bool { // the sweeper comes by
			conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(p.Local()))
			return err == nil && conn.Close() == nil
		})
	})
}
