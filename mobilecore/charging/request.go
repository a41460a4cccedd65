package charging

import "time"

// Bytes counts octets of user data, both ways together.
type Bytes int64

// Kind is where a request stands in its session (RFC 8506 section 8.3).
type Kind int

// The kinds.
const (
	Initial Kind = iota + 1
	Update
	Terminate
	Event // one request without a session
)

// String names it, for logs.
func (k Kind) String() string {
	switch k {
	case Initial:
		return "initial"
	case Update:
		return "update"
	case Terminate:
		return "terminate"
	case Event:
		return "event"
	}
	return "unknown"
}

// Request is one request for credit, whichever protocol it came by. Session and Number together are its key: the same again is a repeat, and gets the same
// answer.
type Request struct {
	Peer        string // who asks, as it proved or said: an Origin-Host or a common name
	Session     string // Session-Id (RFC 6733 section 8.8), or the name of the charging resource
	Number      uint32 // CC-Request-Number, or the invocation's sequence number
	Kind        Kind
	MSISDN      string // digits without "+"; empty: not told
	IMSI        string // empty: not told
	AccessPoint string // APN or DNN, in lower case, without its operator identifier; empty: not told
	Roaming     Roaming
	Memo        string    // what the protocol wants kept with the session; empty: nothing new
	Voice       bool      // a call of the IMS (TS 32.260): granted and not metered
	At          time.Time // when it reached us; zero: now
	Uses        []Use
}

// Roaming says where the session is.
type Roaming int

// Where a session is.
const (
	Untold  Roaming = iota // as the session was; one that never told is at home
	AtHome                 // or in a country where roaming costs what home does
	FarAway                // elsewhere: nothing of a package is good there
)

// Use is one rating group of a request: what was used, and what is wanted.
type Use struct {
	Group  Group
	Asks   bool  // more is wanted
	Wanted Bytes // of it; 0: whatever we grant
	Used   Bytes // since the last report, all directions and containers added up
	Time   time.Duration
	Over   bool // this group asks for nothing more in this session: what it was granted comes back
}

// Group is a rating group (RFC 8506 section 8.29); NoGroup where the peer names none.
type Group int64

// NoGroup is the one group of a peer that knows none.
const NoGroup Group = -1

// Result is how a request, or one group of it, came out.
type Result int

// The results, with what Diameter says for them (RFC 8506 section 9).
const (
	Granted           Result = iota + 1 // 2001
	LimitReached                        // 4012: there is no credit left
	ServiceDenied                       // 4010: this subscriber may not
	UnknownSubscriber                   // 5030
	UnknownSession                      // 5002
	RatingFailed                        // 5031: nothing can be said of this group
	TooBusy                             // 3004: the ledger could not write it down; ask again
)

// Answer is what a request is answered with.
type Answer struct {
	Result Result
	Grants []Grant // in the order of the Uses
}

// Grant is what one group gets.
type Grant struct {
	Group     Group
	Result    Result
	Volume    Bytes         // 0 with Free
	Free      bool          // not metered: grant as much as the protocol can say
	Validity  time.Duration // after which the peer reports, whatever was used
	Threshold Bytes         // what is left when the peer asks for more; 0: none
	Time      time.Duration // of voice
	Final     bool          // the last that there is: the peer ends the session when it is used up (FUI TERMINATE)
}
