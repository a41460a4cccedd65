package flow

import "time"

// Input is what happened. Now is given with it, so that the machine needs no clock. Inputs may come in any order and late: one that names
// a Play, timer or Ring that is over is ignored, and so is everything after the end.
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
	// RingDone says how Ring number ID ended without an answer: nobody of it rings any more. With several users and no UserDone before, the
	// outcome is that of the last one who failed.
	RingDone struct {
		ID      int
		Outcome RingOutcome
	}
	// UserDone says how one user of Ring number ID ended, while others may still ring (SPEC R18 needs it for a team). It is optional: where the
	// last user ended, RingDone follows and is enough.
	UserDone struct {
		ID      int
		User    UserID
		Outcome RingOutcome
	}
	// StatusChanged says that a user became available or busy: a waiting call may ring again (SPEC R16, R20).
	StatusChanged struct{ User UserID }
	// RecordDone says that the recording is over; Length is its audio.
	RecordDone struct{ Length time.Duration }
	// Told answers Ask number ID: whom to ring, or where to redirect; with neither, or with an error, the caller takes the port "fallback".
	Told struct {
		ID       int
		RingTo   *RingTo
		Redirect *Redirect
		Failed   string // why there is no answer, for the timeline; empty: there is one
	}
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

func (Begin) input()         {}
func (Digit) input()         {}
func (PlayDone) input()      {}
func (TimerFired) input()    {}
func (RingDone) input()      {}
func (UserDone) input()      {}
func (StatusChanged) input() {}
func (RecordDone) input()    {}
func (Told) input()          {}
func (RedirectDone) input()  {}
