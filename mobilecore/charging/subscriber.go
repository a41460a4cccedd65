package charging

import "slices"

// Subscriber is a subscription, as far as credit for it depends on who it is.
type Subscriber struct {
	ID       string // of its balance; empty: nobody's, and only what needs no balance is granted
	Account  string
	Package  Bytes    // of a cycle; 0: voice and messages alone
	CycleDay int      // day of the month on which a cycle begins, 1 to 28; 0: the first
	Standing Standing // whether it may have anything
	Free     []string // access points that are never metered, beside "ims" and "sos"; lower case
}

// Standing says whether a subscription may be used.
type Standing int

// The standings.
const (
	InForce Standing = iota
	Barred           // suspended, ended or not begun
)

// Caller is what a request says of who it is for.
type Caller struct {
	Peer   string // who asks: a peer learns nothing of the subscribers of others
	MSISDN string // digits without "+"; empty: not told
	IMSI   string // empty: not told
}

// Subscribers knows who is who. It answers at once, from memory.
type Subscribers interface {
	// Find gives the subscription that a peer asks for; false: there is none.
	Find(who Caller) (Subscriber, bool)
	// Of gives the subscription of a balance; false: it has none any more.
	Of(balance string) (Subscriber, bool)
}

// emergencyPoint is the access point of emergency calls: granted to whoever asks (TS 23.401 section 4.3.12).
const emergencyPoint = "sos"

// unmetered says whether what goes through an access point is not counted.
func (s *Subscriber) unmetered(point string) bool {
	return point == "ims" || point == emergencyPoint || point != "" && slices.Contains(s.Free, point)
}
