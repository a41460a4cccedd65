package metrics

import (
	"io"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Counter only rises.
type Counter struct {
	head

	mu     sync.Mutex
	values map[string]float64
}

// Add raises the counter of these label values; it takes as many as the counter has labels.
func (c *Counter) Add(n float64, labels ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[join(labels)] += n
}

func (c *Counter) write(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeHead(w)
	for _, k := range slices.Sorted(maps.Keys(c.values)) {
		series(w, c.name, c.labels, strings.Split(k, "\xff"), c.values[k])
	}
}

// Histogram counts values in buckets.
type Histogram struct {
	head

	bounds []float64
	mu     sync.Mutex
	values map[string]*Buckets
}

// Buckets is a histogram as it stands.
type Buckets struct {
	Bounds []float64 // upper bounds, rising
	Counts []uint64  // of each bound, not summed, and one more for what is above them all
	Sum    float64   // of all values
}

// Observe counts one value.
func (h *Histogram) Observe(v float64, labels ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.values[join(labels)]
	if b == nil {
		b = &Buckets{Bounds: h.bounds, Counts: make([]uint64, len(h.bounds)+1)}
		h.values[join(labels)] = b
	}
	b.Counts[sort.SearchFloat64s(h.bounds, v)]++
	b.Sum += v
}

func (h *Histogram) write(w io.Writer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writeHead(w)
	for _, k := range slices.Sorted(maps.Keys(h.values)) {
		var values []string
		if len(h.labels) > 0 {
			values = strings.Split(k, "\xff")
		}
		h.writeBuckets(w, *h.values[k], values)
	}
}

// writeBuckets writes the lines of one histogram.
func (h head) writeBuckets(w io.Writer, b Buckets, values []string) {
	labels, sum := slices.Concat(h.labels, []string{"le"}), uint64(0)
	for i, n := range b.Counts {
		sum += n
		bound := "+Inf"
		if i < len(b.Bounds) {
			bound = number(b.Bounds[i])
		}
		series(w, h.name+"_bucket", labels, slices.Concat(values, []string{bound}), float64(sum))
	}
	series(w, h.name+"_sum", h.labels, values, b.Sum)
	series(w, h.name+"_count", h.labels, values, float64(sum))
}

// askedHistogram is a histogram that somebody else keeps.
type askedHistogram struct {
	head

	read func(EmitHistogram)
}

func (a *askedHistogram) write(w io.Writer) {
	a.writeHead(w)
	a.read(func(b Buckets, labels ...string) { a.writeBuckets(w, b, labels) })
}

// asked is a metric whose values are asked for at each reading.
type asked struct {
	head

	read func(Emit)
}

func (a *asked) write(w io.Writer) {
	a.writeHead(w)
	a.read(func(v float64, labels ...string) { series(w, a.name, a.labels, labels, v) })
}
