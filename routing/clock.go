package routing

import (
	"slices"
	"time"
)

// clockKind is what a call's timer is for.
type clockKind int

const (
	clockFlow        clockKind = iota // a machine's, by its id
	clockRingFirst                    // ringing before the first audio (SPEC Q5)
	clockNoAnswer                     // a fork that is not a flow's rang long enough, by its id
	clockDuration                     // the longest call
	clockRecord                       // the record waits no longer for the ladder
	clockRecordFlush                  // nor for a voicemail
	clockLinger                       // nor the goroutine for the wire
	clockHandset                      // a handset rang as long as it may, by its leg
	clockProof                        // nobody pressed the key that was asked for, by its leg
	clockAway                         // a page did not come back, by its leg
	clockListen                       // whether a page that is away is still heard, by its leg
	clockHeir                         // who was called to take a leg over did not pick up, by the heir
)

// tick says that a timer ran out. One whose generation is old was stopped or set anew meanwhile.
type tick struct {
	what clockKind
	id   int
	gen  int
}

// clocks are a call's timers. Few run at a time: a list is the fastest map.
type clocks struct {
	running []running
	gen     int
}

type running struct {
	tick  tick
	timer *time.Timer
}

// after sets a clock; one of the same kind and id is set anew.
func (c *call) after(what clockKind, id int, d time.Duration) {
	c.clocks.stop(what, id)
	c.clocks.gen++
	t := tick{what, id, c.clocks.gen}
	box := c.box
	c.clocks.running = append(c.clocks.running, running{t, time.AfterFunc(d, func() { box.post(letter{own: t}) })})
}

func (s *clocks) stop(what clockKind, id int) {
	for i := range s.running {
		if r := &s.running[i]; r.tick.what == what && r.tick.id == id {
			r.timer.Stop()
			s.remove(i)
			return
		}
	}
}

// rang says whether a tick still counts, and takes its clock off the list.
func (s *clocks) rang(t tick) bool {
	for i := range s.running {
		if s.running[i].tick == t {
			s.remove(i)
			return true
		}
	}
	return false
}

// stopKind stops every clock of a kind.
func (s *clocks) stopKind(what clockKind) {
	for i, r := range slices.Backward(s.running) {
		if r.tick.what == what {
			r.timer.Stop()
			s.remove(i)
		}
	}
}

func (s *clocks) stopAll() {
	for i := range s.running {
		s.running[i].timer.Stop()
	}
	clear(s.running)
	s.running = s.running[:0]
}

func (s *clocks) remove(i int) {
	last := len(s.running) - 1
	s.running[i] = s.running[last]
	s.running[last] = running{}
	s.running = s.running[:last]
}
