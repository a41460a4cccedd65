package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/sip/resolve/resolvetest"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web/webhook"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, victim(dir, os.Getenv(victimURL)))
		os.Exit(1)
	}
	os.Exit(storetest.Main(m))
}

// heard is a receiver that notes what comes.
type heard struct {
	mu    sync.Mutex
	at    []time.Time
	ids   []string
	trail []string // "subject/seq"
	bad   int      // signatures
}

// take notes a request.
func (h *heard) take(r *http.Request, body []byte, secrets ...provisioning.Secret) {
	var e provisioning.Event
	_ = json.Unmarshal(body, &e)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = append(h.at, time.Now())
	h.ids = append(h.ids, r.Header.Get(webhook.HeaderID))
	h.trail = append(h.trail, fmt.Sprintf("%s/%06d", e.Subject, e.Seq))
	if webhook.Verify(r.Header, body, time.Now(), secrets...) != nil {
		h.bad++
	}
}

func (h *heard) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ids)
}

// records opens an archive with one account.
func records(t *testing.T, cfg store.Config) *store.Store {
	t.Helper()
	s := storetest.Open(t, cfg)
	put(t, s, &provisioning.Account{ID: "acc_1", Name: "Acme", Language: "en", Country: "FR"})
	return s
}

func put(t *testing.T, s provisioning.Store, r provisioning.Record) {
	t.Helper()
	if _, err := provisioning.Do(t.Context(), s, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
		ref, verb := r.Ref(), provisioning.Update
		if st.Find(ref.Kind, ref.ID) == nil {
			verb = provisioning.Create
		}
		return []provisioning.Change{{Verb: verb, Record: r}}, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// pointing makes a webhook that is told of tags.
func pointing(t *testing.T, s *store.Store, id, url string) *provisioning.Webhook {
	t.Helper()
	w := hook(id)
	w.URL, w.Types = url, []string{"tag.*"}
	put(t, s, w)
	return w
}

// patience is what a receiver is given: one that answers is not to be given up, however slow the machine, or it hears of an event twice.
const patience = time.Minute

// deliverFrom runs a worker over a store.
func deliverFrom(t *testing.T, s *store.Store, guard webhook.Guard, timeout time.Duration) *webhook.Worker {
	t.Helper()
	w := webhook.New(webhook.Config{
		Records: s, Transport: webhook.NewTransport(guard), Timeout: timeout, Sweep: 100 * time.Millisecond,
		Render: func(_ context.Context, _ *provisioning.Webhook, e provisioning.Event) ([]byte, error) {
			return json.Marshal(e)
		},
		Disable: func(ctx context.Context, w *provisioning.Webhook, why string) error {
			_, err := provisioning.Do(ctx, s, "webhooks", provisioning.DisableWebhook(w.ID, why))
			return err
		},
	})
	w.Start(t.Context())
	t.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		w.Close(ctx)
	})
	return w
}

// until waits for a condition, and fails the test where it does not come about.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	deadline := time.NewTimer(40 * time.Second)
	defer deadline.Stop()
	for !is() {
		select {
		case <-pace.C:
		case <-deadline.C:
			t.Fatalf("not within 40 s: %s", what)
		}
	}
}

// first gives the newest delivery of a webhook once an attempt was made.
func first(t *testing.T, s *store.Store, id string) *provisioning.Delivery {
	t.Helper()
	var d *provisioning.Delivery
	until(t, "an attempt for "+id, func() bool {
		all, err := s.Deliveries(t.Context(), provisioning.DeliveryFilter{Webhook: id, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(d *provisioning.Delivery) bool { return len(d.Attempts) > 0 })
		if i >= 0 {
			d = all[i]
		}
		return i >= 0
	})
	return d
}

func TestEachKindOfReceiver(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			eachKind(t, records(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}))
		})
	}
}

// eachKind points webhooks at receivers of every kind at once: each is handled in its way, and the good one hears everything in order and in time.
func eachKind(t *testing.T, s *store.Store) {
	t.Helper()
	good := &heard{}
	stop := make(chan struct{})
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_ = bodyOf(r) // Only then the server sees that the other side has gone.
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}
	var secret provisioning.Secret
	var elsewhere atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(_ http.ResponseWriter, r *http.Request) { good.take(r, bodyOf(r), secret) })
	mux.HandleFunc("/slow", hang)
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte("a"))
		_ = http.NewResponseController(w).Flush()
		hang(w, r)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	mux.HandleFunc("/big", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Repeat("x", 1<<20))) })
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 1<<20)) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(stop) })
	secret = pointing(t, s, "wh_good", srv.URL+"/good").Secret
	for _, name := range []string{"slow", "drip", "moved", "gone", "big", "headers"} {
		pointing(t, s, "wh_"+name, srv.URL+"/"+name)
	}
	pointing(t, s, "wh_dead", "http://127.0.0.1:1/") // nobody's; a port that was ours a moment ago may be anybody's
	pointing(t, s, "wh_nowhere", "http://nowhere.invalid/")
	pointing(t, s, "wh_special", "http://169.254.169.254/latest/meta-data/")
	const enough = 6 * time.Second // for those who answer, and waited for in vain with those who do not
	worker := deliverFrom(t, s, webhook.Guard{Reach: webhook.InHouseToo, Names: nobodyKnown(t)}, enough)
	const events = 15
	told := make([]time.Time, 0, events)
	for i := range events {
		put(t, s, &provisioning.Tag{ID: fmt.Sprintf("tag_%d", i%3), Account: "acc_1", Name: fmt.Sprint("tag ", i)})
		told = append(told, time.Now())
	}
	until(t, "everything is heard", func() bool { return good.count() >= events })
	checkGood(t, good, told)
	for id, want := range map[string]provisioning.Attempt{
		"wh_slow": {Error: "timeout"}, "wh_drip": {Status: 200, Error: "timeout"}, "wh_moved": {Status: 307}, "wh_gone": {Status: 410}, "wh_big": {Status: 200},
		"wh_headers": {Error: "connection_failed"}, "wh_dead": {Error: "connection_failed"}, "wh_nowhere": {Error: "name_not_found"},
		"wh_special": {Error: "address_refused"},
	} {
		d := first(t, s, id)
		if a := d.Attempts[0]; a.Status != want.Status || a.Error != want.Error || a.Latency > 30*time.Second {
			t.Errorf("%s: the attempt ended as %+v, want %+v", id, a, want)
		}
		if ok := id == "wh_big"; ok != (d.State == provisioning.DeliveryDelivered) {
			t.Errorf("%s: the delivery is %s", id, d.State)
		}
		if id == "wh_big" && len(d.Response) != 4<<10 {
			t.Errorf("%d bytes of the answer are kept", len(d.Response))
		}
	}
	until(t, "410 disables", func() bool {
		w, unread := s.Webhook(t.Context(), "wh_gone")
		return unread == nil && w.Disabled && w.Why == provisioning.WhyGone
	})
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed")
	}
	until(t, "the figures tell of all", func() bool { // An attempt is counted when its answer has been read.
		st := worker.Stats()
		return st.Results["delivered"] >= events && st.Results["disabled"] > 0 && st.Results["retried"] > 0
	})
}

// checkGood looks at what the good receiver heard: all of it once, signed, each subject in its order, soon.
func checkGood(t *testing.T, good *heard, told []time.Time) {
	t.Helper()
	good.mu.Lock()
	defer good.mu.Unlock()
	seen, last := map[string]int{}, map[string]string{}
	for i, id := range good.ids {
		seen[id]++
		subject, _, _ := strings.Cut(good.trail[i], "/")
		if good.trail[i] <= last[subject] {
			t.Errorf("%s came after %s", good.trail[i], last[subject])
		}
		last[subject] = good.trail[i]
	}
	if len(seen) != len(told) || len(good.ids) != len(told) || good.bad > 0 {
		t.Errorf("%d events came %d times, %d not signed; want each of %d once", len(seen), len(good.ids), good.bad, len(told))
	}
	if late := good.at[len(good.at)-1].Sub(told[len(told)-1]); late > 15*time.Second {
		t.Errorf("the last came after %v", late)
	} else {
		t.Logf("the last of %d events came %v after it was written", len(told), late)
	}
}

// nobodyKnown is a name server of our own, which knows nobody: the machine's may be out of reach, and then it is not that a name is not found.
func nobodyKnown(t *testing.T) *net.Resolver {
	t.Helper()
	names := resolvetest.Start(t, "")
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", names.At.String())
	}}
}

func bodyOf(r *http.Request) []byte {
	var b strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := r.Body.Read(buffer)
		b.Write(buffer[:n])
		if err != nil {
			return []byte(b.String())
		}
	}
}

// Two nodes share a database: every event comes once, whichever delivers it, and in the order of its subject.
func TestTwoNodesNeverDeliverAtOnce(t *testing.T) {
	url := storetest.Postgres(t)
	one := records(t, store.Config{URL: url, DataDir: t.TempDir()})
	two := storetest.Open(t, store.Config{URL: url, DataDir: t.TempDir()})
	good := &heard{}
	var secret provisioning.Secret
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { good.take(r, bodyOf(r), secret) }))
	t.Cleanup(srv.Close)
	secret = pointing(t, one, "wh_1", srv.URL).Secret
	deliverFrom(t, one, webhook.Guard{Reach: webhook.InHouseToo}, patience)
	deliverFrom(t, two, webhook.Guard{Reach: webhook.InHouseToo}, patience)
	const events = 30
	told := make([]time.Time, 0, events)
	for i := range events {
		node := []*store.Store{one, two}[i%2]
		put(t, node, &provisioning.Tag{ID: fmt.Sprintf("tag_%d", i%4), Account: "acc_1", Name: fmt.Sprint("tag ", i)})
		told = append(told, time.Now())
	}
	until(t, "everything is heard", func() bool { return good.count() >= events })
	checkGood(t, good, told)
}

// What was in hand when the process ended is delivered by the next: at least once, and nothing is lost.
func TestARestartLosesNothing(t *testing.T) {
	cfg := store.Config{DataDir: t.TempDir()}
	begun := make(chan struct{}, 100)
	good := &heard{}
	var secret provisioning.Secret
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { good.take(r, bodyOf(r), secret) }))
	t.Cleanup(srv.Close)
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, &provisioning.Account{ID: "acc_1", Name: "Acme", Language: "en", Country: "FR"})
	secret = pointing(t, s, "wh_1", srv.URL).Secret
	w := webhook.New(webhook.Config{
		// What the first process has in hand never reaches the receiver: a request that it had sent could be heard after its end, and then once more.
		Records: s, Timeout: time.Minute, Transport: receiver(func(*http.Request) (int, http.Header) {
			begun <- struct{}{}
			return 0, nil
		}),
		Render: func(_ context.Context, _ *provisioning.Webhook, e provisioning.Event) ([]byte, error) {
			return json.Marshal(e)
		},
	})
	w.Start(t.Context())
	told := []time.Time{}
	for i := range 10 {
		put(t, s, &provisioning.Tag{ID: fmt.Sprint("tag_", i), Account: "acc_1", Name: fmt.Sprint("tag ", i)})
		told = append(told, time.Now())
	}
	<-begun
	cut, now := context.WithCancel(t.Context())
	now()
	w.Close(cut)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := storetest.Open(t, cfg)
	deliverFrom(t, again, webhook.Guard{Reach: webhook.InHouseToo}, patience)
	until(t, "everything is heard", func() bool { return good.count() >= 10 })
	checkGood(t, good, told)
}
