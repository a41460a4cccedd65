//go:build amd64 || arm64

package transport

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ringsMost bounds the rings: more than that many cores do not get more.
const ringsMost = 16

// Uring is the back end for Linux from 6.1 on: one io_uring a core reads all sockets and sends what is relayed, in batches. It needs no
// privilege, but may be forbidden (kernel.io_uring_disabled, or the filter of a container).
type Uring struct {
	cfg    Config
	ports  *ports
	loops  []*loop
	closed atomic.Bool
}

// NewUring makes the back end, and proves it by a packet that goes through each ring. It fails where the kernel cannot, or may not.
func NewUring(cfg Config) (*Uring, error) {
	p, err := newPorts(cfg.Ports, cfg.Now)
	if err != nil {
		return nil, err
	}
	cfg.Bind = cfg.Bind.Unmap()
	t := &Uring{cfg: cfg, ports: p}
	for range min(max(cfg.Rings, 1), ringsMost) {
		l, err := startLoop(cfg)
		if err != nil {
			return nil, errors.Join(err, t.stop())
		}
		t.loops = append(t.loops, l)
		if err := prove(l); err != nil {
			return nil, errors.Join(err, t.stop())
		}
	}
	return t, nil
}

// Open binds a pair of ports, or takes one that has rested, on the ring that the key names.
func (t *Uring) Open(to Receiver, key uint64) (Port, error) {
	if t.closed.Load() {
		return nil, errClosed
	}
	lane := int(key % uint64(len(t.loops))) //nolint:gosec // few
	got, err := t.ports.open(lane, func(n uint16) (bound, error) {
		p, err := newPair(t.loops[lane], lane, netip.AddrPortFrom(t.cfg.Bind, n))
		if err != nil {
			return nil, err
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	p, _ := got.(*pair)
	port := &uringPort{t: t, p: p, to: to}
	p.tenant.Store(port)
	return port, nil
}

// Stats says how many pairs are in use, and how many packets the kernel did not take.
func (t *Uring) Stats() Stats {
	s := Stats{InUse: t.ports.used()}
	for _, l := range t.loops {
		s.Unsent += l.unsent.Load()
	}
	return s
}

// Close waits for the rings.
func (t *Uring) Close() error {
	t.closed.Store(true)
	t.ports.close()
	return t.stop()
}

func (t *Uring) stop() error {
	var errs []error
	for _, l := range t.loops {
		errs = append(errs, l.stop())
	}
	return errors.Join(errs...)
}

// pair is two bound sockets on a ring.
type pair struct {
	l      *loop
	at     int // the lane
	local  netip.AddrPort
	tenant atomic.Pointer[uringPort] // nil: the ports rest, and what comes is dropped
	rtp    watch
	rtcp   watch

	mu   sync.Mutex // others than the loop send under it
	shut bool
}

// newPair binds an even port and the next, and has the loop watch them; or both any ports, when the port is 0.
func newPair(l *loop, lane int, local netip.AddrPort) (*pair, error) {
	p := &pair{l: l, at: lane, local: local}
	next := local
	if local.Port() != 0 {
		next = netip.AddrPortFrom(local.Addr(), local.Port()+1)
	}
	rtp, err := socketAt(local)
	if err != nil {
		return nil, err
	}
	rtcp, err := socketAt(next)
	if err != nil {
		return nil, errors.Join(err, unix.Close(rtp))
	}
	p.rtp = watch{p: p, fd: int32(rtp), kind: channelRTP}    //nolint:gosec // a descriptor
	p.rtcp = watch{p: p, fd: int32(rtcp), kind: channelRTCP} //nolint:gosec // a descriptor
	l.ask(errand{p, begin})
	return p, nil
}

// socketAt binds a socket. It blocks: the ring would not wait for one that does not.
func socketAt(local netip.AddrPort) (int, error) {
	family := unix.AF_INET6
	if local.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
	if err == nil && family == unix.AF_INET6 {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
	}
	if err == nil {
		err = unix.Bind(fd, sockaddr(local))
	}
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// lane is that of its ring.
func (p *pair) lane() int { return p.at }

// release closes the sockets.
func (p *pair) release() {
	p.mu.Lock()
	shut := p.shut
	p.shut = true
	p.mu.Unlock()
	if !shut {
		p.l.ask(errand{p, end})
	}
}

// deliver gives a packet to who has the ports. The loop calls it.
func (p *pair) deliver(c channel, b, name []byte, at int64) {
	port, from := p.tenant.Load(), readAddress(name)
	if port == nil || !from.IsValid() {
		return
	}
	switch c {
	case channelRTP:
		port.to.ReceiveRTP(b, from, at)
	case channelRTCP:
		port.to.ReceiveRTCP(b, from, at)
	}
}

// send is for those who are not the loop.
func (p *pair) send(fd int32, b []byte, to netip.AddrPort) error {
	var name [addressSize]byte
	n := putAddress(name[:], to)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return errClosed
	}
	// It does not wait, so that the scheduler need not know.
	_, _, no := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), //nolint:gosec // a descriptor
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&name)), uintptr(n))
	if no != 0 {
		return no
	}
	return nil
}

// uringPort is what a leg has of a pair.
type uringPort struct {
	t      *Uring
	p      *pair
	to     Receiver
	closed atomic.Bool
}

func (o *uringPort) Local() netip.AddrPort { return o.p.local }

func (o *uringPort) SendRTP(b []byte, to netip.AddrPort) error {
	switch {
	case o.closed.Load():
		return errClosed
	case o.p.l.r.holds(b): // it is being relayed, by the goroutine that received it
		return o.p.l.send(o.p.rtp.fd, b, to)
	}
	return o.p.send(o.p.rtp.fd, b, to)
}

func (o *uringPort) SendRTCP(b []byte, to netip.AddrPort) error {
	if o.closed.Load() {
		return errClosed
	}
	return o.p.send(o.p.rtcp.fd, b, to)
}

func (o *uringPort) Close(u Use) {
	if o.closed.CompareAndSwap(false, true) {
		o.p.tenant.Store(nil)
		o.t.ports.give(o.p.local.Port(), u, o.p)
	}
}

// proofLimit is how long a ring may take to prove itself.
const proofLimit = time.Second

// proof is a leg that sends back what it receives, as the ring itself does.
type proof struct {
	port *uringPort
	to   netip.AddrPort
	came chan error
}

// ReceiveRTP answers to the RTCP port.
func (p *proof) ReceiveRTP(b []byte, _ netip.AddrPort, _ int64) {
	if err := p.port.SendRTP(b, p.to); err != nil {
		p.tell(err)
	}
}

// ReceiveRTCP is the end of the way.
func (p *proof) ReceiveRTCP([]byte, netip.AddrPort, int64) { p.tell(nil) }

func (p *proof) tell(err error) {
	select {
	case p.came <- err:
	default:
	}
}

// prove sends a packet through a ring and back. What the kernel lacks, it says only when it is asked to do it.
func prove(l *loop) error {
	p, err := newPair(l, 0, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0))
	if err != nil {
		return fmt.Errorf("bind a socket for the ring to prove itself: %w", err)
	}
	defer p.release()
	first, err := localOf(p.rtp.fd)
	if err != nil {
		return err
	}
	test := &proof{port: &uringPort{p: p}, came: make(chan error, 1)}
	if test.to, err = localOf(p.rtcp.fd); err != nil {
		return err
	}
	test.port.to = test
	p.tenant.Store(test.port)
	if err = p.send(p.rtcp.fd, []byte("proof"), first); err != nil {
		return fmt.Errorf("send a packet for the ring to prove itself: %w", err)
	}
	limit := time.NewTimer(proofLimit)
	defer limit.Stop()
	select {
	case err = <-test.came:
	case <-limit.C:
		err = errors.New("a packet did not come through the ring")
		if no := l.trouble.Load(); no != 0 {
			err = fmt.Errorf("%w: %w", err, unix.Errno(no)) //nolint:gosec // an error number
		}
	}
	runtime.KeepAlive(test)
	return err
}

func localOf(fd int32) (netip.AddrPort, error) {
	s, err := unix.Getsockname(int(fd))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("ask for the port: %w", err)
	}
	return addrPort(s), nil
}
