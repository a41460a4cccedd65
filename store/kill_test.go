package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
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

// victim works until it is killed: it prints a line for each thing that was acknowledged, and of each call that it only began a "?" and the id.
func victim(dir, url string) error {
	s, err := store.Open(context.Background(), store.Config{URL: url, DataDir: dir})
	if err != nil {
		return err
	}
	life := routing.NewID("life", time.Now())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { paced(func(n int) error { return victimCall(s, n) }) })
	}
	wg.Go(func() { paced(func(n int) error { return victimRecords(s, life, n) }) })
	wg.Go(func() {
		paced(func(n int) error {
			err := s.Announce(context.Background(), provisioning.Event{Type: "device.registered", Subject: life, Data: fmt.Appendf(nil, `{"n":%d}`, n)})
			if err == nil {
				fmt.Fprintf(os.Stdout, "e %s %d\n", life, n)
			}
			return err
		})
	})
	wg.Wait()
	return errors.New("the store does not take what it is given")
}

// paced does something again and again until it fails.
func paced(do func(n int) error) {
	pace := time.NewTicker(2 * time.Millisecond) // What counts is the moment, not the number.
	defer pace.Stop()
	for n := 1; ; n++ {
		<-pace.C
		if err := do(n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
	}
}

func victimCall(s *store.Store, n int) error {
	c := storetest.Call(s.NextNumber(), time.Now())
	if err := s.Begin(c); err != nil {
		return err
	}
	now := *c
	now.Legs, now.Timeline, now.Ladder = nil, nil, nil
	for seq := int64(2); seq <= 4; seq++ {
		if err := s.Tell(&routing.CallEvent{Type: "call.queued", Call: &now, Status: routing.CallQueued, Seq: seq, At: c.StartedAt}); err != nil {
			return err
		}
	}
	if n%50 == 49 {
		fmt.Fprintln(os.Stdout, "? "+c.ID)
		return nil
	}
	err := s.Finish(c)
	if err == nil {
		fmt.Fprintln(os.Stdout, "c "+c.ID)
	}
	return err
}

// victimRecords makes a user with a telephone, and publishes a version of a flow: all three or none.
func victimRecords(s *store.Store, life string, n int) error {
	name := fmt.Sprintf("%s-%d", life, n)
	_, err := provisioning.Do(context.Background(), s, "victim", func(st *provisioning.State) ([]provisioning.Change, error) {
		f := &provisioning.Flow{ID: "flow_1", Account: "acc_1", Name: "main"}
		verb := provisioning.Create
		if old, is := st.Find(provisioning.KindFlow, "flow_1").(*provisioning.Flow); is {
			f.Version, verb = old.Version, provisioning.Update
		}
		f.Version++
		f.Published = `{"schema":"flow/v1","start":"n1","nodes":[{"id":"n1","type":"hangup"}]}`
		return []provisioning.Change{
			{Verb: provisioning.Create, Record: &provisioning.User{ID: routing.UserID("usr_" + name), Account: "acc_1", Name: name, Email: name + "@demo.local"}},
			{Verb: provisioning.Create, Record: &provisioning.Device{ID: routing.DeviceID("dev_" + name), User: routing.UserID("usr_" + name), AOR: name + "@demo.local"}},
			{Verb: verb, Record: f},
		}, nil
	})
	if err == nil {
		fmt.Fprintln(os.Stdout, "r "+name)
	}
	return err
}

// witness is what the victims acknowledged.
type witness struct {
	calls, begun, records map[string]bool
	events                map[string]int64 // the last one, by life
}

func (w *witness) line(t *testing.T, text string) {
	t.Helper()
	kind, what, _ := strings.Cut(text, " ")
	switch kind {
	case "c":
		w.calls[what] = true
	case "?":
		w.begun[what] = true
	case "r":
		w.records[what] = true
	case "e":
		life, n, _ := strings.Cut(what, " ")
		w.events[life], _ = strconv.ParseInt(n, 10, 64)
	default:
		t.Errorf("a victim says %q", text)
	}
}

// A process that writes users, flows, calls and events is killed at any moment, again and again: everything that was acknowledged is in the database, nothing
// by half, and every event once, in the order of its subject.
func TestKilledAtAnyMomentNothingAcknowledgedIsLost(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 8
	}
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			cfg := store.Config{URL: e.URL(t), DataDir: t.TempDir()}
			w := &witness{calls: map[string]bool{}, begun: map[string]bool{}, records: map[string]bool{}, events: map[string]int64{}}
			lives := 0
			enough := func() bool { return len(w.calls) >= kills && len(w.records) >= kills/4 && len(w.events) >= kills/4 }
			for ; lives < kills || lives < mostLives*kills && !enough(); lives++ {
				when := []age{atWork, atRecord, atRecord, atWork, atStart}[lives%5]
				killOne(t, cfg, when, func(text string) { w.line(t, text) })
			}
			if !enough() {
				t.Fatalf("only %d calls, %d records and events of %d lives in %d: that shows nothing", len(w.calls), len(w.records), len(w.events), lives)
			}
			t.Logf("%d calls and %d batches of records were acknowledged in %d lives", len(w.calls), len(w.records), lives)
			s := storetest.Open(t, cfg)
			w.checkEvents(t, storetest.AllEvents(t, s, provisioning.EventFilter{}))
			w.checkCalls(t, s)
			w.checkRecords(t, s)
		})
	}
}

// mostLives is how many times as many victims are killed at most where a slow machine lets them do too little to show anything.
const mostLives = 4

// age is when in its life a victim is killed.
type age int

const (
	atStart  age = iota
	atWork       // after the first line
	atRecord     // after the first line of a batch of records
)

// killOne starts a victim, which may have a trade (victimTrade=…), kills it after a moment, and hands on every whole line that it printed.
func killOne(t *testing.T, cfg store.Config, when age, line func(string), trade ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), append(trade, victimDir+"="+cfg.DataDir, victimURL+"="+cfg.URL)...)
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
	for armed := when == atStart; ; {
		id, err := r.ReadString('\n')
		if err != nil {
			break // A line without its end was not acknowledged.
		}
		if !armed && (when == atWork || strings.HasPrefix(id, "r ")) {
			armed = true
			defer time.AfterFunc(time.Duration(rand.IntN(80))*time.Millisecond, kill).Stop()
		}
		line(strings.TrimSpace(id))
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() == 1 {
		t.Fatalf("the victim ended by itself: %v", err)
	}
}

// checkEvents looks at every event: none is missing, none is there twice, and those of a subject are in their order.
func (w *witness) checkEvents(t *testing.T, all []provisioning.Event) {
	t.Helper()
	last, count, told := map[string]int64{}, map[string]int{}, map[string]int64{}
	for i, e := range all {
		if e.Pos != int64(i)+1 {
			t.Fatalf("event %d has the place %d", i, e.Pos)
		}
		if e.Seq <= last[e.Subject] {
			t.Errorf("%s of %s has the number %d after %d", e.Type, e.Subject, e.Seq, last[e.Subject])
		}
		last[e.Subject] = e.Seq
		count[e.Type+" "+e.Subject]++
		if e.Type == "device.registered" {
			n, err := strconv.ParseInt(strings.Trim(string(e.Data), `{}"n:`), 10, 64)
			if err != nil || n != told[e.Subject]+1 {
				t.Errorf("after the event %d comes %s: %v", told[e.Subject], e.Data, err)
			}
			told[e.Subject] = n
		}
	}
	for life, n := range w.events {
		if told[life] < n {
			t.Errorf("%d events of %s were acknowledged, %d are there", n, life, told[life])
		}
	}
	for id := range w.calls {
		for kind, want := range map[string]int{"call.created ": 1, "call.queued ": 3, "call.missed ": 1, "call.ended ": 1} {
			if n := count[kind+id]; n != want {
				t.Errorf("%s%s was told %d times", kind, id, n)
			}
		}
	}
	for id := range w.begun {
		if count["call.created "+id] != 1 || count["call.queued "+id] != 3 || count["call.ended "+id] != 1 {
			t.Errorf("a call that was begun was told %d, %d and %d times", count["call.created "+id], count["call.queued "+id], count["call.ended "+id])
		}
	}
	for name := range w.records {
		if count["user.created usr_"+name] != 1 || count["device.created dev_"+name] != 1 {
			t.Errorf("the records %s were told %d and %d times", name, count["user.created usr_"+name], count["device.created dev_"+name])
		}
	}
}

func (w *witness) checkCalls(t *testing.T, s *store.Store) {
	t.Helper()
	for id := range w.calls {
		c, err := s.Call(t.Context(), id)
		if err != nil {
			t.Errorf("an acknowledged call is lost: %v", err)
			continue
		}
		if c.Status != "ended" || c.Outcome != routing.OutcomeMissed || len(c.Legs) != 2 || len(c.Timeline) != 10 || len(c.Ladder) != 12 {
			t.Errorf("an acknowledged call is not whole: %s %s, %d legs", c.Status, c.Outcome, len(c.Legs))
		}
	}
	for id := range w.begun {
		if c, err := s.Call(t.Context(), id); err != nil || c.Outcome != routing.OutcomeFailed || c.Cause.Text != "interrupted" {
			t.Errorf("a call that was begun is %+v: %v", c, err)
		}
	}
}

func (w *witness) checkRecords(t *testing.T, s *store.Store) {
	t.Helper()
	st, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name := range w.records {
		if st.Find(provisioning.KindUser, "usr_"+name) == nil {
			t.Errorf("the acknowledged user %s is lost", name)
		}
	}
	for _, u := range st.Users {
		if st.Find(provisioning.KindDevice, "dev_"+u.Name) == nil {
			t.Errorf("of a batch there is only the user %s", u.Name)
		}
	}
	f, is := st.Find(provisioning.KindFlow, "flow_1").(*provisioning.Flow)
	if !is || f.Version != len(st.Users) || f.Published == "" || len(st.Devices) != len(st.Users) {
		t.Errorf("%d users, %d devices, and the flow is %+v", len(st.Users), len(st.Devices), f)
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
	ctx, done := context.WithTimeout(t.Context(), 2*time.Minute)
	defer done()
	if err = s.Flush(ctx); err != nil {
		t.Fatalf("calls stay in the spool: %v", err)
	}
	counts, err := s.Counts(t.Context())
	if err != nil || counts.Calls != int64(len(ids)) || counts.Events != 5*int64(len(ids)) {
		t.Errorf("%d calls and %d events, want %d and five for each: %v", counts.Calls, counts.Events, len(ids), err)
	}
}
