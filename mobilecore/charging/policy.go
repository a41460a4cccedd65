package charging

import "time"

// Sizes that people count in.
const (
	Megabyte Bytes = 1_000_000
	Gigabyte       = 1000 * Megabyte
)

// Policy is how credit is given out. The zero value of a field is its default.
type Policy struct {
	Most     Bytes          // of one grant; 1 GB
	Least    Bytes          // of one grant, while there is as much; 10 MB
	Longest  time.Duration  // Validity-Time of a grant; 1 h
	Shortest time.Duration  // near the end of the quota or the cycle; 10 min
	Grace    time.Duration  // after a validity, until the reservation comes back; 2 min
	Keep     time.Duration  // how long what is over is known, for late reports and repeats; 48 h
	Talk     time.Duration  // of a call, granted at once; 10 min
	Sweep    time.Duration  // between two looks for what is over; 30 s
	Zone     *time.Location // of the cycles and days; UTC
}

// share of what is left that one grant has: a twentieth.
const share = 20

// filled puts the defaults in.
func (p *Policy) filled() Policy {
	fill(&p.Most, Gigabyte)
	fill(&p.Least, 10*Megabyte)
	fill(&p.Longest, time.Hour)
	fill(&p.Shortest, 10*time.Minute)
	fill(&p.Grace, 2*time.Minute)
	fill(&p.Keep, 48*time.Hour)
	fill(&p.Talk, 10*time.Minute)
	fill(&p.Sweep, 30*time.Second)
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	return *p
}

func fill[T ~int64](field *T, usual T) {
	if *field <= 0 {
		*field = usual
	}
}

// slice is how much of what is left is granted at once: a twentieth, never more than Most, and not less than Least while there is as much. A rest that would be
// smaller than that goes with it. It is all that is left exactly when it is the last.
func (p *Policy) slice(left, wanted Bytes) Bytes {
	if left <= 0 {
		return 0
	}
	s := max(min(left/share, p.Most), p.Least)
	if wanted > 0 {
		s = min(s, max(wanted, p.Least)) // A peer that asks for crumbs would ask again all the time.
	}
	if left-s < p.Least {
		return left
	}
	return s
}

// threshold is what is left of a grant when the peer asks for more: a fifth, and nothing of the last one.
func threshold(volume Bytes) Bytes { return volume / 5 }

// validity is how long a grant is good: shorter when little is left, so that what one session does not use is soon there for another, and no longer than
// the cycle where that is possible, so that what is used in a cycle is reported in it.
func (p *Policy) validity(b *Balance, now time.Time) time.Duration {
	v := p.Longest
	switch left := b.free(); {
	case left <= 0:
		v = p.Shortest
	case left < b.Quota()/10:
		v = (p.Shortest + p.Longest) / 3
	}
	if rest := b.End.Sub(now); rest < v {
		v = rest
	}
	return max(v, p.Shortest).Truncate(time.Second)
}
