package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
	"tandem/sip/transport"
)

// What a request grows by after it is built: our Via and Content-Length, and credentials where the peer may ask for them; bytes, at the most.
const (
	viaRoom         = 150
	credentialsRoom = 350
)

// ways are the hops of an INVITE in the order in which they are tried: a server that may be reached by either transport is tried by TCP first when the
// INVITE is too long for a datagram (RFC 3261 section 18.1.1), and by UDP when it takes no connection.
func (l *Leg) ways(hops []Hop) []Hop {
	s := l.setup
	var all []Hop
	for _, h := range hops {
		if h.Target.Network == transport.UDP && h.Either && s.size(h)+l.room() > message.SizeLimit {
			stream := h
			stream.Target.Network, stream.Target.Listener = transport.TCP, transport.Listener{}
			all = append(all, stream)
		}
		all = append(all, h)
	}
	return all
}

func (l *Leg) room() int {
	if l.auth != nil {
		return viaRoom + credentialsRoom
	}
	return viaRoom
}

// size is how long the INVITE for a server is, in bytes, without its Via.
func (s *setup) size(h Hop) int {
	hop, seq := s.hop, s.seq
	s.hop = h
	n := len(s.request().String())
	s.hop, s.seq = hop, seq
	return n
}

// watchHop sets the clock of a server that is not the last one.
func (l *Leg) watchHop() {
	if len(l.setup.left) > 0 {
		l.start(clockHop, l.end.Timers.Silence)
	}
}

// silent goes on to the next server when one says nothing at all, not even 100: RFC 3263 section 4.3 would wait for Timer B, half a minute in which a caller
// hangs up. Should it wake later, it is told that it was too late.
func (l *Leg) silent() {
	inv := l.invite
	if inv == nil || l.setup == nil || inv.got1xx || inv.cancelWanted || len(l.setup.left) == 0 {
		return
	}
	l.report(outcome{status: 408})
	inv.left = true
	l.nextHop()
}

// tooLate takes what a server says to an INVITE that went on to another: a provisional response is cancelled, a 2xx acknowledged and ended.
func (l *Leg) tooLate(req *request, resp *gosip.Response) {
	inv := req.invite
	switch {
	case !resp.IsSuccess():
		if !inv.cancelSent && req.sent != nil {
			inv.cancelSent = true
			l.pending++
			l.transmit(&request{method: gosip.CANCEL, done: func(outcome) {}}, message.NewCancel(req.sent), req.to)
		}
		return
	case req.done != nil:
		req.done, req.sent = nil, nil
		l.pending--
	}
	tag := toTag(resp)
	d := l.forks[tag]
	again := d != nil
	if !again {
		if d = l.end.dialogFromResponse(resp, req.to); d == nil || len(l.forks) >= maxEarly {
			return
		}
		if l.forks == nil {
			l.forks = make(map[string]*dialog, 1)
		}
		l.forks[tag] = d
	}
	_ = l.end.Sender.SendACK(d.ack(seqOf(resp), nil), d.target) // lost, it brings the 2xx again
	if !again {
		l.ask(d, request{method: gosip.BYE, done: func(outcome) {}})
	}
}
