//go:build amd64 || arm64

package transport

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The part of the kernel's interface that is used here (linux/io_uring.h). Its fields are little endian on both architectures.
const (
	setupCQSize       = 1 << 3
	setupClamp        = 1 << 4
	setupCoopTaskrun  = 1 << 8
	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13

	featSingleMmap = 1 << 0
	featNoDrop     = 1 << 1
	featExtArg     = 1 << 8
	featCQESkip    = 1 << 11

	offsetRings   = 0
	offsetEntries = 0x10000000

	registerBuffers = 22 // IORING_REGISTER_PBUF_RING

	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3

	opRecvMsg     = 10
	opAsyncCancel = 14
	opClose       = 19
	opRead        = 22
	opSend        = 26

	flagBufferSelect = 1 << 5 // of an entry
	flagSkipSuccess  = 1 << 6
	recvMultishot    = 1 << 1

	doneBuffer = 1 << 0 // of a completion
	doneMore   = 1 << 1
	doneBufBit = 16
)

// The sizes of a ring. A batch that does not fit goes in two; buffers that run out make a socket wait until the next turn.
const (
	sendEntries = 256
	doneEntries = 8192
	buffers     = 1024 // a power of two
	// bufferSize holds what the kernel puts before a packet, the address, and the packet: recvHead, addressSize and packetSize.
	bufferSize  = 1600
	recvHead    = 16 // struct io_uring_recvmsg_out
	addressSize = unix.SizeofSockaddrInet6
	sendSize    = 1536 // an address and a packet
	headSize    = 256  // of the slab, for what the kernel reads again and again
)

type ringParams struct { // struct io_uring_params
	SQEntries, CQEntries, Flags, ThreadCPU, ThreadIdle, Features, WQ uint32

	_  [3]uint32
	SQ struct {
		Head, Tail, Mask, Entries, Flags, Dropped, Array, _ uint32

		_ uint64
	}
	CQ struct {
		Head, Tail, Mask, Entries, Overflow, CQEs, Flags, _ uint32

		_ uint64
	}
}

type entry struct { // struct io_uring_sqe
	Op, Flags   uint8
	IOPrio      uint16
	FD          int32
	Off         uint64 // of a send: the address
	Addr        uint64
	Len         uint32
	OpFlags     uint32
	Data        uint64
	Group       uint16
	Personality uint16
	AddrLen     uint16

	_ uint16
	_ [2]uint64
}

type completion struct { // struct io_uring_cqe
	Data  uint64
	Res   int32
	Flags uint32
}

type buffer struct { // struct io_uring_buf
	Addr uint64
	Len  uint32
	ID   uint16
	Tail uint16 // of the first: how many were ever given
}

// head is the beginning of the slab.
type head struct {
	args struct { // struct io_uring_getevents_arg
		SigMask   uint64
		SigSize   uint32
		MinWait   uint32
		TimeSpecP uint64
	}
	wait    unix.Timespec
	msg     unix.Msghdr
	wakeups uint64
}

// ring is one io_uring with its memory, all of it outside the heap. Only the goroutine that made it, locked to its thread, may touch it.
type ring struct {
	fd      int
	setup   ringParams
	rings   []byte
	sqes    []entry
	cqes    []completion
	slab    []byte // head, the ring of buffers, the buffers, the packets to send
	sqHead  *uint32
	sqTail  *uint32
	cqHead  *uint32
	cqTail  *uint32
	mem     *head
	bufs    []buffer
	given   uint16 // buffers, ever
	recvs   []byte
	sends   []byte
	tail    uint32 // the next entry
	entries []byte // as mapped
}

// newRing makes a ring and gives it its buffers. It fails where the kernel is too old, or does not allow it.
func newRing(setup func(uint32, *ringParams) (int, error)) (*ring, error) {
	r := &ring{fd: -1}
	r.setup.Flags = setupCQSize | setupClamp | setupCoopTaskrun | setupSingleIssuer | setupDeferTaskrun
	r.setup.CQEntries = doneEntries
	fd, err := setup(sendEntries, &r.setup)
	if err != nil {
		return nil, fmt.Errorf("io_uring_setup: %w", err)
	}
	r.fd = fd
	const needed = featSingleMmap | featNoDrop | featExtArg | featCQESkip
	if r.setup.Features&needed != needed {
		return nil, errors.Join(errors.New("io_uring lacks features"), r.close())
	}
	if err := r.mapAll(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	if err := r.register(); err != nil {
		return nil, errors.Join(fmt.Errorf("io_uring buffers: %w", err), r.close())
	}
	return r, nil
}

// setupRing is the system call.
func setupRing(n uint32, p *ringParams) (int, error) {
	fd, _, no := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(n), uintptr(unsafe.Pointer(p)), 0)
	if no != 0 {
		return -1, no
	}
	return int(fd), nil
}

func (r *ring) mapAll() error {
	const readWrite = unix.PROT_READ | unix.PROT_WRITE
	p := &r.setup
	size := max(p.SQ.Array+p.SQEntries*4, p.CQ.CQEs+p.CQEntries*uint32(unsafe.Sizeof(completion{})))
	var err error
	if r.rings, err = unix.Mmap(r.fd, offsetRings, int(size), readWrite, unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		return fmt.Errorf("map the ring: %w", err)
	}
	r.entries, err = unix.Mmap(r.fd, offsetEntries, int(p.SQEntries)*int(unsafe.Sizeof(entry{})), readWrite, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return fmt.Errorf("map its entries: %w", err)
	}
	ringSize := buffers * int(unsafe.Sizeof(buffer{})) // first in the slab: it must begin with a page
	n := ringSize + headSize + buffers*bufferSize + int(p.SQEntries)*sendSize
	if r.slab, err = unix.Mmap(-1, 0, n, readWrite, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS); err != nil {
		return fmt.Errorf("map its buffers: %w", err)
	}
	r.sqHead, r.sqTail, r.cqHead, r.cqTail = r.word(p.SQ.Head), r.word(p.SQ.Tail), r.word(p.CQ.Head), r.word(p.CQ.Tail)
	r.tail = *r.sqTail
	r.sqes = unsafe.Slice((*entry)(unsafe.Pointer(unsafe.SliceData(r.entries))), p.SQEntries)
	r.cqes = unsafe.Slice((*completion)(unsafe.Pointer(&r.rings[p.CQ.CQEs])), p.CQEntries)
	for i := range p.SQEntries {
		*r.word(p.SQ.Array + 4*i) = i
	}
	r.bufs = unsafe.Slice((*buffer)(unsafe.Pointer(unsafe.SliceData(r.slab))), buffers)
	r.mem = (*head)(unsafe.Pointer(&r.slab[ringSize]))
	r.recvs = r.slab[ringSize+headSize:][:buffers*bufferSize]
	r.sends = r.slab[ringSize+headSize+buffers*bufferSize:]
	r.mem.msg.Namelen = addressSize
	r.mem.args.TimeSpecP = address(&r.mem.wait)
	return nil
}

// word is a number of the ring's own, at the place that the kernel named.
func (r *ring) word(offset uint32) *uint32 {
	return (*uint32)(unsafe.Pointer(&r.rings[offset]))
}

// address is what the kernel is told of memory that lies outside the heap.
func address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// register gives the kernel the ring of buffers, and all buffers.
func (r *ring) register() error {
	reg := struct { // struct io_uring_buf_reg
		Addr         uint64
		Entries      uint32
		Group, Flags uint16
		_            [3]uint64
	}{Addr: address(&r.bufs[0]), Entries: buffers}
	_, _, no := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), registerBuffers, uintptr(unsafe.Pointer(&reg)), 1, 0, 0)
	if no != 0 {
		return no
	}
	for i := range buffers {
		r.give(uint16(i))
	}
	r.publish()
	return nil
}

// give puts a buffer back; publish tells the kernel.
func (r *ring) give(id uint16) {
	b := &r.bufs[r.given%buffers]
	b.Addr, b.Len = address(&r.recvs[int(id)*bufferSize]), bufferSize
	b.ID = id
	r.given++
}

// publish stores the tail. It lies beside the number of the first buffer, in one word that is stored as a whole.
func (r *ring) publish() {
	first := &r.bufs[0]
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&first.ID)), uint32(first.ID)|uint32(r.given)<<16)
}

// packet takes the sender's address and the packet out of a buffer; nil when it was too long.
func (r *ring) packet(id uint16, n int) (name, packet []byte) {
	b := r.recvs[int(id)*bufferSize:][:bufferSize]
	if n < recvHead+addressSize || n > bufferSize {
		return nil, nil
	}
	out := (*struct{ Name, Control, Payload, Flags uint32 })(unsafe.Pointer(&b[0]))
	b = b[:n:n]
	if out.Flags&unix.MSG_TRUNC != 0 || n-recvHead-addressSize >= packetSize {
		return nil, nil
	}
	return b[recvHead:][:min(out.Name, addressSize)], b[recvHead+addressSize:]
}

// next gives the next entry, empty, and its place.
func (r *ring) next() (*entry, int, error) {
	if r.tail-atomic.LoadUint32(r.sqHead) >= r.setup.SQEntries {
		if err := r.enter(0, 0); err != nil {
			return nil, 0, err
		}
		if r.tail-atomic.LoadUint32(r.sqHead) >= r.setup.SQEntries {
			return nil, 0, unix.EBUSY
		}
	}
	at := int(r.tail & (r.setup.SQEntries - 1))
	r.tail++
	e := &r.sqes[at]
	*e = entry{}
	return e, at, nil
}

// room is where the packet of an entry is kept until it is sent.
func (r *ring) room(at int) []byte { return r.sends[at*sendSize:][:sendSize] }

// enter submits what is there and waits for that many completions; no longer than nanoseconds, where those are not 0. That the time is
// over, or a signal came, is no error.
func (r *ring) enter(wait uint32, nanoseconds int64) error {
	atomic.StoreUint32(r.sqTail, r.tail)
	submit := r.tail - atomic.LoadUint32(r.sqHead)
	if submit == 0 && wait == 0 {
		return nil
	}
	var flags, arg, size uintptr
	if wait > 0 {
		flags = enterGetEvents
	}
	if wait > 0 && nanoseconds > 0 {
		r.mem.wait = unix.NsecToTimespec(nanoseconds)
		flags |= enterExtArg
		arg, size = uintptr(unsafe.Pointer(&r.mem.args)), unsafe.Sizeof(r.mem.args)
	}
	var no unix.Errno
	if wait > 0 {
		_, _, no = unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(submit), uintptr(wait), flags, arg, size)
	} else {
		_, _, no = unix.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(submit), 0, 0, 0, 0)
	}
	switch no {
	case 0, unix.ETIME, unix.EINTR, unix.EBUSY, unix.EAGAIN:
		return nil
	}
	return no
}

// reap gives the completions that are there to f.
func (r *ring) reap(f func(completion)) int {
	at, last := atomic.LoadUint32(r.cqHead), atomic.LoadUint32(r.cqTail)
	n := int(last - at)
	for ; at != last; at++ {
		f(r.cqes[at&(r.setup.CQEntries-1)])
	}
	atomic.StoreUint32(r.cqHead, at)
	return n
}

// holds says that a packet lies in the buffers of this ring: so whoever has it was called by the ring's own goroutine.
func (r *ring) holds(b []byte) bool {
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))-uintptr(unsafe.Pointer(unsafe.SliceData(r.recvs))) < buffers*bufferSize
}

func (r *ring) close() error {
	var errs []error
	if r.fd >= 0 {
		errs = append(errs, unix.Close(r.fd))
	}
	for _, m := range [][]byte{r.entries, r.rings, r.slab} {
		if m != nil {
			errs = append(errs, unix.Munmap(m))
		}
	}
	return errors.Join(errs...)
}
