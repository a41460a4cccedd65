package webhook

import (
	"maps"
	"sync"
	"time"

	"tandem/provisioning"
)

// Stats is what a Worker did since its start.
type Stats struct {
	Results map[string]uint64 // attempts by what came of them: "delivered", "retried", "failed", "disabled"
	Lag     Spread
}

// Spread is how late events met their first attempt.
type Spread struct {
	Bounds []time.Duration // upper ones, rising
	Counts []uint64        // of each bound alone, and of what is above the last
	Sum    time.Duration
}

type meters struct {
	mu      sync.Mutex
	results map[string]uint64
	lag     Spread
}

func lagBounds() []time.Duration {
	return []time.Duration{
		100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
		30 * time.Second, time.Minute, 5 * time.Minute, time.Hour,
	}
}

func (m *meters) count(v verdict) {
	result := "failed"
	switch {
	case v.state == provisioning.DeliveryDelivered:
		result = "delivered"
	case v.disable != "":
		result = "disabled"
	case v.state == provisioning.DeliveryWaiting:
		result = "retried"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.results == nil {
		m.results = map[string]uint64{}
	}
	m.results[result]++
}

func (m *meters) late(by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lag.Bounds == nil {
		m.lag.Bounds = lagBounds()
		m.lag.Counts = make([]uint64, len(m.lag.Bounds)+1)
	}
	i := 0
	for i < len(m.lag.Bounds) && by > m.lag.Bounds[i] {
		i++
	}
	m.lag.Counts[i]++
	m.lag.Sum += max(by, 0)
}

// Stats gives a copy.
func (w *Worker) Stats() Stats {
	m := &w.meters
	m.mu.Lock()
	defer m.mu.Unlock()
	out := Stats{Results: map[string]uint64{"delivered": 0, "retried": 0, "failed": 0, "disabled": 0}}
	maps.Copy(out.Results, m.results)
	bounds := lagBounds()
	out.Lag = Spread{Bounds: bounds, Counts: make([]uint64, len(bounds)+1), Sum: m.lag.Sum}
	copy(out.Lag.Counts, m.lag.Counts)
	return out
}
