package transport

import "sync/atomic"

// Refusal says why something that came was not let through.
type Refusal int

// Why it was not let through. Each has its counter.
const (
	NotSIP        Refusal = iota // no start line of SIP
	Malformed                    // the parser or the guard cannot read it
	TooLarge                     // datagram, line or number of lines over the limit
	Duplicate                    // a header that may stand only once stands twice
	Incomplete                   // a mandatory header is missing
	BadVersion                   // not SIP/2.0
	BadScheme                    // a Request-URI that nobody here can follow
	Flooding                     // its source is over its rate, or banned
	Challenged                   // it did not prove its source yet
	OutsideDialog                // in-dialog method without a dialog of ours
	Probed                       // OPTIONS of a stranger, answered without a transaction
	Slow                         // a connection that did not complete its message in time
	Crowded                      // a connection over the cap
	refusals                     // how many there are
)

// String is the label of the counter.
func (r Refusal) String() string {
	names := [...]string{
		NotSIP: "not_sip", Malformed: "malformed", TooLarge: "too_large", Duplicate: "duplicate", Incomplete: "incomplete",
		BadVersion: "bad_version", BadScheme: "bad_scheme", Flooding: "flooding", Challenged: "challenged",
		OutsideDialog: "outside_dialog", Probed: "probed", Slow: "slow", Crowded: "crowded",
	}
	if r < 0 || int(r) >= len(names) {
		return "unknown"
	}
	return names[r]
}

// Counters count what passes. All are cumulative and safe to read at any time.
type Counters struct {
	RequestsIn, RequestsOut   ByMethod
	ResponsesIn, ResponsesOut ByStatus
	Refused                   [refusals]atomic.Uint64
	Retransmissions           atomic.Uint64 // of requests and responses, in both directions, as the transaction layer sees them
	Shed                      atomic.Uint64 // new requests answered 503 because a queue was too long
	Stray                     atomic.Uint64 // responses that nobody waits for
	Panics                    atomic.Uint64
	Connections               atomic.Int64 // open now
}

// Refusals calls f for each reason with its count.
func (c *Counters) Refusals(f func(reason Refusal, n uint64)) {
	for r := range refusals {
		f(r, c.Refused[r].Load())
	}
}

// ByMethod counts requests by transport and method; what is not a method of SIP counts as "other", since a label must not be a stranger's
// choice.
type ByMethod struct {
	n [networkKinds][methodKinds]atomic.Uint64
}

const (
	networkKinds = 5
	// methodKinds is the number of methods that knownMethods lists, and one for the others.
	methodKinds = 15
)

func knownNetworks() [networkKinds]Network { return [...]Network{UDP, TCP, TLS, WS, WSS} }

func knownMethods() [methodKinds]string {
	return [...]string{
		"INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE",
		"PUBLISH", "other",
	}
}

func methodIndex(method string) int {
	for i, m := range knownMethods() {
		if m == method {
			return i
		}
	}
	return methodKinds - 1
}

func (n Network) index() int {
	switch n {
	case UDP:
		return 0
	case TCP:
		return 1
	case TLS:
		return 2
	case WS:
		return 3
	case WSS:
		return 4
	}
	return 0
}

// Add counts one.
func (b *ByMethod) Add(n Network, method string) { b.n[n.index()][methodIndex(method)].Add(1) }

// Get is the count of one method on all transports.
func (b *ByMethod) Get(method string) uint64 {
	sum, i := uint64(0), methodIndex(method)
	for n := range b.n {
		sum += b.n[n][i].Load()
	}
	return sum
}

// Each calls f for each method that was seen on a transport.
func (b *ByMethod) Each(f func(n Network, method string, count uint64)) {
	for i, n := range knownNetworks() {
		for j, m := range knownMethods() {
			if count := b.n[i][j].Load(); count > 0 {
				f(n, m, count)
			}
		}
	}
}

// ByStatus counts responses by status code, 100 to 699.
type ByStatus struct{ n [700]atomic.Uint64 }

// Add counts one; a status that is none is not counted.
func (b *ByStatus) Add(status int) {
	if status >= 100 && status < len(b.n) {
		b.n[status].Add(1)
	}
}

// Get is the count of one status.
func (b *ByStatus) Get(status int) uint64 {
	if status < 0 || status >= len(b.n) {
		return 0
	}
	return b.n[status].Load()
}

// Each calls f for each status that was seen.
func (b *ByStatus) Each(f func(status int, n uint64)) {
	for i := range b.n {
		if n := b.n[i].Load(); n > 0 {
			f(i, n)
		}
	}
}
