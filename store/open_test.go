package store_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/store"
	"tandem/store/storetest"
)

func TestSecondProcessIsRefusedWithTheNumberOfTheFirst(t *testing.T) {
	cfg := store.Config{DataDir: t.TempDir()}
	storetest.Open(t, cfg)
	_, err := store.Open(t.Context(), cfg)
	if !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), "process") {
		t.Errorf("a second owner of the data directory: %v, want ErrInUse and who has it", err)
	}
}

func TestUnknownDatabaseIsRefusedWithoutItsPassword(t *testing.T) {
	for _, url := range []string{"mysql://u:secret@host/db", "postgres://u:secret@127.0.0.1:1/db?connect_timeout=1"} {
		_, err := store.Open(t.Context(), store.Config{URL: url, DataDir: t.TempDir()})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

func TestTornTailOfTheSpoolIsLeftOutAndTheRestIsKept(t *testing.T) {
	dir := t.TempDir()
	cfg := store.Config{DataDir: dir}
	s := storetest.Open(t, cfg)
	for range 3 {
		if err := s.Finish(storetest.Call(s.NextNumber(), time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	// The files as a crash leaves them: not yet in the database, the last entry cut short.
	segments, err := filepath.Glob(filepath.Join(dir, "spool", "*.calls"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments %v: %v", segments, err)
	}
	content, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, "spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "spool", filepath.Base(segments[0])), content[:len(content)-7], 0o600); err != nil {
		t.Fatal(err)
	}
	again := storetest.Open(t, store.Config{DataDir: other, Log: slog.New(slog.DiscardHandler)})
	if c, err := again.Counts(t.Context()); err != nil || c.Calls != 2 {
		t.Errorf("%d calls of two whole entries and a torn one: %v", c.Calls, err)
	}
}

// Two nodes share PostgreSQL: what one applies, the switchboard of the other has soon after.
func TestOtherNodeSeesWhatWasApplied(t *testing.T) {
	url := storetest.Postgres(t)
	one := storetest.Open(t, store.Config{URL: url, DataDir: t.TempDir()})
	two := storetest.Open(t, store.Config{URL: url, DataDir: t.TempDir()})
	changed := make(chan struct{}, 100)
	defer two.OnChange(func() { changed <- struct{}{} })()
	storetest.Apply(t, one, storetest.Site)
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for two.Snapshot().Numbers["+33199001234"] == nil {
		select {
		case <-changed:
		case <-patience.C:
			t.Fatal("the other node was not told")
		}
	}
	if n := two.Snapshot().Numbers["+33199001234"]; n == nil || two.AudioFile(two.Snapshot().Flows[n.Flow].Nodes["n1"].IVR.Audio) == "" {
		t.Errorf("the other node has %+v", n)
	}
	if a, b := one.NextNumber(), two.NextNumber(); a == b {
		t.Errorf("both nodes gave out the call number %d", a)
	}
}

// Two nodes write one log at once: whoever follows it on either finds all that both wrote, in one order without a gap.
func TestEventsOfTwoNodesLieInOneOrderOnBoth(t *testing.T) {
	const each = 40
	url := storetest.Postgres(t)
	nodes := []*store.Store{
		storetest.Open(t, store.Config{URL: url, DataDir: t.TempDir()}), storetest.Open(t, store.Config{URL: url, DataDir: t.TempDir()}),
	}
	var wg sync.WaitGroup
	seen := make([][]string, len(nodes))
	for i, s := range nodes {
		for w := range 3 {
			wg.Go(func() {
				for n := range each {
					e := provisioning.Event{Type: "trunk.up", Subject: fmt.Sprint("trk_", i, w), Data: fmt.Appendf(nil, `{"n":%d}`, n)}
					if err := s.Announce(t.Context(), e); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() {
			for after := int64(0); after < 6*each && t.Context().Err() == nil; {
				page, err := s.Events(t.Context(), provisioning.EventFilter{After: after, Limit: 7})
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range page.Events {
					if after++; e.Pos != after {
						t.Errorf("node %d: after %d comes %d", i, after-1, e.Pos)
						return
					}
					seen[i] = append(seen[i], e.ID+e.Subject+string(e.Data))
				}
			}
		})
	}
	wg.Wait()
	if len(seen[0]) != 6*each || !slices.Equal(seen[0], seen[1]) {
		t.Errorf("one node shows %d events, the other %d", len(seen[0]), len(seen[1]))
	}
}
