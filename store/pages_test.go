package store_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
)

// callsVariable says how many calls BenchmarkListPages lists.
const callsVariable = "TANDEM_BENCH_CALLS"

// fillLog writes calls as an office of 200 users on 50 numbers makes them in a year.
func fillLog(tb testing.TB, s *store.Store, calls int) {
	tb.Helper()
	start := time.Now().Add(-365 * 24 * time.Hour)
	step := 365 * 24 * time.Hour / time.Duration(calls)
	for i := range calls {
		at := start.Add(time.Duration(i) * step).UTC()
		c := &routing.CallRecord{
			ID: routing.CallID(routing.NewID("call", at)), Number: s.NextNumber(), Account: routing.AccountID(fmt.Sprintf("acc_%d", i%10/9)), Status: "ended",
			Direction: []routing.Direction{routing.Inbound, routing.Inbound, routing.Outbound}[i%3], Outcome: routing.OutcomeAnswered,
			From: fmt.Sprintf("+3363998%04d", i*7919%10_000), To: fmt.Sprintf("+331990012%02d", i%50), NumberID: routing.NumberID(fmt.Sprintf("num_%d", i%50)),
			User: routing.UserID(fmt.Sprintf("usr_%d", i*31%200)), Trunk: "trk_1", StartedAt: at, AnsweredAt: at.Add(8 * time.Second), EndedAt: at.Add(3 * time.Minute),
			Cause: routing.Cause{Q850: 16, SIP: 200}, EndedBy: "caller",
		}
		if i%5 == 0 {
			c.Outcome, c.AnsweredAt, c.User, c.Missed = routing.OutcomeMissed, time.Time{}, "", routing.AgentsDidNotAnswer
		}
		if i%50_000 == 7 {
			c.Outcome = routing.OutcomeBusy
		}
		if i%20 == 0 {
			c.Tags = []string{fmt.Sprintf("tag_%d", i/20%8)}
		}
		if i%100 == 0 {
			c.AssignedTo, c.Archived = "usr_3", i%300 == 0
		}
		if err := s.Finish(c); err != nil {
			tb.Fatal(err)
		}
		if i%50_000 == 49_999 {
			if err := s.Flush(tb.Context()); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := s.Flush(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := s.Analyze(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkListPages lists calls of a log of 1,000,000, a page at a time, with each filter of the API.
func BenchmarkListPages(b *testing.B) {
	calls := 1_000_000
	if n, err := strconv.Atoi(os.Getenv(callsVariable)); err == nil {
		calls = n
	}
	for _, e := range storetest.Engines() {
		b.Run(e.Name, func(b *testing.B) {
			s := storetest.Open(b, store.Config{URL: e.URL(b), DataDir: b.TempDir()})
			fillLog(b, s, calls)
			yes, no := true, false
			old := time.Now().Add(-200 * 24 * time.Hour)
			for _, x := range []struct {
				name string
				f    provisioning.CallFilter
			}{
				{"all", provisioning.CallFilter{}},
				{"deep", provisioning.CallFilter{Cursor: routing.NewID("call", old)}},
				{"oldest", provisioning.CallFilter{Oldest: true}},
				{"user", provisioning.CallFilter{User: "usr_31"}},
				{"number", provisioning.CallFilter{Number: "num_7"}},
				{"direction", provisioning.CallFilter{Direction: routing.Outbound}},
				{"outcome", provisioning.CallFilter{Outcome: routing.OutcomeMissed}},
				{"rare_outcome", provisioning.CallFilter{Outcome: routing.OutcomeBusy}},
				{"missed_reason", provisioning.CallFilter{Missed: routing.AgentsDidNotAnswer}},
				{"tag", provisioning.CallFilter{Tag: "tag_3"}},
				{"assigned", provisioning.CallFilter{AssignedTo: "usr_3"}},
				{"archived", provisioning.CallFilter{Archived: &yes}},
				{"not_archived", provisioning.CallFilter{Archived: &no}},
				{"from", provisioning.CallFilter{From: "+33639980007"}},
				{"search", provisioning.CallFilter{Search: "639980007"}},
				{"search_nothing", provisioning.CallFilter{Search: "0000000000"}},
				{"created", provisioning.CallFilter{Since: old, Until: old.Add(24 * time.Hour)}},
				{"updated", provisioning.CallFilter{UpdatedSince: time.Now().Add(-time.Hour)}},
				{"user_and_outcome", provisioning.CallFilter{User: "usr_31", Outcome: routing.OutcomeAnswered}},
				{"lines", provisioning.CallFilter{Within: &provisioning.Lines{Numbers: []routing.NumberID{"num_1", "num_2", "num_3"}, User: "usr_31"}}},
			} {
				x.f.Account = "acc_0"
				plan, err := s.Explain(b.Context(), x.f)
				if err != nil {
					b.Fatal(err)
				}
				b.Logf("%s: %s", x.name, plan)
				b.Run(x.name, func(b *testing.B) {
					var longest time.Duration
					for b.Loop() {
						at := time.Now()
						if _, err := s.Calls(b.Context(), x.f); err != nil {
							b.Fatal(err)
						}
						longest = max(longest, time.Since(at))
					}
					b.ReportMetric(float64(longest.Microseconds())/1000, "max-ms")
				})
			}
		})
	}
}
