package media

import (
	"sync/atomic"
	"time"
)

const (
	lateBin  = 100 * time.Microsecond
	lateBins = 256
)

// lateness counts how late turns came, over the last minute to two. One goroutine adds; anybody reads.
type lateness struct {
	minute [2]atomic.Int64 // which minute each half is for
	bins   [2][lateBins]atomic.Uint32
}

// add counts one turn that came so many nanoseconds after it was due.
func (l *lateness) add(late, due int64) {
	minute := due / int64(time.Minute)
	half := &l.bins[minute%2]
	if l.minute[minute%2].Load() != minute {
		for i := range half {
			half[i].Store(0)
		}
		l.minute[minute%2].Store(minute)
	}
	half[min(max(late/int64(lateBin), 0), lateBins-1)].Add(1)
}

// addTo adds the counts to another's first half.
func (l *lateness) addTo(sum *lateness) {
	for h := range l.bins {
		for i := range l.bins[h] {
			sum.bins[0][i].Add(l.bins[h][i].Load())
		}
	}
}

// percentile is the upper end of the bin that holds it; 0 when nothing was counted.
func (l *lateness) percentile(p uint64) time.Duration {
	var all, seen uint64
	for i := range l.bins[0] {
		all += uint64(l.bins[0][i].Load())
	}
	for i := range l.bins[0] {
		seen += uint64(l.bins[0][i].Load())
		if seen*100 >= all*p && all > 0 {
			return time.Duration(i+1) * lateBin
		}
	}
	return 0
}
