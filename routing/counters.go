package routing

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"tandem/mobilecore/ims"
)

// counters are what the switchboard counts; everybody adds.
type counters struct {
	active   [3]atomic.Int64
	total    [3][8]atomic.Uint64
	setups   [3][setupBuckets]atomic.Uint64
	setupSum [3]atomic.Int64 // nanoseconds
	refused  atomic.Uint64
	panics   atomic.Uint64
	overruns atomic.Uint64

	mu          sync.Mutex // a leaf lock
	deflections map[OperatorID]uint64
	returned    map[OperatorID]Returned
	heard       map[OperatorID]Heard
	faults      map[string]uint64
	degraded    map[string]uint64
}

const setupBuckets = 12

// setupBounds are the upper bounds of the histogram of set-up times; the last bucket has none.
func setupBounds() [setupBuckets - 1]time.Duration {
	const ms = time.Millisecond
	return [...]time.Duration{1 * ms, 2 * ms, 5 * ms, 10 * ms, 20 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, time.Second, 5 * time.Second}
}

// Counters is a reading of what the switchboard has counted since it started.
type Counters struct {
	Active   map[Direction]int64
	Total    map[Direction]map[Outcome]uint64 // calls that are over
	Setup    map[Direction]Setup
	Refused  uint64 // attempts that made no call
	Panics   uint64 // calls ended because of a fault in this program
	Overruns uint64 // calls ended because they were hopelessly behind

	Deflections map[OperatorID]uint64 // legs to handsets that a machine took (SPEC E8)
	Returned    map[OperatorID]Returned
	Heard       map[OperatorID]Heard

	Unheard  map[string]uint64 // parties who were not heard in a conversation, by the reason (media.Fault)
	Degraded map[string]uint64 // times that the sound became bad, by its way: "in" from a party, "out" to one
}

// Heard counts what a core sent us: what never comes, the operator's filter criteria do not send.
type Heard struct {
	Originating   uint64 // calls of subscribers
	Terminating   uint64 // calls for subscribers whose phone is registered
	Unregistered  uint64 // for those whose phone is not
	Registrations uint64 // third-party REGISTERs
}

// Returned counts the legs of ours that a core handed to us again.
type Returned struct {
	Marked   uint64 // that still carried the anchor mark
	Stripped uint64 // that did not, and were known in another way
}

// Setup is a histogram of the time from INVITE to the first 180 or 200.
type Setup struct {
	Bounds []time.Duration // upper bounds
	Counts []uint64        // one more than Bounds; not cumulative
	Sum    time.Duration
}

func directions() [3]Direction { return [...]Direction{Inbound, Outbound, Internal} }

func outcomes() [8]Outcome {
	return [...]Outcome{
		OutcomeAnswered, OutcomeMissed, OutcomeVoicemail, OutcomeAbandoned, OutcomeBusy, OutcomeRejected, OutcomeFailed, OutcomeCancelled,
	}
}

func (d Direction) index() int {
	switch d {
	case Inbound:
		return 0
	case Outbound:
		return 1
	case Internal:
		return 2
	}
	return 0
}

func (c *counters) setup(d Direction, took time.Duration) {
	i, bounds := 0, setupBounds()
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	c.setups[d.index()][i].Add(1)
	c.setupSum[d.index()].Add(int64(took))
}

func (c *counters) ended(d Direction, o Outcome) {
	for i, known := range outcomes() {
		if known == o {
			c.total[d.index()][i].Add(1)
		}
	}
}

// deflected counts a handset's leg that a machine took.
func (c *counters) deflected(o OperatorID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deflections == nil {
		c.deflections = map[OperatorID]uint64{}
	}
	c.deflections[o]++
}

// cameBack counts a leg of ours that a core handed to us again.
func (c *counters) cameBack(o OperatorID, mark ims.AnchorVerdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.returned == nil {
		c.returned = map[OperatorID]Returned{}
	}
	r := c.returned[o]
	if mark == ims.AnchorGenuine {
		r.Marked++
	} else {
		r.Stripped++
	}
	c.returned[o] = r
}

// unheard counts a party who is not heard.
func (c *counters) unheard(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.faults == nil {
		c.faults = map[string]uint64{}
	}
	c.faults[why]++
}

// heardBadly counts sound that became bad.
func (c *counters) heardBadly(way string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.degraded == nil {
		c.degraded = map[string]uint64{}
	}
	c.degraded[way]++
}

// hear counts what a core sent us.
func (c *counters) hear(o OperatorID, what func(*Heard)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard == nil {
		c.heard = map[OperatorID]Heard{}
	}
	h := c.heard[o]
	what(&h)
	c.heard[o] = h
}

// hearCall counts a call that a core sent us.
func (c *counters) hearCall(o OperatorID, is ims.SessionCase) {
	c.hear(o, func(h *Heard) {
		switch is {
		case ims.Originating, ims.OriginatingUnregistered, ims.OriginatingCDIV:
			h.Originating++
		case ims.Terminating:
			h.Terminating++
		case ims.TerminatingUnregistered:
			h.Unregistered++
		}
	})
}

// Counters reads what has been counted.
func (s *Switch) Counters() Counters {
	c := &s.counters
	out := Counters{
		Active: map[Direction]int64{}, Total: map[Direction]map[Outcome]uint64{}, Setup: map[Direction]Setup{},
		Refused: c.refused.Load(), Panics: c.panics.Load(), Overruns: c.overruns.Load(),
	}
	c.mu.Lock()
	out.Deflections, out.Returned = maps.Clone(c.deflections), maps.Clone(c.returned)
	out.Heard = maps.Clone(c.heard)
	out.Unheard, out.Degraded = maps.Clone(c.faults), maps.Clone(c.degraded)
	c.mu.Unlock()
	for i, d := range directions() {
		out.Active[d] = c.active[i].Load()
		out.Total[d] = map[Outcome]uint64{}
		for j, o := range outcomes() {
			out.Total[d][o] = c.total[i][j].Load()
		}
		bounds := setupBounds()
		h := Setup{Bounds: bounds[:], Sum: time.Duration(c.setupSum[i].Load())}
		for j := range c.setups[i] {
			h.Counts = append(h.Counts, c.setups[i][j].Load())
		}
		out.Setup[d] = h
	}
	return out
}
