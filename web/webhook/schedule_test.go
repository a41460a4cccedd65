package webhook_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/provisioning"
	"tandem/web/webhook"
)

func hook(id string) *provisioning.Webhook {
	return &provisioning.Webhook{
		ID: id, Account: "acc_1", Name: id, URL: "https://" + id + ".example.com/", Format: provisioning.FormatStandard, Secret: provisioning.NewWebhookSecret(),
	}
}

// work runs a worker over an archive until the test of the bubble ends.
func work(t *testing.T, a *archive, transport http.RoundTripper) *webhook.Worker {
	t.Helper()
	w := webhook.New(webhook.Config{
		Records: a, Transport: transport, Disable: a.disable, Poll: time.Second, Sweep: time.Hour,
		Render: func(context.Context, *provisioning.Webhook, provisioning.Event) ([]byte, error) {
			return []byte(`{"type":"x"}`), nil
		},
	})
	w.Start(t.Context())
	return w
}

// A receiver that fails is asked ten times: at once, and then after each of the delays, give or take a fifth. Whoever fails for three days is disabled.
func TestAttemptsFollowTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(hook("wh_1"))
		var mu sync.Mutex
		var at []time.Time
		w := work(t, a, receiver(func(*http.Request) (int, http.Header) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			return http.StatusInternalServerError, nil
		}))
		defer w.Close(t.Context())
		a.tell(provisioning.Event{ID: "evt_1", Type: "call.ended", Subject: "call_1", Seq: 1})
		time.Sleep(8 * 24 * time.Hour)
		synctest.Wait()
		want := []time.Duration{
			5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
		}
		for i := 1; i < len(at); i++ {
			delay := at[i].Sub(at[i-1])
			if delay < want[i-1]*8/10 || delay > want[i-1]*12/10+time.Second {
				t.Errorf("attempt %d came after %v, want %v give or take a fifth", i+1, delay, want[i-1])
			}
		}
		last := at[len(at)-1].Sub(at[0])
		// The whole schedule is a little more than three days, give or take: with luck the ninth attempt is past them already.
		if len(at) < 9 || len(at) > 10 || len(at) == 9 && last < 72*time.Hour {
			t.Errorf("%d attempts in %v", len(at), last)
		}
		d := a.deliveries()[0]
		if d.State == provisioning.DeliveryWaiting || len(d.Attempts) != len(at) {
			t.Errorf("the delivery is %s after %d attempts", d.State, len(d.Attempts))
		}
		if last >= 72*time.Hour && a.disabled["wh_1"] != provisioning.WhyFailing {
			t.Errorf("after %v of failures it is disabled for %q", last, a.disabled["wh_1"])
		}
	})
}

// After three days of failures alone a webhook is disabled; one answer that is right begins the days anew.
func TestDisabledAfterThreeDaysOfFailuresOnly(t *testing.T) {
	for _, c := range []struct {
		name    string
		success time.Duration // when it answers well, after the beginning; 0: never
		want    string
	}{{"failures only", 0, provisioning.WhyFailing}, {"one success", 48 * time.Hour, ""}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newArchive(hook("wh_1"))
				begun := time.Now()
				var helped atomic.Bool
				w := work(t, a, receiver(func(*http.Request) (int, http.Header) {
					if c.success > 0 && time.Since(begun) >= c.success && helped.CompareAndSwap(false, true) {
						return http.StatusNoContent, nil
					}
					return http.StatusInternalServerError, nil
				}))
				defer w.Close(t.Context())
				for i := range 80 { // One event an hour, each of a subject of its own.
					a.tell(provisioning.Event{ID: "evt_" + string(rune('A'+i)), Type: "call.ended", Subject: "call_" + string(rune('A'+i)), Seq: 1})
					time.Sleep(time.Hour)
				}
				synctest.Wait()
				if got := a.disabled["wh_1"]; got != c.want {
					t.Errorf("disabled for %q, want %q", got, c.want)
				}
			})
		})
	}
}

// What receivers say is heeded: 410 disables at once, a redirect is a failure, and who asks for time is given it.
func TestAnswersAreHeeded(t *testing.T) {
	for _, c := range []struct {
		name     string
		status   int
		after    string
		attempts int64 // within a minute
		disabled string
	}{
		{"gone", http.StatusGone, "", 1, provisioning.WhyGone},
		{"moved", http.StatusFound, "", 2, ""},
		{"success of any kind", http.StatusAccepted, "", 1, ""},
		{"bad request", http.StatusBadRequest, "", 2, ""},
		{"too many, wait", http.StatusTooManyRequests, "1800", 1, ""},
		{"unavailable until a date", http.StatusServiceUnavailable, "Sat, 01 Jan 2000 01:00:00 GMT", 1, ""},
		{"forever is a day", http.StatusServiceUnavailable, "99999999999999", 1, ""},
		{"nonsense", http.StatusServiceUnavailable, "soon", 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newArchive(hook("wh_1"))
				var asked atomic.Int64
				w := work(t, a, receiver(func(*http.Request) (int, http.Header) {
					asked.Add(1)
					return c.status, http.Header{"Retry-After": {c.after}, "Location": {"https://elsewhere.example.com/"}}
				}))
				defer w.Close(t.Context())
				a.tell(provisioning.Event{ID: "evt_1", Type: "call.ended", Subject: "call_1", Seq: 1})
				time.Sleep(time.Minute)
				synctest.Wait()
				if asked.Load() != c.attempts || a.disabled["wh_1"] != c.disabled {
					t.Errorf("asked %d times, disabled for %q; want %d, %q", asked.Load(), a.disabled["wh_1"], c.attempts, c.disabled)
				}
				time.Sleep(30 * time.Hour)
				synctest.Wait()
				if c.after != "" && asked.Load() < 2 {
					t.Error("it was never asked again")
				}
			})
		})
	}
}

// A receiver that never answers costs its own time alone: an attempt ends after 15 s, and the other hears everything at once, in order.
func TestASilentReceiverDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(hook("wh_dead"), hook("wh_live"))
		var mu sync.Mutex
		var heard []time.Time
		w := work(t, a, receiver(func(r *http.Request) (int, http.Header) {
			if r.URL.Host == "wh_dead.example.com" {
				return 0, nil
			}
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, time.Now())
			return http.StatusOK, nil
		}))
		defer w.Close(t.Context())
		told := time.Now()
		for i := range 50 {
			a.tell(provisioning.Event{ID: "evt_" + string(rune('A'+i)), Type: "call.ended", Subject: "call_" + string(rune('A'+i)), Seq: 1})
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(heard) != 50 || heard[49].Sub(told) > time.Second {
			t.Errorf("%d of 50 events were heard", len(heard))
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		for _, d := range a.deliveries() {
			if d.Webhook == "wh_dead" && len(d.Attempts) > 0 && (d.Attempts[0].Error != "timeout" || d.Attempts[0].Latency != 15*time.Second) {
				t.Errorf("an attempt ended as %+v", d.Attempts[0])
			}
		}
	})
}
