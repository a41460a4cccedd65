package store_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
	"tandem/store"
	"tandem/store/storetest"
)

// ledgers are every ledger of credit that there is.
func ledgers() map[string]func(t *testing.T) charging.Ledger {
	out := map[string]func(t *testing.T) charging.Ledger{
		"memory": func(*testing.T) charging.Ledger { return chargingtest.NewMemory() },
	}
	for _, e := range storetest.Engines() {
		out[e.Name] = func(t *testing.T) charging.Ledger {
			t.Helper()
			return storetest.Open(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}).Credit()
		}
	}
	return out
}

func TestLedgersOfCredit(t *testing.T) {
	for name, open := range ledgers() {
		t.Run(name, func(t *testing.T) { storetest.CreditSuite(t, open) })
	}
}

// Random data sessions on each ledger, with crashes before and after what is written (the rules themselves have many more such trials in memory).
func TestCore_A10_CreditOnEachLedger(t *testing.T) {
	for name, open := range ledgers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.CreditTrials(t, open, 4, 250)
		})
	}
}

// BenchmarkControl is credit control as many networks at once ask for it, each session on a balance of its own. "p99-µs" is what the 99th of a hundred waits.
func BenchmarkControl(b *testing.B) {
	for _, e := range storetest.Engines() {
		b.Run(e.Name, func(b *testing.B) {
			s := storetest.Open(b, store.Config{URL: e.URL(b), DataDir: b.TempDir()})
			subs := &chargingtest.Subscribers{}
			const sessions = 64
			for i := range sessions {
				subs.Put(charging.Subscriber{ID: fmt.Sprintf("num_%d", i), Account: "acc_1", Package: 1000 * charging.Gigabyte}, strconv.Itoa(i))
			}
			o := charging.NewOffice(charging.Config{Ledger: s.Credit(), Subscribers: subs})
			took := make([][]time.Duration, sessions)
			before := cpu(b)
			b.ResetTimer()
			var wg sync.WaitGroup
			for i := range sessions {
				wg.Go(func() {
					r := charging.Request{Peer: "smf", Session: fmt.Sprintf("s%d", i), Kind: charging.Initial, MSISDN: strconv.Itoa(i), AccessPoint: "internet"}
					for n := range b.N/sessions + 1 {
						r.Number, r.Uses = uint32(n), []charging.Use{{Group: 1, Asks: true, Used: min(charging.Bytes(n), 1) * charging.Megabyte}}
						at := time.Now()
						if a, err := o.Control(b.Context(), r); err != nil || a.Result != charging.Granted {
							b.Errorf("%+v %v", a, err)
							return
						}
						took[i] = append(took[i], time.Since(at))
						r.Kind = charging.Update
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			all := slices.Concat(took...)
			slices.Sort(all)
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(len(all)), "cpu-µs/op")
			b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "requests/s")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
		})
	}
}
