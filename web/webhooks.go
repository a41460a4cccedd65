package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/web/webhook"
)

// WebhookLog keeps what is on its way to webhooks, and what became of it.
type WebhookLog interface {
	// Deliveries lists deliveries of one webhook, newest first.
	Deliveries(ctx context.Context, f provisioning.DeliveryFilter) ([]*provisioning.Delivery, error)
	// Delivery reads one of a webhook's. It fails with provisioning.ErrNotFound.
	Delivery(ctx context.Context, hook, id string) (*provisioning.Delivery, error)
	// AddDeliveries makes deliveries that are due at once.
	AddDeliveries(ctx context.Context, all []*provisioning.Delivery) error
	// Replay sends again what an account was told of. It fails with provisioning.ErrTooMany.
	Replay(ctx context.Context, r provisioning.Replay) (int, error)
	// RotateSigning gives an account a new secret that signs what its flows ask; the present one signs too until then.
	RotateSigning(ctx context.Context, account routing.AccountID, until time.Time) (provisioning.Secret, error)
}

// webhookObject is a webhook in the API.
type webhookObject struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	URL      string   `json:"url"`
	Types    []string `json:"types" doc:"Types of event, or families such as call.*; empty: all."`
	Format   string   `json:"format" enum:"standard,aircall"`
	Disabled bool     `json:"disabled"`
	Why      *string  `json:"disabled_reason" doc:"Why we disabled it: gone (it answered 410) or failing (nothing came through for three days). null: people did, or it is not."`
	Until    *string  `json:"former_secret_until" format:"date-time" doc:"Until then the secret from before the last change signs too."`
	Secret   string   `json:"secret,omitempty" doc:"What signs, as the Standard Webhooks rules have it. Shown when it is made, and never again."`
	Token    string   `json:"token,omitempty" doc:"With the format aircall: what stands in token of each body. Shown with the secret."`
}

type webhookCreate struct {
	Name     string   `json:"name"`
	URL      string   `json:"url" doc:"https://…"`
	Types    []string `json:"types,omitempty"`
	Format   string   `json:"format,omitempty" doc:"standard, or aircall: bodies as receivers made for Aircall know them. Empty: standard."`
	Disabled bool     `json:"disabled,omitempty"`
}

type webhookPatch struct {
	Name     optional[string]   `json:"name,omitzero"`
	URL      optional[string]   `json:"url,omitzero"`
	Types    optional[[]string] `json:"types,omitzero"`
	Format   optional[string]   `json:"format,omitzero" doc:"null: standard."`
	Disabled optional[bool]     `json:"disabled,omitzero"`
}

func showWebhook(_ *provisioning.State, w *provisioning.Webhook) webhookObject {
	out := webhookObject{
		ID: w.ID, Name: w.Name, URL: w.URL, Types: append([]string{}, w.Types...), Format: string(w.Format), Disabled: w.Disabled,
	}
	if w.Why != "" {
		out.Why = &w.Why
	}
	if time.Now().Before(w.Until) {
		out.Until = stamp(w.Until)
	}
	return out
}

// showSecret adds what is shown once.
func (o webhookObject) showSecret(w *provisioning.Webhook) webhookObject {
	o.Secret = string(w.Secret)
	if w.Format == provisioning.FormatAircall {
		o.Token = aircallToken(w)
	}
	return o
}

// webhooksAPI mounts webhooks, what is on its way to them, and the inbox that shows how they work.
func (s *Server) webhooksAPI(a huma.API) {
	const at = "/api/v1/webhooks"
	read, write := provisioning.WebhooksRead, provisioning.WebhooksWrite
	shelved := s.webhookShelf()
	huma.Get(a, at, s.listWebhooks, operation("webhooks", "list-webhooks", "Lists the webhooks", read))
	huma.Post(a, at, s.createWebhook, operation("webhooks", "create-webhook", "Makes a webhook, and shows its secret", write, http.StatusConflict), created)
	huma.Get(a, at+"/{id}", s.getWebhook, operation("webhooks", "get-webhook", "Shows a webhook", read, http.StatusNotFound))
	huma.Patch(a, at+"/{id}", func(ctx context.Context, q *patchRequest[webhookPatch]) (*objectAnswer[webhookObject], error) {
		return shelved.patch(ctx, s, q)
	}, operation("webhooks", "update-webhook", "Changes a webhook", write, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed))
	huma.Delete(a, at+"/{id}", func(ctx context.Context, q *deleteRequest) (*struct{}, error) {
		return nil, shelved.remove(ctx, s, q)
	}, operation("webhooks", "delete-webhook", "Deletes a webhook", write, http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Post(a, at+"/{id}/rotate-secret", s.rotateWebhook,
		operation("webhooks", "rotate-webhook-secret", "Gives a webhook a new secret, and shows it; for a day both sign", write, http.StatusNotFound))
	huma.Post(a, "/api/v1/ring-to-api/rotate-secret", s.rotateSigning,
		operation("webhooks", "rotate-ring-to-api-secret", "Makes a new secret that signs what flows ask programs, and shows it; for a day both sign", write))
	s.deliveriesAPI(a)
	s.inboxPages()
}

func (s *Server) webhookShelf() shelf[*provisioning.Webhook, webhookObject, webhookCreate, webhookPatch] {
	return shelf[*provisioning.Webhook, webhookObject, webhookCreate, webhookPatch]{
		kind: provisioning.KindWebhook, path: "webhooks", show: showWebhook,
		make: func(c webhookCreate, b born) (*provisioning.Webhook, error) {
			w := &provisioning.Webhook{
				ID: b.id, Account: b.account, Name: provisioning.Clean(c.Name), URL: c.URL, Types: c.Types, Format: formatOf(c.Format), Disabled: c.Disabled,
				Secret: provisioning.NewWebhookSecret(),
			}
			return w, s.mayReach(w)
		},
		change: func(w *provisioning.Webhook, p webhookPatch) (*provisioning.Webhook, error) {
			next := *w
			format := string(w.Format)
			p.Name.set(&next.Name)
			p.URL.set(&next.URL)
			p.Types.set(&next.Types)
			p.Format.set(&format)
			p.Disabled.set(&next.Disabled)
			next.Name, next.Format = provisioning.Clean(next.Name), formatOf(format)
			if p.Disabled.Sent {
				next.Why = ""
			}
			return &next, s.mayReach(&next)
		},
	}
}

func formatOf(text string) provisioning.WebhookFormat {
	if text == "" {
		return provisioning.FormatStandard
	}
	return provisioning.WebhookFormat(text)
}

// mayReach refuses an address that no delivery would reach. What counts is asked again at each delivery, about the address that the name has then.
func (s *Server) mayReach(w *provisioning.Webhook) error {
	if s.cfg.Webhooks.Reach == webhook.InHouseToo {
		return nil
	}
	u, _ := url.Parse(w.URL)
	if u == nil {
		u = &url.URL{} // The rules of webhooks refuse it.
	}
	if u.Scheme == "http" {
		return &provisioning.Refusal{Code: "https_needed", Location: "body.url", Text: "webhooks go to https:// addresses: what they say is for nobody on the way"}
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	to, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && s.cfg.Webhooks.Allow(netip.AddrPortFrom(to, portOf(u))) != nil {
		return &provisioning.Refusal{
			Code: "webhook_address_refused", Location: "body.url", Args: map[string]string{"host": host},
			Text: "webhooks do not go to " + host + ": it is not on the internet",
		}
	}
	return nil
}

// portOf is the port of an address of the web.
func portOf(u *url.URL) uint16 {
	const https = 443
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return https
	}
	return uint16(n)
}

func (s *Server) listWebhooks(ctx context.Context, q *Paged) (*pageAnswer[webhookObject], error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	return cut(q, itemsOf(ctx, st.Webhooks, func(w *provisioning.Webhook) webhookObject { return showWebhook(st, w) }))
}

func (s *Server) createWebhook(ctx context.Context, q *createRequest[webhookCreate]) (*createdAnswer[webhookObject], error) {
	var made *provisioning.Webhook
	f := s.webhookShelf()
	keep := f.make
	f.make = func(c webhookCreate, b born) (*provisioning.Webhook, error) {
		w, err := keep(c, b)
		made = w
		return w, err
	}
	out, err := f.create(ctx, s, q)
	if err != nil {
		return nil, err
	}
	out.Body = out.Body.showSecret(made)
	return out, nil
}

// webhookOf finds a webhook that who asks may see.
func (s *Server) webhookOf(ctx context.Context, id string) (*provisioning.Webhook, error) {
	_, w, err := look[*provisioning.Webhook](ctx, s, provisioning.KindWebhook, id)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func (s *Server) getWebhook(ctx context.Context, q *idRequest) (*objectAnswer[webhookObject], error) {
	w, err := s.webhookOf(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	return &objectAnswer[webhookObject]{ETag: etag(w), Body: showWebhook(nil, w)}, nil
}

func (s *Server) rotateWebhook(ctx context.Context, q *idRequest) (*objectAnswer[webhookObject], error) {
	var next *provisioning.Webhook
	_, err := s.edit(ctx, func(st *provisioning.State) ([]provisioning.Change, error) {
		w, err := theirs[*provisioning.Webhook](ctx, st, provisioning.KindWebhook, q.ID)
		if err != nil {
			return nil, err
		}
		next = w.Rotated(time.Now())
		return st.Put(next)
	})
	if err != nil {
		return nil, err
	}
	return &objectAnswer[webhookObject]{ETag: etag(next), Body: showWebhook(nil, next).showSecret(next)}, nil
}

type rotateSigningRequest struct {
	Account string `query:"account_id" maxLength:"64" doc:"The account; not needed where there is one only."`
}

type signingAnswer struct {
	Body struct {
		Secret string `json:"secret" doc:"What signs, as the Standard Webhooks rules have it. Shown now, and never again."`
	}
}

func (s *Server) rotateSigning(ctx context.Context, q *rotateSigningRequest) (*signingAnswer, error) {
	const both = 24 * time.Hour
	_, account, err := s.inAccount(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	secret, err := s.rooms.Webhooks.RotateSigning(ctx, account, time.Now().Add(both))
	if err != nil {
		return nil, s.failed(ctx, "change what signs", err)
	}
	out := &signingAnswer{}
	out.Body.Secret = string(secret)
	return out, nil
}

// RenderWebhook writes an event for a webhook, in its format.
func (s *Server) RenderWebhook(ctx context.Context, w *provisioning.Webhook, e provisioning.Event) ([]byte, error) {
	if w.Format == provisioning.FormatAircall {
		return s.aircall(ctx, w, e)
	}
	return json.Marshal(s.renderEvent(ctx, e))
}

// traceOf is a traceparent that is one (W3C Trace Context section 3.2); empty for everything else.
func traceOf(header string) string {
	if regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`).MatchString(header) && !strings.HasPrefix(header, "ff") {
		return header
	}
	return ""
}

// knownType refuses a type of event that there is not.
func knownType(location, eventType string) error {
	if slices.Contains(provisioning.EventTypes(), eventType) {
		return nil
	}
	return &provisioning.Refusal{
		Code: "event_type_unknown", Location: location, Args: map[string]string{"type": eventType}, Text: "there is no event " + strconv.Quote(eventType),
	}
}
