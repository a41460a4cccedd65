package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
)

// The variables that make this binary a victim.
const (
	victimDir = "TANDEM_TEST_VICTIM_DIR"
	victimURL = "TANDEM_TEST_VICTIM_URL"
)

// victim keeps the book of calls until it is killed: it prints the id of each call that Finish acknowledged, and of each call that it only began
// a "?" and the id.
func victim(dir, url string) error {
	s, err := store.Open(context.Background(), store.Config{URL: url, DataDir: dir})
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			pace := time.NewTicker(2 * time.Millisecond) // What counts is the moment, not the number.
			defer pace.Stop()
			for n := 0; ; n++ {
				<-pace.C
				c := storetest.Call(s.NextNumber(), time.Now())
				if s.Begin(c) != nil {
					return
				}
				if n%50 == 49 {
					fmt.Fprintln(os.Stdout, "?"+c.ID)
					continue
				}
				if s.Finish(c) != nil {
					return
				}
				fmt.Fprintln(os.Stdout, c.ID)
			}
		})
	}
	wg.Wait()
	return errors.New("the spool does not take calls")
}

// A process that keeps the book of calls is killed at any moment, again and again: every call that was acknowledged is in the database, once.
func TestKilledAtAnyMomentNoFinishedCallIsLost(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			const kills = 20
			cfg := store.Config{URL: e.URL(t), DataDir: t.TempDir()}
			acknowledged, begun := map[string]int{}, map[string]int{}
			for i := range kills {
				// Every fifth dies while it starts, the others while calls come and go.
				when := atWork
				if i%5 == 4 {
					when = atStart
				}
				killOne(t, cfg, when, func(id string) {
					if open, only := strings.CutPrefix(id, "?"); only {
						begun[open]++
					} else {
						acknowledged[id]++
					}
				})
			}
			if len(acknowledged) < kills {
				t.Fatalf("only %d calls in %d lives: that shows nothing", len(acknowledged), kills)
			}
			t.Logf("%d calls were acknowledged in %d lives", len(acknowledged), kills)
			s := storetest.Open(t, cfg)
			checkBook(t, s, acknowledged, begun)
		})
	}
}

// age is when in its life a victim is killed.
type age int

const (
	atStart age = iota
	atWork
)

// killOne starts a victim, kills it after a moment, and hands on every whole line that it printed.
func killOne(t *testing.T, cfg store.Config, when age, line func(string)) {
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
	kill := func() { _ = c.Process.Kill() }
	if when == atStart {
		defer time.AfterFunc(time.Duration(rand.IntN(100))*time.Millisecond, kill).Stop()
	}
	r := bufio.NewReader(out)
	for first := true; ; first = false {
		id, err := r.ReadString('\n')
		if err != nil {
			break // A line without its end was not acknowledged.
		}
		if first && when == atWork {
			defer time.AfterFunc(time.Duration(rand.IntN(80))*time.Millisecond, kill).Stop()
		}
		line(strings.TrimSpace(id))
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() == 1 {
		t.Fatalf("the victim ended by itself: %v", err)
	}
}

// checkBook looks at every call and at every event.
func checkBook(t *testing.T, s *store.Store, acknowledged, begun map[string]int) {
	t.Helper()
	ended := map[string]int{}
	for page := (provisioning.EventPage{More: true}); page.More; {
		var err error
		if page, err = s.Events(t.Context(), provisioning.EventFilter{After: page.Last, Limit: 1000}); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if e.Type == "call.ended" {
				ended[e.Subject]++
			}
		}
	}
	for id := range acknowledged {
		c, err := s.Call(t.Context(), id)
		if err != nil {
			t.Errorf("an acknowledged call is lost: %v", err)
			continue
		}
		if c.Status != "ended" || c.Outcome != routing.OutcomeMissed || len(c.Legs) != 2 || len(c.Timeline) != 10 || len(c.Ladder) != 12 {
			t.Errorf("an acknowledged call is not whole: %s %s, %d legs", c.Status, c.Outcome, len(c.Legs))
		}
		if ended[id] != 1 {
			t.Errorf("the end of call %s was told %d times", id, ended[id])
		}
	}
	for id := range begun {
		if c, err := s.Call(t.Context(), id); err != nil || c.Outcome != routing.OutcomeFailed || c.Cause.Text != "interrupted" || ended[id] != 1 {
			t.Errorf("a call that was begun is %+v, its end was told %d times: %v", c, ended[id], err)
		}
	}
}

// PostgreSQL dies and comes back: calls go on meanwhile, and all of them reach it.
func TestCallsWaitInTheSpoolWhilePostgreSQLIsAway(t *testing.T) {
	server, err := storetest.Start()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(server.Stop)
	s := storetest.Open(t, store.Config{URL: server.Database(t), DataDir: t.TempDir()})
	var ids []string
	calls := func(n int) {
		for range n {
			c := storetest.Call(s.NextNumber(), time.Now())
			if err = s.Begin(c); err != nil {
				t.Fatal(err)
			}
			if err = s.Finish(c); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, string(c.ID))
		}
	}
	calls(50)
	server.Kill()
	calls(3000) // More than one group, and more than one segment of the spool.
	if s.Snapshot() == nil {
		t.Error("without the database there is no snapshot")
	}
	if err = server.Run(); err != nil {
		t.Fatal(err)
	}
	calls(50)
	ctx, done := context.WithTimeout(t.Context(), 30*time.Second)
	defer done()
	if err = s.Flush(ctx); err != nil {
		t.Fatalf("calls stay in the spool: %v", err)
	}
	counts, err := s.Counts(t.Context())
	if err != nil || counts.Calls != int64(len(ids)) || counts.Events != 5*int64(len(ids)) {
		t.Errorf("%d calls and %d events, want %d and five for each: %v", counts.Calls, counts.Events, len(ids), err)
	}
}
