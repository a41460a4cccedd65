package store_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
)

// mobileOperator is an operator that says something of everything.
func mobileOperator(account routing.AccountID, trunk routing.TrunkID) *provisioning.Operator {
	o := provisioning.NewOperator("op_1")
	o.Account, o.Name, o.Trunk = account, "Le mobile", trunk
	o.Settings.Core.HandsetRing, o.Settings.Core.MediaServers = 17*time.Second, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	o.Settings.Core.Quirks = []routing.Quirk{{Status: 404, Q850: -1, Means: 20}}
	o.Settings.Platform = &provisioning.ESIMPlatform{URL: "https://smdp.example", Requester: "1.2.3"}
	o.Settings.Cards = []provisioning.Card{{ICCID: "8933010000000000010", IMSI: "208010000000001", For: "esim_1"}}
	o.Settings.Probe = &provisioning.Probe{At: time.Now().UTC().Truncate(time.Millisecond), Number: "+33639980009", Clean: true}
	return o
}

// withDirectNumbers is a trunk that may show direct numbers.
func withDirectNumbers(t *provisioning.Trunk) *provisioning.Trunk {
	next := *t
	next.PresentsDirect = true
	return &next
}

// furnish puts something into every table.
func furnish(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Apply(t, s, storetest.Site)
	storetest.Spend(t, s)
	storetest.Write(t, s)
	if _, err := provisioning.Do(t.Context(), s, "usr_admin", func(st *provisioning.State) ([]provisioning.Change, error) {
		account := st.Accounts[0].ID
		return []provisioning.Change{
			{Verb: provisioning.Create, Record: &provisioning.Webhook{ID: "wh_1", Account: account, Name: "é\u2028\"", URL: "https://example.com", Secret: "whsec_x"}},
			{Verb: provisioning.Create, Record: mobileOperator(account, st.Trunks[0].ID)},
			{Verb: provisioning.Update, Record: withDirectNumbers(st.Trunks[0])},
			{Verb: provisioning.Delete, Record: st.Users[2]},
		}, nil
	}); err != nil {
		t.Fatal(err)
	}
	for range 130 { // More than one statement takes.
		c := storetest.Call(s.NextNumber(), time.Now())
		if err := errors.Join(s.Begin(c), s.Finish(c)); err != nil {
			t.Fatal(err)
		}
	}
	spoke := storetest.Call(s.NextNumber(), time.Now())
	spoke.AnsweredAt, spoke.Outcome = spoke.StartedAt.Add(time.Second), routing.OutcomeAnswered
	if err := errors.Join(s.Finish(spoke), s.Shift(routing.StatusChange{User: "usr_1", At: time.Now(), Status: routing.UserAvailable}), s.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := s.FanOut(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	if first, err := s.BeginDigest(t.Context(), "usr_1", "2026-11-22"); err != nil || !first {
		t.Fatal(first, err)
	}
	_, err := s.Secret(t.Context(), "sessions")
	_, err2 := s.SigningSecrets(t.Context(), "acc_1")
	if err = errors.Join(err, err2, s.Remember(t.Context(), "k", []byte{0, 1, 0xff}, time.Now().Add(time.Hour)),
		s.KeysUsed(t.Context(), map[string]time.Time{"key_1": time.Now()}),
		s.Announce(t.Context(), provisioning.Event{Type: "trunk.up", Subject: "trk_1"}),
		s.AddDeliveries(t.Context(), []*provisioning.Delivery{{ID: "whd_1", Webhook: "wh_1", Account: "acc_1", Event: provisioning.Event{ID: "evt_1", Type: "tag.created", Data: []byte("{}")}, Origin: provisioning.OfReplay}}),
	); err != nil {
		t.Fatal(err)
	}
	claimed, err := s.ClaimDeliveries(t.Context(), "wh_1", time.Minute, 100)
	if err != nil || len(claimed) == 0 {
		t.Fatalf("%d deliveries: %v", len(claimed), err)
	}
	if err = s.EndAttempt(t.Context(), provisioning.DeliveryEnd{
		ID: claimed[0].ID, Webhook: "wh_1", Body: []byte("{}"), State: provisioning.DeliveryWaiting, Due: time.Now(), Attempts: []provisioning.Attempt{{Status: 500}},
		Health: provisioning.WebhookHealth{Failures: 1, Since: time.Now()},
	}); err != nil {
		t.Fatal(err)
	}
}

// everything is what a store holds, for comparing.
type everything struct {
	records map[string]string
	calls   []*routing.CallRecord
	events  []provisioning.Event
	audit   provisioning.AuditPage
}

func all(t *testing.T, s *store.Store) everything {
	t.Helper()
	st, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e := everything{records: map[string]string{}, calls: storetest.AllCalls(t, s, provisioning.CallFilter{}), events: storetest.AllEvents(t, s, provisioning.EventFilter{})}
	for _, r := range st.Records() {
		e.records[r.Ref().ID] = provisioning.ETag(r)
	}
	if e.audit, err = s.Audit(t.Context(), provisioning.AuditFilter{Limit: 200}); err != nil {
		t.Fatal(err)
	}
	return e
}

// An office moves from one machine's file to PostgreSQL, and back to another file: nothing is missing, and work goes on.
func TestDatabaseMovesToPostgreSQLAndBack(t *testing.T) {
	first := store.Config{DataDir: t.TempDir()}
	second := store.Config{URL: storetest.Postgres(t), DataDir: first.DataDir}
	third := store.Config{DataDir: t.TempDir()}
	s := storetest.Open(t, first)
	furnish(t, s)
	want := all(t, s)
	if _, err := store.Move(t.Context(), first, second, nil); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a move from under a running program: %v", err)
	}
	late := storetest.Call(s.NextNumber(), time.Now()) // In the spool when the program stops.
	if err := errors.Join(s.Finish(late), s.Close()); err != nil {
		t.Fatal(err)
	}
	var told int
	there, err := store.Move(t.Context(), first, second, func(m store.Moved) {
		told++
		if m.Rows == 0 {
			t.Errorf("the table %s was empty: this test shows nothing of it", m.Table)
		}
	})
	if err != nil || told != len(there) || told < 30 {
		t.Fatalf("%d tables moved: %v", told, err)
	}
	if _, err = store.Move(t.Context(), first, second, nil); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("a second move over the first: %v", err)
	}
	back, err := store.Move(t.Context(), second, third, nil)
	if err != nil {
		t.Fatal(err)
	}
	node := func(m store.Moved) bool { return m.Table == "nodes" } // Opening what is moved writes how far its spool is.
	if there, back = slices.DeleteFunc(there, node), slices.DeleteFunc(back, node); !reflect.DeepEqual(there, back) {
		t.Errorf("there went\n%v\nback came\n%v", there, back)
	}
	for _, cfg := range []store.Config{second, third} {
		s := storetest.Open(t, cfg)
		got := all(t, s)
		if len(got.calls) != len(want.calls)+1 || !reflect.DeepEqual(got.records, want.records) || !reflect.DeepEqual(got.audit, want.audit) {
			t.Errorf("%q: %d calls, %d records, %d lines of audit", cfg.URL, len(got.calls), len(got.records), len(got.audit.Entries))
		}
		for i, e := range want.events {
			if got.events[i].ID != e.ID || got.events[i].Type != e.Type {
				t.Errorf("event %d is %s, was %s", i, got.events[i].Type, e.Type)
			}
		}
		goOn(t, s)
	}
}

// goOn does what needs the counters of the database.
func goOn(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Apply(t, s, storetest.Site)
	c := storetest.Call(s.NextNumber(), time.Now())
	if err := errors.Join(s.Begin(c), s.Finish(c), s.Shift(routing.StatusChange{User: "usr_1", At: time.Now()}), s.Flush(t.Context())); err != nil {
		t.Error(err)
	}
	if _, err := s.Call(t.Context(), string(c.ID)); err != nil {
		t.Error(err)
	}
	if _, err := s.FanOut(t.Context(), 1000); err != nil {
		t.Error(err)
	}
}

// Where a move stops half way, nothing is there, and it can be made again.
func TestMoveThatFailsLeavesNothing(t *testing.T) {
	from := store.Config{DataDir: t.TempDir()}
	to := store.Config{URL: storetest.Postgres(t), DataDir: t.TempDir()}
	s := storetest.Open(t, from)
	furnish(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := store.Move(ctx, from, to, func(m store.Moved) {
		if m.Table == "events" {
			stop()
		}
	})
	if err == nil {
		t.Fatal("a move that was stopped succeeded")
	}
	done, err := store.Move(t.Context(), from, to, nil)
	if err != nil || len(done) < 30 {
		t.Errorf("the second try moved %d tables: %v", len(done), err)
	}
	if _, err := os.Stat(filepath.Join(from.DataDir, "tandem.db")); err != nil {
		t.Error(err)
	}
}

func TestStatusOfADatabaseShowsItsSteps(t *testing.T) {
	for _, e := range storetest.Engines() {
		cfg := store.Config{URL: e.URL(t), DataDir: t.TempDir()}
		before, err := store.Inspect(t.Context(), cfg)
		if err != nil || len(before.Steps) < 3 || before.Steps[0].Applied || before.Engine != e.Name {
			t.Errorf("%s: an empty database is %+v: %v", e.Name, before, err)
		}
		if err = store.Migrate(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		after, err := store.Inspect(t.Context(), cfg)
		if err != nil || !after.Steps[len(after.Steps)-1].Applied || after.Rows["meta"] == 0 {
			t.Errorf("%s: a database that was brought up to date is %+v: %v", e.Name, after, err)
		}
	}
}
