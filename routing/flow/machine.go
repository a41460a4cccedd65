package flow

import "time"

// Office is what a machine asks about people and sounds; it answers from an immutable snapshot and from what is happening now.
type Office interface {
	// Extension finds whose three digits these are.
	Extension(digits string) (UserID, Reach)
	// Assigned says whether the user is in the called number's distribution.
	Assigned(u UserID) Reach
	// Members lists the users that a team rings, in its order.
	Members(t TeamID) []UserID
	// Status is the user's availability for ringing now (SPEC R3), and whether the user takes a second call.
	Status(u UserID) Status
	// IdleSince orders users for the rule longest idle (SPEC R12).
	IdleSince(u UserID) time.Time
	// Voicemail says whether the user has a voicemail of their own (SPEC X24).
	Voicemail(u UserID) (AudioID, Has)
	// NumberVoicemail is the voicemail of the number that was called.
	NumberVoicemail() (*Voicemail, Has)
}

// Reach says whether somebody can be dialled.
type Reach int

// How a user can be reached.
const (
	Unknown      Reach = iota // nobody has that extension, or not in this distribution
	OutgoingOnly              // treated as unknown towards the caller (SPEC X11)
	Reachable
)

// Has says whether a thing is there.
type Has bool

// Status is SPEC R3's, plus call waiting (SPEC X23).
type Status int

// The states of a user.
const (
	Available Status = iota + 1
	Busy
	BusyCallWaiting // in a call, and allows a second one
	Unavailable
)

// Input is what happened. Now is given with it, so that the machine needs no clock.
//
//sumtype:decl
type Input interface{ input() }

// The inputs of a machine.
type (
	// Begin is the first input.
	Begin struct{}
	// Digit is a key that the caller pressed.
	Digit struct{ Key byte }
	// PlayDone says that Play number ID was heard to its end (a Play that was replaced or stopped says nothing).
	PlayDone struct{ ID int }
	// TimerFired says that the timer started by StartTimer number ID ran out.
	TimerFired struct{ ID int }
	// RingDone says how Ring number ID ended without an answer.
	RingDone struct {
		ID      int
		Outcome RingOutcome
	}
	// StatusChanged says that a user became available or busy: a waiting call may ring again (SPEC R16, R20).
	StatusChanged struct{ User UserID }
	// RecordDone says that the recording is over; Length is its audio.
	RecordDone struct{ Length time.Duration }
	// RedirectDone says that the redirection was not answered.
	RedirectDone struct{ Outcome RingOutcome }
)

// RingOutcome is how ringing ended.
type RingOutcome int

// How ringing ended without an answer.
const (
	NotAnswered RingOutcome = iota + 1 // rang, and nobody answered in time
	Declined                           // the user declined
	NoDevice                           // nowhere to ring, or every device failed at once
)

// Command is what the call has to do.
//
//sumtype:decl
type Command interface{ command() }

// The commands of a machine.
type (
	// Play replaces what the caller hears. The call is answered before the first one, unless Early.
	Play struct {
		ID    int
		Audio []AudioID
		Loop  bool
	}
	// StopPlay leaves silence.
	StopPlay struct{}
	// StartTimer asks for TimerFired.
	StartTimer struct {
		ID    int
		After time.Duration
	}
	// StopTimer takes it back; a TimerFired that crosses it is ignored.
	StopTimer struct{ ID int }
	// Ring rings every device of these users at once, until StopRing or an answer. When one answers, the call bridges and the machine is
	// done; when all failed before, RingDone comes.
	Ring struct {
		ID    int
		Users []UserID
		Why   RingWhy
	}
	// StopRing stops Ring number ID; the caller is not bridged any more. No RingDone follows.
	StopRing struct{ ID int }
	// Call redirects: to an outside number, or to another number of ours whose flow takes over.
	Call struct{ To Redirect }
	// Record records the caller after the greeting and beep that were played; RecordDone follows.
	Record struct {
		Max     time.Duration
		Silence time.Duration
		For     []UserID // whose voicemail it is; empty: the number's users
	}
	// StopRecord ends it; RecordDone follows.
	StopRecord struct{}
	// Leave ends the call.
	Leave struct{ Why LeaveWhy }
	// Note puts a line on the call's timeline.
	Note struct {
		Type string // of API.md's timeline: "node_entered", "ivr_option_selected", "extension_dialed", "extension_refused" …
		Node NodeID
		User UserID
		Args map[string]string
	}
)

// RingWhy says why a user rings.
type RingWhy int

// Why a user rings.
const (
	RingByNode RingWhy = iota + 1
	RingByExtension
)

// LeaveWhy says why a flow ends the call.
type LeaveWhy int

// Why a flow ends a call.
const (
	FlowEnded LeaveWhy = iota + 1 // a hang-up node, or a port without a target
	NobodyAnswered
	VoicemailLeft
	VoicemailTooShort
)

func (Begin) input()         {}
func (Digit) input()         {}
func (PlayDone) input()      {}
func (TimerFired) input()    {}
func (RingDone) input()      {}
func (StatusChanged) input() {}
func (RecordDone) input()    {}
func (RedirectDone) input()  {}

func (Play) command()       {}
func (StopPlay) command()   {}
func (StartTimer) command() {}
func (StopTimer) command()  {}
func (Ring) command()       {}
func (StopRing) command()   {}
func (Call) command()       {}
func (Record) command()     {}
func (StopRecord) command() {}
func (Leave) command()      {}
func (Note) command()       {}

// Machine walks one flow for one call. Its owner calls Step from one goroutine.
type Machine struct{}

// New makes a machine that stands before the start of f.
func New(f *Flow, o Office) *Machine { return &Machine{} }

// Step takes what happened and says what to do, in order.
func (m *Machine) Step(now time.Time, in Input) []Command { return nil }
