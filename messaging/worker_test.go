package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/messaging"
	mt "tandem/messaging/messagingtest"
)

func (r *room) state(id messaging.ID) string {
	r.t.Helper()
	m, err := r.store.Message(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(m.State) + " " + string(m.Reason)
}

func TestSpec_M7_StatesAndReasonsOfWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.core.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
			switch d.Body {
			case "refusé":
				return messaging.Outcome{Result: messaging.ResultFailed, Reason: "smpp_0x0000000b"}
			case "long":
				return messaging.Outcome{Result: messaging.ResultSent, IDs: []string{"l1", "l2"}}
			}
			return messaging.Outcome{Result: messaging.ResultSent, IDs: []string{"id " + d.Body}}
		})
		one := r.send(mt.AliceID, mt.Other, "un", messaging.ChannelAPI)
		no := r.send(mt.AliceID, mt.Other, "refusé", messaging.ChannelAPI)
		long := r.send(mt.AliceID, mt.Other, "long", messaging.ChannelAPI)
		synctest.Wait()
		receipt := func(id string, s messaging.State, why messaging.Reason) {
			t.Helper()
			if err := r.office.Receipt(t.Context(), messaging.Receipt{Connector: mt.ByCore, IDs: []string{id}, From: "33612345678", To: "0639980101", State: s, Reason: why}); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[messaging.ID]string{one.ID: "sent ", no.ID: "failed smpp_0x0000000b", long.ID: "sent "} {
			if got := r.state(id); got != want {
				t.Errorf("it is %q, want %q", got, want)
			}
		}
		receipt("l1", messaging.StateDelivered, "")
		if got := r.state(long.ID); got != "sent " {
			t.Errorf("with one segment of two delivered: %q", got)
		}
		receipt("l2", messaging.StateDelivered, "")
		receipt("id un", messaging.StateFailed, messaging.ReasonUndeliverable)
		for id, want := range map[messaging.ID]string{one.ID: "failed undeliverable", long.ID: "delivered "} {
			if got := r.state(id); got != want {
				t.Errorf("it is %q, want %q", got, want)
			}
		}
		var told []string
		for _, n := range r.store.News() {
			if n.Message.ID == one.ID {
				told = append(told, n.Type+" "+string(n.Message.State))
			}
		}
		if want := []string{"message.sent accepted", "message.status_updated sent", "message.status_updated failed"}; !slices.Equal(told, want) {
			t.Errorf("told %q", told) // SPEC L19.
		}
	})
}

func TestTriesGrowApartUntilTimeRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		var at []time.Duration
		begin := time.Now()
		r.air.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
			if at = append(at, time.Since(begin)); d.Try != len(at) {
				t.Errorf("try %d says that it is %d", len(at), d.Try)
			}
			return messaging.Outcome{Result: messaging.ResultAgain, Reason: "smpp_0x00000014"}
		})
		m := r.send(mt.DeskID, mt.Other, "x", messaging.ChannelAPI)
		time.Sleep(24*time.Hour - time.Minute)
		if got := r.state(m.ID); got != "accepted " {
			t.Errorf("a minute before the end it is %q", got)
		}
		time.Sleep(2 * time.Minute)
		if got := r.state(m.ID); got != "failed expired" {
			t.Errorf("after a day it is %q", got)
		}
		for i, low := range []time.Duration{4500 * time.Millisecond, 9 * time.Second, 18 * time.Second, 36 * time.Second, 72 * time.Second, 144 * time.Second} {
			if gap := at[i+1] - at[i]; gap < low || gap > low*11/9 {
				t.Errorf("try %d came after %v, want %v to %v", i+2, gap, low, low*11/9)
			}
		}
		if len(at) < 95 || len(at) > 125 {
			t.Errorf("%d tries in a day", len(at))
		}
	})
}

func TestAnotherWayIsTriedInTheSameOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.house.Change(func(s *messaging.Snapshot) {
			s.Lines[mt.Alice].Native.Ways = []messaging.ConnectorID{mt.ByIMS, mt.ByCore}
		})
		ims := &mt.Carrier{}
		ims.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
			if d.Body == "1" {
				return messaging.Outcome{Result: messaging.ResultFailed, Reason: "sip_403"}
			}
			return messaging.Outcome{Result: messaging.ResultAgain, Reason: messaging.ReasonAbsent}
		})
		r.office.Attach(messaging.Route(mt.ByIMS), ims)
		full := true
		var got []string
		r.core.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
			if d.Body == "1" && full {
				full = false
				return messaging.Outcome{Result: messaging.ResultAgain, Reason: messaging.ReasonMemoryFull}
			}
			got = append(got, d.Body)
			return messaging.Outcome{Result: messaging.ResultSent}
		})
		for i := range 3 {
			r.take(mt.Text(mt.ByCore, mt.Other, mt.Alice, fmt.Sprint(i)))
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(got, []string{"0", "1", "2"}) {
			t.Errorf("the handset got %q", got)
		}
		if a := r.all(); len(a) != 3 {
			t.Errorf("the store has %d", len(a))
		}
	})
}

func TestOfWhatMayNotBeSentTwiceOneAtATimeIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		var under, most atomic.Int32
		r.air.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			time.Sleep(time.Second)
			if d.Body == "3" {
				return messaging.Outcome{Result: messaging.ResultUnknown}
			}
			return messaging.Outcome{Result: messaging.ResultSent}
		})
		var ids []messaging.ID
		for i := range 6 {
			ids = append(ids, r.send(mt.DeskID, messaging.Address(fmt.Sprintf("+3361234567%d", i)), fmt.Sprint(i), messaging.ChannelAPI).ID)
		}
		time.Sleep(10 * time.Second)
		if most.Load() != 1 {
			t.Errorf("%d were under way at a time", most.Load())
		}
		for i, id := range ids {
			want := "sent "
			if i == 3 {
				want = "unknown in_doubt"
			}
			if got := r.state(id); got != want {
				t.Errorf("message %d is %q", i, got)
			}
		}
		if got := len(r.air.Carried()); got != 6 {
			t.Errorf("%d were sent", got)
		}
	})
}

func TestWhatMayBeSentTwiceIsSentAgainAndMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.core.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
			if d.Try == 1 {
				panic("a carrier with a fault")
			}
			if !d.Repeat {
				t.Error("it does not know that it may have been sent")
			}
			return messaging.Outcome{Result: messaging.ResultSent}
		})
		id := r.send(mt.AliceID, mt.Other, "x", messaging.ChannelAPI).ID
		time.Sleep(10 * time.Second)
		m, err := r.store.Message(t.Context(), id)
		if err != nil || m.State != messaging.StateSent || !m.Delivery[0].Repeated || m.Delivery[0].Tries != 2 {
			t.Errorf("it is %+v, %v", m, err)
		}
	})
}

func TestTheWindowAndTheRateOfARoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.house.Change(func(s *messaging.Snapshot) { s.Connectors[mt.ByCore].Window, s.Connectors[mt.ByCore].Rate = 3, 10 })
		var under, most, segments atomic.Int32
		begin := time.Now()
		r.core.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			segments.Add(int32(d.Segments))
			if allowed := time.Since(begin).Seconds()*10 + 5; float64(segments.Load()) > allowed {
				t.Errorf("%d segments after %v", segments.Load(), time.Since(begin))
			}
			time.Sleep(time.Second / 2)
			return messaging.Outcome{Result: messaging.ResultSent}
		})
		for i := range 40 {
			r.send(mt.AliceID, messaging.Address(fmt.Sprintf("+336123456%02d", i)), strings.Repeat("x", 200), messaging.ChannelAPI)
		}
		time.Sleep(8500 * time.Millisecond)
		if most.Load() > 3 || segments.Load() != 80 {
			t.Errorf("%d at a time, %d segments in 8.5 s, want 3 and 80", most.Load(), segments.Load())
		}
	})
}

func TestClosingFinishesWhatIsUnderWayAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.core.Will(func(context.Context, *messaging.Delivery) messaging.Outcome {
			time.Sleep(5 * time.Second)
			return messaging.Outcome{Result: messaging.ResultSent}
		})
		first := r.send(mt.AliceID, mt.Other, "1", messaging.ChannelAPI)
		second := r.send(mt.AliceID, mt.Other, "2", messaging.ChannelAPI)
		synctest.Wait()
		begin := time.Now()
		if err := r.office.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d != 5*time.Second {
			t.Errorf("it took %v", d)
		}
		if got := r.state(first.ID) + r.state(second.ID); got != "sent accepted " {
			t.Errorf("they are %q", got)
		}
		third := r.send(mt.AliceID, mt.Other, "3", messaging.ChannelAPI) // Still kept, and carried by the next.
		r.store.Reopen()
		r.office = mt.NewOffice(r.house, r.store)
		if err := r.office.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.office.Attach(messaging.Route(mt.ByCore), r.core)
		time.Sleep(time.Minute)
		if got := r.state(second.ID) + r.state(third.ID); got != "sent sent " {
			t.Errorf("they are %q", got)
		}
		if n := len(r.core.Carried()); n != 3 {
			t.Errorf("carried %d", n)
		}
		for _, d := range r.core.Carried() {
			if d.Repeat {
				t.Errorf("marked: %+v", d)
			}
		}
		if err := r.office.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestClosingGivesUpWhenItTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		r.air.Will(func(ctx context.Context, _ *messaging.Delivery) messaging.Outcome {
			<-ctx.Done()
			return messaging.Outcome{Result: messaging.ResultUnknown}
		})
		m := r.send(mt.DeskID, mt.Other, "1", messaging.ChannelAPI)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := r.office.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closed with %v", err)
		}
		r.store.Reopen()
		r.office = mt.NewOffice(r.house, r.store)
		if err := r.office.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.state(m.ID); got != "unknown in_doubt" {
			t.Errorf("it is %q", got)
		}
	})
}

func TestAStoreThatIsAwayForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		for i := range 20 {
			r.send(mt.AliceID, mt.Other, fmt.Sprint(i), messaging.ChannelAPI)
		}
		var away atomic.Bool
		r.core.Will(func(context.Context, *messaging.Delivery) messaging.Outcome {
			time.Sleep(time.Second / 10)
			away.Store(true)
			return messaging.Outcome{Result: messaging.ResultSent}
		})
		r.store.Fail(func(_, when string) error {
			if away.Load() {
				return errors.New("away " + when)
			}
			return nil
		})
		time.Sleep(30 * time.Second)
		away.Store(false)
		r.core.Will(nil)
		time.Sleep(10 * time.Second)
		for i := range 20 {
			r.send(mt.AliceID, mt.Third, fmt.Sprint(i), messaging.ChannelAPI)
		}
		time.Sleep(10 * time.Second)
		if n := len(r.core.Carried()); n != 40 {
			t.Errorf("carried %d of 40", n)
		}
		for _, m := range r.all() {
			if m.State != messaging.StateSent {
				t.Errorf("it is %+v", m)
			}
		}
	})
}

func TestADetachedCarrierIsAskedForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		slow := func(context.Context, *messaging.Delivery) messaging.Outcome {
			time.Sleep(time.Second)
			return messaging.Outcome{Result: messaging.ResultSent}
		}
		a, b := &mt.Carrier{}, &mt.Carrier{}
		a.Will(slow)
		b.Will(slow)
		r.house.Change(func(s *messaging.Snapshot) { s.Lines[mt.Desk].Route = mt.ByIMS })
		detachA := r.office.Attach(messaging.Route(mt.ByIMS), a)
		detachB := r.office.Attach(messaging.Route(mt.ByIMS), b)
		for i := range 20 {
			r.send(mt.DeskID, messaging.Address(fmt.Sprintf("+336123456%02d", i)), "x", messaging.ChannelAPI)
		}
		time.Sleep(time.Second / 2)
		if na, nb := len(a.Carried()), len(b.Carried()); na != 5 || nb != 5 {
			t.Errorf("of two carriers one has %d and one %d", na, nb)
		}
		begin := time.Now()
		detachA()
		if d := time.Since(begin); d != time.Second/2 {
			t.Errorf("it waited %v for what was under way", d)
		}
		before := len(a.Carried())
		time.Sleep(3 * time.Second)
		if n := len(a.Carried()); n != before {
			t.Errorf("it was asked for %d more", n-before)
		}
		detachB()
		if n := len(a.Carried()) + len(b.Carried()); n != 20 {
			t.Errorf("carried %d", n)
		}
		m := r.send(mt.DeskID, mt.Other, "personne", messaging.ChannelAPI)
		time.Sleep(25 * time.Hour)
		if got := r.state(m.ID); got != "failed expired" {
			t.Errorf("what no route takes is %q", got)
		}
	})
}

func TestSpec_M6_AfterADayWhatCameIsAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		parts := mt.Segments(mt.Text(mt.ByAir, mt.Other, mt.Desk, ""), strings.Repeat("a", 152)+strings.Repeat("b", 152)+strings.Repeat("c", 152)+"d", 9)
		r.take(parts[2])
		r.take(parts[0])
		time.Sleep(24*time.Hour - time.Minute)
		if n := len(r.all()); n != 0 {
			t.Fatalf("%d before its time", n)
		}
		time.Sleep(3 * time.Minute)
		all := r.all()
		if len(all) != 1 || all[0].Missing != 2 || all[0].Segments != 4 || all[0].Body != strings.Repeat("a", 152)+"[…]"+strings.Repeat("c", 152)+"[…]" {
			t.Fatalf("kept %+v", all)
		}
		for i := range 60 {
			p := parts[0]
			p.Body.Part.Reference = 100 + i
			r.take(p)
		}
		synctest.Wait()
		if n := r.store.OpenSets(); n > messaging.OpenSets {
			t.Errorf("%d sets are open", n)
		}
		if n := len(r.all()); n != 11 {
			t.Errorf("%d messages, want the first and the ten oldest of sixty", n)
		}
	})
}
