package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
	"tandem/provisioning"
	"tandem/store"
)

// CreditSuite is what every charging.Ledger keeps to. open gives a new and empty one.
func CreditSuite(t *testing.T, open func(t *testing.T) charging.Ledger) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, charging.Ledger)
	}{
		{"APageIsReadAsItWasWritten", creditPage},
		{"APageThatFailsWritesNothing", creditFailure},
		{"PagesOfABalanceAreTurnedOneAtATime", creditTurns},
		{"SessionsAreFoundByTheirEnd", creditDue},
		{"WhatIsOldIsForgotten", creditForget},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// creditAt is a whole millisecond: what ledgers keep.
func creditAt() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func turnCredit(t *testing.T, l charging.Ledger, at charging.Place, do func(*charging.Page)) {
	t.Helper()
	err := l.Turn(t.Context(), at, func(p *charging.Page) error {
		do(p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func creditPage(t *testing.T, l charging.Ledger) {
	t.Helper()
	now := creditAt()
	at := charging.Place{Peer: "smf", Session: "s;1", Number: 3, Balance: "num_1"}
	balance := charging.Balance{
		ID: "num_1", Account: "acc_1", Start: now, End: now.Add(time.Hour), Package: 1 << 40, ToppedUp: 3, Used: 1<<40 + 5, Reserved: 7, Told: 80,
	}
	session := charging.Session{
		Peer: "smf", Name: "s;1", Balance: "num_1", Point: "internet", Memo: "http://[::1]/n", Roaming: charging.FarAway, Free: true, Opened: now, Heard: now,
		Until: now.Add(time.Minute), Highest: 1<<32 - 1, Missing: 1<<32 - 1, Used: 1 << 50,
		Groups: []charging.Held{{Group: charging.NoGroup, Reserved: 5, Doubt: 1, Number: 4, Final: true}, {Group: 10, Reserved: 2}},
	}
	answer := charging.Answer{Result: charging.Granted, Grants: []charging.Grant{{
		Group: charging.NoGroup, Result: charging.Granted, Volume: 5, Validity: time.Hour, Threshold: 1, Time: time.Second, Final: true, Free: true,
	}}}
	turnCredit(t, l, at, func(p *charging.Page) {
		if p.Session != nil || p.Before != nil || !reflect.DeepEqual(p.Balance, charging.Balance{ID: "num_1"}) {
			t.Errorf("a page of an empty ledger is %+v", p)
		}
		s, a := session, answer
		p.Balance, p.Session, p.Answer, p.Touched = balance, &s, &a, true
		p.Days = []charging.Day{{Day: "2026-11-20", Used: 3}, {Day: "2026-11-21", Used: 4}}
	})
	turnCredit(t, l, at, func(p *charging.Page) {
		if !reflect.DeepEqual(p.Balance, balance) || p.Session == nil || !reflect.DeepEqual(*p.Session, session) || p.Before == nil || !reflect.DeepEqual(*p.Before, answer) {
			t.Errorf("the page is %+v, the session %+v, the answer %+v", p.Balance, p.Session, p.Before)
		}
		p.Days, p.Touched = []charging.Day{{Day: "2026-11-21", Used: 1}}, true
	})
	// Another number has no answer; and the balance is that of the session, whatever is asked for.
	turnCredit(t, l, charging.Place{Peer: "smf", Session: "s;1", Number: 4, Balance: "num_2"}, func(p *charging.Page) {
		if p.Before != nil || p.Balance.ID != "num_1" {
			t.Errorf("the page is %+v with %+v", p.Balance, p.Before)
		}
	})
	turnCredit(t, l, charging.Place{Peer: "other", Session: "s;1", Number: 3}, func(p *charging.Page) {
		if p.Session != nil || p.Balance.ID != "" {
			t.Errorf("another peer sees %+v", p.Session)
		}
	})
	v, err := l.Look(t.Context(), "num_1", "2026-11-21")
	if err != nil || !reflect.DeepEqual(v.Balance, balance) || len(v.Open) != 1 || !reflect.DeepEqual(v.Open[0], session) ||
		!slices.Equal(v.Days, []charging.Day{{Day: "2026-11-21", Used: 5}}) {
		t.Errorf("it looks like %+v: %v", v, err)
	}
	if v, err = l.Look(t.Context(), "num_9", ""); err != nil || !reflect.DeepEqual(v, charging.Overview{}) {
		t.Errorf("a balance that was never written looks like %+v: %v", v, err)
	}
	if s, err := l.Session(t.Context(), "smf", "s;1"); err != nil || !reflect.DeepEqual(s, session) {
		t.Errorf("the session is %+v: %v", s, err)
	}
	if _, err := l.Session(t.Context(), "smf", "s;2"); !errors.Is(err, charging.ErrNoSession) {
		t.Errorf("no session: %v", err)
	}
}

func creditFailure(t *testing.T, l charging.Ledger) {
	t.Helper()
	at := charging.Place{Peer: "smf", Session: "s1", Balance: "num_1"}
	broken := errors.New("broken")
	for _, fail := range []error{broken, nil} {
		err := l.Turn(t.Context(), at, func(p *charging.Page) error {
			p.Balance.Used, p.Session, p.Answer = 5, &charging.Session{Peer: "smf", Name: "s1", Balance: "num_1"}, &charging.Answer{}
			p.Touched = fail != nil
			return fail
		})
		if !errors.Is(err, fail) {
			t.Errorf("want %v: %v", fail, err)
		}
	}
	turnCredit(t, l, at, func(p *charging.Page) {
		if p.Session != nil || p.Balance.Used != 0 || p.Before != nil {
			t.Errorf("what was not to be written is there: %+v", p)
		}
	})
}

func creditTurns(t *testing.T, l charging.Ledger) {
	t.Helper()
	var wg sync.WaitGroup
	const peers, turns = 6, 10
	for i := range peers {
		wg.Go(func() {
			for n := range turns {
				at := charging.Place{Peer: "smf", Session: fmt.Sprintf("s%d", i/2), Number: uint32(n*peers + i), Balance: "num_1"} //nolint:gosec // Small.
				err := l.Turn(t.Context(), at, func(p *charging.Page) error {
					if p.Session == nil {
						p.Session = &charging.Session{Peer: at.Peer, Name: at.Session, Balance: at.Balance, Opened: creditAt()}
					}
					p.Balance.Used++
					p.Session.Used++
					p.Days, p.Answer, p.Touched = []charging.Day{{Day: "2026-11-21", Used: 1}}, &charging.Answer{Result: charging.Granted}, true
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	v, err := l.Look(t.Context(), "num_1", "")
	if err != nil || v.Balance.Used != peers*turns || len(v.Open) != peers/2 || len(v.Days) != 1 || v.Days[0].Used != peers*turns {
		t.Fatalf("%+v: %v", v, err)
	}
	for _, s := range v.Open {
		if s.Used != 2*turns {
			t.Errorf("%s has %d", s.Name, s.Used)
		}
	}
}

func creditDue(t *testing.T, l charging.Ledger) {
	t.Helper()
	now := creditAt()
	for i := range 6 {
		at := charging.Place{Peer: "smf", Session: fmt.Sprintf("s%d", i), Balance: fmt.Sprintf("num_%d", i)}
		turnCredit(t, l, at, func(p *charging.Page) {
			p.Touched = true
			p.Balance.Start, p.Balance.End = now, now.Add(time.Duration(6-i)*time.Hour)
			p.Session = &charging.Session{Peer: "smf", Name: at.Session, Balance: at.Balance, Opened: now, Until: now.Add(time.Duration(6-i) * time.Minute)}
			if i == 5 {
				p.Session.Closed = now
			}
		})
	}
	due := func(after time.Duration, limit int) string {
		all, err := l.Due(t.Context(), now.Add(after), limit)
		if err != nil {
			t.Fatal(err)
		}
		names := make([]string, len(all))
		for i := range all {
			names[i] = all[i].Name
		}
		return strings.Join(names, "")
	}
	if got := due(4*time.Minute, 10); got != "s4s3s2" {
		t.Errorf("due are %s", got)
	}
	if got := due(time.Hour, 2); got != "s4s3" {
		t.Errorf("the first two are %s", got)
	}
	if got := due(time.Minute, 2); got != "" {
		t.Errorf("a closed one is due: %s", got)
	}
	if ended, err := l.Ended(t.Context(), now.Add(2*time.Hour), 10); err != nil || len(ended) != 2 {
		t.Errorf("cycles that are over: %v %v", ended, err)
	}
}

func creditForget(t *testing.T, l charging.Ledger) {
	t.Helper()
	now := creditAt()
	for i, closed := range []time.Time{now.Add(-2 * time.Hour), now, {}} {
		at := charging.Place{Peer: "smf", Session: fmt.Sprintf("s%d", i), Number: 1, Balance: "num_1"}
		turnCredit(t, l, at, func(p *charging.Page) {
			p.Touched, p.Answer, p.Days = true, &charging.Answer{Result: charging.Granted}, []charging.Day{{Day: fmt.Sprintf("2026-11-0%d", i+1), Used: 1}}
			p.Session = &charging.Session{Peer: "smf", Name: at.Session, Balance: at.Balance, Opened: now.Add(-3 * time.Hour), Closed: closed}
		})
	}
	if err := l.Forget(t.Context(), now.Add(-time.Hour), "2026-11-02"); err != nil {
		t.Fatal(err)
	}
	for i, there := range []bool{false, true, true} {
		turnCredit(t, l, charging.Place{Peer: "smf", Session: fmt.Sprintf("s%d", i), Number: 1, Balance: "num_1"}, func(p *charging.Page) {
			if (p.Session != nil) != there || (p.Before != nil) != there {
				t.Errorf("session %d is %+v, with %+v", i, p.Session, p.Before)
			}
		})
	}
	if v, err := l.Look(t.Context(), "num_1", ""); err != nil || len(v.Days) != 2 || v.Days[0].Day != "2026-11-02" {
		t.Errorf("days are %+v: %v", v.Days, err)
	}
}

// credit runs the suite on the store, and what only the store has: news are events of the number, and a restart forgets nothing.
func credit(t *testing.T, cfg store.Config) {
	t.Helper()
	s := Open(t, cfg)
	subs := &chargingtest.Subscribers{}
	subs.Put(charging.Subscriber{ID: "num_1", Account: "acc_1", Package: 20 * charging.Megabyte}, "33612345678")
	r := charging.Request{
		Peer: "smf", Session: "s1", Kind: charging.Initial, MSISDN: "33612345678", AccessPoint: "internet", Uses: []charging.Use{{Group: 1, Asks: true}},
	}
	first, err := charging.NewOffice(charging.Config{Ledger: s.Credit(), Subscribers: subs}).Control(t.Context(), r)
	if err != nil || first.Result != charging.Granted {
		t.Fatalf("%+v: %v", first, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = Open(t, cfg)
	told := make(chan struct{}, 100)
	defer s.OnEvents(func() { told <- struct{}{} })()
	o := charging.NewOffice(charging.Config{Ledger: s.Credit(), Subscribers: subs})
	if again, err := o.Control(t.Context(), r); err != nil || !reflect.DeepEqual(again, first) {
		t.Fatalf("after a restart the same request gets %+v, and got %+v: %v", again, first, err)
	}
	r.Kind, r.Number, r.Uses[0].Used = charging.Update, 1, 16*charging.Megabyte
	if _, err := o.Control(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := o.TopUp(t.Context(), charging.TopUp{ID: "top1", Balance: "num_1", Volume: charging.Gigabyte, By: "usr_1"}); err != nil {
		t.Fatal(err)
	}
	// Where nodes share a database, a look at what the others wrote may tell them once more.
	if n := len(told); n < 2 || n > 2 && cfg.URL == "" {
		t.Errorf("listeners were told %d times", n)
	}
	events := AllEvents(t, s, provisioning.EventFilter{Subject: "num_1"})
	if len(events) != 2 || events[0].Type != "usage.threshold_reached" || events[1].Type != "usage.topped_up" || events[0].Account != "acc_1" {
		t.Fatalf("events are %+v", events)
	}
	if want := `"percent":80,"package_bytes":20000000,"topped_up_bytes":0,"used_bytes":16000000,"left_bytes":4000000`; !strings.Contains(string(events[0].Data), want) {
		t.Errorf("it is told %s", events[0].Data)
	}
	if want := `"added_bytes":1000000000,"by":"usr_1"`; !strings.Contains(string(events[1].Data), want) {
		t.Errorf("it is told %s", events[1].Data)
	}
}

// CreditTrials plays random data sessions on the store, a few times.
func CreditTrials(t *testing.T, ledger func(t *testing.T) charging.Ledger, trials, steps int) {
	t.Helper()
	for seed := range trials {
		chargingtest.Trial(t, ledger(t), uint64(seed)+1000, steps)
	}
}

// Spend has a subscriber use some of their data, in a session that goes on.
func Spend(tb testing.TB, s *store.Store) {
	tb.Helper()
	subs := &chargingtest.Subscribers{}
	subs.Put(charging.Subscriber{ID: "num_spent", Account: "acc_1", Package: 20 * charging.Gigabyte}, "33612345678")
	o := charging.NewOffice(charging.Config{Ledger: s.Credit(), Subscribers: subs})
	for n, kind := range []charging.Kind{charging.Initial, charging.Update} {
		a, err := o.Control(tb.Context(), charging.Request{
			Peer: "smf", Session: "s1", Number: uint32(n), Kind: kind, MSISDN: "33612345678", AccessPoint: "internet",
			Uses: []charging.Use{{Group: 1, Asks: true, Used: charging.Bytes(n)}},
		})
		if err != nil || a.Result != charging.Granted {
			tb.Fatalf("%+v: %v", a, err)
		}
	}
}
