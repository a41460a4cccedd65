package diameter

import (
	"maps"
	"sync"
)

// Counters are what happened, for metrics. The keys are few, whatever peers send.
type Counters struct {
	Peers    int                // connected now
	Answered map[Outcome]uint64 // requests, by what they were answered with
	Refused  map[string]uint64  // handshakes that made no peer, by the result or "broken" and "strangers"
}

// Outcome is a command, by its short name, and the result of its answer.
type Outcome struct {
	Command string
	Result  Result
}

// tally counts.
type tally struct {
	mu       sync.Mutex
	outcomes map[Outcome]uint64
	strange  map[string]uint64
}

func (t *tally) answered(c Command, r Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.outcomes == nil {
		t.outcomes = map[Outcome]uint64{}
	}
	t.outcomes[Outcome{c.String(), r}]++
}

func (t *tally) refused(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.strange == nil {
		t.strange = map[string]uint64{}
	}
	t.strange[why]++
}

func (t *tally) read() Counters {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Counters{Answered: maps.Clone(t.outcomes), Refused: maps.Clone(t.strange)}
}
