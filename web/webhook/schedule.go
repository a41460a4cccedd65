package webhook

import (
	"math/rand/v2"
	"net/http"
	"time"

	"tandem/provisioning"
)

// delays are how long each attempt waits after the one before it; there are ten.
func delays() []time.Duration {
	return []time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

const (
	spread       = 0.2            // of a delay, to both sides
	longestAfter = 24 * time.Hour // that Retry-After may ask for one delivery
	longestPause = time.Hour      // that it may hold up the others
	firstPause   = 5 * time.Second
	longPause    = 5 * time.Minute // that we take by ourselves
	suspicious   = 5               // failures in a row, from which on a webhook is spared
	giveUpAfter  = 72 * time.Hour  // of failures only
)

// verdict is what becomes of a delivery and of its webhook.
type verdict struct {
	state   provisioning.DeliveryState
	due     time.Time
	health  provisioning.WebhookHealth
	disable string // why the webhook is disabled; empty: it is not
}

// judge decides after an attempt; before is how the webhook answered until then.
func judge(d *provisioning.Delivery, a answer, before provisioning.WebhookHealth, now time.Time) verdict {
	status := a.attempt.Status
	if a.attempt.Error == "" && status/100 == 2 {
		return verdict{state: provisioning.DeliveryDelivered}
	}
	if d.Origin == provisioning.OfTest {
		return verdict{state: provisioning.DeliveryFailed}
	}
	v := verdict{state: provisioning.DeliveryFailed, health: before}
	// What cannot be written is our fault, not the receiver's.
	if theirs := a.attempt.Error != reasonRender && a.attempt.Error != reasonTooLarge; theirs {
		v.health.Failures++
		if v.health.Since.IsZero() {
			v.health.Since = now
		}
		v.health.Paused = paused(v.health, a, now)
	}
	if status == http.StatusGone {
		v.disable = provisioning.WhyGone
		return v
	}
	if v.health.Failures > 1 && now.Sub(v.health.Since) >= giveUpAfter {
		v.disable = provisioning.WhyFailing
	}
	if made := len(d.Attempts) + 1; made < len(delays()) {
		v.state = provisioning.DeliveryWaiting
		v.due = now.Add(max(around(delays()[made]), min(a.after, longestAfter)))
	}
	return v
}

// paused is until when a webhook gets nothing: it asked for that, or it has failed for some time.
func paused(h provisioning.WebhookHealth, a answer, now time.Time) time.Time {
	var pause time.Duration
	switch a.attempt.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusServiceUnavailable:
		pause = min(a.after, longestPause)
		if pause == 0 && a.attempt.Status != http.StatusServiceUnavailable {
			pause = firstPause << min(max(h.Failures-1, 0), suspicious+1)
		}
	}
	if h.Failures >= suspicious {
		pause = max(pause, firstPause<<min(h.Failures-suspicious, suspicious+1))
	}
	if pause == 0 {
		return time.Time{}
	}
	return now.Add(min(pause, max(longPause, min(a.after, longestPause))))
}

// around is a delay, give or take a fifth: receivers that were away are not met by everybody at once.
func around(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - spread + 2*spread*rand.Float64())) //nolint:gosec // It is no secret.
}
