package storetest

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// said is what each record of a state says.
func said(st *provisioning.State) map[string]string {
	out := map[string]string{}
	for _, r := range st.Records() {
		ref := r.Ref()
		out[string(ref.Kind)+" "+ref.ID] = provisioning.ETag(r)
	}
	for _, f := range st.Freed {
		out["freed "+string(f.Account)+" "+f.Extension] = f.At.String()
	}
	return out
}

// The state in memory is the one that a restart reads.
func heldState(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	put(t, s, &provisioning.Tag{ID: "tag_1", Account: "acc_1", Name: "one"})
	put(t, s, &provisioning.Tag{ID: "tag_1", Account: "acc_1", Name: "two"})
	put(t, s, &provisioning.Contact{ID: "cnt_1", Account: "acc_1", Name: "Mme Durand", Numbers: []routing.E164{"+33639980101"}})
	_, err := provisioning.Do(t.Context(), s, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
		return []provisioning.Change{{Verb: provisioning.Delete, Record: st.Users[0]}, {Verb: provisioning.Delete, Record: st.Teams[0]}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	held, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.State(t.Context())
	if err != nil || again != held {
		t.Errorf("a state that did not change is another one: %v", err)
	}
	if err = s.Close(); err != nil {
		t.Fatal(err)
	}
	read, err := Open(t, cfg).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if h, r := said(held), said(read); held.Version != read.Version || !maps.Equal(h, r) {
		t.Errorf("in memory, version %d, is\n%v, in the database, version %d,\n%v", held.Version, h, read.Version, r)
	}
}

// Many change the records at once, in one account: each finds what the others left, and nobody is turned away.
func manyEditors(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	put(t, s, &provisioning.Account{ID: "acc_1", Name: "Acme", Language: "en", Country: "FR"})
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			for i := range 3 {
				_, err := provisioning.Do(t.Context(), s, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
					tag := &provisioning.Tag{ID: fmt.Sprintf("tag_%d_%d", n, i), Account: "acc_1", Name: fmt.Sprintf("after %d", len(st.Tags))}
					return []provisioning.Change{{Verb: provisioning.Create, Record: tag}}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	st, err := s.State(t.Context())
	if err != nil || len(st.Tags) != 60 {
		t.Errorf("%d tags, want 60: %v", len(st.Tags), err)
	}
	names := map[string]bool{}
	for _, tag := range st.Tags {
		names[tag.Name] = true
	}
	if len(names) != 60 {
		t.Errorf("%d names: somebody planned on an old state", len(names))
	}
	leave, err := s.Edit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err = s.Edit(ctx); err == nil {
		t.Error("two edit at once")
	}
	leave()
}
