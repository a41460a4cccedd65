package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
)

// benchDraft is one of many messages: of 500 numbers with 40 peers each, every second one going out, with its key and one delivery or two.
func benchDraft(n int, at time.Time) messaging.Draft {
	number := fmt.Sprintf("num_%d", n*7919%500)
	own, peer := messaging.Address(fmt.Sprintf("+336399801%03d", n*7919%500)), messaging.Address(fmt.Sprintf("+336399802%02d", n*31%40))
	d := messaging.Draft{
		Message: messaging.Message{
			ID: messaging.ID(routing.NewID("msg", at)), Account: "acc_1", Number: messaging.NumberID(number), Own: own, Peer: peer, Direction: messaging.Inbound,
			Channel: messaging.ChannelNetwork, Body: "Bonjour, votre commande vous attend. À bientôt !", Encoding: "gsm7", Segments: 1, At: at,
		},
		Key: messaging.Key{Name: fmt.Sprintf("mcn_1 %d", n), Print: fmt.Sprint("print ", n), Bind: "bind", Since: at.Add(-10 * time.Minute)},
		Deliveries: []messaging.NewDelivery{
			{Channel: messaging.ChannelNative, Route: "mcn_2", Lane: "native:" + number, From: peer, To: own, IMSI: "208950000000001", Until: at.Add(24 * time.Hour)},
			{Channel: messaging.ChannelSIPPhone, Route: "phone:sip:1@x", Lane: "phone:" + number, From: peer, To: own, Until: at.Add(24 * time.Hour)},
		}[:1+n/2%2],
	}
	if n%2 == 0 {
		d.Message.Direction, d.Message.Channel = messaging.Outbound, messaging.ChannelAPI
		d.Guard, d.HeedStop = &messaging.Guard{Hour: 1_000_000, Day: 1_000_000, Month: 1_000_000}, true
		d.Deliveries = []messaging.NewDelivery{
			{Channel: messaging.ChannelNetwork, Route: "mcn_1", Lane: number + " " + string(peer), From: own, To: peer, Receipt: true, Until: at.Add(24 * time.Hour)},
		}
	}
	return d
}

// BenchmarkMessages is messages accepted and routed by 64 senders at once: each with its conversation, its key, its deliveries and its event.
func BenchmarkMessages(b *testing.B) {
	for _, e := range storetest.Engines() {
		b.Run(e.Name, func(b *testing.B) {
			m := storetest.Open(b, store.Config{URL: e.URL(b), DataDir: b.TempDir()}).Messages()
			before := cpu(b)
			b.ResetTimer()
			var n atomic.Int64
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						if _, err := m.Put(b.Context(), benchDraft(int(i), time.Now())); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkMessagesCarried is messages that are put, claimed in the order of their lanes and ended, with a receipt for each.
func BenchmarkMessagesCarried(b *testing.B) {
	for _, e := range storetest.Engines() {
		b.Run(e.Name, func(b *testing.B) {
			m := storetest.Open(b, store.Config{URL: e.URL(b), DataDir: b.TempDir()}).Messages()
			b.ResetTimer()
			var n, done atomic.Int64
			var wg sync.WaitGroup
			for range 32 {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						if _, err := m.Put(b.Context(), benchDraft(2*int(i), time.Now())); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			for range 4 {
				wg.Go(func() {
					for done.Load() < int64(b.N) && !b.Failed() {
						if err := carry(b.Context(), m, &done); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// carry claims some deliveries, ends them, and gives a receipt of each.
func carry(ctx context.Context, m *store.Messages, done *atomic.Int64) error {
	all, err := m.Claim(ctx, messaging.Claim{Route: "mcn_1", Lease: time.Minute, Limit: 50})
	if err != nil {
		return err
	}
	var outcomes []messaging.Outcome
	for i := range all {
		outcomes = append(outcomes, messaging.Outcome{Delivery: all[i].ID, Result: messaging.ResultSent, IDs: []string{fmt.Sprint(all[i].ID)}})
	}
	if err = m.End(ctx, outcomes...); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			r := messaging.Receipt{Connector: "mcn_1", IDs: []string{fmt.Sprint(all[i].ID)}, State: messaging.StateDelivered}
			if found, err := m.Receipt(ctx, r); err == nil && bool(found) {
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return nil
}

// BenchmarkMessagesInTime is how long acceptance takes at half of what must be accepted, 1,000 messages a second.
func BenchmarkMessagesInTime(b *testing.B) {
	for _, e := range storetest.Engines() {
		b.Run(e.Name, func(b *testing.B) {
			m := storetest.Open(b, store.Config{URL: e.URL(b), DataDir: b.TempDir()}).Messages()
			b.ResetTimer()
			took := make([]time.Duration, b.N)
			var wg sync.WaitGroup
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			start := time.Now()
			for i := 0; i < b.N; {
				<-tick.C
				for ; i < b.N && time.Since(start) >= time.Duration(i)*time.Millisecond; i++ {
					n := i
					wg.Go(func() {
						from := time.Now()
						if _, err := m.Put(b.Context(), benchDraft(n, from)); err != nil {
							b.Error(err)
						}
						took[n] = time.Since(from)
					})
				}
			}
			wg.Wait()
			slices.Sort(took)
			for _, p := range []int{50, 99} {
				b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
			}
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "longest-ms")
		})
	}
}
