package messagingtest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"tandem/messaging"
)

func laneCases() []suiteCase {
	return []suiteCase{
		{"LanesAreCarriedInOrder", lanesInOrder},
		{"TheNextTryHoldsUpTheLane", nextTryHolds},
		{"HastenedWhileUnderWay", hastenedUnderWay},
		{"AnotherWayKeepsThePlace", anotherWay},
		{"GivenBackIsNoTry", givenBack},
		{"OutcomesAreStates", outcomesAreStates},
		{"WhatWasUnderWayAtTheEnd", underWayAtTheEnd},
		{"NoLaneTwiceAtATime", noLaneTwice},
		{"OneEndsAndTheNextIsClaimedAtOnce", endAndClaim},
		{"ALeaseRunsOut", leaseRanOut},
		{"WakingAndHastening", waking},
		{"Expiry", expiry},
	}
}

func lanesInOrder(t *trial) {
	for i := range 3 {
		t.put(t.draft(fmt.Sprintf("a%d", i), by(ByAir)))
		t.put(t.draft(fmt.Sprintf("b%d", i), peer(Third), by(ByAir)))
	}
	t.put(t.draft("elsewhere", asAlice, by(ByCore)))
	ds, texts := t.claim(ByAir, 3)
	wantAll(t, "the oldest three", texts, "a0", "b0", "a1")
	want(t, "first try", ds[0].Try, 1)
	if ds[0].From != Desk || ds[0].To != Other || ds[0].Account != Account || ds[0].Segments != 1 || !ds[0].Receipt || ds[0].Repeat {
		t.Errorf("claimed %+v", ds[0])
	}
	_, texts = t.claim(ByAir, 10)
	wantAll(t, "while both lanes are leased", texts)
	t.end(messaging.Outcome{Delivery: ds[1].ID, Result: messaging.ResultSent})
	_, texts = t.claim(ByAir, 10)
	wantAll(t, "the lane that is free again", texts, "b1", "b2")
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultSent})
	_, texts = t.claim(ByAir, 10)
	wantAll(t, "a lane of which one is left", texts)
	t.end(messaging.Outcome{Delivery: ds[2].ID, Result: messaging.ResultSent})
	_, texts = t.claim(ByAir, 10)
	wantAll(t, "then", texts, "a2")
}

func nextTryHolds(t *trial) {
	m := t.put(t.draft("un", by(ByAir)))[0].Message
	t.put(t.draft("deux", by(ByAir)))
	ds, _ := t.claim(ByAir, 1)
	again := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultAgain, Again: again, Reason: messaging.ReasonMemoryFull})
	_, texts := t.claim(ByAir, 10)
	wantAll(t, "while the first waits", texts)
	a := t.message(m.ID).Delivery[0]
	if a.State != messaging.StateAccepted || a.Reason != messaging.ReasonMemoryFull || a.Tries != 1 {
		t.Errorf("what became of it so far: %+v", a)
	}
	if err := t.Hasten(t.ctx(), ds[0].Lane); err != nil {
		t.Fatal(err)
	}
	ds, texts = t.claim(ByAir, 10)
	wantAll(t, "hastened", texts, "un", "deux")
	want(t, "second try", ds[0].Try, 2)
	want(t, "that may have been sent before", ds[0].Repeat, false)
}

// hastenedUnderWay: somebody comes back while it is found that they are away; what is written of that afterwards does not make them wait.
func hastenedUnderWay(t *trial) {
	t.put(t.draft("un", by(ByAir)))
	for range 2 {
		ds, texts := t.claim(ByAir, 1)
		wantAll(t, "due", texts, "un")
		if err := t.Hasten(t.ctx(), ds[0].Lane); err != nil {
			t.Fatal(err)
		}
		_, texts = t.claim(ByAir, 1)
		wantAll(t, "still under way", texts)
		t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultAgain, Again: time.Now().Add(time.Hour), Reason: messaging.ReasonAbsent})
	}
	ds, _ := t.claim(ByAir, 1)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultAgain, Again: time.Now().Add(time.Hour), Reason: messaging.ReasonAbsent})
	_, texts := t.claim(ByAir, 1)
	wantAll(t, "once is enough", texts)
}

func anotherWay(t *trial) {
	m := t.put(t.draft("un", asAlice, by(ByIMS)))[0].Message
	t.put(t.draft("deux", asAlice, by(ByIMS)))
	ds, _ := t.claim(ByIMS, 1)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultAgain, Again: time.Now().Add(-time.Second), Route: messaging.Route(ByCore)})
	_, texts := t.claim(ByIMS, 10)
	wantAll(t, "the second overtakes", texts)
	moved, texts := t.claim(ByCore, 10)
	wantAll(t, "by the other way", texts, "un")
	want(t, "its id", moved[0].ID, ds[0].ID)
	want(t, "its way", t.message(m.ID).Delivery[0].Connector, ByCore)
	t.end(messaging.Outcome{Delivery: moved[0].ID, Result: messaging.ResultDelivered})
	_, texts = t.claim(ByIMS, 10)
	wantAll(t, "then the second", texts, "deux")
}

func givenBack(t *trial) {
	m := t.put(t.draft("un", by(ByAir)))[0].Message
	ds, _ := t.claim(ByAir, 1)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultBack})
	ds, _ = t.claim(ByAir, 1)
	if len(ds) != 1 || ds[0].Try != 1 || ds[0].Repeat {
		t.Fatalf("claimed again: %+v", ds)
	}
	want(t, "tries", t.message(m.ID).Delivery[0].Tries, 1)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultAgain, Again: time.Now().Add(-time.Second), Repeat: true})
	ds, _ = t.claim(ByAir, 1)
	if len(ds) != 1 || ds[0].Try != 2 || !ds[0].Repeat {
		t.Fatalf("after one in doubt: %+v", ds)
	}
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultSent})
	want(t, "marked", t.message(m.ID).Delivery[0].Repeated, true)
}

func outcomesAreStates(t *trial) {
	for _, c := range []struct {
		result messaging.Result
		reason messaging.Reason
		want   messaging.State
	}{
		{messaging.ResultSent, "", messaging.StateSent},
		{messaging.ResultDelivered, "", messaging.StateDelivered},
		{messaging.ResultFailed, "smpp_0x00000045", messaging.StateFailed},
		{messaging.ResultUnknown, messaging.ReasonInDoubt, messaging.StateUnknown},
	} {
		m := t.put(t.draft(string(c.want), by(ByAir)))[0].Message
		ds, _ := t.claim(ByAir, 1)
		out := messaging.Outcome{Delivery: ds[0].ID, Result: c.result, Reason: c.reason}
		t.end(out)
		t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultFailed, Reason: "late"}, out)
		got := t.message(m.ID)
		if got.State != c.want || got.Reason != c.reason || got.Delivery[0].State != c.want || got.Delivery[0].Reason != c.reason || got.Seq <= m.Seq {
			t.Errorf("after result %d: %+v", c.result, got)
		}
	}
	in := t.put(t.draft("reçu", inbound, by(ByAir)))[0].Message
	ds, _ := t.claim(ByAir, 1)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultFailed, Reason: messaging.ReasonRejected})
	got := t.message(in.ID)
	want(t, "an inbound one that the handset does not get", got.State, messaging.StateReceived)
	want(t, "on its channel", got.Delivery[0].State, messaging.StateFailed)
	wantAll(t, "nothing is left", func() []string { _, s := t.claim(ByAir, 10); return s }())
}

func underWayAtTheEnd(t *trial) {
	held := t.put(t.draft("retenu", by(ByAir)))[0].Message
	sure := t.put(t.draft("répété", asAlice, by(ByCore)))[0].Message
	t.put(t.draft("pas commencé", peer(Third), by(ByAir)))
	old, _ := t.claim(ByAir, 1)
	t.claim(ByCore, 1)
	policy := func(r messaging.Route) messaging.InDoubt {
		if r == messaging.Route(ByAir) {
			return messaging.InDoubtHold
		}
		return messaging.InDoubtRetry
	}
	got, err := t.Recover(t.ctx(), policy)
	if err != nil || got != (messaging.Recovered{}) {
		t.Fatalf("what this process has under way was taken: %+v, %v", got, err)
	}
	t.reopen()
	if _, texts := t.claim(ByCore, 10); len(texts) > 0 {
		t.Errorf("claimed before anybody recovered: %q", texts)
	}
	got, err = t.Recover(t.ctx(), policy)
	if err != nil || got != (messaging.Recovered{Again: 1, InDoubt: 1}) {
		t.Errorf("recovered %+v, %v", got, err)
	}
	m := t.message(held.ID)
	if m.State != messaging.StateUnknown || m.Reason != messaging.ReasonInDoubt || m.Delivery[0].State != messaging.StateUnknown {
		t.Errorf("in doubt: %+v", m)
	}
	t.end(messaging.Outcome{Delivery: old[0].ID, Result: messaging.ResultSent})
	want(t, "what the process before says of it", t.message(held.ID).State, messaging.StateUnknown)
	ds, texts := t.claim(ByCore, 10)
	wantAll(t, "sent again", texts, "répété")
	if len(ds) == 1 && !ds[0].Repeat {
		t.Error("it is not marked")
	}
	want(t, "marked", t.message(sure.ID).Delivery[0].Repeated, true)
	_, texts = t.claim(ByAir, 10)
	wantAll(t, "what had not begun", texts, "pas commencé")
}

// endAndClaim writes what came of one, and takes the next, at once.
func endAndClaim(t *trial) {
	var ids []messaging.ID
	for _, text := range []string{"un", "deux", "trois"} {
		ids = append(ids, t.put(t.draft(text, by(ByAir)))[0].Message.ID)
	}
	ended := []messaging.Outcome(nil)
	for _, text := range []string{"un", "deux", "trois", ""} {
		ds, err := t.Claim(t.ctx(), messaging.Claim{Route: messaging.Route(ByAir), Lease: time.Minute, Limit: 1, Ended: ended})
		if err != nil || text == "" && len(ds) > 0 || text != "" && (len(ds) != 1 || ds[0].Body != text) {
			t.Fatalf("claimed %+v, %v, want %q", ds, err, text)
		}
		if len(ds) > 0 {
			ended = []messaging.Outcome{{Delivery: ds[0].ID, Result: messaging.ResultSent, IDs: []string{"id " + text}}}
		}
	}
	t.receipt(messaging.StateDelivered, "", "id trois")
	want(t, "the first", t.message(ids[0]).State, messaging.StateSent)
	want(t, "the last", t.message(ids[2]).State, messaging.StateDelivered)
}

// leaseRanOut: the answer to a claim was lost, or what was claimed here took too long.
func leaseRanOut(t *trial) {
	t.put(t.draft("un", by(ByCore)))
	if _, err := t.Claim(t.ctx(), messaging.Claim{Route: messaging.Route(ByCore), Lease: -time.Second, Limit: 1}); err != nil {
		t.Fatal(err)
	}
	got, err := t.Recover(t.ctx(), func(messaging.Route) messaging.InDoubt { return messaging.InDoubtRetry })
	if err != nil || got.Again != 1 {
		t.Errorf("recovered %+v, %v", got, err)
	}
	ds, texts := t.claim(ByCore, 1)
	wantAll(t, "sent again", texts, "un")
	if len(ds) == 1 && !ds[0].Repeat {
		t.Error("it is not marked")
	}
}

// noLaneTwice claims and ends by several at the same time.
func noLaneTwice(t *trial) {
	const messages = 60
	for i := range messages {
		t.put(t.draft(fmt.Sprint(i), peer(messaging.Address(fmt.Sprintf("+3361234567%d", i%4))), by(ByAir)))
	}
	ctx, cancel := context.WithTimeout(t.ctx(), 5*time.Minute)
	defer cancel()
	var under [4]atomic.Int32
	var next [4]atomic.Int32
	var done atomic.Int32
	ended := make(chan struct{})
	for range 3 {
		go func() {
			defer func() { ended <- struct{}{} }()
			for done.Load() < messages && ctx.Err() == nil {
				t.carryRun(ctx, &under, &next, &done)
			}
		}()
	}
	for range 3 {
		<-ended
	}
	want(t, "carried", done.Load(), messages)
}

// carryRun claims some, and ends them in order.
func (t *trial) carryRun(ctx context.Context, under, next *[4]atomic.Int32, done *atomic.Int32) {
	ds, err := t.Claim(ctx, messaging.Claim{Route: messaging.Route(ByAir), Lease: time.Minute, Limit: 5})
	if err != nil {
		if ctx.Err() == nil {
			t.Error(err)
		}
		return
	}
	mine := map[int]bool{}
	for _, d := range ds {
		lane := int(d.To[len(d.To)-1] - '0')
		if !mine[lane] && under[lane].Add(1) > 1 {
			t.Errorf("two have lane %d", lane)
		}
		mine[lane] = true
		var n int
		_, _ = fmt.Sscan(d.Body, &n)
		if got := int(next[lane].Add(1)) - 1; got != n/4 {
			t.Errorf("lane %d: message %d at place %d", lane, n, got)
		}
	}
	for lane := range mine {
		under[lane].Add(-1)
	}
	for _, d := range ds {
		if err := t.End(ctx, messaging.Outcome{Delivery: d.ID, Result: messaging.ResultSent}); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
		done.Add(1)
	}
}

func waking(t *trial) {
	told := make(chan messaging.Route, 100)
	stop := t.OnDeliveries(func(r messaging.Route) {
		select {
		case told <- r:
		default:
		}
	})
	at, err := t.Due(t.ctx(), messaging.Route(ByAir))
	if err != nil || !at.IsZero() {
		t.Errorf("with nothing to do due at %v, %v", at, err)
	}
	t.put(t.draft("un", by(ByAir)))
	want(t, "told of", t.heard(told), messaging.Route(ByAir))
	if at, err = t.Due(t.ctx(), messaging.Route(ByAir)); err != nil || at.IsZero() || at.After(time.Now()) {
		t.Errorf("due at %v, %v", at, err)
	}
	ds, _ := t.claim(ByAir, 1)
	again := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	t.end(messaging.Outcome{Delivery: ds[0].ID, Result: messaging.ResultAgain, Again: again})
	if at, err = t.Due(t.ctx(), messaging.Route(ByAir)); err != nil || !at.Equal(again) {
		t.Errorf("due at %v, %v, want %v", at, err, again)
	}
	for len(told) > 0 {
		<-told
	}
	if err := t.Hasten(t.ctx(), ds[0].Lane); err != nil {
		t.Fatal(err)
	}
	want(t, "hastened", t.heard(told), messaging.Route(ByAir))
	stop()
}

func (t *trial) heard(told <-chan messaging.Route) messaging.Route {
	t.Helper()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case r := <-told:
		return r
	case <-timer.C:
		t.Error("nobody told")
		return ""
	}
}

func expiry(t *trial) {
	old := t.put(t.draft("périmé", ago(25*time.Hour), by(ByAir)))[0].Message
	t.put(t.draft("frais", peer(Third), by(ByAir)))
	under := t.put(t.draft("en route", asAlice, ago(25*time.Hour), by(ByCore)))[0].Message
	t.claim(ByCore, 1)
	n, err := t.Expire(t.ctx(), 10)
	if n != 1 || err != nil {
		t.Errorf("expired %d, %v", n, err)
	}
	m := t.message(old.ID)
	if m.State != messaging.StateFailed || m.Reason != messaging.ReasonExpired || m.Delivery[0].State != messaging.StateFailed {
		t.Errorf("it is %+v", m)
	}
	want(t, "what is under way", t.message(under.ID).State, messaging.StateAccepted)
	_, texts := t.claim(ByAir, 10)
	wantAll(t, "what is left", texts, "frais")
}
