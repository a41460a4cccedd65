package sip

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// lockout counts wrong passwords for each pair of user and address, so that a password cannot be tried out, and the user is not locked
// out by somebody else's attempts. It is bounded: only addresses that echoed a nonce get here, and the oldest half goes when it is full.
type lockout struct {
	wrong atomic.Uint64 // passwords, ever

	mu     sync.Mutex
	now    generation
	before generation
}

// generation is what was counted while there was room for it.
type generation struct {
	pairs map[attacker]failures
	users map[netip.Addr]failures // users with a wrong password, by where it came from
}

type attacker struct {
	user string
	from netip.Addr
}

// short is as much of a name as is kept: strangers choose it.
func short(user string) string { return user[:min(len(user), longestName)] }

// longestName is in bytes; no device of ours has a longer one.
const longestName = 255

// failures is how often, since the first of them.
type failures struct {
	n     int
	since time.Time
	shut  time.Time // when there were too many
}

const (
	maxFailures   = 10
	failureWindow = 10 * time.Minute
	maxAttackers  = 8192
)

func (f failures) over(now time.Time) bool { return f.n == 0 || now.Sub(f.since) >= failureWindow }

func (f failures) tooMany(now time.Time) bool { return f.n >= maxFailures && !f.over(now) }

// locked says whether a user's password has been tried too often from there.
func (l *lockout) locked(user string, from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.getLocked(attacker{short(user), from}).tooMany(time.Now())
}

// count is how many addresses are not listened to for some user.
func (l *lockout) count() int {
	out := map[netip.Addr]struct{}{}
	for _, b := range l.list() {
		out[b.Net.Addr()] = struct{}{}
	}
	return len(out)
}

// list lists who is locked out, in no order.
func (l *lockout) list() []Ban {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var out []Ban
	add := func(who attacker, f failures) {
		if f.tooMany(now) {
			out = append(out, Ban{
				Net: single(who.from), User: who.user, Since: f.shut, Until: f.since.Add(failureWindow), Cause: WrongPasswords, Tries: f.n,
			})
		}
	}
	for who, f := range l.now.pairs {
		add(who, f)
	}
	for who, f := range l.before.pairs {
		if _, newer := l.now.pairs[who]; !newer {
			add(who, f)
		}
	}
	return out
}

// failed counts a wrong password. It says whether the user is locked out there by this one, and, where it was the user's first, how many users' passwords have been
// wrong from there; else 0.
func (l *lockout) failed(user string, from netip.Addr) (shut bool, tried int) {
	l.wrong.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	now, key := time.Now(), attacker{strings.Clone(short(user)), from} // a clone, or the whole request would be kept with it
	f := l.getLocked(key)
	if l.now.pairs == nil || len(l.now.pairs) >= maxAttackers {
		l.before, l.now = l.now, generation{make(map[attacker]failures), make(map[netip.Addr]failures)}
	}
	if f.over(now) {
		f = failures{since: now}
		tried = l.triedLocked(from, now)
	}
	f.n++
	if f.n == maxFailures {
		f.shut, shut = now, true
	}
	l.now.pairs[key] = f
	return shut, tried
}

// triedLocked counts one more user of an address.
func (l *lockout) triedLocked(from netip.Addr, now time.Time) int {
	u, here := l.now.users[from]
	if !here {
		u = l.before.users[from]
	}
	if u.over(now) {
		u = failures{since: now}
	}
	u.n++
	l.now.users[from] = u
	return u.n
}

// lift forgets what was counted of a user and an address.
func (l *lockout) lift(who attacker) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.getLocked(who).tooMany(time.Now()) {
		return ErrNoBan
	}
	delete(l.now.pairs, who)
	delete(l.before.pairs, who)
	return nil
}

// forgive forgets how many users were tried from a network.
func (l *lockout) forgive(net netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range []generation{l.now, l.before} {
		for from := range g.users {
			if net.Contains(from) {
				delete(g.users, from)
			}
		}
	}
}

func (l *lockout) getLocked(key attacker) failures {
	if f, found := l.now.pairs[key]; found {
		return f
	}
	return l.before.pairs[key]
}
