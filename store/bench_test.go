package store_test

import (
	"syscall"
	"testing"
	"time"

	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
)

// BenchmarkCall is the book-keeping of a whole call: begun, finished, and in the database, with 2 legs, 10 lines of timeline and a ladder of
// 12. "cpu-µs/op" is what counts: the database works beside the calls.
func BenchmarkCall(b *testing.B) {
	for _, e := range storetest.Engines() {
		b.Run(e.Name, func(b *testing.B) {
			s := storetest.Open(b, store.Config{URL: e.URL(b), DataDir: b.TempDir()})
			at := time.Now()
			before := cpu(b)
			for b.Loop() {
				at = at.Add(time.Millisecond) // Ids come in time order, as they do at 1000 calls a second.
				c := storetest.Call(s.NextNumber(), at)
				if err := s.Begin(c); err != nil {
					b.Fatal(err)
				}
				if err := s.Finish(c); err != nil {
					b.Fatal(err)
				}
			}
			if err := s.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}

// cpu is the time that this process used.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTalk is the book-keeping of an ordinary call that somebody answers: begun, told of five times, finished, and in the database.
func BenchmarkTalk(b *testing.B) {
	for _, e := range storetest.Engines() {
		b.Run(e.Name, func(b *testing.B) {
			s := storetest.Open(b, store.Config{URL: e.URL(b), DataDir: b.TempDir()})
			at := time.Now()
			before := cpu(b)
			for b.Loop() {
				at = at.Add(time.Millisecond)
				if err := talk(s, at); err != nil {
					b.Fatal(err)
				}
			}
			if err := s.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// talk keeps the books of one call.
func talk(s *store.Store, at time.Time) error {
	c := storetest.Call(s.NextNumber(), at)
	c.Outcome, c.AnsweredAt, c.Missed, c.Voicemail = routing.OutcomeAnswered, at.Add(time.Second), "", nil
	c.Tags, c.Custom, c.Inputs, c.Teams, c.Notified, c.Comments = nil, nil, nil, nil, nil, nil
	if err := s.Begin(c); err != nil {
		return err
	}
	now := *c
	now.Legs, now.Timeline, now.Ladder = nil, nil, nil
	for seq, kind := range []string{"call.flow_entered", "call.queued", "call.ringing_on_agent", "call.answered", "call.hungup"} {
		if err := s.Tell(&routing.CallEvent{Type: kind, Call: &now, Status: routing.CallAnswered, Seq: int64(seq) + 2, At: at, Node: "n1", User: "usr_1"}); err != nil {
			return err
		}
	}
	return s.Finish(c)
}
