package provisioning

import (
	"errors"
	"slices"
	"time"

	"tandem/routing"
)

// Delivery is one event on its way to one webhook (API.md section 6), with what became of it.
type Delivery struct {
	Position int64  // rises with age
	ID       string // "whd_…"
	Webhook  string
	Account  routing.AccountID
	Event    Event
	Origin   DeliveryOrigin
	State    DeliveryState
	Due      time.Time // of the next attempt
	Created  time.Time
	Attempts []Attempt
	Body     []byte // as it was sent, and is sent again; nil before the first attempt
	Response []byte // the beginning of the last answer's body
	Trace    string // traceparent (W3C Trace Context) of what caused it; empty: none
}

// DeliveryOrigin says why there is a delivery.
type DeliveryOrigin string

// The origins. Tests are sent once, and wait for nothing.
const (
	OfEvent  DeliveryOrigin = "event"
	OfTest   DeliveryOrigin = "test"
	OfReplay DeliveryOrigin = "replay"
)

// DeliveryState is what became of a delivery.
type DeliveryState string

// The states. Dropped is one whose webhook was disabled or deleted before it came through.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"
	DeliveryDropped   DeliveryState = "dropped"
)

// Attempt is one try to deliver.
type Attempt struct {
	At      time.Time     `json:"at"`
	Latency time.Duration `json:"latency"`
	Status  int           `json:"status"` // of HTTP; 0: there was no answer
	Error   string        `json:"error"`  // why there was none; empty: there was
}

// DeliveryEnd is how an attempt ended, for the books.
type DeliveryEnd struct {
	ID       string
	Webhook  string
	Attempts []Attempt // with the one that ended
	Body     []byte
	Response []byte
	State    DeliveryState
	Due      time.Time     // of the next attempt, with DeliveryWaiting
	Health   WebhookHealth // of the webhook from now on; of a test: not kept
}

// WebhookHealth is how a webhook answers. Its zero value is a webhook that answers well.
type WebhookHealth struct {
	Failures int       // in a row
	Since    time.Time // of the first of them
	Paused   time.Time // until then it gets nothing but tests
}

// FanOut is what happened to a run of events.
type FanOut struct {
	Taken    int      // events
	Webhooks []string // that get at least one of them
}

// DeliveryFilter picks deliveries of one webhook from the log, newest first.
type DeliveryFilter struct {
	Webhook string
	State   DeliveryState // empty: any
	Before  int64         // a Position; 0: from the newest
	Limit   int           // 1 to 200
}

// ErrTooMany says that more matches than is done at once.
var ErrTooMany = errors.New("too many at once")

// Replay asks to send a webhook again what the account was told of.
type Replay struct {
	Webhook *Webhook
	Since   time.Time
	Types   []string // "call.ended", "call.*"; empty: all that the webhook wants
	Trace   string   // traceparent of whoever asks; empty: none
	Most    int      // events; more are refused with ErrTooMany
}

// Wants says whether a type of event is sent again.
func (r Replay) Wants(eventType string) Covers {
	return r.Webhook.Wants(eventType) && Covers(len(r.Types) == 0 || slices.ContainsFunc(r.Types, func(p string) bool { return bool(EventMatches(p, eventType)) }))
}
