package webhook

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tandem/provisioning"
)

// endpoint delivers to one webhook, a few deliveries at once. Its goroutine owns everything below.
type endpoint struct {
	worker *Worker
	id     string
	wake   chan struct{} // holds one when something may be due
	try    chan struct{} // holds one when there is a test
	done   chan outcome  // attempts that ended

	inHand  int
	failing int       // attempts in a row that failed: who fails is asked by one at a time
	paused  time.Time // until then only tests go
}

// outcome is a delivery with what came of an attempt.
type outcome struct {
	delivery *provisioning.Delivery
	hook     *provisioning.Webhook
	answer   answer
	body     []byte
}

// retryRecords is when the archive is asked again after it failed.
const retryRecords = time.Second

// run looks for deliveries when it is woken, when the next one falls due, and when one in hand ends.
func (e *endpoint) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		spared := time.Now().Before(e.paused)
		select {
		case <-e.worker.stop:
			for e.inHand > 0 {
				e.ended(<-e.done)
			}
			return
		case <-e.try:
			spared = false
		case <-e.wake:
		case <-timer.C:
		case o := <-e.done:
			e.ended(o)
		}
		if spared {
			timer.Reset(time.Until(e.paused))
			continue
		}
		next, err := e.look()
		if err != nil {
			e.worker.cfg.Log.LogAttrs(e.worker.life, slog.LevelWarn, "deliveries wait for the records", slog.String("account", e.id), slog.Any("err", err))
			next = time.Now().Add(retryRecords)
		}
		timer.Stop()
		if !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

// look claims what is due, starts the attempts, and says when to look again; zero: when somebody says so.
func (e *endpoint) look() (time.Time, error) {
	free := e.worker.cfg.Each - e.inHand
	if e.failing >= suspicious {
		free = 1 - e.inHand
	}
	if free <= 0 {
		return time.Time{}, nil
	}
	w := e.worker
	due, err := w.cfg.Records.ClaimDeliveries(w.life, e.id, lease, free)
	if err != nil {
		return time.Time{}, err
	}
	if len(due) > 0 {
		if err := e.begin(due); err != nil {
			return time.Time{}, err
		}
	}
	return w.cfg.Records.NextDelivery(w.life, e.id)
}

// begin starts attempts. To a webhook that is disabled, or gone, nothing goes but tests.
func (e *endpoint) begin(due []*provisioning.Delivery) error {
	w := e.worker
	hook, err := w.cfg.Records.Webhook(w.life, e.id)
	if errors.Is(err, provisioning.ErrNotFound) {
		return w.cfg.Records.DropDeliveries(w.life, e.id)
	}
	if err != nil {
		return err
	}
	if hook.Disabled {
		if err := w.cfg.Records.DropDeliveries(w.life, e.id); err != nil {
			return err
		}
	}
	for _, d := range due {
		if hook.Disabled && d.Origin != provisioning.OfTest {
			continue
		}
		e.inHand++
		w.wg.Go(func() { e.done <- w.attempt(hook, d) })
	}
	return nil
}

// attempt makes one attempt.
func (w *Worker) attempt(hook *provisioning.Webhook, d *provisioning.Delivery) outcome {
	ctx, cancel := context.WithTimeout(w.life, w.cfg.Timeout)
	defer cancel()
	if d.Origin == provisioning.OfEvent && len(d.Attempts) == 0 {
		w.meters.late(time.Since(d.Event.At))
	}
	o := outcome{delivery: d, hook: hook, body: d.Body}
	if len(o.body) == 0 {
		body, err := w.cfg.Render(ctx, hook, d.Event)
		if err != nil || len(body) > mostBody {
			o.answer.attempt = provisioning.Attempt{At: time.Now(), Error: reasonRender}
			if err == nil {
				o.answer.attempt.Error = reasonTooLarge
			}
			return o
		}
		o.body = body
	}
	o.answer = w.post.post(ctx, letter{
		url: hook.URL, id: d.Event.ID, body: o.body, trace: d.Trace, secrets: hook.Signers(time.Now()),
	}, keptAnswer)
	return o
}

// ended writes what came of an attempt. One that was given up because we stop is not written: it is made again.
func (e *endpoint) ended(o outcome) {
	e.inHand--
	w, d := e.worker, o.delivery
	if w.life.Err() != nil {
		return
	}
	health, err := w.cfg.Records.WebhookHealth(w.life, e.id)
	now := time.Now()
	v := judge(d, o.answer, health, now)
	if d.Origin != provisioning.OfTest {
		e.failing, e.paused = v.health.Failures, v.health.Paused
	}
	w.meters.count(v)
	if err == nil {
		err = w.cfg.Records.EndAttempt(w.life, provisioning.DeliveryEnd{
			ID: d.ID, Webhook: e.id, Attempts: append(d.Attempts, o.answer.attempt), Body: o.body, Response: o.answer.body, State: v.state, Due: v.due,
			Health: v.health,
		})
	}
	if err == nil && v.disable != "" {
		w.cfg.Log.LogAttrs(w.life, slog.LevelWarn, "webhook is disabled", slog.String("account", string(d.Account)), slog.String("cause", v.disable))
		if err = w.cfg.Disable(w.life, o.hook, v.disable); err == nil {
			err = w.cfg.Records.DropDeliveries(w.life, e.id)
		}
	}
	if err != nil { // Its lease ends, and it is made again.
		w.cfg.Log.LogAttrs(w.life, slog.LevelWarn, "what came of a delivery is not written", slog.String("account", string(d.Account)), slog.Any("err", err))
	}
}
