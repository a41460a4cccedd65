package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/store"
)

// hook adds a webhook to the account "acc_1" of a store, which is made where it is missing.
func hook(t *testing.T, s *store.Store, id string, types ...string) *provisioning.Webhook {
	t.Helper()
	w := &provisioning.Webhook{
		ID: id, Account: "acc_1", Name: id, URL: "https://example.com/" + id, Types: types, Format: provisioning.FormatStandard, Secret: provisioning.NewWebhookSecret(),
	}
	put(t, s, &provisioning.Account{ID: "acc_1", Name: "Acme", Language: "en", Country: "FR"})
	put(t, s, w)
	return w
}

// put applies a record as it is; the rules of records have tests of their own.
func put(t *testing.T, s *store.Store, r provisioning.Record) {
	t.Helper()
	_, err := provisioning.Do(t.Context(), s, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
		ref := r.Ref()
		if st.Find(ref.Kind, ref.ID) == nil {
			return []provisioning.Change{{Verb: provisioning.Create, Record: r}}, nil
		}
		return []provisioning.Change{{Verb: provisioning.Update, Record: r}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fanOut hands every event that waits to the webhooks, and says how many there were.
func fanOut(t *testing.T, s *store.Store) int {
	t.Helper()
	all := 0
	for {
		out, err := s.FanOut(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		if out.Taken == 0 {
			return all
		}
		all += out.Taken
	}
}

// claim leases deliveries, and ends the test where that fails.
func claim(t *testing.T, s *store.Store, webhook string, limit int) []*provisioning.Delivery {
	t.Helper()
	out, err := s.ClaimDeliveries(t.Context(), webhook, time.Minute, limit)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// end writes how the first attempt of a delivery ended.
func end(t *testing.T, s *store.Store, d *provisioning.Delivery, state provisioning.DeliveryState, due time.Time, h provisioning.WebhookHealth) {
	t.Helper()
	err := s.EndAttempt(t.Context(), provisioning.DeliveryEnd{
		ID: d.ID, Webhook: d.Webhook, Attempts: append(d.Attempts, provisioning.Attempt{At: d.Created, Latency: time.Second, Status: 200}),
		Body: []byte("{}"), Response: []byte("thanks"), State: state, Due: due, Health: h,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every event reaches every webhook that wants it once, and what is told of one subject keeps its order whatever happens to the first.
func deliveries(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	all, tags := hook(t, s, "wh_all"), hook(t, s, "wh_tags", "tag.*")
	for i := range 5 {
		put(t, s, &provisioning.Tag{ID: "tag_1", Account: "acc_1", Name: fmt.Sprint("one ", i)})
	}
	put(t, s, &provisioning.Tag{ID: "tag_2", Account: "acc_1", Name: "two"})
	if n := fanOut(t, s); n != 9 { // A tag was written more than once; the account was made before there was a webhook.
		t.Errorf("%d events were taken, want 9", n)
	}
	if n := fanOut(t, s); n != 0 {
		t.Errorf("%d events were taken twice", n)
	}
	if waiting, err := s.WaitingWebhooks(t.Context()); err != nil || len(waiting) != 2 {
		t.Errorf("%v wait: %v", waiting, err)
	}
	first := claim(t, s, tags.ID, 10)
	if len(first) != 2 || first[0].Event.Type != "tag.created" || first[1].Event.Subject != "tag_2" {
		t.Fatalf("got %+v, want the first of each of the two subjects", first)
	}
	if again := claim(t, s, tags.ID, 10); len(again) != 0 {
		t.Errorf("%d are claimed twice", len(again))
	}
	later := time.Now().Add(time.Hour)
	end(t, s, first[0], provisioning.DeliveryWaiting, later, provisioning.WebhookHealth{Failures: 1, Since: time.Now()})
	end(t, s, first[1], provisioning.DeliveryDelivered, time.Time{}, provisioning.WebhookHealth{})
	if behind := claim(t, s, tags.ID, 10); len(behind) != 0 {
		t.Errorf("%s passes %s", behind[0].Event.ID, first[0].Event.ID)
	}
	if next, err := s.NextDelivery(t.Context(), tags.ID); err != nil || next.UnixMilli() != later.UnixMilli() {
		t.Errorf("the next is due at %v, want %v: %v", next, later, err)
	}
	// The other webhook is not held up by that, and hears all of it in order, its own making first.
	if begun := claim(t, s, all.ID, 1); len(begun) != 1 || begun[0].Event.Type != "webhook.created" || begun[0].Event.Subject != all.ID {
		t.Errorf("the first webhook heard %+v first", begun)
	}
	seqs := drainSubject(t, s, all.ID, "tag_1")
	if len(seqs) != 5 || !slices.IsSorted(seqs) {
		t.Errorf("%v of the subject were delivered, want five in order", seqs)
	}
}

// drainSubject delivers everything to a webhook, and gives the places of the events of one subject as they came.
func drainSubject(t *testing.T, s *store.Store, webhook, subject string) []int64 {
	t.Helper()
	var seqs []int64
	for {
		got := claim(t, s, webhook, 10)
		if len(got) == 0 {
			return seqs
		}
		for _, d := range got {
			if d.Event.Subject == subject {
				seqs = append(seqs, d.Event.Seq)
			}
			end(t, s, d, provisioning.DeliveryDelivered, time.Time{}, provisioning.WebhookHealth{})
		}
	}
}

// What is known of a delivery can be read, it can be sent again, and a test waits for nothing.
func deliveryLog(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	w := hook(t, s, "wh_1")
	fanOut(t, s)
	d := claim(t, s, w.ID, 1)[0]
	end(t, s, d, provisioning.DeliveryDelivered, time.Time{}, provisioning.WebhookHealth{})
	got, err := s.Delivery(t.Context(), w.ID, d.ID)
	if err != nil || got.State != provisioning.DeliveryDelivered || len(got.Attempts) != 1 || got.Attempts[0].Status != 200 || string(got.Response) != "thanks" {
		t.Errorf("got %+v: %v", got, err)
	}
	if _, err = s.Delivery(t.Context(), "wh_2", d.ID); !errors.Is(err, provisioning.ErrNotFound) {
		t.Errorf("a delivery of another webhook: %v", err)
	}
	// While the webhook is paused, only tests go.
	put(t, s, &provisioning.Tag{ID: "tag_1", Account: "acc_1", Name: "one"})
	fanOut(t, s)
	failed := claim(t, s, w.ID, 1)[0]
	end(t, s, failed, provisioning.DeliveryWaiting, time.Now(), provisioning.WebhookHealth{Failures: 7, Since: time.Now(), Paused: time.Now().Add(time.Hour)})
	test := &provisioning.Delivery{ID: "whd_test", Webhook: w.ID, Account: "acc_1", Event: failed.Event, Origin: provisioning.OfTest}
	if err = s.AddDeliveries(t.Context(), []*provisioning.Delivery{test}); err != nil {
		t.Fatal(err)
	}
	if only := claim(t, s, w.ID, 10); len(only) != 1 || only[0].ID != "whd_test" {
		t.Errorf("got %+v, want the test alone", only)
	}
	if h, unread := s.WebhookHealth(t.Context(), w.ID); unread != nil || h.Failures != 7 {
		t.Errorf("got %+v: %v", h, unread)
	}
	again := provisioning.Replay{Webhook: w, Types: []string{"tag.*"}, Most: 1}
	if n, failed := s.Replay(t.Context(), again); failed != nil || n != 1 {
		t.Errorf("%d sent again, want 1: %v", n, failed)
	}
	again.Types, again.Most = nil, 1
	if _, err = s.Replay(t.Context(), again); !errors.Is(err, provisioning.ErrTooMany) {
		t.Errorf("more than most: %v", err)
	}
	page, err := s.Deliveries(t.Context(), provisioning.DeliveryFilter{Webhook: w.ID, State: provisioning.DeliveryWaiting, Limit: 2})
	if err != nil || len(page) != 2 || page[0].Origin != provisioning.OfReplay || page[0].Position <= page[1].Position {
		t.Errorf("got %+v: %v", page, err)
	}
	if err = s.DropDeliveries(t.Context(), w.ID); err != nil {
		t.Fatal(err)
	}
	if page, err = s.Deliveries(t.Context(), provisioning.DeliveryFilter{Webhook: w.ID, State: provisioning.DeliveryDropped, Limit: 200}); err != nil || len(page) == 0 {
		t.Errorf("nothing was dropped: %v", err)
	}
	for _, p := range page {
		if p.Origin == provisioning.OfTest {
			t.Error("the test was dropped")
		}
	}
}

// What signs for an account is made once, and goes on signing for a while after it was changed.
func signing(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	one, err := s.SigningSecrets(t.Context(), "acc_1")
	if err != nil || len(one) != 1 {
		t.Fatalf("%d secrets: %v", len(one), err)
	}
	two, err := s.RotateSigning(t.Context(), "acc_1", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	both, err := s.SigningSecrets(t.Context(), "acc_1")
	if err != nil || len(both) != 2 || both[0] != two || both[1] != one[0] {
		t.Errorf("both do not sign: %v", err)
	}
}
