package chargingtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"tandem/mobilecore/charging"
)

// Sizes of a trial.
const (
	overshoot   = 160 // bytes that a peer goes over a grant before it cuts (as a real one was measured)
	trialNumber = "num_trial"
	trialPhone  = "33612345678"
	trialPolls  = 4
)

// errCrash is how the ledger of a trial fails.
var errCrash = errors.New("the process ended here")

// crashing is a ledger whose process ends now and then: before it wrote, or after it wrote and before anybody heard.
type crashing struct {
	charging.Ledger

	dice *rand.Rand
}

// Turn implements charging.Ledger.
func (c *crashing) Turn(ctx context.Context, at charging.Place, do func(*charging.Page) error) error {
	switch c.dice.IntN(12) {
	case 0:
		return c.Ledger.Turn(ctx, at, func(p *charging.Page) error {
			_ = do(p)
			return errCrash
		})
	case 1:
		if err := c.Ledger.Turn(ctx, at, do); err != nil {
			return err
		}
		return errCrash
	}
	return c.Ledger.Turn(ctx, at, do)
}

// device is a data session as its own end knows it.
type device struct {
	name    string
	group   charging.Group
	number  uint32
	inHand  charging.Bytes // granted and not used yet
	unsaid  charging.Bytes // used since the last report
	over    bool
	started bool
	final   bool
	swept   bool
	sent    []sent // what may come again, in any order
}

type sent struct {
	r      charging.Request
	answer *charging.Answer // nil: nobody heard one
}

// trial is one run of random events, with a plain account of what must be true of them.
type trial struct {
	tb      testing.TB
	dice    *rand.Rand
	ledger  charging.Ledger
	office  *charging.Office
	subs    *Subscribers
	now     time.Time
	devices []*device

	allowed  charging.Bytes // of all cycles: packages and what was added
	consumed charging.Bytes // by the devices
	counted  charging.Bytes // in reports that were taken
	late     charging.Bytes // in hand of sessions that were given up: they go over by that
	topUps   int
	cycle    time.Time // when the present one began
}

// Trial plays data sessions on one balance: random orders, repeats, reports that overtake each other, crashes before and after each write, credit that is added,
// sessions that fall silent, months that end. No byte may be lost, counted twice, or made.
func Trial(tb testing.TB, ledger charging.Ledger, seed uint64, steps int) {
	tb.Helper()
	dice := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // A trial must be repeatable.
	t := &trial{
		tb: tb, dice: dice, ledger: ledger, subs: &Subscribers{},
		now: time.Date(2026, 3, 28, 22, 0, 0, 0, time.UTC), // The clocks change tonight, and the month ends soon.
	}
	t.subs.Put(charging.Subscriber{ID: trialNumber, Account: "acc_1", Package: 20 * charging.Gigabyte}, trialPhone)
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		tb.Fatal(err)
	}
	t.office = charging.NewOffice(charging.Config{
		Ledger: &crashing{ledger, dice}, Subscribers: t.subs, Now: func() time.Time { return t.now }, Policy: charging.Policy{Zone: zone},
	})
	for range steps {
		t.step()
		if tb.Failed() {
			tb.Fatalf("seed %d", seed)
		}
	}
	t.finish()
	if tb.Failed() {
		tb.Fatalf("seed %d", seed)
	}
}

func (t *trial) step() {
	t.now = t.now.Add(time.Duration(t.dice.IntN(120)) * time.Second)
	switch n := t.dice.IntN(100); {
	case n < 8 && len(t.devices) < 12:
		t.devices = append(t.devices, &device{name: fmt.Sprintf("s%d", len(t.devices)), group: charging.Group(t.dice.IntN(2)) - 1})
	case n < 12:
		t.again()
	case n < 14:
		t.topUp()
	case n < 16:
		t.sweep()
	case len(t.devices) > 0:
		t.use(t.devices[t.dice.IntN(len(t.devices))])
	}
	t.check()
}

// use has a device use some of what it has, and report.
func (t *trial) use(d *device) {
	if d.over {
		return
	}
	kind := charging.Update
	switch {
	case !d.started:
		kind = charging.Initial
	case t.dice.IntN(12) == 0:
		kind = charging.Terminate
	}
	used := charging.Bytes(t.dice.Int64N(int64(d.inHand) + 1))
	if t.dice.IntN(2) == 0 || d.final {
		used = d.inHand
		if used > 0 {
			used += charging.Bytes(t.dice.IntN(overshoot + 1))
		}
	}
	d.unsaid += used
	t.consumed += used
	d.inHand = 0 // It waits for the answer; what is left of the old grant is void.
	r := charging.Request{
		Peer: "smf", Session: d.name, Number: d.number, Kind: kind, MSISDN: trialPhone, AccessPoint: "internet", At: t.now,
		Uses: []charging.Use{{Group: d.group, Used: d.unsaid, Asks: kind != charging.Terminate}},
	}
	d.number++
	d.unsaid = 0
	if kind == charging.Terminate {
		d.over = true
	}
	if kind == charging.Update && t.dice.IntN(10) == 0 {
		// It is under way for long: the next report, which has nothing to add, overtakes it.
		d.sent = append(d.sent, sent{r: r})
		r.Number, r.Uses = d.number, []charging.Use{{Group: d.group, Asks: true}}
		d.number++
	}
	t.deliver(d, r)
}

// deliver sends a request until somebody answers, and takes what is granted.
func (t *trial) deliver(d *device, r charging.Request) {
	a := t.ask(r)
	d.started = true
	d.sent = append(d.sent, sent{r, &a})
	switch a.Result {
	case charging.Granted:
	case charging.LimitReached, charging.ServiceDenied:
		d.over = true
		t.counted += r.Uses[0].Used
		return
	case charging.UnknownSubscriber, charging.UnknownSession, charging.RatingFailed, charging.TooBusy:
		t.tb.Errorf("%s %d: %+v", r.Session, r.Number, a)
		return
	}
	t.counted += r.Uses[0].Used
	if r.Kind == charging.Terminate {
		t.late += d.underWay() // The end of a session waits for nobody.
		return
	}
	d.swept = false
	g := a.Grants[0]
	d.inHand, d.final = g.Volume, g.Final
	if g.Result != charging.Granted {
		d.inHand = 0
	}
}

// underWay is what is in reports that did not arrive.
func (d *device) underWay() charging.Bytes {
	var sum charging.Bytes
	for i := range d.sent {
		if s := &d.sent[i]; s.answer == nil {
			sum += s.r.Uses[0].Used
		}
	}
	return sum
}

// ask repeats a request until the ledger is there.
func (t *trial) ask(r charging.Request) charging.Answer {
	for {
		a, err := t.office.Control(t.tb.Context(), r)
		if err == nil {
			return a
		}
		if !errors.Is(err, errCrash) {
			t.tb.Fatal(err)
		}
	}
}

// again sends something that was sent before: what was heard gets the same answer, and what was under way arrives.
func (t *trial) again() {
	if len(t.devices) == 0 {
		return
	}
	d := t.devices[t.dice.IntN(len(t.devices))]
	if len(d.sent) == 0 {
		return
	}
	s := &d.sent[t.dice.IntN(len(d.sent))]
	s.r.At = t.now
	a := t.ask(s.r)
	if s.answer == nil {
		t.counted += s.r.Uses[0].Used
		s.answer = &a
		return
	}
	if !reflect.DeepEqual(a, *s.answer) {
		t.tb.Errorf("%s %d was answered %+v, and again %+v", d.name, s.r.Number, *s.answer, a)
	}
}

func (t *trial) topUp() {
	if t.topUps >= 3 {
		return
	}
	t.topUps++
	u := charging.TopUp{ID: fmt.Sprintf("top%d", t.topUps), Balance: trialNumber, Volume: charging.Gigabyte, By: "usr_1"}
	times := 1 + t.dice.IntN(2)
	for done := 0; done < times; {
		if err := t.office.TopUp(t.tb.Context(), u); err == nil {
			done++
		} else if !errors.Is(err, errCrash) {
			t.tb.Fatal(err)
		}
	}
	t.allowed += u.Volume
}

// sweep lets time pass: some sessions were silent for too long, or the month ends.
func (t *trial) sweep() {
	if t.dice.IntN(trialPolls) == 0 {
		t.now = t.now.Add(time.Duration(t.dice.IntN(5000)) * time.Second)
	}
	for {
		err := t.office.Sweep(t.tb.Context(), t.now)
		if err == nil {
			break
		}
		if !errors.Is(err, errCrash) {
			t.tb.Fatal(err)
		}
	}
	for _, d := range t.devices {
		s, err := t.ledger.Session(t.tb.Context(), "smf", d.name)
		if err == nil && s.Swept && !d.swept {
			d.swept = true
			t.late += d.inHand + d.underWay()
		}
	}
}

func (t *trial) look() charging.Overview {
	v, err := t.ledger.Look(t.tb.Context(), trialNumber, "")
	if err != nil {
		t.tb.Fatal(err)
	}
	return v
}

// check holds the ledger against the account.
func (t *trial) check() {
	v := t.look()
	var days, cycle, reserved charging.Bytes
	first := v.Balance.Start.In(time.UTC).Add(12 * time.Hour).Format(time.DateOnly) // A cycle begins at midnight, just before midnight UTC.
	for _, d := range v.Days {
		days += d.Used
		if d.Day >= first {
			cycle += d.Used
		}
	}
	for _, s := range v.Open {
		for _, h := range s.Groups {
			if h.Reserved < 0 {
				t.tb.Errorf("%s has %d in hand", s.Name, h.Reserved)
			}
			reserved += h.Reserved + h.Doubt
		}
	}
	if days != t.counted {
		t.tb.Errorf("%d bytes were reported, %d are in the ledger", t.counted, days)
	}
	if cycle != v.Balance.Used {
		t.tb.Errorf("the days of the cycle have %d bytes, the cycle %d", cycle, v.Balance.Used)
	}
	if reserved != v.Balance.Reserved {
		t.tb.Errorf("open sessions have %d bytes in hand, the balance says %d", reserved, v.Balance.Reserved)
	}
	if !t.cycle.Equal(v.Balance.Start) {
		t.cycle = v.Balance.Start
		t.allowed += v.Balance.Package
	}
	if most := t.allowed + t.late + charging.Bytes(len(t.devices)*overshoot); t.consumed > most {
		t.tb.Errorf("%d bytes were used, %d is the most there may be", t.consumed, most)
	}
}

// finish ends all sessions: then nothing is in hand any more, and everything that was used is counted.
func (t *trial) finish() {
	for _, d := range t.devices {
		for i := range d.sent {
			if s := &d.sent[i]; s.answer == nil {
				a := t.ask(s.r)
				t.counted += s.r.Uses[0].Used
				s.answer = &a
			}
		}
		if d.started && !d.over {
			d.over = true
			t.deliver(d, charging.Request{
				Peer: "smf", Session: d.name, Number: d.number, Kind: charging.Terminate, MSISDN: trialPhone, At: t.now, Uses: []charging.Use{{Group: d.group}},
			})
		}
	}
	t.check()
	if v := t.look(); v.Balance.Reserved != 0 || len(v.Open) != 0 {
		t.tb.Errorf("in the end %d bytes are reserved, and %d sessions are open", v.Balance.Reserved, len(v.Open))
	}
	if t.consumed != t.counted {
		t.tb.Errorf("%d bytes were used, %d were counted", t.consumed, t.counted)
	}
}
