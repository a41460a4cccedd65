package messaging_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/messaging"
	mt "tandem/messaging/messagingtest"
)

// history is a random one: who wrote what, what the networks got, and how often the process ended.
type history struct {
	t       *testing.T
	dice    *dice
	store   *mt.Memory
	house   *mt.House
	calm    atomic.Bool
	crashes atomic.Int32
	office  atomic.Pointer[messaging.Office]
	binds   atomic.Int32

	mu      sync.Mutex
	written map[string]int      // texts, and how many messages each must make
	got     map[string][]string // by lane, what was received of new ones, in order
	times   map[string]int      // by channel and text, how often it was received
	held    map[string]bool     // texts that go by the route where nothing is sent twice
}

// TestSpec_M2_M6_M8_M9_NoneLostNoneDoubledOneOrder throws dice: arrivals that repeat, segments that are shuffled, carriers that fail, hang and panic, a process that
// ends at any call of the store. Then a checker that knows none of the code reads what is there.
func TestSpec_M2_M6_M8_M9_NoneLostNoneDoubledOneOrder(t *testing.T) {
	messages, histories := 150, 12
	if n, err := strconv.Atoi(os.Getenv("TANDEM_MESSAGES")); err == nil {
		messages, histories = 2000, max(n/2000, 1)
	}
	for i := range histories {
		seed := uint64(i + 1)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newHistory(t, seed).play(messages) })
		})
	}
}

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	return &history{
		t: t, dice: newDice(seed), store: mt.NewMemory(), house: mt.NewHouse(), written: map[string]int{}, got: map[string][]string{}, times: map[string]int{},
		held: map[string]bool{},
	}
}

// play lets writers write while processes come and go, then calm return, and checks.
func (h *history) play(messages int) {
	ctx, cancel := context.WithCancel(h.t.Context())
	var processes sync.WaitGroup
	processes.Go(func() { h.processes(ctx) })
	var writers sync.WaitGroup
	const hands = 8
	for w := range hands {
		writers.Go(func() {
			for i := range messages / hands {
				h.write(w, i)
			}
		})
	}
	writers.Wait()
	h.calm.Store(true)
	time.Sleep(60 * time.Hour) // Until what came late is dropped.
	cancel()
	processes.Wait()
	h.check()
}

// processes runs one after the other, until ctx ends.
func (h *history) processes(ctx context.Context) {
	ids := mt.IDs()
	for ctx.Err() == nil {
		p := &process{Memory: h.store, ended: make(chan struct{}), crash: func() bool {
			return !h.calm.Load() && h.dice.below(120) == 0
		}}
		o := messaging.New(messaging.Config{Store: p, Waker: p, Directory: h.house, Emergency: mt.Emergency, Normal: mt.Normal, NewID: ids})
		if err := o.Start(ctx); err == nil {
			for _, r := range []messaging.Route{messaging.Route(mt.ByCore), messaging.Route(mt.ByAir), messaging.Route(mt.ByApp), messaging.PhoneRoute(mt.Phone)} {
				o.Attach(r, network{h})
			}
			h.office.Store(o)
		}
		select {
		case <-p.ended:
			h.crashes.Add(1)
		case <-ctx.Done():
		}
		h.office.Store(nil)
		over, end := context.WithCancel(context.Background())
		end()
		_ = o.Close(over)
		h.store.Reopen()
		time.Sleep(h.dice.upTo(3 * time.Second))
	}
}

// network is a carrier that is not to be relied on.
type network struct{ h *history }

func (n network) Carry(ctx context.Context, d *messaging.Delivery) messaging.Outcome {
	h := n.h
	sent := messaging.Outcome{Result: messaging.ResultSent, IDs: []string{fmt.Sprint("id", d.ID)}}
	if h.calm.Load() {
		h.received(d)
		return sent
	}
	wait := time.NewTimer(h.dice.upTo(300 * time.Millisecond))
	defer wait.Stop()
	luck := h.dice.below(100)
	if luck < 80 || luck >= 95 {
		h.received(d)
	}
	select {
	case <-wait.C:
	case <-ctx.Done():
		return messaging.Outcome{Result: messaging.ResultUnknown}
	}
	switch {
	case luck < 80:
		return sent
	case luck < 90:
		return messaging.Outcome{Result: messaging.ResultAgain, Reason: messaging.ReasonAbsent, Again: time.Now().Add(h.dice.upTo(10 * time.Second))}
	case luck < 93, luck >= 97:
		<-ctx.Done()
		return messaging.Outcome{Result: messaging.ResultUnknown}
	}
	panic("a fault in a carrier")
}

// received notes what a network got.
func (h *history) received(d *messaging.Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	what := string(d.Channel) + " " + d.Body
	h.times[what]++
	switch n := h.times[what]; {
	case n == 1:
		h.got[d.Lane] = append(h.got[d.Lane], d.Body)
	case h.held[d.Body] && d.Channel == messaging.ChannelNetwork:
		h.t.Errorf("%.40q was sent %d times by a route where nothing may be", d.Body, n)
	case !d.Repeat:
		h.t.Errorf("%.40q was sent again, and not marked", d.Body)
	}
}

// until tries something with the office of the moment, as a peer does that heard no answer: by another bind each time.
func (h *history) until(do func(o *messaging.Office, bind string) error) {
	for {
		bind := fmt.Sprint("bind", h.binds.Add(1))
		if o := h.office.Load(); o != nil {
			err := do(o, bind)
			if err == nil {
				return
			}
			if _, is := err.(*messaging.Refusal); is { //nolint:errorlint // As it is returned.
				h.t.Errorf("refused: %v", err)
				return
			}
		}
		time.Sleep(h.dice.upTo(2 * time.Second))
	}
}

// write has one of the hands write something, until it is taken; and perhaps once more, though it was.
func (h *history) write(hand, i int) {
	time.Sleep(h.dice.upTo(2 * time.Second))
	text := fmt.Sprintf("%d/%d %s", hand, i, strings.Repeat("é€😀", h.dice.below(80)))
	if h.dice.below(3) > 0 {
		text = fmt.Sprintf("%d/%d", hand, i)
	}
	messages := 1
	var whole messaging.Arrival
	out := messaging.Outgoing{Account: mt.Account, Number: mt.DeskID, To: mt.Other, Body: text, Channel: messaging.ChannelWorkspace, Key: text}
	switch h.dice.below(6) {
	case 0:
		whole = mt.Text(mt.ByCore, mt.Other, mt.Alice, text)
	case 1:
		whole = mt.Text(mt.ByAir, mt.Third, mt.Desk, text)
	case 2:
		whole = from(mt.AliceSI, mt.Other, text)
	case 3:
		whole, messages = from(mt.AliceSI, mt.Desk, text), 2
	case 4:
		h.note(text, 1, true)
		h.compose(out)
		return
	case 5: // Bob's operator tells of it too.
		out.Number, out.Body = mt.BobID, text
		h.note(text, 1, false)
		h.compose(out)
		whole = from(mt.BobSI, mt.Other, text)
		whole.Reference = text
		messages = 0
	}
	if h.dice.below(2) == 0 || messages == 0 {
		whole.Reference = text
	}
	h.note(text, messages, false)
	h.arrive(whole, text, uint16(hand*4096+i))
}

func (h *history) note(text string, messages int, held bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.written[text] += messages
	h.held[text] = held
}

// compose sends what somebody of ours wrote.
func (h *history) compose(out messaging.Outgoing) {
	for range 1 + h.dice.below(2) {
		h.until(func(o *messaging.Office, _ string) error {
			_, err := o.Send(h.t.Context(), out)
			return err
		})
	}
}

// arrive hands a text in, whole or as segments in any order, some of them twice.
func (h *history) arrive(whole messaging.Arrival, text string, reference uint16) {
	segments := mt.Segments(whole, text, reference)
	for i := len(segments) - 1; i > 0; i-- {
		j := h.dice.below(i + 1)
		segments[i], segments[j] = segments[j], segments[i]
	}
	if h.dice.below(4) == 0 {
		segments = append(segments, segments[0])
	}
	for _, s := range segments {
		h.until(func(o *messaging.Office, bind string) error {
			s.Bind, s.At = bind, time.Now()
			_, err := o.Take(h.t.Context(), s)
			return err
		})
	}
}

// check reads what is there: all that was written, once, in an order that all channels agree on.
func (h *history) check() {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []messaging.Message
	for after := int64(0); ; after = all[len(all)-1].Place {
		p, err := h.store.Messages(context.Background(), messaging.Filter{Oldest: true, After: after, Limit: 200})
		if err != nil {
			h.t.Fatal(err)
		}
		if all = append(all, p.Messages...); !p.More {
			break
		}
	}
	times, place, inDoubt := map[string]int{}, map[string]int64{}, 0
	for i := range all {
		m := &all[i]
		times[m.Body]++
		place[string(m.Direction)+m.Body] = m.Place
		sent := h.times["network "+m.Body]
		switch {
		case m.State == messaging.StateUnknown:
			inDoubt++
			if !h.held[m.Body] {
				h.t.Errorf("in doubt by a route where it may be sent again: %.40q", m.Body)
			}
		case m.State == messaging.StateAccepted:
			h.t.Errorf("after a day still not sent: %.40q", m.Body)
		case m.State == messaging.StateSent && sent == 0:
			h.t.Errorf("lost on its way: %.40q", m.Body)
		}
	}
	for text, n := range h.written {
		if times[text] != n {
			h.t.Errorf("%.40q was written once and makes %d messages, want %d", text, times[text], n)
		}
	}
	for text, n := range times {
		if h.written[text] != n {
			h.t.Errorf("%.40q was never written, and is there %d times", text, n)
		}
	}
	h.checkOrder(place)
	h.t.Logf("%d messages, %d crashes, %d in doubt", len(all), h.crashes.Load(), inDoubt)
}

// checkOrder compares what each lane got with the order of the screens.
func (h *history) checkOrder(place map[string]int64) {
	for lane, texts := range h.got {
		direction := string(messaging.Inbound)
		if strings.HasPrefix(lane, "net:") {
			direction = string(messaging.Outbound)
		}
		var places []int64
		for _, text := range texts {
			places = append(places, place[direction+text])
		}
		if !slices.IsSorted(places) {
			h.t.Errorf("%s got them in another order than the screens: %v", lane, places)
		}
	}
	if len(h.got) < 5 {
		h.t.Errorf("only %d lanes were in use", len(h.got))
	}
}
