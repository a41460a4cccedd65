package resolve

import (
	"math/rand/v2"
	"slices"
	"time"

	"tandem/sip/transport"
)

// found is what the DNS says of a server: its places, and for how long that holds.
type found struct {
	places []place
	life   time.Duration
	closed bool // a service record says that the service is not given there (RFC 2782): no other way is to be tried
}

// place is where one SRV record leads, or where the name itself does.
type place struct {
	rank    int // lower first
	weight  uint16
	targets []transport.Target
}

// draw puts the targets in the order in which one request tries them: by rank, and by chance where ranks are equal, in proportion to the
// weights (RFC 2782). Each request draws anew.
func (f *found) draw() []transport.Target {
	var list []transport.Target
	left := slices.Clone(f.places)
	slices.SortStableFunc(left, func(a, b place) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return int(a.weight) - int(b.weight) // a weight of 0 has a small chance of coming first
	})
	for len(left) > 0 {
		same := 1
		for same < len(left) && left[same].rank == left[0].rank {
			same++
		}
		i := pick(left[:same])
		list = append(list, left[i].targets...)
		left = slices.Delete(left, i, i+1)
	}
	return list
}

// pick chooses one of places of the same rank.
func pick(list []place) int {
	sum := 0
	for _, p := range list {
		sum += int(p.weight)
	}
	if sum == 0 {
		return 0
	}
	at := rand.IntN(sum + 1) //nolint:gosec // nobody gains by guessing it
	for i, p := range list {
		if at -= int(p.weight); at <= 0 {
			return i
		}
	}
	return len(list) - 1
}

// add puts places behind those that are there already.
func (f *found) add(more found) {
	behind := 0
	for _, p := range f.places {
		behind = max(behind, p.rank+1)
	}
	for _, p := range more.places {
		p.rank += behind
		f.places = append(f.places, p)
	}
	if f.life == 0 || more.life < f.life {
		f.life = more.life
	}
}
