package simulate

import (
	"time"

	"tandem/routing/flow"
)

// Script is what the world does while the flow is walked. The zero value is a caller who listens and waits, in an office where nobody answers.
type Script struct {
	At       time.Time // when the call begins
	Digits   []Press
	Agents   map[flow.UserID]Agent
	Changes  []Change
	HangsUp  time.Duration // the caller hangs up after this time; 0: never
	Speaks   time.Duration // how long the caller speaks after the beep of a voicemail
	Redirect Agent         // what a redirection meets
	Answers  []Answer      // of programs that are asked, in the order in which they are asked; the last one holds for all that follow
	Caller   *flow.Caller  // who calls; nil: what the office says
	Chance   *float64      // what a split draws; nil: what the office says
	Sounds   map[flow.AudioID]time.Duration
	Sound    time.Duration // of sounds that Sounds does not name; 3 s
	Limit    time.Duration // where the simulation stops; 4 h
	Settings flow.Settings
}

// Press is a key that the caller presses.
type Press struct {
	After time.Duration
	Key   byte
}

// Agent is what a user does when their devices ring. The zero value lets them ring.
type Agent struct {
	Status   flow.Status   // at the beginning; 0: what the office says
	Answers  time.Duration // after ringing that long; 0: never
	Declines time.Duration // after ringing that long; 0: never
	NoDevice bool          // every device fails at once
}

// Answer is what a program says that is asked where a call goes.
type Answer struct {
	After  time.Duration
	Body   []byte // see flow.TargetOf
	Failed string // why there is no answer; empty: there is one
}

// Change is a user whose availability changes during the call.
type Change struct {
	After  time.Duration
	User   flow.UserID
	Status flow.Status
}

// Keys presses keys one after the other, evenly spaced.
func Keys(after, every time.Duration, keys string) []Press {
	presses := make([]Press, 0, len(keys))
	for i := range len(keys) {
		presses = append(presses, Press{After: after + time.Duration(i)*every, Key: keys[i]})
	}
	return presses
}

// length is how long a list of sounds takes.
func (s *Script) length(audio []flow.AudioID) time.Duration {
	total := time.Duration(0)
	for _, a := range audio {
		switch d, known := s.Sounds[a]; {
		case known:
			total += d
		case s.Sound > 0:
			total += s.Sound
		default:
			total += 3 * time.Second
		}
	}
	return total
}
