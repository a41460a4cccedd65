package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"tandem/provisioning"
)

// Events hands events to webhooks.
type Events interface {
	// FanOut makes deliveries of up to limit events that webhooks were not told of, each once.
	FanOut(ctx context.Context, limit int) (provisioning.FanOut, error)
	// WaitingWebhooks are the webhooks for which something waits, with when the first of it is due.
	WaitingWebhooks(ctx context.Context) (map[string]time.Time, error)
	// OnEvents calls f after events were written, until stop is called.
	OnEvents(f func()) (stop func())
	// ReleaseDeliveries gives back what a former run of this node had in hand.
	ReleaseDeliveries(ctx context.Context) error
}

// Deliveries are what is on its way.
type Deliveries interface {
	// ClaimDeliveries leases up to limit deliveries of a webhook that are due, for so long: of each subject the oldest.
	ClaimDeliveries(ctx context.Context, webhook string, lease time.Duration, limit int) ([]*provisioning.Delivery, error)
	// NextDelivery is when the next delivery of a webhook falls due, after now; zero: none does.
	NextDelivery(ctx context.Context, webhook string) (time.Time, error)
	// EndAttempt writes how an attempt ended.
	EndAttempt(ctx context.Context, end provisioning.DeliveryEnd) error
	// DropDeliveries gives up what waits for a webhook, but tests.
	DropDeliveries(ctx context.Context, webhook string) error
}

// Hooks are the webhooks.
type Hooks interface {
	// Webhook reads one. It fails with provisioning.ErrNotFound.
	Webhook(ctx context.Context, id string) (*provisioning.Webhook, error)
	// WebhookHealth is how one answers.
	WebhookHealth(ctx context.Context, id string) (provisioning.WebhookHealth, error)
}

// Records are the archive, as far as webhooks go.
type Records interface {
	Events
	Deliveries
	Hooks
}

// Config is what a Worker needs.
type Config struct {
	Records Records
	// Render writes an event for a webhook, in its format.
	Render func(ctx context.Context, w *provisioning.Webhook, e provisioning.Event) ([]byte, error)
	// Disable disables a webhook, for provisioning.WhyGone or WhyFailing, and tells whom it concerns.
	Disable   func(ctx context.Context, w *provisioning.Webhook, why string) error
	Transport http.RoundTripper // NewTransport makes one
	Log       *slog.Logger

	Timeout time.Duration // of an attempt, in all; 0: 15 s
	Poll    time.Duration // between looks for events that nobody told of; 0: 1 s
	Sweep   time.Duration // between looks for what other nodes left; 0: 5 s
	Each    int           // attempts of one webhook at once; 0: 4
}

// lease is how long a delivery is one node's: longer than an attempt with what is written before and after it.
const lease = time.Minute

// atOnce is how many events are handed on in one transaction.
const atOnce = 200

// Worker hands events to webhooks and delivers them. Each webhook has a goroutine of its own: none waits for another.
type Worker struct {
	cfg    Config
	post   poster
	meters meters

	life    context.Context //nolint:containedctx // Of the attempts: Close ends it.
	abandon context.CancelFunc
	stop    chan struct{}
	once    sync.Once
	wg      sync.WaitGroup

	mu        sync.Mutex
	endpoints map[string]*endpoint
}

// New makes a Worker; Start starts it.
func New(cfg Config) *Worker {
	or := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	or(&cfg.Timeout, 15*time.Second)
	or(&cfg.Poll, time.Second)
	or(&cfg.Sweep, 5*time.Second)
	if cfg.Each == 0 {
		cfg.Each = 4
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{cfg: cfg, post: newPoster(cfg.Transport), stop: make(chan struct{}), endpoints: map[string]*endpoint{}}
}

// Start starts the goroutines, which Close ends: ctx gives them only its values.
func (w *Worker) Start(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life, w.abandon = context.WithCancel(context.WithoutCancel(ctx))
	w.wg.Go(w.run)
}

// Close lets attempts that were begun end until ctx does, and then gives them up: they are made again at the next start.
func (w *Worker) Close(ctx context.Context) {
	w.mu.Lock()
	begun := w.life != nil
	w.once.Do(func() { close(w.stop) })
	w.mu.Unlock()
	if !begun {
		return
	}
	ended := make(chan struct{})
	go func() {
		w.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	w.abandon()
	<-ended
	w.post.client.CloseIdleConnections()
}

// run hands events to webhooks as they come, and wakes those for which something waits.
func (w *Worker) run() {
	poll, sweep := time.NewTicker(w.cfg.Poll), time.NewTicker(w.cfg.Sweep)
	defer poll.Stop()
	defer sweep.Stop()
	fresh := make(chan struct{}, 1)
	deaf := w.cfg.Records.OnEvents(func() {
		select {
		case fresh <- struct{}{}:
		default: // It looks anyway.
		}
	})
	defer deaf()
	err := w.cfg.Records.ReleaseDeliveries(w.life)
	if err == nil {
		err = w.sweep()
	}
	away := w.report(false, err)
	for {
		select {
		case <-w.stop:
			return
		case <-fresh:
			err = w.handOn()
		case <-poll.C:
			err = w.handOn()
		case <-sweep.C:
			err = w.sweep()
		}
		away = w.report(away, err)
	}
}

// report logs an error of the archive when it begins, and says whether there is one.
func (w *Worker) report(away bool, err error) bool { //nolint:revive // The flag is what report said before.
	if err != nil && !away {
		w.cfg.Log.LogAttrs(w.life, slog.LevelWarn, "webhooks wait for the records", slog.Any("err", err))
	}
	return err != nil
}

// handOn takes every event that waits.
func (w *Worker) handOn() error {
	for {
		out, err := w.cfg.Records.FanOut(w.life, atOnce)
		if err != nil {
			return err
		}
		for _, id := range out.Webhooks {
			w.Wake(id)
		}
		if out.Taken < atOnce {
			return nil
		}
	}
}

// sweep wakes the webhooks for which something is due: of other nodes, and of those that ended.
func (w *Worker) sweep() error {
	waiting, err := w.cfg.Records.WaitingWebhooks(w.life)
	if err != nil {
		return err
	}
	now := time.Now()
	for id, due := range waiting {
		if !due.After(now) {
			w.Wake(id)
		}
	}
	return nil
}

// Wake makes a webhook look for what is due now.
func (w *Worker) Wake(webhook string) {
	w.nudge(webhook, func(e *endpoint) chan struct{} { return e.wake })
}

// Try makes a webhook look for tests now, even while it is spared.
func (w *Worker) Try(webhook string) {
	w.nudge(webhook, func(e *endpoint) chan struct{} { return e.try })
}

// nudge puts a token into one of the channels of a webhook's endpoint, which is started where it does not run.
func (w *Worker) nudge(webhook string, which func(*endpoint) chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.life == nil {
		return // The start looks at everything.
	}
	select {
	case <-w.stop:
		return
	default:
	}
	e := w.endpoints[webhook]
	if e == nil {
		e = &endpoint{worker: w, id: webhook, wake: make(chan struct{}, 1), try: make(chan struct{}, 1), done: make(chan outcome)}
		w.endpoints[webhook] = e
		w.wg.Go(e.run)
	}
	select {
	case which(e) <- struct{}{}:
	default: // It looks anyway.
	}
}
