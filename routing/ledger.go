package routing

import (
	"time"

	"tandem/routing/desk"
)

// Ledger is the book of calls: each is written once, whatever happens to this process. No method may block for longer than a write to a
// local file, and none needs the database to be there.
type Ledger interface {
	// Begin writes that a call exists, before anything is heard.
	Begin(c *CallRecord) error
	// Finish writes the whole record of a call that is over, with its legs, timeline and ladder. It is safe against the end of this process when it
	// returns; the database has it soon after. A call that was begun and never finished is finished by the next start, as interrupted.
	Finish(c *CallRecord) error
	// Tell writes an event of a call in progress (API.md section 5); it comes to listeners in the order of Seq.
	Tell(e *CallEvent) error
	// Shift writes that a user's status changed (SPEC A14), and its events. The changes of one user come in their order.
	Shift(s StatusChange) error
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
	Tags       []string          // ids; put on by the flow or by people while it lasts
	Custom     map[string]string // variables that the flow set, and what who started the call gave with it
	Inputs     []InputRecord     // what the caller typed (SPEC K11)
	ByExt      bool              // a user was rung because the caller dialled their extension (SPEC X12)
	Notified   []UserID          // who gets a missed-call notification (SPEC X12, L11)

	Missed     MissedReason // why nobody answered, once it ended (SPEC L1 to L7)
	Teams      []TeamID     // that were rung, each once
	AssignedTo UserID       // who takes care of it; empty: nobody
	Archived   bool
	Comments   []CallComment // oldest first
	UpdatedAt  time.Time     // when anything of it changed last; a ledger that keeps it sets it

	earlier []dialogue // dialogs of legs that go on in another one
	secrets []secret   // when the caller typed what nobody may see (SPEC K10)
}

// CallComment is what somebody wrote about a call.
type CallComment struct {
	ID   string // "cmt_…"
	At   time.Time
	By   UserID // empty: a program
	Text string
}

// CallEvent is something that listeners hear of a call while it lasts.
type CallEvent struct {
	Type   string      // "call.answered"
	Call   *CallRecord // as it is now, without legs, timeline and ladder; the ledger keeps no reference to it
	Status CallStatus
	Seq    int64 // rises within a call, from 2: 1 is its creation
	At     time.Time
	Node   string // of its flow
	User   UserID // whom it is about
	Leg    LegID
	Args   map[string]string
}

// StatusChange is a user whose status became another, or who has phones now, or none any more.
type StatusChange struct {
	Account AccountID
	User    UserID
	At      time.Time
	Status  UserStatus
	Reason  ReasonID    // with "unavailable", where there is one; the product's own are ReasonNotAnswering and ReasonOutsideHours
	Device  DeviceKind  // with "in_call": where they talk; empty: on a phone outside
	Call    CallID      // with "ringing", "in_call" and "after_call_work"
	Tells   StatusTells // the events that it is, each with the user for its subject; none: listeners hear nothing of it
}

// The product's own reasons of being unavailable.
const (
	ReasonNotAnswering ReasonID = "not_answering" // SPEC A13
	ReasonOutsideHours          = ReasonID(desk.OutsideHours)
)

// StatusTells is the set of the events that a StatusChange is.
type StatusTells = desk.Tells

// The events of a StatusChange.
const (
	TellsConnected    = desk.Connected
	TellsDisconnected = desk.Disconnected
	TellsWrapUpEnded  = desk.WrapUpEnded
	TellsStatus       = desk.StatusNow
	TellsWrapUpBegan  = desk.WrapUpBegan
)

// Acquaintances remembers who spoke to whom.
type Acquaintances interface {
	// Last is when a caller last spoke to somebody of the account, and to whom; zero: never, or longer than 90 days ago.
	Last(account AccountID, caller E164) (at time.Time, user UserID)
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
	Quality                                   LegQuality
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

// InputRecord is what a caller typed at one node. A sensitive one has dots for its value (SPEC K10).
type InputRecord struct {
	Node  string
	Title string
	Value string
}

// VoicemailRecord is a voicemail that was left.
type VoicemailRecord struct {
	Path   string // inside the data directory
	Length time.Duration
	For    []UserID
}
