package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// mostReplayed is how many events are sent again at once.
const mostReplayed = 10_000

// deliveryObject is a delivery in the API.
type deliveryObject struct {
	ID        string            `json:"id"`
	WebhookID string            `json:"webhook_id"`
	Event     deliveredEvent    `json:"event"`
	Origin    string            `json:"origin" enum:"event,test,replay"`
	State     string            `json:"state" enum:"waiting,delivered,failed,dropped" doc:"dropped: the webhook was disabled or deleted before it came through."`
	CreatedAt string            `json:"created_at" format:"date-time"`
	NextAt    *string           `json:"next_attempt_at" format:"date-time"`
	Attempts  []deliveryAttempt `json:"attempts"`
	Response  *string           `json:"response_body" doc:"The first 4 KB of the last answer. null: there was none."`
	Request   *string           `json:"request_body,omitempty" doc:"What was sent; not in lists."`
}

type deliveredEvent struct {
	ID      string `json:"id" doc:"webhook-id of the request."`
	Type    string `json:"type"`
	Subject string `json:"subject"`
	Seq     int64  `json:"seq"`
}

type deliveryAttempt struct {
	At        string  `json:"at" format:"date-time"`
	LatencyMS float64 `json:"latency_ms"`
	Status    *int    `json:"status" doc:"Of HTTP. null: there was no answer."`
	Error     *string `json:"error" doc:"Why there was no whole answer: timeout, address_refused, name_not_found, tls_failed, connection_failed, not_rendered or too_large."`
}

func showDelivery(d *provisioning.Delivery) deliveryObject {
	out := deliveryObject{
		ID: d.ID, WebhookID: d.Webhook, Event: deliveredEvent{d.Event.ID, d.Event.Type, d.Event.Subject, d.Event.Seq}, Origin: string(d.Origin),
		State: string(d.State), CreatedAt: *stamp(d.Created), Attempts: []deliveryAttempt{},
	}
	if d.State == provisioning.DeliveryWaiting {
		out.NextAt = stamp(d.Due)
	}
	for _, a := range d.Attempts {
		one := deliveryAttempt{At: *stamp(a.At), LatencyMS: float64(a.Latency.Microseconds()) / 1000}
		if a.Status != 0 {
			one.Status = &a.Status
		}
		if a.Error != "" {
			one.Error = &a.Error
		}
		out.Attempts = append(out.Attempts, one)
	}
	if n := len(d.Attempts); n > 0 && d.Attempts[n-1].Status != 0 {
		out.Response = new(strings.ToValidUTF8(string(d.Response), "\ufffd"))
	}
	return out
}

type deliveriesQuery struct {
	ID     string `path:"id" maxLength:"64"`
	State  string `query:"state" enum:"waiting,delivered,failed,dropped"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
}

type deliveryPath struct {
	ID       string `path:"id" maxLength:"64"`
	Delivery string `path:"delivery" maxLength:"64"`
}

type deliveryAnswer struct{ Body deliveryObject }

type testRequest struct {
	ID    string `path:"id" maxLength:"64"`
	Trace string `header:"Traceparent" maxLength:"100" doc:"W3C Trace Context: it is sent on."`
	Body  struct {
		Type string `json:"type" doc:"Any type of event: what is sent is a real object where there is one."`
	}
}

type replayOneRequest struct {
	ID       string `path:"id" maxLength:"64"`
	Delivery string `path:"delivery" maxLength:"64"`
	Trace    string `header:"Traceparent" maxLength:"100" doc:"W3C Trace Context: it is sent on."`
}

type replayRequest struct {
	ID    string `path:"id" maxLength:"64"`
	Trace string `header:"Traceparent" maxLength:"100" doc:"W3C Trace Context: it is sent on."`
	Body  struct {
		Since time.Time `json:"since" doc:"Events are kept for 30 days."`
		Types []string  `json:"types,omitempty" doc:"Types of event, or families such as call.*; empty: all that the webhook wants."`
	}
}

type replayAnswer struct {
	Body struct {
		Events int `json:"events" doc:"How many are sent again."`
	}
}

func (s *Server) deliveriesAPI(a huma.API) {
	const at = "/api/v1/webhooks/{id}"
	huma.Get(a, at+"/deliveries", s.listDeliveries,
		operation("webhooks", "list-deliveries", "Lists what was sent to a webhook in the last 30 days, newest first", provisioning.WebhooksRead, http.StatusNotFound))
	huma.Get(a, at+"/deliveries/{delivery}", s.getDelivery,
		operation("webhooks", "get-delivery", "Shows what was sent to a webhook, and what it answered", provisioning.WebhooksRead, http.StatusNotFound))
	huma.Post(a, at+"/test", s.testWebhook,
		operation("webhooks", "test-webhook", "Sends a webhook an event to try it, once", provisioning.WebhooksWrite, http.StatusNotFound), accepted)
	huma.Post(a, at+"/deliveries/{delivery}/replay", s.replayDelivery,
		operation("webhooks", "replay-delivery", "Sends a webhook one event again", provisioning.WebhooksWrite, http.StatusNotFound), accepted)
	huma.Post(a, at+"/replay", s.replayWebhook,
		operation("webhooks", "replay-webhook", "Sends a webhook again what happened since a time", provisioning.WebhooksWrite, http.StatusNotFound), accepted)
}

func (s *Server) listDeliveries(ctx context.Context, q *deliveriesQuery) (*pageAnswer[deliveryObject], error) {
	w, err := s.webhookOf(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	f := provisioning.DeliveryFilter{Webhook: w.ID, State: provisioning.DeliveryState(q.State), Limit: q.Limit + 1}
	cursor, err := openCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	if cursor != "" {
		if f.Before, err = strconv.ParseInt(cursor, 10, 64); err != nil || f.Before < 1 {
			_, err = openCursor("!")
			return nil, err
		}
	}
	all, err := s.rooms.Webhooks.Deliveries(ctx, f)
	if err != nil {
		return nil, s.failed(ctx, "list deliveries", err)
	}
	out := &pageAnswer[deliveryObject]{Body: pageBody[deliveryObject]{Data: []deliveryObject{}}}
	if len(all) > q.Limit {
		all = all[:q.Limit]
		next := sealCursor(strconv.FormatInt(all[q.Limit-1].Position, 10))
		out.Body.NextCursor = &next
		query := url.Values{}
		if q.State != "" {
			query.Set("state", q.State)
		}
		out.Link = nextLink("/api/v1/webhooks/"+w.ID+"/deliveries", query, next, q.Limit)
	}
	for _, d := range all {
		out.Body.Data = append(out.Body.Data, showDelivery(d))
	}
	return out, nil
}

// deliveryOf finds a delivery of a webhook that who asks may see.
func (s *Server) deliveryOf(ctx context.Context, hook, id string) (*provisioning.Webhook, *provisioning.Delivery, error) {
	w, err := s.webhookOf(ctx, hook)
	if err != nil {
		return nil, nil, err
	}
	d, err := s.rooms.Webhooks.Delivery(ctx, w.ID, id)
	if errors.Is(err, provisioning.ErrNotFound) {
		return nil, nil, problem(http.StatusNotFound, codeNotFound, "there is no delivery "+id)
	}
	if err != nil {
		return nil, nil, s.failed(ctx, "find delivery", err)
	}
	return w, d, nil
}

func (s *Server) getDelivery(ctx context.Context, q *deliveryPath) (*deliveryAnswer, error) {
	_, d, err := s.deliveryOf(ctx, q.ID, q.Delivery)
	if err != nil {
		return nil, err
	}
	out := showDelivery(d)
	if len(d.Body) > 0 {
		out.Request = new(strings.ToValidUTF8(string(d.Body), "\ufffd"))
	}
	return &deliveryAnswer{Body: out}, nil
}

// enabled refuses to send again to a webhook that is disabled.
func enabled(w *provisioning.Webhook) error {
	if !w.Disabled {
		return nil
	}
	return &provisioning.Refusal{
		Code: "webhook_disabled", Args: map[string]string{"name": w.Name}, Text: "the webhook " + w.Name + " is disabled: enable it first",
	}
}

func (s *Server) testWebhook(ctx context.Context, q *testRequest) (*deliveryAnswer, error) {
	w, err := s.webhookOf(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	if err = knownType("body.type", q.Body.Type); err != nil {
		return nil, s.refusal(ctx, err)
	}
	if w.Format == provisioning.FormatAircall && provisioning.AircallEvent(q.Body.Type) == "" {
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: "event_not_in_format", Location: "body.type", Args: map[string]string{"type": q.Body.Type, "format": string(w.Format)},
			Text: "the format " + string(w.Format) + " has no event " + q.Body.Type,
		})
	}
	e, err := s.sample(ctx, w.Account, q.Body.Type)
	if err != nil {
		return nil, err
	}
	return s.deliver(ctx, &provisioning.Delivery{Webhook: w.ID, Account: w.Account, Event: e, Origin: provisioning.OfTest, Trace: traceOf(q.Trace)})
}

func (s *Server) replayDelivery(ctx context.Context, q *replayOneRequest) (*deliveryAnswer, error) {
	w, d, err := s.deliveryOf(ctx, q.ID, q.Delivery)
	if err != nil {
		return nil, err
	}
	if err := enabled(w); err != nil {
		return nil, s.refusal(ctx, err)
	}
	return s.deliver(ctx, &provisioning.Delivery{Webhook: w.ID, Account: w.Account, Event: d.Event, Origin: provisioning.OfReplay, Trace: traceOf(q.Trace)})
}

// deliver makes a delivery and has it made at once.
func (s *Server) deliver(ctx context.Context, d *provisioning.Delivery) (*deliveryAnswer, error) {
	d.ID = routing.NewID("whd", time.Now())
	if err := s.rooms.Webhooks.AddDeliveries(ctx, []*provisioning.Delivery{d}); err != nil {
		return nil, s.failed(ctx, "add a delivery", err)
	}
	s.deliverNow(d.Webhook)
	return &deliveryAnswer{Body: showDelivery(d)}, nil
}

// deliverNow wakes whoever delivers.
func (s *Server) deliverNow(hook string) {
	if s.rooms.Deliver != nil {
		s.rooms.Deliver(hook)
	}
}

func (s *Server) replayWebhook(ctx context.Context, q *replayRequest) (*replayAnswer, error) {
	w, err := s.webhookOf(ctx, q.ID)
	if err == nil {
		if err = enabled(w); err != nil {
			err = s.refusal(ctx, err)
		}
	}
	if err != nil {
		return nil, err
	}
	for i, t := range q.Body.Types {
		if bool(provisioning.KnownEventPattern(t)) {
			continue
		}
		return nil, s.refusal(ctx, knownType("body.types["+strconv.Itoa(i)+"]", t))
	}
	n, err := s.rooms.Webhooks.Replay(ctx, provisioning.Replay{
		Webhook: w, Since: q.Body.Since, Types: q.Body.Types, Trace: traceOf(q.Trace), Most: mostReplayed,
	})
	if errors.Is(err, provisioning.ErrTooMany) {
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: "replay_too_many", Location: "body.since", Args: map[string]string{"most": strconv.Itoa(mostReplayed)},
			Text: "more than " + strconv.Itoa(mostReplayed) + " events are not sent again at once: ask for a shorter time, or fewer types",
		})
	}
	if err != nil {
		return nil, s.failed(ctx, "replay", err)
	}
	s.deliverNow(w.ID)
	out := &replayAnswer{}
	out.Body.Events = n
	return out, nil
}

// sample is an event to try a webhook with: about the newest call, or about a record that the account has; where there is none, about one that is made up.
func (s *Server) sample(ctx context.Context, account routing.AccountID, eventType string) (provisioning.Event, error) {
	now := time.Now()
	family, _, _ := strings.Cut(eventType, ".")
	e := provisioning.Event{
		ID: routing.NewID("evt", now), Type: eventType, Account: account, Seq: 1, At: now, Data: json.RawMessage(`{"test":true}`),
	}
	if family == "call" || family == "voicemail" || family == "recording" {
		page, err := s.rooms.Book.Calls(ctx, provisioning.CallFilter{Account: account, Limit: 1})
		if err != nil {
			return e, s.failed(ctx, "find a call", err)
		}
		if len(page.Calls) > 0 {
			e.Subject = string(page.Calls[0].ID)
			return e, nil
		}
		made := madeUpCall(account, now)
		e.Subject = string(made.ID)
		e.Data, err = json.Marshal(s.teller().object(LiveCall{Record: made, Status: made.Status}, now))
		return e, err
	}
	st, err := s.state(ctx)
	if err != nil {
		return e, err
	}
	for _, r := range st.Records() {
		if ref := r.Ref(); string(ref.Kind) == family && ref.Account == account {
			e.Subject = ref.ID
			return e, nil
		}
	}
	e.Subject = routing.NewID(family, now)
	e.Data, err = json.Marshal(map[string]any{"id": e.Subject, "test": true})
	return e, err
}

// madeUpCall is a call that nobody made.
func madeUpCall(account routing.AccountID, now time.Time) *routing.CallRecord {
	begun := now.Add(-time.Minute).Truncate(time.Millisecond)
	return &routing.CallRecord{
		ID: routing.CallID(routing.NewID("call", begun)), Number: 1, Account: account, Direction: routing.Inbound, Status: string(routing.CallEnded),
		Outcome: routing.OutcomeAnswered, From: "+33639980101", To: "+33199001234", StartedAt: begun, AnsweredAt: begun.Add(8 * time.Second),
		EndedAt: begun.Add(50 * time.Second), Cause: routing.Cause{Q850: 16, SIP: 200, Text: "Normal call clearing"}, EndedBy: "caller",
	}
}
