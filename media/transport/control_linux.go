package transport

import (
	"errors"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// controls reads every RTCP port with one goroutine: a report comes every few seconds, so a goroutine a port would cost memory and
// give nothing. Its mutex also keeps a socket from being closed while it is read.
type controls struct {
	now  func() int64
	ep   int
	stop int // an eventfd
	done chan struct{}

	mu   sync.Mutex
	byFD map[int32]*control
}

type control struct {
	c  *controls
	fd int32
	to Receiver
}

func newControls(now func() int64) (*controls, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	stop, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errors.Join(err, unix.Close(ep))
	}
	c := &controls{now: now, ep: ep, stop: stop, done: make(chan struct{}), byFD: map[int32]*control{}}
	if err := c.watch(stop); err != nil {
		return nil, errors.Join(err, unix.Close(stop), unix.Close(ep))
	}
	go c.run()
	return c, nil
}

func (c *controls) watch(fd int) error {
	return unix.EpollCtl(c.ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}) //nolint:gosec // a descriptor is an int32
}

// open binds an RTCP port.
func (c *controls) open(local netip.AddrPort, to Receiver) (*control, error) {
	family := unix.AF_INET6
	if local.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	ctl := &control{c: c, fd: int32(fd), to: to} //nolint:gosec // a descriptor is an int32
	c.mu.Lock()
	c.byFD[ctl.fd] = ctl
	c.mu.Unlock()
	if family == unix.AF_INET6 { // the same port of IPv4 is another leg's
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
	}
	if err == nil {
		err = unix.Bind(fd, sockaddr(local))
	}
	if err == nil {
		err = c.watch(fd)
	}
	if err != nil {
		return nil, errors.Join(err, ctl.close())
	}
	return ctl, nil
}

func (c *controls) run() {
	defer close(c.done)
	events := make([]unix.EpollEvent, 64)
	b := make([]byte, packetSize)
	for {
		n, err := unix.EpollWait(c.ep, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		for i := range max(n, 0) {
			if int(events[i].Fd) == c.stop {
				return
			}
			c.read(events[i].Fd, b)
		}
	}
}

// read takes one packet; epoll says so again when there are more.
func (c *controls) read(fd int32, b []byte) {
	c.mu.Lock()
	ctl := c.byFD[fd]
	if ctl == nil {
		c.mu.Unlock()
		return
	}
	n, from, err := unix.Recvfrom(int(fd), b, 0)
	c.mu.Unlock()
	if err == nil && n < len(b) {
		ctl.to.ReceiveRTCP(b[:n], addrPort(from), c.now())
	}
}

func (c *controls) close() error {
	one := [8]byte{1}
	if _, err := unix.Write(c.stop, one[:]); err != nil {
		return err
	}
	<-c.done
	return errors.Join(unix.Close(c.stop), unix.Close(c.ep))
}

func (c *control) send(b []byte, to netip.AddrPort) error {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	if c.c.byFD[c.fd] != c {
		return errClosed
	}
	return unix.Sendto(int(c.fd), b, unix.MSG_DONTWAIT, sockaddr(to))
}

func (c *control) close() error {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	if c.c.byFD[c.fd] != c {
		return nil
	}
	delete(c.c.byFD, c.fd)
	return unix.Close(int(c.fd))
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

func addrPort(s unix.Sockaddr) netip.AddrPort {
	switch s := s.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(s.Addr), uint16(s.Port&0xFFFF))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.Addr), uint16(s.Port&0xFFFF))
	}
	return netip.AddrPort{}
}
