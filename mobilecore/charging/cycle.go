package charging

import (
	"math/bits"
	"time"
)

// lastCycleDay is the last day of a month on which a cycle may begin: every month has it.
const lastCycleDay = 28

// CycleAt is the cycle that a moment lies in: from 00:00 of a day of the month in a zone to the same a month later. A day outside of 1 to 28 counts as the first.
func CycleAt(at time.Time, day int, zone *time.Location) (start, end time.Time) {
	if day < 1 || day > lastCycleDay {
		day = 1
	}
	y, m, _ := at.In(zone).Date()
	start = time.Date(y, m, day, 0, 0, 0, 0, zone)
	if start.After(at) {
		m--
		start = time.Date(y, m, day, 0, 0, 0, 0, zone)
	}
	return start, time.Date(y, m+1, day, 0, 0, 0, 0, zone)
}

// dayOf names the day of a moment.
func dayOf(at time.Time, zone *time.Location) string { return at.In(zone).Format(time.DateOnly) }

// before is the part of what was used since a moment that falls before another one, as if it had been used evenly.
func (u Bytes) before(since, moment, now time.Time) Bytes {
	whole, part := now.Sub(since), moment.Sub(since)
	switch {
	case part <= 0 || u <= 0:
		return 0
	case part >= whole:
		return u
	}
	hi, lo := bits.Mul64(uint64(u), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole)) //nolint:gosec // Above part, which is above 0.
	return Bytes(q)                           //nolint:gosec // Below u, as part is below the whole.
}
