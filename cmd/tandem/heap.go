package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// heapSpare is how much garbage may gather, in bytes, while the heap itself is small: most of what a call needs is soon garbage, and
	// collecting it as late as that takes a sixth of the work of a call away.
	heapSpare = 96 << 20
	// Bounds of the percentage that the collector is given: 100 is what Go does by itself.
	leastPercent, mostPercent = 100, 400

	heapEvery = time.Second
	// heapQuiet is after how long without a collection the heap is given back once: what a rush of calls needed is not kept.
	heapQuiet = 20 * time.Second
)

// heap fits the garbage collector to the size of the heap.
type heap struct {
	samples []metrics.Sample
	percent int
	cycles  uint64    // collections, when it was last looked at
	since   time.Time // of the last change of cycles
	given   bool      // back to the operating system, since then
}

// tendHeap looks after the collector until ctx ends. An operator who sets GOGC or GOMEMLIMIT has decided, and it does nothing.
func tendHeap(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	h := &heap{samples: []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}, since: time.Now()}
	defer debug.SetGCPercent(debug.SetGCPercent(mostPercent))
	h.percent = mostPercent
	ticker := time.NewTicker(heapEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			h.look(now)
		case <-ctx.Done():
			return
		}
	}
}

// look sets the percentage, and gives memory back after a rush.
func (h *heap) look(now time.Time) {
	metrics.Read(h.samples)
	live, cycles := h.samples[0].Value.Uint64(), h.samples[1].Value.Uint64()
	if cycles != h.cycles {
		h.cycles, h.since, h.given = cycles, now, false
		if p := percentFor(live); p != h.percent {
			h.percent = p
			debug.SetGCPercent(p)
		}
		return
	}
	if !h.given && now.Sub(h.since) >= heapQuiet {
		debug.FreeOSMemory()
		metrics.Read(h.samples)
		h.cycles, h.given = h.samples[1].Value.Uint64(), true
	}
}

// percentFor is how much garbage may gather, in hundredths of what lives, in steps: each change stops the program for a moment.
func percentFor(live uint64) int {
	const step = 50
	p := heapSpare * 100 / max(live, 1)
	return int(min(max(p/step*step, leastPercent), mostPercent))
}
