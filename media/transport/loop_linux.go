//go:build amd64 || arm64

package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// batchPackets is how many packets end a wait before its time.
	batchPackets = 128
	// denseFrom is from how many packets in a millisecond it pays to let them gather. Below, each is served as it comes.
	denseFrom = 8
	// denseOver is the time over which they are counted.
	denseOver = int64(20 * time.Millisecond)
)

// What a completion is of: the lowest bits of its data. Above them are the slot of the socket, and a number that tells it from who
// had the slot before.
const (
	ofWake = iota
	ofReceive
	ofSend
	ofRest // of which nothing is to be done
	ofBits = 4
)

// loop reads the sockets of one ring. Its goroutine, locked to its thread, is the only one that touches the ring.
//
// While few packets come it sleeps until the next one. When many come it lets them gather for wait, so that one wake-up and one system call
// serve them all.
type loop struct {
	now  func() int64
	wait time.Duration
	wake int // an eventfd
	done chan struct{}

	asleep  atomic.Bool
	unsent  atomic.Uint64 // packets that the kernel would not take
	trouble atomic.Int32  // the last error of a send or an arming, an Errno

	mu       sync.Mutex
	errands  []errand
	stopping bool

	// run owns the fields below.
	r       *ring
	err     error // why it ended
	at      int64 // when the packets at hand came
	watches []*watch
	unused  []int    // slots
	idle    []*watch // to be armed
	live    int      // sockets that the ring still holds
	begun   uint32   // sockets, ever
	taken   []errand
	packets int
	since   int64
	dense   bool
}

// errand is what others ask of a loop.
type errand struct {
	p    *pair
	what verb
}

type verb int

const (
	begin verb = iota
	end
)

// watch is one socket of a pair. The loop owns it once it was begun.
type watch struct {
	p      *pair
	fd     int32
	kind   channel
	slot   int
	times  uint32 // tells it from who had the slot before
	armed  bool
	ending bool
}

// channel says which of a pair's two sockets it is.
type channel int

const (
	channelRTP channel = iota
	channelRTCP
)

// startLoop makes a ring and runs it. It fails where the kernel does not have what it takes.
func startLoop(cfg Config) (*loop, error) {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an eventfd: %w", err)
	}
	l := &loop{now: cfg.Now, wait: cfg.Wait, wake: wake, done: make(chan struct{})}
	setup := cfg.setup
	if setup == nil {
		setup = setupRing
	}
	ready := make(chan error)
	go func() {
		// The ring belongs to this thread, which dies with it: it is never unlocked.
		runtime.LockOSThread()
		var failed error
		l.r, failed = newRing(setup)
		ready <- failed
		if failed == nil {
			l.run()
		}
		close(l.done)
	}()
	if err := <-ready; err != nil {
		return nil, errors.Join(err, unix.Close(wake))
	}
	return l, nil
}

// ask leaves an errand, and wakes the loop if it sleeps.
func (l *loop) ask(e errand) {
	l.mu.Lock()
	l.errands = append(l.errands, e)
	l.mu.Unlock()
	l.rouse()
}

func (l *loop) rouse() {
	if l.asleep.CompareAndSwap(true, false) {
		one := [8]byte{1}
		_, _ = unix.Write(l.wake, one[:]) // a counter has room
	}
}

// stop waits until nothing is watched any more. Every pair must have been ended.
func (l *loop) stop() error {
	l.mu.Lock()
	l.stopping = true
	l.mu.Unlock()
	l.rouse()
	<-l.done
	return errors.Join(l.err, unix.Close(l.wake))
}

func (l *loop) run() {
	l.err = l.awaitWake()
	for l.err == nil && !l.serve() {
		l.arm()
		l.err = l.sleep()
		l.at = l.now()
		l.r.reap(l.complete)
		l.r.publish()
		l.measure()
	}
	l.err = errors.Join(l.err, l.r.close())
}

// serve runs the errands; true when it is time to stop.
func (l *loop) serve() bool {
	l.mu.Lock()
	l.taken, l.errands = l.errands, l.taken[:0]
	over := l.stopping
	l.mu.Unlock()
	for _, e := range l.taken {
		switch e.what {
		case begin:
			l.begin(&e.p.rtp)
			l.begin(&e.p.rtcp)
		case end:
			l.end(&e.p.rtp)
			l.end(&e.p.rtcp)
		}
	}
	clear(l.taken)
	return over && l.live == 0
}

// sleep submits what there is to do and waits for what comes.
func (l *loop) sleep() error {
	if l.dense && l.wait > 0 {
		return l.r.enter(batchPackets, int64(l.wait))
	}
	l.asleep.Store(true)
	defer l.asleep.Store(false)
	l.mu.Lock()
	asked := len(l.errands) > 0 || l.stopping && l.live == 0
	l.mu.Unlock()
	if asked {
		return l.r.enter(0, 0)
	}
	return l.r.enter(1, 0)
}

// measure says whether packets come so densely that they are to gather.
func (l *loop) measure() {
	if over := l.at - l.since; over >= denseOver {
		l.dense = int64(l.packets)*int64(time.Millisecond) >= denseFrom*over
		l.packets, l.since = 0, l.at
	}
}

// complete takes one completion.
func (l *loop) complete(c completion) {
	switch c.Data & (1<<ofBits - 1) {
	case ofWake:
		if err := l.awaitWake(); err != nil {
			l.err = err
		}
	case ofReceive:
		slot, times := int(c.Data>>ofBits&0xFFFFFFF), uint32(c.Data>>32)
		if slot < len(l.watches) && l.watches[slot] != nil && l.watches[slot].times == times {
			l.received(l.watches[slot], c)
		}
	case ofSend:
		l.unsent.Add(1)
		l.trouble.Store(-c.Res)
	}
}

// received takes a packet, or the news that the kernel has stopped to watch.
func (l *loop) received(w *watch, c completion) {
	if c.Flags&doneBuffer != 0 {
		id := uint16(c.Flags >> doneBufBit)
		if name, b := l.r.packet(id, int(c.Res)); b != nil && !w.ending {
			l.packets++
			w.p.deliver(w.kind, b, name, l.at)
		}
		l.r.give(id)
	}
	if c.Flags&doneMore != 0 {
		return
	}
	w.armed = false
	if w.ending {
		l.forget(w)
		return
	}
	switch unix.Errno(max(-c.Res, 0)) {
	case unix.EBADF, unix.EINVAL, unix.ENOTSOCK, unix.ECANCELED: // it would be so again
		l.trouble.Store(-c.Res)
	default: // the buffers were all taken, or there is no more room for completions
		l.idle = append(l.idle, w)
	}
}

// begin watches a socket.
func (l *loop) begin(w *watch) {
	if n := len(l.unused); n > 0 {
		w.slot = l.unused[n-1]
		l.unused = l.unused[:n-1]
	} else {
		w.slot = len(l.watches)
		l.watches = append(l.watches, nil)
	}
	l.watches[w.slot] = w
	l.live++
	l.begun++
	w.times = l.begun
	l.idle = append(l.idle, w)
}

// arm has the kernel watch the sockets that it does not watch.
func (l *loop) arm() {
	for _, w := range l.idle {
		if w.armed || w.ending {
			continue
		}
		e, _, err := l.r.next()
		if err != nil {
			l.err = errors.Join(l.err, err)
			return
		}
		e.Op, e.FD, e.Data = opRecvMsg, w.fd, w.data()
		e.Flags, e.IOPrio = flagBufferSelect, recvMultishot
		e.Addr, e.Len = address(&l.r.mem.msg), 1
		w.armed = true
	}
	clear(l.idle)
	l.idle = l.idle[:0]
}

func (w *watch) data() uint64 {
	return uint64(w.times)<<32 | uint64(w.slot)<<ofBits | ofReceive //nolint:gosec // an index
}

// end closes a socket. Nothing is sent on it any more once others may have its number: what was sent before is before it in the ring.
func (l *loop) end(w *watch) {
	w.ending = true
	if w.armed {
		if e, _, err := l.r.next(); err == nil {
			e.Op, e.FD, e.Addr, e.Data, e.Flags = opAsyncCancel, -1, w.data(), ofRest, flagSkipSuccess
		}
	}
	if e, _, err := l.r.next(); err == nil {
		e.Op, e.FD, e.Data, e.Flags = opClose, w.fd, ofRest, flagSkipSuccess
	} else {
		_ = unix.Close(int(w.fd)) // nothing can be done about it
	}
	if !w.armed {
		l.forget(w)
	}
}

// forget gives the slot of a socket to the next one.
func (l *loop) forget(w *watch) {
	l.watches[w.slot] = nil
	l.unused = append(l.unused, w.slot)
	l.live--
}

// awaitWake asks to be told when somebody rouses the loop.
func (l *loop) awaitWake() error {
	e, _, err := l.r.next()
	if err != nil {
		return err
	}
	e.Op, e.FD, e.Data = opRead, int32(l.wake), ofWake //nolint:gosec // a descriptor
	e.Addr, e.Len = address(&l.r.mem.wakeups), uint32(8)
	return nil
}

// send queues a packet. It goes when the loop has served what came with it.
func (l *loop) send(fd int32, b []byte, to netip.AddrPort) error {
	e, at, err := l.r.next()
	if err != nil {
		return err
	}
	room := l.r.room(at)
	n := putAddress(room, to)
	e.Op, e.FD, e.Data, e.Flags = opSend, fd, ofSend, flagSkipSuccess
	e.Addr, e.Len = address(&room[addressSize]), uint32(copy(room[addressSize:], b)) //nolint:gosec // a packet
	e.Off, e.AddrLen = address(&room[0]), n
	e.OpFlags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	return nil
}

// putAddress writes a socket address, and says how long it is.
func putAddress(b []byte, a netip.AddrPort) uint16 {
	binary.BigEndian.PutUint16(b[2:], a.Port())
	if ip := a.Addr(); ip.Is4() || ip.Is4In6() {
		binary.NativeEndian.PutUint16(b, unix.AF_INET)
		four := ip.As4()
		copy(b[4:], four[:])
		clear(b[8:unix.SizeofSockaddrInet4])
		return unix.SizeofSockaddrInet4
	}
	binary.NativeEndian.PutUint16(b, unix.AF_INET6)
	clear(b[4:8])
	sixteen := a.Addr().As16()
	copy(b[8:], sixteen[:])
	clear(b[24:unix.SizeofSockaddrInet6])
	return unix.SizeofSockaddrInet6
}

// readAddress is the way back; not valid when it is neither of the two.
func readAddress(b []byte) netip.AddrPort {
	switch {
	case len(b) >= unix.SizeofSockaddrInet4 && binary.NativeEndian.Uint16(b) == unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[2:]))
	case len(b) >= unix.SizeofSockaddrInet6 && binary.NativeEndian.Uint16(b) == unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), binary.BigEndian.Uint16(b[2:]))
	}
	return netip.AddrPort{}
}
