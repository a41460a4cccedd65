package routing

import (
	"sync/atomic"
	"time"
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

// Counters reads what has been counted.
func (s *Switch) Counters() Counters {
	c := &s.counters
	out := Counters{
		Active: map[Direction]int64{}, Total: map[Direction]map[Outcome]uint64{}, Setup: map[Direction]Setup{},
		Refused: c.refused.Load(), Panics: c.panics.Load(), Overruns: c.overruns.Load(),
	}
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
