package routing

import (
	"strings"
	"time"

	"tandem/routing/flow"
)

// secret is a span of time in which the caller typed what nobody may see (SPEC K10); to is zero while it lasts.
type secret struct{ from, to time.Time }

// early is how long before its span a key of it can have been seen on the wire.
const early = time.Second

// guardDigits keeps from when to when the keys of the caller are secret.
func (r *CallRecord) guardDigits(now flow.Has) {
	last := len(r.secrets) - 1
	lasts := last >= 0 && r.secrets[last].to.IsZero()
	switch {
	case bool(now) && !lasts:
		r.secrets = append(r.secrets[:last+1:last+1], secret{from: time.Now()}) // Drafts may hold the old ones.
	case !bool(now) && lasts:
		r.secrets = append(r.secrets[:last:last], secret{from: r.secrets[last].from, to: time.Now()})
	}
}

// hideDigits takes the keys out of what was seen on the wire while they were secret: the bodies of INFO keep their length.
func (r *CallRecord) hideDigits() {
	for i := range r.Ladder {
		step := &r.Ladder[i]
		if !strings.HasPrefix(step.Raw, "INFO ") || !r.secretAt(step.At) {
			continue
		}
		if head, body, has := strings.Cut(step.Raw, "\r\n\r\n"); has {
			step.Raw = head + "\r\n\r\n" + strings.Repeat("x", len(body))
		}
	}
}

func (r *CallRecord) secretAt(at time.Time) bool {
	for _, s := range r.secrets {
		if !at.Before(s.from.Add(-early)) && (s.to.IsZero() || !at.After(s.to)) {
			return true
		}
	}
	return false
}
