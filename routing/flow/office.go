package flow

import (
	"time"

	"tandem/routing/calendar"
)

// Office is what a machine asks about people and extensions; it answers from an immutable snapshot and from what is happening now.
type Office interface {
	Switchboard
	People
	Register
}

// Register answers for the calendar and for the caller.
type Register interface {
	// SpecialDate finds the days of a special date of the account.
	SpecialDate(id DateID) (calendar.Dates, Has)
	// Caller says what is known of who calls.
	Caller() Caller
	// Timezone is the one of the number that was called: of its prefix, or as its account set it (SPEC T8).
	Timezone() string
	// Chance gives a number from 0 up to but without 1: for Split.
	Chance() float64
}

// Caller is who calls, as far as the account knows (SPEC T10).
type Caller struct {
	Number    string    // E.164; empty when anonymous
	Country   string    // ISO 3166 alpha-2; empty: none
	Anonymous Has       // the number was withheld
	Tags      []string  // of the contact
	VIP       Has       // on the VIP list
	Blocked   Has       // on the block list
	LastCall  time.Time // when they last spoke to somebody of the account; zero: never, or too long ago
	LastUser  UserID    // to whom
}

// Switchboard answers for extensions and voicemails.
type Switchboard interface {
	// Extension finds whose three digits these are. It is asked when the third digit was dialled, so a changed extension works at once (SPEC
	// X16).
	Extension(digits string) (UserID, Reach)
	// ExtensionPrefix says whether any extension of the account begins with these one or two digits (SPEC X7).
	ExtensionPrefix(digits string) Has
	// Assigned says whether the user is in the called number's distribution: Unknown when not.
	Assigned(u UserID) Reach
	// Voicemail says whether the user has a voicemail of their own, and its greeting (SPEC X24); an empty greeting is the product's.
	Voicemail(u UserID) (AudioID, Has)
	// NumberVoicemail is the voicemail of the number that was called.
	NumberVoicemail() (*Voicemail, Has)
}

// People answers for teams and users.
type People interface {
	// Members lists the users that a team rings, in its order.
	Members(t TeamID) []UserID
	// Status is the user's availability for ringing now (SPEC R3), and whether the user takes a second call. Why counts: an extension reaches a handset that
	// a Ring-to does not. A user who rings only for this
	// very call is Available.
	Status(u UserID, why RingWhy) Status
	// IdleSince orders users for the rule longest idle (SPEC R12).
	IdleSince(u UserID) time.Time
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
	BusyCallWaiting // in a call, and allows a second one: an extension rings it, a Ring-to waits as for Busy
	Unavailable
)
