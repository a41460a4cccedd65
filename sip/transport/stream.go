package transport

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"tandem/sip/message"
)

// stream is one connection over TCP, TLS or WebSocket, accepted or dialled, from its first thought to its end. Writing queues; a goroutine writes
// while there is something to write and ends when there is not, so that an idle connection costs one goroutine only.
//
//	dialling --connected--> open --closed by either side--> over
//	    \------------------ failed -------------------------/
type stream struct {
	layer *Layer
	flow  Flow
	key   dialKey // of a connection that we made

	mu      sync.Mutex
	state   streamState
	conn    net.Conn                             // nil while dialling
	put     func(batch []byte, ends []int) error // writes each message as a frame; nil: not a WebSocket
	queue   []byte                               // waits to be written
	ends    []int                                // of a WebSocket: where each message in queue ends
	spare   []byte                               // the last buffer written, for the next
	writing bool

	lastWords bool // close when the queue is written

	settled bool          // its reader's: a whole message came, or it was never fresh
	fresh   *list.Element // the flow table's: its place among the fresh; nil: it is none
	since   time.Time     // when it was accepted
}

type streamState int

const (
	dialling streamState = iota
	open
	over
)

// write queues b whole. A peer that lets more than Limits.Backlog wait loses its connection.
func (s *stream) write(b []byte) error {
	if err := s.enqueue(b); err != nil {
		return err
	}
	s.layer.trace(true, s.flow.Network, s.flow.Listener.Bind, s.flow.Remote, b)
	return nil
}

func (s *stream) enqueue(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state == over:
		return ErrFlowGone
	case len(s.queue)+len(b) > s.layer.cfg.Limits.Backlog:
		s.closeLocked()
		return ErrCongested
	}
	s.queue = append(s.queue, b...)
	if s.flow.Seat.AOR != "" {
		s.ends = append(s.ends, len(s.queue))
	}
	s.startLocked()
	return nil
}

// startLocked starts the writer when there is work and a connection. The writer ends by itself; its last write is bounded by
// Limits.Write, and closing the connection ends it at once.
func (s *stream) startLocked() {
	if s.state == open && !s.writing && len(s.queue) > 0 {
		s.writing = true
		go s.flush()
	}
}

// flush writes what is queued until nothing is.
func (s *stream) flush() {
	for {
		s.mu.Lock()
		if s.state != open || len(s.queue) == 0 {
			s.writing = false
			if s.lastWords {
				s.closeLocked()
			}
			s.mu.Unlock()
			return
		}
		batch, ends, conn, put := s.queue, s.ends, s.conn, s.put
		s.queue, s.ends = s.spare[:0], nil
		s.mu.Unlock()

		err := conn.SetWriteDeadline(time.Now().Add(s.layer.cfg.Limits.Write))
		switch {
		case err != nil:
		case put != nil:
			err = put(batch, ends)
		default:
			_, err = conn.Write(batch)
		}
		s.mu.Lock()
		if err != nil {
			s.closeLocked()
		}
		if s.spare = nil; cap(batch) <= 16<<10 {
			s.spare = batch[:0]
		}
		s.mu.Unlock()
	}
}

// attach gives a dialled stream its connection; false says that it was closed meanwhile.
func (s *stream) attach(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != dialling {
		return false
	}
	s.state, s.conn = open, c
	s.startLocked()
	return true
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeLocked()
}

// closeLocked ends the connection. Its reader, or its dialler, sees that and tells the receiver.
func (s *stream) closeLocked() {
	if s.state == over {
		return
	}
	s.state = over
	s.queue, s.ends, s.spare = nil, nil, nil
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

// answer sends a stateless response back.
func (s *stream) answer(b []byte, _ Flow) { _ = s.write(b) }

// serve reads until the connection ends, and then tells the receiver. It runs on the goroutine that accepted or dialled.
func (s *stream) serve() {
	l := s.layer
	l.count.Connections.Add(1)
	defer func() {
		s.closeSoon()
		l.count.Connections.Add(-1)
		l.flowOver(s, ErrFlowGone)
	}()
	f := newFramer(s.conn, l.cfg.Limits)
	f.any = s.key.addr.IsValid() || s.flow.Peer != "" || l.guard.isTrusted(s.flow.Remote.Addr())
	f.pong = func() { _ = s.write([]byte("\r\n")) }
	for s.read(f) {
	}
}

// read takes one message; false ends the connection. A panic ends it too: what follows on the stream is of the same hand.
func (s *stream) read(f *framer) bool {
	defer s.layer.Recover("read stream")
	raw, err := f.next()
	if err != nil {
		s.layer.framingFailed(err, f, s)
		return false
	}
	if !s.settled {
		s.settled = true
		s.layer.streams.settle(s)
	}
	return s.layer.streamed(raw, s.flow, s)
}

// closeSoon ends the connection once what is queued is written, so that a last refusal reaches the peer; Limits.Write bounds it.
func (s *stream) closeSoon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == open && (s.writing || len(s.queue) > 0) {
		s.lastWords = true
		s.startLocked()
		return
	}
	s.closeLocked()
}

// dialKey is what makes two connections that we make the same.
type dialKey struct {
	network    Network
	addr       netip.AddrPort
	serverName string
	profile    *Profile
}

// flowTable is the connections that there are.
type flowTable struct {
	mu      sync.Mutex
	last    FlowID
	byID    map[FlowID]*stream
	byKey   map[dialKey]*stream // those that we made, or are making
	perIP   map[netip.Addr]int  // accepted ones
	perSeat map[message.AOR]int // WebSockets
	fresh   *list.List          // streams of strangers that have not said anything whole yet, the oldest first
	closed  bool
}

func (t *flowTable) init() {
	t.byID = make(map[FlowID]*stream)
	t.byKey = make(map[dialKey]*stream)
	t.perIP = make(map[netip.Addr]int)
	t.perSeat = make(map[message.AOR]int)
	t.fresh = list.New()
}

func (t *flowTable) get(id FlowID) *stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[id]
}

// addLocked names a stream and keeps it.
func (t *flowTable) addLocked(s *stream) {
	t.last++
	s.flow.ID = t.last
	t.byID[s.flow.ID] = s
	switch seat := s.flow.Seat.AOR; {
	case s.key.addr.IsValid():
		t.byKey[s.key] = s
	case seat != "":
		t.perSeat[seat]++
	default:
		t.perIP[s.flow.Remote.Addr()]++
	}
}

func (t *flowTable) remove(s *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byID, s.flow.ID)
	t.settleLocked(s)
	if s.key.addr.IsValid() {
		if t.byKey[s.key] == s {
			delete(t.byKey, s.key)
		}
		return
	}
	if seat := s.flow.Seat.AOR; seat != "" {
		if t.perSeat[seat]--; t.perSeat[seat] <= 0 {
			delete(t.perSeat, seat)
		}
		return
	}
	if t.perIP[s.flow.Remote.Addr()]--; t.perIP[s.flow.Remote.Addr()] <= 0 {
		delete(t.perIP, s.flow.Remote.Addr())
	}
}

func (t *flowTable) closeAll() {
	t.mu.Lock()
	t.closed = true
	all := make([]*stream, 0, len(t.byID))
	for _, s := range t.byID {
		all = append(all, s)
	}
	t.mu.Unlock()
	for _, s := range all {
		s.close()
	}
}

// flowOver forgets a stream and tells the receiver, once for each: its reader or its dialler calls it last.
func (l *Layer) flowOver(s *stream, why error) {
	l.streams.remove(s)
	defer l.Recover("flow closed")
	l.receiver.FlowClosed(s.flow.ID, why)
}
