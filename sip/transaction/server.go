package transaction

import (
	"net/netip"
	"sync"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// Server is a request that came in and its transaction (RFC 3261 section 17.2).
//
// sipgo's machine repeats provisional and failure responses while it is needed. After the final response of a non-INVITE, after a 2xx,
// and after the ACK of a failure it is let go: what is left answers repeats from a few bytes.
type Server struct {
	shard *shard
	key   key
	merge key // zero when the request came inside a dialog
	req   *gosip.Request
	flow  transport.Flow
	out   transport.Outlet

	machine *gosip.ServerTx
	wire    serverConn

	mu        sync.Mutex
	status    int // of the final response; 0: none yet
	cancelled bool
	over      bool // the machine is let go
}

// Request is what came. Its To already carries our tag when it had none, so that every response carries the same one. Nobody changes it.
func (s *Server) Request() *gosip.Request { return s.req }

// Flow is where it came from.
func (s *Server) Flow() transport.Flow { return s.flow }

// Outside says that the request came without a To tag: it is outside any dialog, or opens one. The tag in Request is then ours.
func (s *Server) Outside() bool { return s.merge != (key{}) }

// Respond sends a response; after a final one, only a 2xx to INVITE may be sent again (RFC 6026). It does not block. It fails with
// ErrAnswered, ErrFlowGone or what the socket says.
func (s *Server) Respond(r *gosip.Response) error {
	s.mu.Lock()
	if s.status != 0 {
		again := s.req.IsInvite() && s.status < 300 && r.IsSuccess()
		s.mu.Unlock()
		if !again {
			return ErrAnswered
		}
		s.shard.layer.count.Retransmissions.Add(1)
		return write(r, s.out)
	}
	if !r.IsProvisional() {
		s.status = r.StatusCode
	}
	s.mu.Unlock()
	s.shard.layer.count.ResponsesOut.Add(r.StatusCode)
	err := s.pass(r)
	if s.ended() {
		s.settle()
	}
	return err
}

// pass sends a response. The machine repeats no 2xx to INVITE: it would only wait for the end of Timer L, which is ours.
func (s *Server) pass(r *gosip.Response) error {
	if !s.req.IsInvite() || !r.IsSuccess() {
		return s.machine.Respond(r)
	}
	err := s.wire.WriteMsg(r)
	if err != nil {
		s.machine.Terminate()
	}
	return err
}

// ended says that the machine has nothing left to repeat.
func (s *Server) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status != 0 && (s.status < 300 || !s.req.IsInvite())
}

// settle lets the machine go; what is left of the transaction answers repeats for as long as they can come.
func (s *Server) settle() {
	if !s.finish() {
		return
	}
	tag, _ := s.req.To().Params.Get("tag")
	done := &settled{status: s.status, tag: tag, out: s.out}
	if !s.req.IsInvite() {
		done.final = s.wire.final()
	}
	s.shard.mu.Lock()
	if e, known := s.shard.servers[s.key]; known && e.live == s {
		s.shard.servers[s.key] = entry{done: done}
	}
	if s.status >= 300 {
		s.unmergeLocked()
	}
	s.shard.fadeLocked(s.flow.Network, fade{server: s.key, merged: s.merge})
	s.shard.mu.Unlock()
	s.machine.Terminate()
	s.shard.layer.flows.remove(s.flow.ID, s)
}

// finish marks the machine as let go, once.
func (s *Server) finish() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.over = true
	return true
}

// unmergeLocked lets the same request come by another way again after a failure: a client that was challenged may not have raised its
// CSeq. It runs under the shard's lock.
func (s *Server) unmergeLocked() {
	if s.merge != (key{}) && s.shard.merged[s.merge] == s.key {
		delete(s.shard.merged, s.merge)
	}
}

// gone removes the transaction whose machine ended by itself (Timer H, or nothing can be sent), or whose flow closed.
func (s *Server) gone() {
	if !s.finish() {
		return
	}
	s.shard.mu.Lock()
	delete(s.shard.servers, s.key)
	s.unmergeLocked()
	s.shard.mu.Unlock()
	s.shard.layer.flows.remove(s.flow.ID, s)
}

// request takes one request, in order.
func (s *shard) request(r *gosip.Request, from transport.Flow) {
	switch {
	case r.IsAck():
		s.ack(r, from)
	case r.IsCancel():
		s.cancel(r, from)
	default:
		s.open(r, from)
	}
}

// open makes a transaction of a new request, or answers a repeat.
func (s *shard) open(r *gosip.Request, from transport.Flow) {
	k := s.layer.keys.server(r, string(r.Method))
	tagged := r.To().Params.Has("tag")
	var m key
	if !tagged {
		m = s.layer.keys.merge(r)
	}
	s.mu.Lock()
	e, known := s.servers[k]
	_, merged := s.merged[m]
	s.mu.Unlock()
	switch {
	case known:
		s.repeated(e, r)
		return
	case merged && !tagged:
		s.layer.stateless(r, from, gosip.StatusLoopDetected)
		return
	}
	route(r, from)
	out, err := s.layer.back(r, from)
	if err != nil {
		return // the connection ended meanwhile
	}
	if !tagged {
		r.To().Params.Add("tag", s.layer.tags.New(string(*r.CallID())))
	}
	tx := &Server{shard: s, key: k, merge: m, req: r, flow: from, out: out}
	s.start(tx)
}

// start runs the machine, says 100 to an INVITE at once (RFC 3261 section 17.2.1) and tells the handler.
func (s *shard) start(tx *Server) {
	tx.wire.out, tx.wire.count = tx.out, s.layer.count
	tx.machine = gosip.NewServerTx("", tx.req, &tx.wire, s.layer.log)
	tx.machine.OnTerminate(func(string, error) { tx.gone() })
	if err := tx.machine.Init(); err != nil {
		return
	}
	s.mu.Lock()
	s.servers[tx.key] = entry{live: tx}
	if tx.merge != (key{}) {
		s.merged[tx.merge] = tx.key
	}
	s.mu.Unlock()
	s.layer.flows.add(tx.flow.ID, tx.flow.Network, tx)
	if tx.req.IsInvite() {
		_ = tx.machine.Respond(message.NewResponse(tx.req, gosip.StatusTrying, "", nil))
		s.layer.count.ResponsesOut.Add(gosip.StatusTrying)
	}
	s.layer.handler.Request(tx)
}

// repeated answers a request that was seen before.
func (s *shard) repeated(e entry, r *gosip.Request) {
	s.layer.count.Retransmissions.Add(1)
	switch {
	case e.live != nil:
		_ = e.live.machine.Receive(r)
	case e.done.final != nil:
		_ = e.done.out.Write(e.done.final)
	}
}

// ack takes an ACK: that of a failure ends the repeats of it, every other one is the dialog's, also when it has the branch of its INVITE.
func (s *shard) ack(r *gosip.Request, from transport.Flow) {
	s.mu.Lock()
	e := s.servers[s.layer.keys.server(r, string(gosip.INVITE))]
	s.mu.Unlock()
	switch {
	case e.live != nil && e.live.failed():
		// The machine first: while it is still inside Respond, this waits. Ended before that, it would arm Timer G afterwards and repeat
		// the failure to a peer that has acknowledged it.
		_ = e.live.machine.Receive(r)
		e.live.settle()
	case e.done != nil && e.done.status >= 300:
	default:
		s.layer.handler.Ack(r, from)
	}
}

// failed says that the INVITE was answered 300 or more.
func (s *Server) failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status >= 300
}

// cancel answers a CANCEL (RFC 3261 section 9.2) and tells the handler, once. The machine never sees it: it would answer the INVITE
// itself.
func (s *shard) cancel(r *gosip.Request, from transport.Flow) {
	s.mu.Lock()
	e := s.servers[s.layer.keys.server(r, string(gosip.INVITE))]
	s.mu.Unlock()
	tag, status := "", gosip.StatusOK
	switch {
	case e.live != nil:
		tag, _ = e.live.req.To().Params.Get("tag")
	case e.done != nil:
		tag = e.done.tag
	default:
		status = gosip.StatusCallTransactionDoesNotExists
	}
	if tag != "" && !r.To().Params.Has("tag") {
		r.To().Params.Add("tag", tag)
	}
	s.layer.stateless(r, from, status)
	if e.live != nil && e.live.cancel() {
		s.layer.handler.Cancel(e.live, r)
	}
}

// cancel notes the peer's CANCEL; false when it came before or the INVITE is answered.
func (s *Server) cancel() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancelled || s.status != 0 {
		return false
	}
	s.cancelled = true
	return true
}

// back is the way of the responses to a request: the connection it came on, or its source address (RFC 3581). A trunk that did not ask
// for rport gets them at the port that its Via names (RFC 3261 section 18.2.2).
func (l *Layer) back(r *gosip.Request, from transport.Flow) (transport.Outlet, error) {
	to := from.Target()
	if via := r.Via(); from.Network == transport.UDP && !via.Params.Has("rport") && l.tr.Trusted(from.Remote.Addr()) {
		port := via.Port
		if port <= 0 || port > 65535 {
			port = gosip.DefaultUdpPort
		}
		to.Addr = netip.AddrPortFrom(from.Remote.Addr(), uint16(port))
	}
	out, err := l.tr.Outlet(to)
	if err != nil {
		return out, err // transport's errors are part of our contract
	}
	return out, nil
}
