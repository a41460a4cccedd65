package transaction

import (
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// queueBound is how much waits in one shard at the most. What comes then is dropped: its sender repeats it.
const queueBound = 512

// item is one thing to do for a shard, in order.
type item struct {
	msg     gosip.Message // what came; or
	from    transport.Flow
	at      time.Duration // when it was queued
	failed  *Client       // whose transaction ended without a final response, for
	err     error         // this reason,
	closing *closing
}

// shard is the calls whose Call-ID falls into it: their queue, their transactions. One worker at a time serves it, and only while there
// is work.
type shard struct {
	layer *Layer

	mu      sync.Mutex
	queue   []item
	next    int // first of queue that is not taken yet
	working bool
	servers map[key]entry
	clients map[key]*Client
	merged  map[key]key // of requests without a To tag, to servers
	fading  [2]fading   // what is finished, by how long it stays: on UDP, on streams
}

// entry is what is known of a request that came: its transaction, or, after its final response, a few bytes.
type entry struct {
	live *Server
	done *settled
}

// settled is what is left of a server transaction: enough to answer a repeat.
type settled struct {
	final  []byte // the final response; nil when a repeat is not answered
	status int
	tag    string
	out    transport.Outlet
}

func (s *shard) init(l *Layer) {
	s.layer = l
	s.servers = make(map[key]entry)
	s.clients = make(map[key]*Client)
	s.merged = make(map[key]key)
}

// post queues an item; it never blocks. Too long a queue sheds what is new.
func (s *shard) post(it item) {
	s.mu.Lock()
	waiting := len(s.queue) - s.next
	if it.msg != nil && waiting >= s.layer.cfg.HighWater {
		if req, ok := it.msg.(*gosip.Request); ok && s.sheddableLocked(req) {
			s.mu.Unlock()
			s.layer.shed(req, it.from)
			return
		}
		if waiting >= queueBound {
			s.mu.Unlock()
			s.layer.count.Refused[transport.Flooding].Add(1)
			return
		}
	}
	it.at = s.layer.load.now()
	s.layer.load.waiting.Add(1)
	s.queue = append(s.queue, it)
	start := !s.working
	s.working = true
	s.mu.Unlock()
	if start {
		go s.work()
	}
}

// work serves the queue until it is empty. It needs no owner to wait for it: nothing in it blocks.
func (s *shard) work() {
	for {
		s.mu.Lock()
		if s.next == len(s.queue) {
			const keep = 32 // a queue that a burst made long is let go
			if s.next = 0; cap(s.queue) > keep {
				s.queue = nil
			}
			s.queue = s.queue[:0]
			s.working = false
			s.mu.Unlock()
			return
		}
		it := s.queue[s.next]
		s.queue[s.next] = item{}
		s.next++
		s.mu.Unlock()
		s.do(it)
	}
}

// do handles one item. A panic costs that item only.
func (s *shard) do(it item) {
	defer s.layer.tr.Recover("dispatch")
	overloaded := s.layer.load.turn(it.at)
	switch m := it.msg.(type) {
	case *gosip.Request:
		if overloaded && s.late(m, it) {
			return
		}
		s.request(m, it.from)
	case *gosip.Response:
		s.response(m, it.from)
	default:
		if it.failed != nil {
			it.failed.fail(it.err)
		}
		it.closing.told()
	}
}

// sheddableLocked says whether a request may be refused for want of time: only one that would begin something new (RFC 6357 is about the
// rest). A repeat of one that we took is not new.
func (s *shard) sheddableLocked(r *gosip.Request) bool {
	switch string(r.Method) {
	case "INVITE", "REGISTER", "MESSAGE", "SUBSCRIBE", "OPTIONS", "PUBLISH":
	default:
		return false
	}
	if r.To().Params.Has("tag") || s.layer.cfg.Spare != nil && s.layer.cfg.Spare(r) {
		return false
	}
	_, known := s.servers[s.layer.keys.server(r, string(r.Method))]
	return !known
}

// shed answers 503 without a transaction, and without Retry-After: it would stop everything that this peer sends, and start it again at
// one moment (RFC 7339 section 1).
func (l *Layer) shed(r *gosip.Request, from transport.Flow) {
	l.count.Shed.Add(1)
	l.stateless(r, from, gosip.StatusServiceUnavailable)
}

// stateless answers a request without a transaction.
func (l *Layer) stateless(r *gosip.Request, from transport.Flow, status int) {
	route(r, from)
	out, err := l.back(r, from)
	if err != nil {
		return
	}
	if !r.To().Params.Has("tag") {
		r.To().Params.Add("tag", "s."+message.Phrase(status)[:1]) // the same for a repeat, and no tag of a dialog
	}
	_ = write(message.NewResponse(r, status, "", nil), out)
	l.count.ResponsesOut.Add(status)
}
