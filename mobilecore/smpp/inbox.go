package smpp

import "sync"

// Limits of what waits to be served for one bind, beside what is being served.
const (
	mostQueued       = 128
	mostQueuedOctets = 1 << 20
)

// task is one request of the peer. Those of one lane are served one after the other.
type task struct {
	lane string
	size int // octets of its PDU
	do   func()
}

// inbox serves what a peer asks: so much at a time, in the order of each lane, and with a bound on what waits.
type inbox struct {
	most int           // tasks served at once
	room chan struct{} // holds one: something was served

	mu      sync.Mutex
	lanes   map[string][]task // of each lane that has something: what waits behind what is served, or all if it is in ready
	ready   []string          // lanes that wait for a place
	serving int
	queued  int
	octets  int
	quiet   chan struct{} // closed when nothing is served any more; nil: nobody waits
}

func newInbox(most int) *inbox {
	return &inbox{most: most, room: make(chan struct{}, 1), lanes: map[string][]task{}}
}

// put takes a task. The answer is how it is served: by a goroutine that the caller starts, by one that is there, or not at all.
func (in *inbox) put(t task) placed {
	in.mu.Lock()
	defer in.mu.Unlock()
	_, busy := in.lanes[t.lane]
	if !busy && in.serving < in.most {
		in.lanes[t.lane] = nil
		in.serving++
		return placedNow
	}
	if in.queued >= mostQueued || in.octets+t.size > mostQueuedOctets {
		return placedNot
	}
	if !busy {
		in.ready = append(in.ready, t.lane)
	}
	in.lanes[t.lane] = append(in.lanes[t.lane], t)
	in.queued++
	in.octets += t.size
	return placedLater
}

// placed is what became of a task that was put.
type placed int

const (
	placedNow   placed = iota // the caller starts serve with it
	placedLater               // it waits
	placedNot                 // there is no room
)

// serve serves a task and then what waits, until nothing does.
func (in *inbox) serve(t task) {
	for more := true; more; t, more = in.next(t.lane) {
		t.do()
	}
}

// next is what to serve after a task of a lane: whoever has waited longest is first.
func (in *inbox) next(lane string) (task, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.lanes[lane]) > 0 {
		in.ready = append(in.ready, lane)
	} else {
		delete(in.lanes, lane)
	}
	if len(in.ready) == 0 {
		in.serving--
		if in.serving == 0 && in.quiet != nil {
			close(in.quiet)
			in.quiet = nil
		}
		return task{}, false
	}
	lane, in.ready = in.ready[0], in.ready[1:]
	waiting := in.lanes[lane]
	t := waiting[0]
	waiting[0] = task{}
	in.lanes[lane] = waiting[1:]
	in.queued--
	in.octets -= t.size
	select {
	case in.room <- struct{}{}:
	default:
	}
	return t, true
}

// idle is closed as soon as nothing is being served.
func (in *inbox) idle() <-chan struct{} {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.serving == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	if in.quiet == nil {
		in.quiet = make(chan struct{})
	}
	return in.quiet
}
