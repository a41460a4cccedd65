package provisioning

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"

	"tandem/routing"
)

// Webhook is an address outside that is told of events (API.md section 6).
type Webhook struct {
	ID       string            `json:"id"`
	Account  routing.AccountID `json:"account"`
	Name     string            `json:"name"` // unique in the account
	URL      string            `json:"url"`
	Types    []string          `json:"types"` // "call.ended", "call.*"; empty: all
	Format   WebhookFormat     `json:"format"`
	Disabled bool              `json:"disabled"`
	Why      string            `json:"why"`    // it was disabled by us; empty: by people
	Secret   Secret            `json:"secret"` // "whsec_…"; signs
	// Former signs too, until Until: for a day after the secret was changed.
	Former Secret    `json:"former"`
	Until  time.Time `json:"until"`
}

// WebhookFormat is how an event is written for a webhook.
type WebhookFormat string

// The formats.
const (
	FormatStandard WebhookFormat = "standard"
	FormatAircall  WebhookFormat = "aircall"
)

// Why a webhook was disabled by us.
const (
	WhyGone    = "gone"    // it answered 410
	WhyFailing = "failing" // nothing came through for three days
)

// Ref names the webhook.
func (w *Webhook) Ref() Ref { return Ref{KindWebhook, w.ID, w.Account, w.Name} }

// Fields lists what the webhook says.
func (w *Webhook) Fields() []Field {
	return []Field{
		text("name", w.Name), text("url", w.URL), set("types", w.Types), text("format", string(w.Format)), text("disabled", w.Disabled), text("why", w.Why),
		{Name: "secret", Secret: w.Secret},
	}
}

// Secrets are the present and the former one.
func (w *Webhook) Secrets() map[string]*Secret {
	return map[string]*Secret{"secret": &w.Secret, "former": &w.Former}
}

func (*Webhook) record() {}

// Wants says whether the webhook is told of a type of event.
func (w *Webhook) Wants(eventType string) Covers {
	if w.Disabled {
		return false
	}
	if w.Format == FormatAircall && AircallEvent(eventType) == "" {
		return false
	}
	return Covers(len(w.Types) == 0 || slices.ContainsFunc(w.Types, func(p string) bool { return bool(EventMatches(p, eventType)) }))
}

// formerFor is how long the former secret signs too.
const formerFor = 24 * time.Hour

// Signers are the secrets that sign at a moment, the present one first.
func (w *Webhook) Signers(now time.Time) []Secret {
	out := []Secret{w.Secret}
	if w.Former != "" && now.Before(w.Until) {
		out = append(out, w.Former)
	}
	return out
}

// Rotated is the webhook with a new secret; the present one goes on signing for a day.
func (w *Webhook) Rotated(now time.Time) *Webhook {
	next := *w
	next.Former, next.Until, next.Secret = w.Secret, now.Add(formerFor), NewWebhookSecret()
	return &next
}

// NewWebhookSecret makes a secret that signs: "whsec_" and the base64 of 32 random bytes.
func NewWebhookSecret() Secret {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // Never fails: crypto/rand ends the process instead.
	return Secret(WebhookSecretPrefix + base64.StdEncoding.EncodeToString(raw))
}

// WebhookSecretPrefix is how each secret that signs begins; the base64 of its bytes follows.
const WebhookSecretPrefix = "whsec_"

// DisableWebhook plans to disable a webhook for a reason of ours; one that is disabled, or gone, stays as it is.
func DisableWebhook(id, why string) Edit {
	return func(s *State) ([]Change, error) {
		w, is := s.Find(KindWebhook, id).(*Webhook)
		if !is || w.Disabled {
			return nil, nil
		}
		next := *w
		next.Disabled, next.Why = true, why
		changes, err := s.Put(&next)
		for i := range changes {
			changes[i].Event = "webhook.disabled"
		}
		return changes, err
	}
}
