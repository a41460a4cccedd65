package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/messaging/messagingtest"
	"tandem/store"
	"tandem/store/storetest"
)

// A handset that was away gets what it missed, by the office on a real store.
func TestSpec_M9_AThousandMessagesGoInOrderWhenTheHandsetIsBack(t *testing.T) {
	for _, e := range storetest.Engines() {
		for _, policy := range []messaging.InDoubt{messaging.InDoubtRetry, messaging.InDoubtHold} {
			t.Run(e.Name+"/"+string(policy), func(t *testing.T) { handsetIsBack(t, e, policy) })
		}
	}
}

func handsetIsBack(t *testing.T, e storetest.Engine, policy messaging.InDoubt) {
	t.Helper()
	house := messagingtest.NewHouse()
	house.Change(func(s *messaging.Snapshot) { s.Connectors[messagingtest.ByCore].InDoubt = policy })
	s := storetest.Open(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()})
	office := messagingtest.NewOffice(house, s.Messages())
	const many = 1000
	want := make([]string, many)
	for i := range want {
		want[i] = fmt.Sprint("message ", i)
	}
	for _, text := range want { // One after the other: their order is to be kept.
		if _, err := office.Take(t.Context(), messagingtest.Text(messagingtest.ByCore, messagingtest.Other, messagingtest.Alice, text)); err != nil {
			t.Fatal(err)
		}
	}
	all := make(chan struct{})
	var got []string
	handset := &messagingtest.Carrier{}
	handset.Will(func(_ context.Context, d *messaging.Delivery) messaging.Outcome {
		if got = append(got, d.Body); len(got) == many {
			close(all)
		}
		return messaging.Outcome{Result: messaging.ResultSent, IDs: []string{fmt.Sprint(d.ID)}}
	})
	if err := office.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	office.Attach(messaging.Route(messagingtest.ByCore), handset)
	select {
	case <-all:
	case <-t.Context().Done():
	case <-time.NewTimer(5 * time.Minute).C:
		t.Fatal("after five minutes not all came")
	}
	took := time.Since(begin)
	if err := office.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Error("they came in another order")
	}
	t.Logf("%d messages in %v", many, took.Round(time.Millisecond))
}
