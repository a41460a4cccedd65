package transport

import "time"

// Banned is how many addresses are banned now.
func (l *Layer) Banned() int { return l.guard.bans.count(time.Now()) }

func (b *bans) count(now time.Time) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	n := 0
	for _, until := range b.until {
		if now.Before(until) {
			n++
		}
	}
	return n
}
