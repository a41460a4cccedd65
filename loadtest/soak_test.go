package loadtest

import (
	"math"
	"testing"
	"time"
)

// Memory that jumps while pools fill and then grows by 6 MB an hour is told apart from memory that only jumps.
func TestTheSlopeIsThatAfterTheWarmUp(t *testing.T) {
	t.Parallel()
	for _, perHour := range []float64{0, 6 << 20, -(1 << 20)} {
		var samples []sample
		for at := time.Duration(0); at < time.Hour; at += time.Minute {
			v := 100e6 + perHour*at.Hours()
			if at < 20*time.Minute {
				v = 1e6 * float64(at/time.Minute)
			}
			samples = append(samples, sample{at, int64(v)})
		}
		got, most := slope(samples, 20*time.Minute)
		if math.Abs(got-perHour) > 1000 {
			t.Errorf("%.0f bytes an hour, want %.0f", got, perHour)
		}
		if most < 99e6 {
			t.Errorf("at most %d bytes", most)
		}
	}
	if got, _ := slope(nil, 0); got != 0 {
		t.Errorf("of no samples %.0f", got)
	}
}
