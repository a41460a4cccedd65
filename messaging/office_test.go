package messaging_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/messaging"
	mt "tandem/messaging/messagingtest"
)

// room is an office at work, with the operator and the carrier attached.
type room struct {
	t      *testing.T
	house  *mt.House
	store  *mt.Memory
	office *messaging.Office
	core   *mt.Carrier // to handsets, and away from them
	air    *mt.Carrier
	phone  *mt.Carrier
	app    *mt.Carrier
}

func open(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, house: mt.NewHouse(), store: mt.NewMemory(), core: &mt.Carrier{}, air: &mt.Carrier{}, phone: &mt.Carrier{}, app: &mt.Carrier{}}
	r.office = mt.NewOffice(r.house, r.store)
	if err := r.office.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.office.Close(t.Context()) })
	r.office.Attach(messaging.Route(mt.ByCore), r.core)
	r.office.Attach(messaging.Route(mt.ByAir), r.air)
	r.office.Attach(messaging.Route(mt.ByApp), r.app)
	r.office.Attach(messaging.PhoneRoute(mt.Phone), r.phone)
	return r
}

func (r *room) take(a messaging.Arrival) messaging.Taken {
	r.t.Helper()
	got, err := r.office.Take(r.t.Context(), a)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

func (r *room) send(from messaging.NumberID, to messaging.Address, text string, c messaging.Channel) messaging.Message {
	r.t.Helper()
	got, err := r.office.Send(r.t.Context(), messaging.Outgoing{Account: mt.Account, Number: from, To: to, Body: text, Channel: c, User: "usr_1"})
	if err != nil {
		r.t.Fatal(err)
	}
	return got.Message
}

func (r *room) all() []messaging.Message {
	r.t.Helper()
	p, err := r.store.Messages(r.t.Context(), messaging.Filter{Oldest: true, Limit: 200})
	if err != nil {
		r.t.Fatal(err)
	}
	return p.Messages
}

func refused(t *testing.T, err error) string {
	t.Helper()
	r, is := errors.AsType[*messaging.Refusal](err)
	if !is {
		t.Fatalf("got %v, want a refusal", err)
	}
	return r.Code
}

func TestSpec_M5_AnInboundMessageReachesTheHandsetAndTheScreens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		got := r.take(mt.Text(mt.ByCore, "0612345678", "0639980101", "Bonjour, ça va ?"))
		synctest.Wait()
		all := r.all()
		if len(all) != 1 || all[0].ID != got.Message || all[0].Body != "Bonjour, ça va ?" || all[0].Peer != mt.Other || all[0].State != messaging.StateReceived {
			t.Fatalf("the screens read %+v", all)
		}
		to := r.core.Carried()
		if len(to) != 1 || to[0].To != mt.Alice || to[0].From != mt.Other || to[0].IMSI != mt.AliceSI || to[0].Channel != messaging.ChannelNative {
			t.Fatalf("the handset was given %+v", to)
		}
		if news := r.store.News(); news[0].Type != "message.received" || news[0].Place != all[0].Place {
			t.Errorf("the first event is %+v", news[0])
		}
	})
}

func TestSpec_M3_M4_WhatIsWrittenOnAScreenIsNeverOnTheHandset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		for _, c := range []messaging.Channel{messaging.ChannelWorkspace, messaging.ChannelCTI, messaging.ChannelApp, messaging.ChannelAPI, messaging.ChannelFlow} {
			r.send(mt.AliceID, "06 12 34 56 78", string(c), c)
		}
		mo := mt.Text(mt.ByCore, "", "0612345678", "native")
		mo.FromIMSI = mt.AliceSI
		r.take(mo)
		synctest.Wait()
		for _, d := range r.core.Carried() {
			if d.Channel != messaging.ChannelNetwork || d.To != mt.Other || d.From != mt.Alice {
				t.Errorf("carried %+v", d)
			}
		}
		if got := r.core.Bodies(); !slices.Equal(got, []string{"workspace", "cti", "app", "api", "flow", "native"}) {
			t.Errorf("the network was given %q", got)
		}
		for _, m := range r.all() {
			if string(m.Channel) != m.Body || m.State != messaging.StateSent {
				t.Errorf("the screens read %+v", m)
			}
		}
	})
}

func TestSpec_M6_SegmentsInAnyOrderAreOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		text := strings.Repeat("👩🏽‍🚀 œuvre à l’été, 100 € — ", 30)
		parts := mt.Segments(mt.Text(mt.ByAir, mt.Other, mt.Desk, ""), text, 7)
		for _, i := range []int{2, 0, 2, 1} {
			if got := r.take(parts[i]); got.Message != "" {
				t.Fatal("a message of some of its segments")
			}
		}
		for _, p := range slices.Backward(parts) {
			r.take(p)
		}
		for _, p := range parts {
			if got := r.take(p); !got.Repeat {
				t.Error("a late segment is no repeat")
			}
		}
		synctest.Wait()
		all := r.all()
		if len(all) != 1 || all[0].Body != text || all[0].Segments != len(parts) {
			t.Fatalf("kept %d messages: %+v", len(all), all)
		}
		if got := r.phone.Bodies(); len(got) != 1 || got[0] != text {
			t.Errorf("the SIP phone got %q", got)
		}
		if got := r.app.Bodies(); len(got) != 1 || got[0] != text {
			t.Errorf("the program got %q", got)
		}
	})
}

func TestSpec_M9_AThousandMessagesGoWithinTwoSecondsOfTheReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t)
		var away atomic.Bool
		away.Store(true)
		r.core.Will(func(_ context.Context, _ *messaging.Delivery) messaging.Outcome {
			if away.Load() {
				return messaging.Outcome{Result: messaging.ResultAgain, Reason: messaging.ReasonAbsent}
			}
			return messaging.Outcome{Result: messaging.ResultSent}
		})
		var want []string
		for range 1000 {
			text := time.Now().Format(time.RFC3339Nano) + " " + string(rune('a'+len(want)%26))
			want = append(want, text)
			r.take(mt.Text(mt.ByCore, mt.Other, mt.Alice, text))
			time.Sleep(3600 * time.Millisecond)
		}
		tried := len(r.core.Carried())
		away.Store(false)
		back := time.Now()
		r.office.Reachable(mt.AliceSI)
		synctest.Wait()
		if got := r.core.Bodies()[tried:]; !slices.Equal(got, want) {
			t.Fatalf("%d of 1000 came, in order: %v", len(got), slices.IsSorted(got))
		}
		if d := time.Since(back); d > 2*time.Second {
			t.Errorf("it took %v", d)
		}
		if tried > 20 {
			t.Errorf("the handset was tried %d times in an hour", tried)
		}
	})
}
