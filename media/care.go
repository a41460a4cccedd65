package media

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tandem/media/rtp"
)

// reportEvery is the mean time between reports (RFC 3550 section 6.2): each is sent after half to one and a half of it.
const reportEvery = 5 * time.Second

// care is what the upkeep keeps of a Session.
type care struct {
	part   int
	report int64 // when the next is due; 0: not decided yet
	sent   uint64
	silent bool // told
	rtt    atomic.Int64
	path   atomic.Int32 // the PathState told last; 0: none

	ears  hearer // the upkeep's own
	sound judge  // the upkeep's own, but for its mutex

	mu     sync.Mutex
	lastSR uint32 // of the peer
	came   int64
	told   told
}

// visit is the Session's turn once a second.
func (s *Session) visit(now int64) {
	s.watchSilence(now)
	s.watchAudio(now)
	s.watchSound()
	c := &s.care
	if c.report == 0 || now < c.report {
		if c.report == 0 {
			c.report = now + int64(reportEvery)/2 + rand.Int64N(int64(reportEvery)/2) //nolint:gosec // spreads reports, hides nothing
		}
		return
	}
	c.report = now + int64(reportEvery)/2 + rand.Int64N(int64(reportEvery)) //nolint:gosec // as above
	s.report(now, goesOn)
}

// last says whether a report is the last one.
type last bool

const (
	goesOn last = false
	isLast last = true
)

// watchSilence tells once that nothing comes from a peer which should be heard.
func (s *Session) watchSilence(now int64) {
	s.mu.Lock()
	expected := !s.closed && s.neg.agreed != nil && s.neg.agreed.receives && !s.neg.agreed.held
	s.mu.Unlock()
	heard := max(s.rx.sign(now, expected), s.consent())
	long := time.Duration(now - heard)
	if !expected || long < s.e.cfg.Silence {
		s.care.silent = false
		return
	}
	if !s.care.silent {
		s.care.silent = true
		s.post(Silent{Leg: s.o.Ref, For: long})
	}
}

// sign is when the peer last gave one; while none is expected, the clock stands.
func (r *receiver) sign(now int64, expected bool) int64 { //nolint:revive // a fact, not a switch
	r.mu.Lock()
	defer r.mu.Unlock()
	if !expected {
		r.heard = now
	}
	return r.heard
}

// report sends an SR or RR, once something was agreed.
func (s *Session) report(now int64, end last) {
	r := rtp.Report{CNAME: s.cname(), At: s.e.time(now), Bye: bool(end)}
	to := s.tx.report(&r, now)
	if !to.IsValid() {
		return
	}
	r.Sender = r.Packets > s.care.sent
	s.care.sent = r.Packets
	r.Of = s.rx.block()
	if r.Of != nil {
		if r.Of.SSRC == r.SSRC { // RFC 3550 section 8.2
			s.tx.renew(rand.Uint32()) //nolint:gosec // an SSRC is no secret
		}
		s.care.mu.Lock()
		if s.care.lastSR != 0 {
			r.Of.LastSR, r.Of.Delay = s.care.lastSR, time.Duration(now-s.care.came)
		}
		s.care.mu.Unlock()
		r.Metrics = s.metrics(r.Of.SSRC)
	}
	if b, err := r.Marshal(); err == nil {
		s.tx.sendControl(b, to)
	}
}

// sayGoodbye sends the last report.
func (s *Session) sayGoodbye() {
	if s.tx.count() > 0 {
		s.report(s.e.now(), isLast)
	}
}

// report fills in what we sent, and says where reports go; not valid: nowhere.
func (t *sender) report(r *rtp.Report, now int64) netip.AddrPort {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.SSRC, r.Packets, r.Octets = t.seq.SSRC(), t.packets, t.octets
	r.Timestamp, _ = t.seq.Clock(now)
	switch {
	case !t.to.IsValid() || t.muxed:
		return t.to
	case t.control.Addr() == t.to.Addr():
		return t.control
	}
	return netip.AddrPortFrom(t.to.Addr(), t.to.Port()+1) // the peer is not where its SDP said
}

func (t *sender) renew(ssrc uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq.Renew(ssrc)
}

// sendControl sends RTCP where the peer expects it.
func (t *sender) sendControl(b []byte, to netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	send := t.port.SendRTCP
	if t.muxed {
		send = t.port.SendRTP
	}
	if err := send(b, to); err != nil {
		return // the next report tells the same
	}
}

// block is our report of the peer's stream; nil: nothing came.
func (r *receiver) block() *rtp.Block {
	r.mu.Lock()
	defer r.mu.Unlock()
	ssrc, started := r.count.SSRC()
	if !started {
		return nil
	}
	b := &rtp.Block{SSRC: ssrc, Highest: r.count.Highest(), Jitter: r.count.Jitter()}
	b.Fraction, b.Lost = r.count.Report()
	return b
}

// ReceiveRTCP takes one compound packet off the wire. It is the transport's door, for nobody else. Reports are for this leg alone: they
// end here.
func (s *Session) ReceiveRTCP(b []byte, from netip.AddrPort, at int64) {
	if b = s.unsealReport(b); b == nil || !s.rx.control(from, at) {
		return
	}
	h, err := rtp.ParseControl(b, s.tx.ssrc(), s.e.time(at))
	if err != nil {
		return
	}
	if h.RTT > 0 {
		s.care.rtt.Store(int64(h.RTT))
	}
	sent := s.tx.count()
	s.care.mu.Lock()
	defer s.care.mu.Unlock()
	if h.LastSR != 0 {
		s.care.lastSR, s.care.came = h.LastSR, at
	}
	s.care.told.take(&h, sent)
}

// cname is random, and the same for the whole call (RFC 7022).
func (s *Session) cname() string { return fmt.Sprintf("%x", s.neg.id) }

func (t *sender) ssrc() uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seq.SSRC()
}

// control says whether RTCP is the peer's: it follows the IP address that RTP comes from.
func (r *receiver) control(from netip.AddrPort, at int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.latch.Peer().IsValid() || r.latch.Peer().Addr() != from.Addr() {
		r.refused++
		return false
	}
	r.heard = at
	return true
}
