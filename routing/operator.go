package routing

import (
	"net/netip"
	"time"
)

// OperatorID names an operator.
type OperatorID string

// Operator is a mobile network whose core we are joined to: how it is attached, and what was found out about its manners.
type Operator struct {
	ID         OperatorID
	Account    AccountID // empty: shared by all accounts
	Name       string
	Trunk      TrunkID    // the way to its core and from it
	Attachment Attachment // what the trunk is
	Domain     string     // of its public identities; empty: the trunk's
	Country    string     // dial context of its subscribers: how national numbers that they dial are read
	Breakout   Breakout   // how their calls leave

	OriginatingPrefix string        // with AttachTrunk: digits before the called number that mark a call of a subscriber; empty: the caller's identity decides
	ReturnPrefix      string        // with AttachTrunk: digits before a subscriber's number that make the core ring the handset and nothing else
	ShortCodes        []string      // of the operator's voicemail, as subscribers dial them ("888"): they reach their voicemail with us
	Emergency         EmergencyWay  // how an emergency call goes back
	ProvenClean       bool          // no voicemail of the operator has answered its probe: a person is bridged at once
	Confirm           Confirm       // when who answers on the handset is asked to press 1
	HandsetRing       time.Duration // of the handset's leg; shorter than the operator's own timer; 0: 18 s
	NoReplyTimer      time.Duration // after which the operator diverts on no reply; 0: not known
	Decline           DeclineScope
	MediaServers      []netip.Prefix // where its voicemail's voice comes from
	Quirks            []Quirk        // read before every other rule of causes
	WriteHistory      History
}

// Attachment is how a core is joined (the two that need no programme of the operator's).
type Attachment string

// The attachments.
const (
	AttachISC   Attachment = "isc"   // we are an application server: the core sends both session cases, with P-Served-User and Route
	AttachTrunk Attachment = "trunk" // a plain trunk: the core sends calls by number, and ours carry an anchor mark
)

// Breakout is how a subscriber's call leaves.
type Breakout string

// The exits.
const (
	BreakoutTrunk  Breakout = "trunk"  // by our own trunk; back to the core where there is none
	BreakoutReturn Breakout = "return" // back to the core
)

// EmergencyWay is how an emergency call of a handset that came to us goes back.
type EmergencyWay string

// The ways.
const (
	EmergencyReturn EmergencyWay = "return" // to the core, unchanged
	Emergency380    EmergencyWay = "380"    // 380 Alternative Service: the handset calls again as an emergency (TS 24.229 section 5.1.2A.1.1)
)

// Confirm says when a person has to prove that they are one.
type Confirm string

// When the handset's answer needs a key.
const (
	ConfirmSuspect Confirm = "suspect" // when the answer looks like a machine's
	ConfirmAlways  Confirm = "always"
	ConfirmNever   Confirm = "never" // what looks like a machine's is ended at once
)

// DeclineScope is whom a decline on the handset speaks for.
type DeclineScope string

// The scopes.
const (
	DeclineEverywhere DeclineScope = "everywhere" // the user, once it rang for a second
	DeclineDevice     DeclineScope = "device"     // the handset alone
)

// History is how redirections are written towards the core (RFC 7544).
type History string

// The ways to write them.
const (
	WriteDiversion   History = "diversion"
	WriteHistoryInfo History = "history_info"
	WriteBoth        History = "both"
	WriteNone        History = "none"
)

// Quirk is what one operator means by a final failure.
type Quirk struct {
	Status int // of the response; 0: any
	Q850   int // of its Reason; 0: any, -1: none was given
	Means  int // Q.850 value
}

// Mobile is the subscription of a direct number.
type Mobile struct {
	Operator OperatorID
	User     UserID
	IMSI     string
	Active   bool // the profile is enabled: the handset can ring and the App need not
}
