package messaging

import "time"

// Route names a way that deliveries are carried out by: of a connector its id, of a SIP phone "phone:" and its AOR. Each has workers of its own, while it is up.
type Route string

// Delivery is a message on its way to one channel by one route.
type Delivery struct {
	ID       int64 // rises with age
	Message  ID
	Account  AccountID
	Channel  Channel // that it goes to: network, native, sip_phone, or api to a program that has a connector
	Route    Route
	Lane     string // deliveries of one lane, by whichever route, are carried out in the order of their ids, one after the other
	From, To Address
	IMSI     string // of the handset, with ChannelNative
	Body     string
	Raw      *Body  // of what goes on unchanged: an emergency number's; nil: the body is encoded anew
	Segments int    // 1 or more, of the message; what a route's rate counts
	Concat   uint16 // reference of its segments, one for all tries
	Receipt  bool   // a receipt is wanted
	Try      int    // 1 at the first
	Repeat   bool   // it may have been sent before
	Until    time.Time
	Created  time.Time
}

// Outcome is what came of carrying a delivery out.
type Outcome struct {
	Delivery int64
	Result   Result
	Reason   Reason
	IDs      []string  // with ResultSent: what the other calls each segment, as far as it said
	Again    time.Time // with ResultAgain: when; a carrier leaves it zero unless the other said so
	Route    Route     // with ResultAgain: it goes on by this one, and keeps its id and so its place in its lane; empty: by the same
	Repeat   bool      // with ResultAgain: the other may have it already
}

// Result is how carrying a delivery out ended.
type Result int

// The results.
const (
	ResultSent      Result = iota // the other has it; a receipt may follow
	ResultDelivered               // it is where it should be
	ResultAgain                   // not now: try again
	ResultFailed                  // never
	ResultUnknown                 // it was sent, and no answer came: it is in doubt
	ResultBack                    // it was not even tried
)

// NewDelivery is a delivery that a message calls for, before it has an id.
type NewDelivery struct {
	Channel  Channel
	Route    Route
	Lane     string
	From, To Address
	IMSI     string
	Raw      *Body
	Receipt  bool
	Until    time.Time
}
