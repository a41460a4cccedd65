package smpp_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/mobilecore/smpp"
)

func TestOnePeerThatFloodsHarmsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, held, most atomic.Int64
		var mu sync.Mutex
		var widest int64
		hold := make(chan struct{})
		h := serve(t, newEar(func(ctx context.Context, b *smpp.Bind, _ *smpp.SM) smpp.Answer {
			if b.SystemID() != "flood" {
				return smpp.Answer{MessageID: "ok"}
			}
			n := running.Add(1)
			defer running.Add(-1)
			mu.Lock()
			widest = max(widest, n)
			mu.Unlock()
			select {
			case <-hold:
			case <-ctx.Done():
			}
			return smpp.Answer{MessageID: "late"}
		}), func(c *smpp.ServerConfig) { c.Settings.Serve = 5 })
		flood := h.raw(t)
		flood.say(t, bindAs(smpp.BindTransceiver, "flood"))
		flood.expect(t, smpp.BindTransceiverResp, smpp.ROK, 1)
		const sent = 1000
		answers := map[smpp.Status]int{}
		var reading sync.WaitGroup
		reading.Go(func() {
			for range sent {
				p := flood.hear(t)
				if p == nil {
					t.Error("the line is gone")
					return
				}
				answers[p.Status]++
				if p.Status == smpp.RMSGQFUL && answers[p.Status] == sent-5-128 {
					close(hold)
				}
			}
		})
		began := time.Now()
		for i := range sent {
			m := hello(fmt.Sprint(i), "2", "x")
			m.Command = smpp.SubmitSM
			flood.say(t, &smpp.PDU{Sequence: uint32(i + 2), Body: m})
			if i == sent/2 {
				held.Store(running.Load())
				b := h.bind(t, newEar(nil), nil)
				quick := time.Now()
				if a, err := b.Submit(t.Context(), hello("1", "2", "x")); err != nil || a.MessageID != "ok" || time.Since(quick) > 0 {
					t.Errorf("somebody else: %+v, %v after %s", a, err, time.Since(quick))
				}
			}
			most.Store(max(most.Load(), running.Load()))
		}
		if d := time.Since(began); d < 5*time.Second {
			t.Errorf("it could send %d in %s: nothing slowed it down", sent, d)
		}
		reading.Wait()
		mu.Lock()
		defer mu.Unlock()
		if widest != 5 || held.Load() != 5 {
			t.Errorf("%d were served at once, want 5", widest)
		}
		if answers[smpp.ROK] != 5+128 || answers[smpp.RMSGQFUL] != sent-5-128 {
			t.Errorf("the answers are %v", answers)
		}
	})
}

func TestWhatWaitsIsBoundedInOctetsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		h := serve(t, newEar(func(context.Context, *smpp.Bind, *smpp.SM) smpp.Answer {
			<-hold
			return smpp.Answer{}
		}), func(c *smpp.ServerConfig) { c.Settings.Serve = 1 })
		w := h.bound(t, smpp.BindTransceiver)
		big := &smpp.SM{Command: smpp.DataSM, TLVs: smpp.TLVs{{Tag: smpp.TagMessagePayload, Value: make([]byte, 60_000)}}}
		const sent, held = 30, 1 + (1<<20)/60_027
		for i := range uint32(held) {
			w.say(t, &smpp.PDU{Sequence: i + 2, Body: big})
		}
		for i := uint32(held); i < sent; i++ {
			w.say(t, &smpp.PDU{Sequence: i + 2, Body: big})
			w.expect(t, smpp.DataSMResp, smpp.RMSGQFUL, i+2)
		}
		close(hold)
		for range held {
			if p := w.hear(t); p == nil || p.Status != smpp.ROK {
				t.Fatalf("it says %+v", p)
			}
		}
	})
}

func TestMessagesOfOneConversationComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		got := map[string]string{}
		h := serve(t, newEar(func(_ context.Context, _ *smpp.Bind, m *smpp.SM) smpp.Answer {
			if m.Source.Number == "0" {
				time.Sleep(time.Second) // one is slow, and the others do not wait for it
			}
			mu.Lock()
			defer mu.Unlock()
			got[m.Source.Number] += string(m.Short)
			return smpp.Answer{MessageID: fmt.Sprint(time.Now().Unix())}
		}), nil)
		w := h.bound(t, smpp.BindTransceiver)
		began, last := time.Now(), map[uint32]time.Duration{}
		const each = 10
		for i := range uint32(3 * each) {
			m := hello(fmt.Sprint(i%3), "2", string(rune('a'+i/3)))
			m.Command = smpp.SubmitSM
			w.say(t, &smpp.PDU{Sequence: i, Body: m})
			if i%3 != 0 {
				w.hear(t)
				last[i%3] = time.Since(began)
			}
		}
		for range each {
			w.hear(t)
			last[0] = time.Since(began)
		}
		for i := range 3 {
			if want := "abcdefghij"; got[fmt.Sprint(i)] != want {
				t.Errorf("of %d came %q, want %q", i, got[fmt.Sprint(i)], want)
			}
		}
		if last[0] != 10*time.Second || last[1] != 0 || last[2] != 0 {
			t.Errorf("the last answers came after %v", last)
		}
	})
}

func TestTheEndOfALineEndsWhatIsServedForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int64
		e := newEar(func(ctx context.Context, _ *smpp.Bind, _ *smpp.SM) smpp.Answer {
			<-ctx.Done()
			ended.Add(1)
			return smpp.Answer{}
		})
		h := serve(t, e, nil)
		w := h.bound(t, smpp.BindTransceiver)
		for i := range uint32(40) {
			w.say(t, &smpp.PDU{Sequence: i + 2, Body: &smpp.SM{Command: smpp.SubmitSM, Source: smpp.Address{Number: fmt.Sprint(i)}}})
		}
		synctest.Wait()
		_ = w.Close()
		e.until(t, "the end", func() bool { return e.phases(smpp.PhaseDown) == 1 })
		if ended.Load() != 10 || len(e.got) != 10 {
			t.Errorf("%d calls ended of %d; what waited is not begun any more", ended.Load(), len(e.got))
		}
	})
}

func TestAVeryLongTextGoesInOnePayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEar(nil)
		h := serve(t, e, nil)
		m := hello("1", "2", "")
		text := strings.Repeat("très long ", 500)
		m.SetOctets([]byte(text))
		if _, err := h.bind(t, newEar(nil), nil).Submit(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if string(e.got[0].Octets()) != text {
			t.Errorf("%d octets came", len(e.got[0].Octets()))
		}
	})
}
