package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
)

// Call is a call that ended, with everything that a record can say.
func Call(number int64, at time.Time) *routing.CallRecord {
	at = at.UTC().Truncate(time.Millisecond)
	c := &routing.CallRecord{
		ID: routing.CallID(routing.NewID("call", at)), Number: number, Account: "acc_1", Direction: routing.Inbound, Status: "ended",
		Outcome: routing.OutcomeMissed, From: "+33639980101", To: "+33199001234", NumberID: "num_1", User: "usr_1",
		Flow: routing.FlowRef{ID: "flow_1", Version: 3}, Trunk: "trk_1", StartedAt: at, QueuedAt: at.Add(time.Second),
		EndedAt: at.Add(time.Minute), Cause: routing.Cause{Q850: 16, SIP: 487, Text: "caller hung up while waiting"}, EndedBy: "caller",
		Voicemail: &routing.VoicemailRecord{Path: "voicemail/x.wav", Length: 7 * time.Second, For: []routing.UserID{"usr_1"}},
		Notified:  []routing.UserID{"usr_1", "usr_2"},
		Tags:      []string{"tag_1", "tag_2"}, Custom: map[string]string{"order": "17"}, ByExt: true,
		Inputs: []routing.InputRecord{{Node: "n4", Title: "Order", Value: "17"}}, Missed: routing.AgentsDidNotAnswer,
		Teams: []routing.TeamID{"team_1"}, AssignedTo: "usr_2", Comments: []routing.CallComment{{ID: "cmt_1", At: at, By: "usr_2", Text: "Calls back."}},
	}
	for i := range 2 {
		c.Legs = append(c.Legs, routing.LegRecord{
			ID: routing.LegID("leg_" + strconv.Itoa(i)), Kind: "sip", Device: routing.SIPPhone, User: "usr_1", Trunk: "trk_1", SIPCallID: "a84b4c76e66710@pc33",
			Codec: "PCMA", StartedAt: at, RingingAt: at.Add(time.Second), EndedAt: c.EndedAt, Cause: c.Cause, PacketsIn: 3000, PacketsOut: 2999,
			PacketsLost: 1, JitterMS: 0.75,
			Quality: routing.LegQuality{
				In: routing.StreamQuality{
					Packets: 3000, Lost: 1, Duplicate: 2, Reordered: 3, Late: 4, Bursts: 1, JitterMS: 0.75, MaxJitterMS: 9.5, LongestLossMS: 60, BurstMS: 200,
					GapMS: 9000, BurstDensity: 0.5, GapDensity: 0.001, Rating: 91.5, MOS: 4.35,
				},
				RTTMS: 31.5, WorstMOS: 3.25, Fault: "elsewhere",
			},
		})
	}
	for i := range 10 {
		c.Timeline = append(c.Timeline, routing.TimelineItem{
			At: at.Add(time.Duration(i) * time.Second), Seq: i + 1, Type: "node_entered", Node: "n" + strconv.Itoa(i), Leg: "leg_0",
			Args: map[string]string{"extension": "204"},
		})
	}
	for i := range 12 {
		c.Ladder = append(c.Ladder, routing.LadderItem{
			At: at.Add(time.Duration(i) * time.Millisecond), Leg: "leg_0", From: "127.0.0.2:5060", To: "127.0.0.1:5060", Network: "udp",
			Raw: "INVITE sip:+33199001234@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK776asdhds;rport\r\nMax-Forwards: 70\r\n" +
				"To: <sip:+33199001234@127.0.0.1>\r\nFrom: <sip:+33639980101@127.0.0.2>;tag=1928301774\r\nCall-ID: a84b4c76e66710@pc33\r\n" +
				"CSeq: 314159 INVITE\r\nContact: <sip:127.0.0.2:5060>\r\nContent-Type: application/sdp\r\nContent-Length: 142\r\n\r\n" +
				"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		})
	}
	return c
}

func flush(tb testing.TB, s *store.Store) {
	tb.Helper()
	ctx, done := context.WithTimeout(tb.Context(), time.Minute)
	defer done()
	if err := s.Flush(ctx); err != nil {
		tb.Fatalf("flush: %v", err)
	}
}

func finishedCall(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	want := Call(s.NextNumber(), time.Now())
	begun := *want
	begun.Status, begun.Outcome = "initiated", ""
	if err := s.Begin(&begun); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	if got, err := s.Call(t.Context(), string(want.ID)); err != nil || got.Status != "initiated" || len(got.Legs) != 0 {
		t.Fatalf("a call that began is %+v: %v", got, err)
	}
	if err := s.Finish(want); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(want); err != nil { // Told twice, it is in the log once.
		t.Fatal(err)
	}
	flush(t, s)
	for _, name := range []string{string(want.ID), strconv.FormatInt(want.Number, 10)} {
		got, err := s.Call(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got.UpdatedAt.IsZero() {
			t.Error("nobody knows when the call was written")
		}
		got.UpdatedAt = time.Time{}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("call %s came back as\n%+v\nwant\n%+v", name, got, want)
		}
	}
	if _, err := s.Call(t.Context(), "call_nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a call that is not there: %v, want ErrNotFound", err)
	}
	page, err := s.Events(t.Context(), provisioning.EventFilter{Subject: string(want.ID)})
	var types []string
	for _, e := range page.Events {
		types = append(types, fmt.Sprintf("%s %t %d", e.Type, e.Subject == string(want.ID), e.Seq))
	}
	if fmt.Sprint(types) != "[call.created true 1 call.missed true 12 call.ended true 13]" || err != nil {
		t.Errorf("the events are %v: %v", types, err)
	}
}

func paging(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	start := time.Now().Add(-time.Hour)
	for i := range 120 {
		c := Call(s.NextNumber(), start.Add(time.Duration(i)*time.Second))
		if i%3 == 0 {
			c.Account, c.Outcome = "acc_2", routing.OutcomeAnswered
		}
		if err := s.Finish(c); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	var numbers []int64
	filter := provisioning.CallFilter{Account: "acc_1", Limit: 33}
	pages := 0
	for {
		page, err := s.Calls(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, c := range page.Calls {
			numbers = append(numbers, c.Number)
		}
		if page.Next == "" {
			break
		}
		filter.Cursor = page.Next
	}
	if pages != 3 || len(numbers) != 80 {
		t.Fatalf("%d calls on %d pages, want 80 on 3", len(numbers), pages)
	}
	for i := 1; i < len(numbers); i++ {
		if numbers[i] >= numbers[i-1] {
			t.Fatalf("call %d comes after call %d", numbers[i], numbers[i-1])
		}
	}
	page, err := s.Calls(t.Context(), provisioning.CallFilter{Outcome: routing.OutcomeAnswered, Since: start.Add(time.Minute), Until: start.Add(90 * time.Second)})
	if err != nil || len(page.Calls) != 10 {
		t.Errorf("%d answered calls in half a minute, want 10: %v", len(page.Calls), err)
	}
}

func interruptedCall(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	open, over := Call(s.NextNumber(), time.Now()), Call(s.NextNumber(), time.Now())
	for _, c := range []*routing.CallRecord{open, over} {
		if err := s.Begin(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Finish(over); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = Open(t, cfg)
	got, err := s.Call(t.Context(), string(open.ID))
	if err != nil || got.Status != "ended" || got.Outcome != routing.OutcomeFailed || got.Cause.Text != "interrupted" || got.EndedAt.IsZero() {
		t.Errorf("the call that nobody finished is %+v: %v", got, err)
	}
	if got, err := s.Call(t.Context(), string(over.ID)); err != nil || got.Outcome != routing.OutcomeMissed {
		t.Errorf("the call that was finished is %+v: %v", got, err)
	}
}

func callNumbers(t *testing.T, cfg store.Config) {
	t.Helper()
	seen := map[int64]bool{}
	last := int64(0)
	for range 3 {
		s := Open(t, cfg)
		for range 200 {
			n := s.NextNumber()
			if n <= last || n >= 1<<53 || seen[n] {
				t.Fatalf("call number %d comes after %d", n, last)
			}
			if n > last+65 && last > 0 {
				t.Errorf("call number %d comes after %d: a start skips 64 at most", n, last)
			}
			seen[n], last = true, n
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func readers(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	Apply(t, s, Site)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for more := true; more && !t.Failed(); {
				select {
				case <-stop:
					more = false
				default:
					readNewest(t, s)
				}
			}
		})
	}
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 100 {
				if err := s.Finish(Call(s.NextNumber(), time.Now())); err != nil {
					t.Errorf("finish: %v", err)
				}
			}
		})
	}
	writers.Wait()
	flush(t, s)
	close(stop)
	wg.Wait()
	if c, err := s.Counts(t.Context()); err != nil || c.Calls != 400 {
		t.Errorf("%d calls, want 400: %v", c.Calls, err)
	}
}

// readNewest reads the newest calls, each of which must be whole.
func readNewest(t *testing.T, s *store.Store) {
	t.Helper()
	page, err := s.Calls(t.Context(), provisioning.CallFilter{Limit: 5})
	if err != nil {
		t.Errorf("list: %v", err)
	}
	for _, c := range page.Calls {
		if full, err := s.Call(t.Context(), string(c.ID)); err != nil || len(full.Legs) != 2 || len(full.Ladder) != 12 {
			t.Errorf("a call is in the log without all of it: %v", err)
		}
	}
}

// A call whose number another call has is refused by the database: it is put aside, and those around it are in the log.
func refusedEntry(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	var all []*routing.CallRecord
	for range 5 {
		c := Call(s.NextNumber(), time.Now())
		all = append(all, c)
	}
	all[2].Number = all[0].Number
	for _, c := range all {
		if err := s.Finish(c); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	for i, c := range all {
		_, err := s.Call(t.Context(), string(c.ID))
		if refused := errors.Is(err, store.ErrNotFound); refused != (i == 2) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if aside, err := os.Stat(filepath.Join(cfg.DataDir, "spool", "refused.calls")); err != nil || aside.Size() == 0 {
		t.Errorf("the refused call was not put aside: %v", err)
	}
}
