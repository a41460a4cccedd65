package flow

import (
	"time"

	"tandem/routing/calendar"
)

// The names of things that the records keep; they are opaque here.
type (
	// UserID names a user.
	UserID string
	// TeamID names a team.
	TeamID string
	// AudioID names a sound of the account's audio library, or a prompt that ships with the product.
	AudioID string
	// NumberID names a number of the account.
	NumberID string
	// ID names a flow.
	ID string
)

// NodeID names a node inside its flow.
type NodeID string

// Flow is a published flow. Nobody changes one: a change is a new version (SPEC D11).
type Flow struct {
	ID       ID
	Version  int
	Name     string
	Language string // of the prompts that ship with the product: "fr" or "en"; empty: the account's
	Timezone string // IANA name; kept for the nodes that look at the clock
	Start    NodeID
	Nodes    map[NodeID]*Node
	Listed   []NodeID         // the order of the nodes in the document, where it came from one; no meaning for calls
	Layout   map[NodeID]Point // where the editor draws the nodes; no meaning for calls

	places map[string]*time.Location // of the time zones that the flow names, so that no call reads a file
}

// Point is a place on the editor's canvas.
type Point [2]float64

// findPlaces keeps the time zones that the flow names.
func (f *Flow) findPlaces() {
	keep := func(zone string) {
		if zone == "" || f.places[zone] != nil {
			return
		}
		if f.places == nil {
			f.places = make(map[string]*time.Location)
		}
		f.places[zone] = calendar.Place(zone)
	}
	keep(f.Timezone)
	for _, n := range f.Nodes {
		switch {
		case n.TimeRule != nil:
			keep(n.TimeRule.Timezone)
		case n.DateRule != nil:
			keep(n.DateRule.Timezone)
		}
	}
}

// place finds a time zone.
func (f *Flow) place(zone string) *time.Location {
	if p := f.places[zone]; p != nil {
		return p
	}
	return calendar.Place(zone)
}

// Node is a step of a flow; exactly one of the pointers is set.
type Node struct {
	ID    NodeID
	Title string
	Next  map[string]NodeID // by port: see Ports

	AudioMessage *AudioMessage
	IVR          *IVR
	Waiting      *Waiting
	RingTo       *RingTo
	Redirect     *Redirect
	Voicemail    *Voicemail
	Hangup       *Hangup
	TimeRule     *TimeRule
	DateRule     *DateRule
	CallerRule   *CallerRule
	Split        *Split
	Input        *DigitInput
	RingToAPI    *RingToAPI
	SendSMS      *SendSMS
	Set          *Set
}

// AudioMessage plays a message, then port "done".
type AudioMessage struct {
	Audio      AudioID
	Extensions Extensions
}

// IVR plays a menu and takes a key (SPEC K1 to K5). Ports: the ids of its options, and "no_or_wrong_input".
type IVR struct {
	Audio          AudioID
	Options        []Option
	TimeoutSeconds float64 // after the message; 5
	Attempts       int     // 3
	Error          AudioID // played after a wrong key; the product's own when empty
	Extensions     Extensions
}

// Option is one key of an IVR.
type Option struct {
	ID    string
	Key   byte // 0-9 * #
	Title string
}

// Waiting sets what a caller hears while the next Ring-to rings; then port "done" at once. It holds for every later Ring-to too, until
// another Waiting is met.
type Waiting struct {
	Music      AudioID
	Extensions Extensions
}

// RingTo rings one user or one team (SPEC R1). Port "unanswered".
type RingTo struct {
	Users           []UserID // one by R1; several where a site file of today asks for it
	Team            TeamID
	Rule            Rule
	RingForSeconds  float64 // 5 to 3600 (SPEC R2)
	RingUserSeconds float64 // with a one-by-one rule; 30 (SPEC R13)
	EvenIfBusy      bool
}

// Rule says in which order a team rings.
type Rule string

// The rules (SPEC R10 to R12).
const (
	Simultaneous Rule = "simultaneous"
	Random       Rule = "random"
	LongestIdle  Rule = "longest_idle"
)

// Redirect ends the flow by calling a number, ours or outside.
type Redirect struct {
	Number         NumberID // one of ours: its flow runs
	External       string   // E.164, by a trunk
	SIP            string   // "sip:…": an address outside, by a trunk or directly where the account allows it
	RingForSeconds float64  // 5 to 3600; 0: 60
}

// Voicemail plays a greeting and a beep and records (SPEC V1 to V3).
type Voicemail struct {
	Greeting   AudioID
	MaxSeconds float64 // 180
}

// Hangup ends the call, after a message where one is given.
type Hangup struct{ Audio AudioID }

// Extensions says who can be reached by three digits while a node is heard. The empty one is AnyUser.
type Extensions string

// Who can be reached.
const (
	AnyUser  Extensions = "any"          // any user of the account (SPEC X5, X9); the default
	OwnUsers Extensions = "distribution" // only users of this number's distribution: legacy classic numbers (SPEC X8)
	NoOne    Extensions = "none"
)
