package routing

import "time"

// Ledger is the book of calls: each is written once, whatever happens to this process. No method may block for longer than a write to a
// local file, and none needs the database to be there.
type Ledger interface {
	// Begin writes that a call exists, before anything is heard.
	Begin(c *CallRecord) error
	// Finish writes the whole record of a call that is over, with its legs, timeline and ladder. It is safe against the end of this process when it
	// returns; the database has it soon after. A call that was begun and never finished is finished by the next start, as interrupted.
	Finish(c *CallRecord) error
	// NextNumber gives the call its number, an int64 sequence below 2^53.
	NextNumber() int64
}

// CallRecord is one call, from attempt to end.
type CallRecord struct {
	ID         CallID
	Number     int64 // call_number of the API
	Account    AccountID
	Direction  Direction
	Status     string // "initiated" until it ends, then "ended"
	Outcome    Outcome
	From, To   string // E.164 or extension
	Anonymous  bool
	NumberID   NumberID // ours, that was called or shown
	User       UserID   // who answered, or who called out
	Flow       FlowRef
	Trunk      TrunkID
	StartedAt  time.Time
	QueuedAt   time.Time // zero: never
	AnsweredAt time.Time // by a person; zero: never
	EndedAt    time.Time
	Cause      Cause
	EndedBy    string // "caller", "callee", "system"
	Legs       []LegRecord
	Timeline   []TimelineItem
	Ladder     []LadderItem
	Voicemail  *VoicemailRecord
	Notified   []UserID // who gets a missed-call notification (SPEC X12, L11)
}

// FlowRef is the version of a flow that a call started with (SPEC D11).
type FlowRef struct {
	ID      string
	Version int
}

// Direction is the true direction of a call.
type Direction string

// The directions.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
	Internal Direction = "internal"
)

// Outcome is how a call ended (API.md section 4).
type Outcome string

// The outcomes.
const (
	OutcomeAnswered  Outcome = "answered"
	OutcomeMissed    Outcome = "missed"
	OutcomeVoicemail Outcome = "voicemail"
	OutcomeAbandoned Outcome = "abandoned"
	OutcomeBusy      Outcome = "busy"
	OutcomeRejected  Outcome = "rejected"
	OutcomeFailed    Outcome = "failed"
	OutcomeCancelled Outcome = "cancelled"
)

// LegRecord is one party of a call.
type LegRecord struct {
	ID                                        LegID
	Kind                                      string // "trunk" "webrtc" "sip" "native" "external"
	Device                                    DeviceKind
	User                                      UserID
	Trunk                                     TrunkID
	SIPCallID                                 string
	Codec                                     string
	StartedAt, RingingAt, AnsweredAt, EndedAt time.Time
	Cause                                     Cause
	PacketsIn, PacketsOut, PacketsLost        uint64
	JitterMS                                  float64
}

// TimelineItem is one thing that happened in a call, for people (SPEC L10).
type TimelineItem struct {
	At   time.Time
	Seq  int
	Type string
	Node string
	User UserID
	Leg  LegID
	Args map[string]string
}

// LadderItem is one request or response of a call.
type LadderItem struct {
	At       time.Time
	Leg      LegID
	From, To string // "ip:port"
	Network  string
	Raw      string // credentials masked
}

// VoicemailRecord is a voicemail that was left.
type VoicemailRecord struct {
	Path   string // inside the data directory
	Length time.Duration
	For    []UserID
}
