package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/store/storetest"
)

// victimPost is the trade of a victim that takes messages, carries them out, and hears of them.
const victimPost = "messages"

// The routes of such victims: of one what is in doubt is held, and one delivery at a time is under way; of the other it is sent again.
const (
	heldRoute    = "mcn_hold"
	retriedRoute = "mcn_retry"
)

func victimPolicy(r messaging.Route) messaging.InDoubt {
	if r == heldRoute {
		return messaging.InDoubtHold
	}
	return messaging.InDoubtRetry
}

// postVictim is the work of one life.
type postVictim struct {
	m    *store.Messages
	life string
	mu   sync.Mutex
}

// victimMessages works until it is killed. It prints a line for each thing that was acknowledged: "m" a message with its place, "s" what was sent to the network,
// "e" that the end of it was written, "r" a receipt, "p" a part, "d" how many were found in doubt.
func victimMessages(dir, url string) error {
	s, err := store.Open(context.Background(), store.Config{URL: url, DataDir: dir})
	if err != nil {
		return err
	}
	v := &postVictim{m: s.Messages(), life: routing.NewID("life", time.Now())}
	got, err := v.m.Recover(context.Background(), victimPolicy)
	if err != nil {
		return err
	}
	v.say("d %d %d", got.InDoubt, got.Again)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() { paced(func(n int) error { return v.put(w, n) }) })
	}
	wg.Go(func() { paced(v.part) })
	for _, r := range []messaging.Route{heldRoute, retriedRoute} {
		wg.Go(func() { paced(func(int) error { return v.carry(r) }) })
	}
	wg.Wait()
	return errors.New("the store does not take what it is given")
}

func (v *postVictim) say(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fmt.Fprintf(os.Stdout, format+"\n", args...)
}

// put keeps a message; a repeat of it finds it.
func (v *postVictim) put(w, n int) error {
	name := fmt.Sprintf("%s-%d-%d", v.life, w, n)
	d := storetest.Draft([]messaging.Direction{messaging.Inbound, messaging.Outbound}[n%2], messaging.Address(fmt.Sprintf("+3363998010%d", w)), time.Now())
	d.Message.Body = name
	d.Key = messaging.Key{Name: name, Since: d.Message.At.Add(-time.Hour)}
	d.Deliveries[0].Route = []messaging.Route{heldRoute, retriedRoute}[n/2%2]
	for again := range 1 + n%3/2 {
		d.Message.ID = messaging.ID(routing.NewID("msg", time.Now()))
		out, err := v.m.Put(context.Background(), d)
		if err != nil {
			return err
		}
		if out[0].Repeat != (again > 0) || out[0].Message.Body != name {
			return fmt.Errorf("put %d: %+v", again, out[0])
		}
		v.say("m %s %d", name, out[0].Message.Place)
	}
	return nil
}

// part keeps the segments of a message of three, the last one first, and says that the message is there.
func (v *postVictim) part(n int) error {
	name := fmt.Sprintf("%s-part-%d", v.life, n)
	for number := 3; number > 0; number-- {
		p := messaging.Part{
			Set: name, Crowd: name, Print: fmt.Sprint(number), Segment: messaging.Segment{Total: 3, Number: number}, Arrival: messaging.Arrival{At: time.Now()},
		}
		a, err := v.m.Assemble(context.Background(), p, func([]messaging.Part) ([]messaging.Draft, error) {
			d := storetest.Draft(messaging.Inbound, "+33639980109", time.Now())
			d.Message.Body, d.Deliveries = name, nil
			return []messaging.Draft{d}, nil
		})
		if err != nil {
			return err
		}
		v.say("p %s %d", name, number)
		if a.Complete {
			v.say("m %s %d", name, a.Stored[0].Message.Place)
		}
	}
	return nil
}

// carry sends what is due on a route to the network, which is the line that it prints, and then gives receipts.
func (v *postVictim) carry(r messaging.Route) error {
	limit := 4
	if victimPolicy(r) == messaging.InDoubtHold {
		limit = 1
	}
	all, err := v.m.Claim(context.Background(), messaging.Claim{Route: r, Lease: time.Minute, Limit: limit})
	if err != nil {
		return err
	}
	var outcomes []messaging.Outcome
	for _, d := range all {
		v.say("s %s %v %s", d.Body, d.Repeat, d.Lane)
		outcomes = append(outcomes, messaging.Outcome{Delivery: d.ID, Result: messaging.ResultSent, IDs: []string{d.Body}})
	}
	if err = v.m.End(context.Background(), outcomes...); err != nil {
		return err
	}
	for _, d := range all {
		v.say("e %s", d.Body)
		found, err := v.m.Receipt(context.Background(), messaging.Receipt{Connector: messaging.ConnectorID(r), IDs: []string{d.Body}, State: messaging.StateDelivered})
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("nobody knows %s", d.Body)
		}
		v.say("r %s", d.Body)
	}
	return nil
}

// postWitness is what the victims said.
type postWitness struct {
	places          map[string]int64
	parts           map[string]int // acknowledged, by set
	sent            map[string]int
	ended, receipts map[string]bool
	doubts          []int // found in doubt and held, by life
	again           int
	wrong           []string
}

func (w *postWitness) line(text string) {
	f := strings.Fields(text)
	switch f[0] {
	case "m":
		place, _ := strconv.ParseInt(f[2], 10, 64)
		if before := w.places[f[1]]; before != 0 && before != place {
			w.wrong = append(w.wrong, fmt.Sprintf("%s was at %d and is at %d", f[1], before, place))
		}
		w.places[f[1]] = place
	case "p":
		w.parts[f[1]]++
	case "s":
		if w.sent[f[1]]++; w.sent[f[1]] > 1 && f[2] != "true" {
			w.wrong = append(w.wrong, f[1]+" was sent again and is not marked")
		}
	case "e":
		w.ended[f[1]] = true
	case "r":
		w.receipts[f[1]] = true
	case "d":
		held, _ := strconv.Atoi(f[1])
		again, _ := strconv.Atoi(f[2])
		w.doubts = append(w.doubts, held)
		w.again += again
	default:
		w.wrong = append(w.wrong, "a victim says "+text)
	}
}

// A process that takes messages and parts, carries them out and hears of them is killed at any moment, again and again: what it acknowledged is there, once, in the
// order of the log of events; no delivery is lost, none is sent twice without a mark, and where what is in doubt is held it is one for each time at most.
func TestSpec_M2_M8_KilledAtAnyMomentNoMessageIsLostOrDoubled(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 8
	}
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			cfg := store.Config{URL: e.URL(t), DataDir: t.TempDir()}
			w := &postWitness{places: map[string]int64{}, parts: map[string]int{}, sent: map[string]int{}, ended: map[string]bool{}, receipts: map[string]bool{}}
			for i := 0; i < kills || i < mostLives*kills && !w.enough(len(w.doubts)+1); i++ {
				killOne(t, cfg, []age{atRecord, atWork, atRecord, atRecord, atStart}[i%5], w.line, victimTrade+"="+victimPost)
			}
			s := storetest.Open(t, cfg)
			w.finish(t, s.Messages())
			w.check(t, s)
		})
	}
}

// finish carries out what is left, with a process that nobody kills.
func (w *postWitness) finish(t *testing.T, m *store.Messages) {
	t.Helper()
	got, err := m.Recover(t.Context(), victimPolicy)
	if err != nil {
		t.Fatal(err)
	}
	w.doubts = append(w.doubts, got.InDoubt)
	w.again += got.Again
	// A lane may go on by the other route, so both are asked until neither has anything.
	for idle, r := 0, 0; idle < 2; r = 1 - r {
		all, err := m.Claim(t.Context(), messaging.Claim{Route: []messaging.Route{heldRoute, retriedRoute}[r], Lease: time.Minute, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		if idle++; len(all) > 0 {
			idle = 0
		}
		var outcomes []messaging.Outcome
		for _, d := range all {
			w.line(fmt.Sprintf("s %s %v", d.Body, d.Repeat))
			outcomes = append(outcomes, messaging.Outcome{Delivery: d.ID, Result: messaging.ResultDelivered})
		}
		if err = m.End(t.Context(), outcomes...); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *postWitness) check(t *testing.T, s *store.Store) {
	t.Helper()
	for _, text := range w.wrong {
		t.Error(text)
	}
	first := map[messaging.ID]int64{}
	for _, e := range storetest.AllEvents(t, s, provisioning.EventFilter{}) {
		if msg, is := e.Message(); is && first[msg.ID] == 0 {
			first[msg.ID] = e.Pos
		}
	}
	bodies, unknown := map[string]messaging.Message{}, 0
	var last int64
	for page := (messaging.Page{More: true}); page.More; {
		var err error
		if page, err = s.Messages().Messages(t.Context(), messaging.Filter{After: last, Oldest: true, Limit: 200}); err != nil {
			t.Fatal(err)
		}
		for _, msg := range page.Messages {
			if msg.Place <= last || first[msg.ID] != msg.Place || bodies[msg.Body].ID != "" {
				t.Errorf("%s is at %d after %d, was told first at %d, or is there twice", msg.ID, msg.Place, last, first[msg.ID])
			}
			last, bodies[msg.Body] = msg.Place, msg
			if msg.State == messaging.StateUnknown {
				unknown++
			}
		}
	}
	for name, place := range w.places {
		if bodies[name].Place != place {
			t.Errorf("%s was acknowledged at %d, it is at %d", name, place, bodies[name].Place)
		}
	}
	w.checkSends(t, bodies)
	held := 0
	for i, n := range w.doubts {
		if n > 1 {
			t.Errorf("life %d found %d in doubt", i, n)
		}
		held += n
	}
	t.Logf("%d messages were acknowledged and %d are there, %d segments, %d sent, %d receipts; in %d lives %d were in doubt (%d of them still unknown) and %d were sent again",
		len(w.places), len(bodies), len(w.parts), len(w.sent), len(w.receipts), len(w.doubts), held, unknown, w.again)
	if !w.enough(len(w.doubts)) {
		t.Error("that shows nothing")
	}
}

// enough says whether in so many lives so much was done that what became of it shows something.
func (w *postWitness) enough(lives int) bool {
	held := 0
	for _, n := range w.doubts {
		held += n
	}
	return len(w.places) >= lives && len(w.sent) >= lives && held+w.again > 0
}

// checkSends looks at what became of each message: what has a delivery was sent, once unless marked, and is as far as was said.
func (w *postWitness) checkSends(t *testing.T, bodies map[string]messaging.Message) {
	t.Helper()
	for name, msg := range bodies {
		parted := strings.Contains(name, "-part-")
		if parted == (w.sent[name] > 0) {
			// One in doubt may have been killed between the claim and the line.
			if parted || !slices.Contains([]messaging.State{messaging.StateUnknown, messaging.StateReceived}, msg.State) {
				t.Errorf("%s was sent %d times, and is %s", name, w.sent[name], msg.State)
			}
		}
		if msg.Direction == messaging.Outbound && w.receipts[name] && msg.State != messaging.StateDelivered {
			t.Errorf("the receipt of %s was acknowledged, and it is %s", name, msg.State)
		}
		if msg.Direction == messaging.Outbound && (msg.State == messaging.StateAccepted || msg.State == messaging.StateFailed) {
			t.Errorf("%s is %s at the end", name, msg.State)
		}
	}
	for name, n := range w.parts {
		if n == 3 && bodies[name].ID == "" {
			t.Errorf("all segments of %s were acknowledged, and it is not there", name)
		}
	}
}
