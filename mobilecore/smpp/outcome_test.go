package smpp_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/smpp"
)

// What the sender is told and what the SMSC has agree, however often the line is cut: what was answered is there, what was not sent is not, and only what is in doubt
// may be either.
func TestOutcomesAreTrueWhereverTheLineIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const cuts, senders = 50, 20
		var mu sync.Mutex
		there := map[string]int{}
		h := serve(t, newEar(func(_ context.Context, _ *smpp.Bind, m *smpp.SM) smpp.Answer {
			mu.Lock()
			there[string(m.Short)]++
			mu.Unlock()
			time.Sleep(rand.N(20 * time.Millisecond))
			return smpp.Answer{MessageID: string(m.Short)}
		}), nil)
		c := h.config()
		c.Kinds = []smpp.Command{smpp.BindTransceiver, smpp.BindTransmitter}
		c.Settings.Window = 5
		client, stop := run(t, c, newEar(nil))
		ctx, end := context.WithCancel(t.Context())
		results := map[string]string{}
		var sending sync.WaitGroup
		for i := range senders {
			sending.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					id := strconv.Itoa(i) + "-" + strconv.Itoa(n)
					call, cancel := context.WithTimeout(ctx, rand.N(100*time.Millisecond))
					answer, err := client.Submit(call, hello(strconv.Itoa(i), "2", id))
					cancel()
					_, doubt := errors.AsType[*smpp.InDoubtError](err)
					_, unsent := errors.AsType[*smpp.NotSentError](err)
					result := "?"
					switch {
					case err == nil && answer.MessageID == id:
						result = "taken"
					case doubt:
						result = "in doubt"
					case unsent:
						result = "not sent"
					}
					mu.Lock()
					results[id] = result
					mu.Unlock()
					time.Sleep(rand.N(10 * time.Millisecond))
					if errors.Is(err, smpp.ErrNoBind) {
						time.Sleep(10 * time.Second)
					}
				}
			})
		}
		for range cuts {
			for len(h.Binds("kate")) == 0 {
				time.Sleep(time.Second)
			}
			time.Sleep(rand.N(2 * time.Second))
			for _, b := range h.Binds("kate") {
				b.Cut()
			}
		}
		end()
		sending.Wait()
		stop()
		count := map[string]int{}
		for id, result := range results {
			count[result]++
			n := there[id]
			if (result == "taken" && n != 1) || (result == "not sent" && n != 0) || n > 1 || result == "?" {
				t.Errorf("%s is %s, and %d times there", id, result, n)
			}
		}
		if count["taken"] == 0 || count["in doubt"] == 0 || count["not sent"] == 0 {
			t.Errorf("the outcomes are %v", count)
		}
	})
}
