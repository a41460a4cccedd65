package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// Apply applies a site and fails the test where it cannot.
func Apply(tb testing.TB, s *store.Store, text string) []provisioning.Change {
	tb.Helper()
	changes, problems, err := provisioning.Apply(tb.Context(), s, ParseSite(tb, text), "apply")
	for _, p := range problems {
		tb.Error(p)
	}
	if err != nil || len(problems) > 0 {
		tb.Fatalf("apply: %v", err)
	}
	return changes
}

func appliedTwice(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	if first := Apply(t, s, Site); len(first) != 22 {
		for _, c := range first {
			t.Log(c)
		}
		t.Errorf("the first apply makes %d changes, want 22", len(first))
	}
	for _, c := range Apply(t, s, Site) {
		t.Errorf("the second apply changes something: %s", c)
	}
	audit, err := s.Audit(t.Context(), provisioning.AuditFilter{Limit: 200})
	if err != nil || len(audit.Entries) != 22 {
		t.Fatalf("%d lines in the audit log, want one per change: %v", len(audit.Entries), err)
	}
	for _, e := range audit.Entries {
		for _, f := range e.Fields {
			if strings.Contains(f.Name, "password") && f.After != "••••" {
				t.Errorf("the audit log shows a secret of %s: %q", e.Name, f.After)
			}
		}
	}
	counts, err := s.Counts(t.Context())
	want := provisioning.Counts{Accounts: 1, Users: 3, Devices: 3, Teams: 1, Numbers: 4, Trunks: 1, Flows: 3, Audio: 1, Events: 25}
	if err != nil || counts != want {
		t.Errorf("counts %+v, want %+v: %v", counts, want, err)
	}
}

func snapshot(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	swapped := 0
	stop := s.OnChange(func() { swapped++ })
	Apply(t, s, Site)
	stop()
	if swapped != 1 {
		t.Errorf("the change was told %d times, want once", swapped)
	}
	checkSnapshot(t, s)
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	checkSnapshot(t, Open(t, cfg)) // And the same from the disk.
}

func checkSnapshot(t *testing.T, s *store.Store) {
	t.Helper()
	snap := s.Snapshot()
	n := snap.Numbers["+33199001234"]
	if n == nil || n.Kind != routing.Shared || n.RingBeforeAnswer.Seconds() != 2 || len(n.Users) != 1 || len(n.Teams) != 1 {
		t.Fatalf("the number is %+v", n)
	}
	f := snap.Flows[n.Flow]
	if f == nil || f.Version != 1 || f.Nodes["n2"].RingTo.Team != n.Teams[0] {
		t.Fatalf("its flow is %+v", f)
	}
	if file := s.AudioFile(f.Nodes["n1"].IVR.Audio); !strings.HasSuffix(file, ".wav") {
		t.Errorf("the menu's sound is in %q", file)
	}
	if a := f.Nodes["n9"].Voicemail.Greeting; a != "voicemail_greeting" {
		t.Errorf("the greeting is %q, want the product's", a)
	}
	account := snap.Accounts[n.Account]
	alice := snap.Users[account.Extensions["201"]]
	if alice == nil || alice.Email != "alice@demo.local" || len(alice.Devices) != 2 || alice.Voicemail == nil || alice.Voicemail.MaxSeconds != 90 {
		t.Fatalf("201 is %+v", alice)
	}
	bruno := snap.Users[account.Extensions["202"]]
	if bruno == nil || !bruno.CallWaiting || bruno.CallerID != "+33199001234" {
		t.Errorf("the next free extension, 202, is %+v, want Bruno", bruno)
	}
	team := snap.Teams[n.Teams[0]]
	if !slices.Equal(team.Users, []routing.UserID{bruno.ID, alice.ID}) {
		t.Errorf("the team rings %v, want Bruno, then Alice", team.Users)
	}
	d := snap.Devices["201@example.fr"]
	// echo -n 201:example.fr:demo-201 | md5sum
	if d == nil || d.Kind != routing.SIPPhone || d.User != alice.ID || len(d.HA1MD5) != 32 || len(d.HA1SHA256) != 64 {
		t.Errorf("the telephone is %+v", d)
	}
	for _, k := range snap.Trunks {
		if k.OutPassword != "out-secret" || len(k.Sources) != 2 || k.OptionsEvery.Seconds() != 30 || k.Dial != routing.DialDouble0 || k.Account != "" {
			t.Errorf("the trunk is %+v", k)
		}
	}
	if k := snap.Numbers["+33639980008"].Kind; k != routing.Unconfigured {
		t.Errorf("a French mobile nobody asked anything of is %s, want unconfigured (SPEC D3)", k)
	}
	if legacy := snap.Flows[snap.Numbers["+33199009999"].Flow]; legacy == nil || legacy.Nodes["welcome"] == nil {
		t.Errorf("the legacy number's flow is %+v", legacy)
	}
}

func halfApplied(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	before, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The second change collides with a user who is there: the first must not stay.
	err = s.Apply(t.Context(), provisioning.Batch{Version: before.Version, Actor: "test", Changes: []provisioning.Change{
		{Verb: provisioning.Create, Record: &provisioning.Account{ID: "acc_new", Name: "New"}},
		{Verb: provisioning.Create, Record: &provisioning.User{ID: "usr_new", Account: before.Accounts[0].ID, Name: "X", Email: "x@demo.local", Extension: "201"}},
	}})
	if err == nil {
		t.Fatal("an extension was given twice")
	}
	after, err := s.State(t.Context())
	if err != nil || after.Version != before.Version || len(after.Accounts) != 1 || len(after.Users) != 3 {
		t.Errorf("something of the failed batch stayed: version %d, %d accounts, %d users: %v", after.Version, len(after.Accounts), len(after.Users), err)
	}
	counts, err := s.Counts(t.Context())
	if err != nil || counts.Events != 25 {
		t.Errorf("%d events, want those of the first apply: %v", counts.Events, err)
	}
}

func movedState(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	st, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	batch := provisioning.Batch{Version: st.Version - 1, Actor: "test", Changes: []provisioning.Change{
		{Verb: provisioning.Create, Record: &provisioning.Account{ID: "acc_new", Name: "New"}},
	}}
	if err := s.Apply(t.Context(), batch); !errors.Is(err, provisioning.ErrMoved) {
		t.Errorf("a batch that was planned on an older state: %v, want ErrMoved", err)
	}
}

// abandoned shows that whoever asks for a change and goes away, at whatever moment, hinders nobody: what was committed all the same is what the next one finds.
func abandoned(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	name := func(to string) provisioning.Edit {
		return func(st *provisioning.State) ([]provisioning.Change, error) {
			a := *st.Accounts[0]
			a.Name = to
			return st.Put(&a)
		}
	}
	left := 0
	for i := range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*20*time.Microsecond)
		if _, err := provisioning.Do(ctx, s, "test", name(fmt.Sprint("given up ", i))); err != nil {
			left++
		}
		cancel()
		if _, err := provisioning.Do(t.Context(), s, "test", name(fmt.Sprint("wanted ", i))); err != nil {
			t.Fatalf("after %d were given up: %v", left, err)
		}
	}
	if left == 0 {
		t.Error("nobody gave up")
	}
	if st, err := s.State(t.Context()); err != nil || st.Accounts[0].Name != "wanted 99" {
		t.Errorf("%+v %v", st.Accounts[0], err)
	}
}

func prune(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	small := `
[[accounts]]
name = "Boulangerie Dupont"
[[users]]
name = "Alice"
email = "alice@demo.local"
`
	if changes := Apply(t, s, small); len(changes) != 1 {
		t.Errorf("without prune a smaller file makes %d changes, want 1 (Alice's voicemail goes)", len(changes))
	}
	Apply(t, s, "prune = true\n"+small)
	counts, err := s.Counts(t.Context())
	counts.Events = 0
	if want := (provisioning.Counts{Accounts: 1, Users: 1}); err != nil || counts != want {
		t.Errorf("after prune there are %+v, want %+v: %v", counts, want, err)
	}
	// SPEC X26: Farid's 206 and Bruno's 202 rest; Alice keeps 201, so the next ones are 203, 204, 205, 207.
	Apply(t, s, small+`
[[users]]
name = "U1"
email = "u1@demo.local"
[[users]]
name = "U2"
email = "u2@demo.local"
extension = "206"
`)
	st, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range st.Users {
		if want := map[string]string{"alice@demo.local": "201", "u1@demo.local": "203", "u2@demo.local": "206"}[u.Email]; u.Extension != want {
			t.Errorf("%s has %s, want %s", u.Email, u.Extension, want)
		}
	}
}
