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

// bans are addresses whose messages are dropped for a while; bounded, the one that ends first makes room.
type bans struct {
	mu    sync.RWMutex
	until map[netip.Addr]time.Time
}

// Bounds of banning.
const (
	maxBans = 4096
	maxBan  = 24 * time.Hour
)

func (b *bans) add(addr netip.Addr, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until == nil {
		b.until = make(map[netip.Addr]time.Time)
	}
	if _, known := b.until[addr]; !known && len(b.until) >= maxBans {
		var first netip.Addr
		for a, t := range b.until {
			if !first.IsValid() || t.Before(b.until[first]) {
				first = a
			}
		}
		delete(b.until, first)
	}
	b.until[addr] = until
}

func (b *bans) has(addr netip.Addr, now time.Time) bool {
	b.mu.RLock()
	until, banned := b.until[addr]
	b.mu.RUnlock()
	if banned && now.After(until) {
		b.mu.Lock()
		delete(b.until, addr)
		b.mu.Unlock()
		return false
	}
	return banned
}
