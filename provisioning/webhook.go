package provisioning

import (
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
