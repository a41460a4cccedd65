package transport

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// buckets bound the rate of each address that is not a trunk's, in a table of fixed size: a flood from made-up addresses cannot make it
// grow, it can only push addresses out, and whoever is pushed out starts with a full bucket.
type buckets struct {
	mu    sync.Mutex
	seed  maphash.Seed
	rate  float64 // tokens a second
	burst float64
	slots []bucket
}

type bucket struct {
	addr   netip.Addr
	tokens float64
	at     time.Time
}

// bucketSlots times bucketWays is how many addresses are remembered at once; it is about 1.2 MB.
const (
	bucketSlots = 4096
	bucketWays  = 4
)

func newBuckets(rate, burst float64) *buckets {
	return &buckets{seed: maphash.MakeSeed(), rate: rate, burst: burst, slots: make([]bucket, bucketSlots*bucketWays)}
}

// take takes some tokens of an address; false when there are not as many.
func (b *buckets) take(addr netip.Addr, cost float64) bool {
	now := time.Now()
	set := int(maphash.Comparable(b.seed, addr)%bucketSlots) * bucketWays
	b.mu.Lock()
	defer b.mu.Unlock()
	oldest := &b.slots[set]
	for i := set; i < set+bucketWays; i++ {
		s := &b.slots[i]
		if s.addr == addr {
			s.tokens = min(b.burst, s.tokens+b.rate*now.Sub(s.at).Seconds())
			s.at = now
			if s.tokens < cost {
				return false
			}
			s.tokens -= cost
			return true
		}
		if s.at.Before(oldest.at) {
			oldest = s
		}
	}
	*oldest = bucket{addr: addr, tokens: b.burst - cost, at: now}
	return true
}
