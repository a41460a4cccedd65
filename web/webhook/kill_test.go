package webhook_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web/webhook"
)

// The variables that make this binary a victim.
const (
	victimDir = "TANDEM_TEST_VICTIM_DIR"
	victimURL = "TANDEM_TEST_VICTIM_URL"
)

// victim changes tags and delivers what that tells until it is killed; it prints each change that was acknowledged.
func victim(dir, url string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: url, DataDir: dir})
	if err != nil {
		return err
	}
	w := webhook.New(webhook.Config{
		Records: s, Transport: webhook.NewTransport(webhook.Guard{Reach: webhook.InHouseToo}),
		Render: func(_ context.Context, _ *provisioning.Webhook, e provisioning.Event) ([]byte, error) {
			return json.Marshal(e)
		},
	})
	w.Start(ctx)
	pace := time.NewTicker(5 * time.Millisecond) // What counts is the moment, not the number.
	defer pace.Stop()
	for n := 0; ; n++ {
		<-pace.C
		tag := &provisioning.Tag{ID: fmt.Sprintf("tag_%d", n%3), Account: "acc_1", Name: fmt.Sprint(os.Getpid(), " ", n)}
		var version int64
		_, err := provisioning.Do(ctx, s, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
			verb := provisioning.Update
			if st.Find(provisioning.KindTag, tag.ID) == nil {
				verb = provisioning.Create
			}
			version = st.Version + 1
			return []provisioning.Change{{Verb: verb, Record: tag}}, nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stdout, "%s/%d\n", tag.ID, version)
	}
}

// A process that delivers is killed at any moment, again and again: what was acknowledged is delivered at least once, each subject in its order.
func TestKilledAtAnyMomentNoEventIsLost(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			cfg := store.Config{URL: e.URL(t), DataDir: t.TempDir()}
			good := &heard{}
			srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { good.take(r, bodyOf(r)) }))
			t.Cleanup(srv.Close)
			s := records(t, cfg)
			pointing(t, s, "wh_1", srv.URL)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			acknowledged := 0
			const kills = 6
			for range kills {
				acknowledged += killOne(t, cfg)
			}
			if acknowledged < kills {
				t.Fatalf("only %d changes in %d lives: that shows nothing", acknowledged, kills)
			}
			again := storetest.Open(t, cfg)
			deliverFrom(t, again, webhook.Guard{Reach: webhook.InHouseToo}, patience)
			until(t, "nothing waits any more", func() bool {
				out, err := again.WaitingWebhooks(t.Context())
				page, unread := again.Events(t.Context(), provisioning.EventFilter{Types: []string{"tag.*"}, Limit: 1000})
				if err = errors.Join(err, unread); err != nil {
					t.Fatal(err)
				}
				return len(out) == 0 && good.distinct() >= len(page.Events)
			})
			if n := good.distinct(); n < acknowledged {
				t.Errorf("%d events came, %d changes were acknowledged", n, acknowledged)
			}
			t.Logf("%d changes in %d lives: %d events in %d requests", acknowledged, kills, good.distinct(), good.count())
			good.checkOrder(t)
		})
	}
}

// killOne starts a victim, kills it after a moment, and counts what it acknowledged.
func killOne(t *testing.T, cfg store.Config) int {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), victimDir+"="+cfg.DataDir, victimURL+"="+cfg.URL)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	count := 0
	for r := bufio.NewReader(out); ; count++ {
		line, err := r.ReadString('\n')
		if err != nil || !strings.Contains(line, "/") {
			break // A line without its end was not acknowledged.
		}
		if count == 0 {
			defer time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { _ = c.Process.Kill() }).Stop()
		}
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() == 1 {
		t.Fatalf("the victim ended by itself: %v", err)
	}
	return count
}

// distinct counts events, however often they came.
func (h *heard) distinct() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]struct{}{}
	for _, id := range h.ids {
		seen[id] = struct{}{}
	}
	return len(seen)
}

// checkOrder fails the test where an event came for the first time after a later one of its subject.
func (h *heard) checkOrder(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	seen, last := map[string]bool{}, map[string]string{}
	for _, one := range h.trail {
		subject, _, _ := strings.Cut(one, "/")
		if !seen[one] && one < last[subject] {
			t.Errorf("%s came after %s", one, last[subject])
		}
		seen[one] = true
		last[subject] = max(last[subject], one)
	}
}
