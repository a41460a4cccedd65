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
	values map[string]*buckets
}

type buckets struct {
	counts []uint64 // of each bound, not summed
	count  uint64
	sum    float64
}

// Observe counts one value.
func (h *Histogram) Observe(v float64, labels ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.values[join(labels)]
	if b == nil {
		b = &buckets{counts: make([]uint64, len(h.bounds))}
		h.values[join(labels)] = b
	}
	if i := sort.SearchFloat64s(h.bounds, v); i < len(h.bounds) {
		b.counts[i]++
	}
	b.count++
	b.sum += v
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
		b, sum := h.values[k], uint64(0)
		for i, bound := range h.bounds {
			sum += b.counts[i]
			series(w, h.name+"_bucket", slices.Concat(h.labels, []string{"le"}), slices.Concat(values, []string{number(bound)}), float64(sum))
		}
		series(w, h.name+"_bucket", slices.Concat(h.labels, []string{"le"}), slices.Concat(values, []string{"+Inf"}), float64(b.count))
		series(w, h.name+"_sum", h.labels, values, b.sum)
		series(w, h.name+"_count", h.labels, values, float64(b.count))
	}
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
