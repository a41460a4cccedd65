package sip

import "tandem/sip/transport"

// Counters is a reading of what the stack has counted since it was made. What is not there has not been seen.
type Counters struct {
	RequestsIn, RequestsOut   map[Request]uint64 // repeats of ours are not in RequestsOut
	ResponsesIn, ResponsesOut map[int]uint64     // by status
	Malformed                 map[string]uint64  // what could not be read as SIP, by reason
	Refused                   map[string]uint64  // what could be read and was not let through, by reason
	Retransmissions           uint64             // of requests and responses, in both directions
	Shed                      uint64             // requests answered 503 because too much waited
	Stray                     uint64             // responses that nobody waited for
	Panics                    uint64
	WrongPasswords            uint64 // credentials that were complete and wrong
	Connections               int    // open now, of TCP and TLS
	ClientTransactions        int    // now
	ServerTransactions        int    // now
	Blocked                   int    // addresses that are banned, or that tried too many passwords of a user
}

// Counters reads what has been counted. It looks at every live transaction, so it is for whoever asks a few times a minute.
func (s *Stack) Counters() Counters {
	t := s.transport.Counters()
	c := Counters{
		RequestsIn: methods(&t.RequestsIn), RequestsOut: methods(&t.RequestsOut),
		ResponsesIn: statuses(&t.ResponsesIn), ResponsesOut: statuses(&t.ResponsesOut),
		Malformed: map[string]uint64{}, Refused: map[string]uint64{},
		Retransmissions: t.Retransmissions.Load(), Shed: t.Shed.Load(), Stray: t.Stray.Load(), Panics: t.Panics.Load(),
		WrongPasswords: s.locks.wrong.Load(), Connections: int(t.Connections.Load()), Blocked: s.transport.Banned() + s.locks.count(),
	}
	t.Refusals(func(why transport.Refusal, n uint64) {
		if unreadable(why) {
			c.Malformed[why.String()] = n
		} else {
			c.Refused[why.String()] = n
		}
	})
	c.ClientTransactions, c.ServerTransactions = s.layer.Live()
	return c
}

// Request is what requests are counted by.
type Request struct {
	Network transport.Network
	Method  string // "other" for what is no method of SIP
}

func methods(b *transport.ByMethod) map[Request]uint64 {
	out := map[Request]uint64{}
	b.Each(func(n transport.Network, method string, count uint64) { out[Request{n, method}] = count })
	return out
}

func statuses(b *transport.ByStatus) map[int]uint64 {
	out := map[int]uint64{}
	b.Each(func(status int, n uint64) { out[status] = n })
	return out
}

// unreadable says whether a refusal is about what cannot be read, rather than about who sent it or when.
func unreadable(why transport.Refusal) bool {
	switch why {
	case transport.NotSIP, transport.Malformed, transport.TooLarge, transport.Duplicate, transport.Incomplete, transport.BadVersion, transport.BadScheme:
		return true
	case transport.Flooding, transport.Challenged, transport.OutsideDialog, transport.Probed, transport.Slow, transport.Crowded:
	}
	return false
}
