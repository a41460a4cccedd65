package flow

import "time"

// Command is what the call has to do.
//
//sumtype:decl
type Command interface{ command() }

// The commands of a machine. Ids rise over the whole call and are never used twice, over all commands.
type (
	// Play replaces what the caller hears, at once. Its sounds are heard one after the other; with Loop the list begins again at its end and no
	// PlayDone comes. The call is answered before the first one, at the latest where its number rings first (SPEC Q5).
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
	// Ring rings every device of these users at once, until StopRing or an answer. When one answers, the call bridges, every other device of
	// this and of all other Rings stops, and the machine is done; when all failed before, RingDone comes. Several Rings can be under way at a
	// time: a user who becomes available joins by a Ring of their own (SPEC R20).
	Ring struct {
		ID    int
		Users []UserID
		Why   RingWhy
	}
	// StopRing stops Ring number ID; the caller is not bridged any more. No RingDone follows.
	StopRing struct{ ID int }
	// Call redirects: to an outside number, or to another number of ours whose flow takes over. Music that plays goes on while it rings.
	Call struct{ To Redirect }
	// Record records the caller after the greeting and beep that were played; RecordDone follows when Max is over, after Silence without a
	// voice, at hang-up or by StopRecord.
	Record struct {
		Max     time.Duration
		Silence time.Duration
		For     []UserID // whose voicemail it is; empty: the number's users
	}
	// StopRecord ends it; RecordDone follows.
	StopRecord struct{}
	// Ask posts what is known of the call to a URL and wants to be told where it goes: Told follows (API.md section 7, ring_to_api).
	Ask struct {
		ID     int
		Node   *RingToAPI // with which TargetOf reads the answer
		URL    string
		Within time.Duration
		Inputs map[string]string // what the caller typed, by the title of its node; sensitive ones are there too: they were asked for this (SPEC K12)
	}
	// Send sends an SMS. Nothing follows: whoever sends it says on the timeline what became of it.
	Send struct {
		From NumberID // empty: the number that was called
		To   string   // E.164; empty: the caller
		Text string
		Node NodeID // that says so
	}
	// Mark keeps something on the call: tags, variables, the priority in queues, the language of announcements.
	Mark struct{ Set Set }
	// Leave ends the call, with everything that plays, rings or runs. It is the last command.
	Leave struct{ Why LeaveWhy }
	// Note puts a line on the call's timeline.
	Note struct {
		Type string // one of the Note… constants
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

func (Play) command()       {}
func (StopPlay) command()   {}
func (StartTimer) command() {}
func (StopTimer) command()  {}
func (Ring) command()       {}
func (StopRing) command()   {}
func (Call) command()       {}
func (Record) command()     {}
func (StopRecord) command() {}
func (Ask) command()        {}
func (Send) command()       {}
func (Mark) command()       {}
func (Leave) command()      {}
func (Note) command()       {}
