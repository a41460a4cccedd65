package sip

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// lockout counts wrong passwords for each pair of user and address, so that a password cannot be tried out, and the user is not locked
// out by somebody else's attempts. It is bounded: only addresses that echoed a nonce get here, and the oldest half goes when it is full.
type lockout struct {
	wrong atomic.Uint64 // passwords, ever

	mu     sync.Mutex
	now    map[attacker]failures
	before map[attacker]failures
}

type attacker struct {
	user string
	from netip.Addr
}

type failures struct {
	n     int
	since time.Time
}

const (
	maxFailures   = 10
	failureWindow = 10 * time.Minute
	maxAttackers  = 8192
)

// locked says whether a user's password has been tried too often from there.
func (l *lockout) locked(user string, from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.getLocked(attacker{user, from})
	return f.n >= maxFailures && time.Since(f.since) < failureWindow
}

// count is how many addresses are not listened to for some user.
func (l *lockout) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[netip.Addr]struct{}{}
	for _, generation := range []map[attacker]failures{l.now, l.before} {
		for who := range generation {
			if f := l.getLocked(who); f.n >= maxFailures && time.Since(f.since) < failureWindow {
				out[who.from] = struct{}{}
			}
		}
	}
	return len(out)
}

func (l *lockout) failed(user string, from netip.Addr) {
	l.wrong.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	key := attacker{user, from}
	f := l.getLocked(key)
	if f.n == 0 || time.Since(f.since) >= failureWindow {
		f = failures{since: time.Now()}
	}
	f.n++
	if l.now == nil || len(l.now) >= maxAttackers {
		l.before, l.now = l.now, make(map[attacker]failures)
	}
	l.now[key] = f
}

func (l *lockout) getLocked(key attacker) failures {
	if f, found := l.now[key]; found {
		return f
	}
	return l.before[key]
}
