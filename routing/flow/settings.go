package flow

import (
	"math/rand/v2"
	"time"
)

// Settings are the times of a machine and what a call forbids it. The zero value is the product's own.
type Settings struct {
	// Extensions, where set, stands in for what every node says: NoOne while a call that was transferred through the public API rings (SPEC X13).
	Extensions Extensions
	// InterDigit is how long an IVR waits for a next digit where a key is an option and may begin an extension; 1.5 s (SPEC X19).
	InterDigit time.Duration
	// DigitsWithin is how long an incomplete extension is kept after its last digit; 3 s (SPEC X20).
	DigitsWithin time.Duration
	// ExtensionRing is how long an extension rings; 30 s (SPEC X24).
	ExtensionRing time.Duration
	// Silence ends a recording; 10 s (SPEC V2).
	Silence time.Duration
	// Shortest is what a recording must have to be kept; 2 s (SPEC V3).
	Shortest time.Duration
	// Seed makes the rule random repeatable; 0: another order in every call.
	Seed uint64
}

// filled gives every time that is not set its default.
func (s Settings) filled() Settings {
	s.InterDigit = orElse(s.InterDigit, 1500*time.Millisecond)
	s.DigitsWithin = orElse(s.DigitsWithin, 3*time.Second)
	s.ExtensionRing = orElse(s.ExtensionRing, 30*time.Second)
	s.Silence = orElse(s.Silence, 10*time.Second)
	s.Shortest = orElse(s.Shortest, 2*time.Second)
	return s
}

func orElse(d, standard time.Duration) time.Duration {
	if d <= 0 {
		return standard
	}
	return d
}

// shuffle puts users in an order that nobody needs to guess or to keep secret.
func (m *Machine) shuffle(users []UserID) {
	swap := func(i, j int) { users[i], users[j] = users[j], users[i] }
	if m.set.Seed == 0 {
		rand.Shuffle(len(users), swap) //nolint:gosec // the order of phones is no secret
		return
	}
	m.rounds++
	rand.New(rand.NewPCG(m.set.Seed, m.rounds)).Shuffle(len(users), swap) //nolint:gosec // the order of phones is no secret
}
