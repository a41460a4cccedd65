package provisioning_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/sim"
)

const phoneEID = "89049032123451234512345678901235"

// One eSIM through its life: each state is told, and each step is in the audit log.
func TestSpec_E2_E3_AnESIMFromItsOrderToItsEnd(t *testing.T) {
	w := newESIMWorld(t, 1, sim.SMDPConfig{})
	w.run()
	w.assign(0, 20)
	w.until("ordered", 1, in(provisioning.ESIMReleased))
	e := w.esim(0)
	code, err := es2plus.ParseActivation(e.Code)
	if err != nil || code.Address != w.smdp.Address() || string(code.MatchingID) != e.MatchingID {
		t.Fatalf("the activation code is %q: %v", e.Code, err)
	}
	if line, _ := w.hlr.line(e.IMSI); line != provisioning.LineData {
		t.Errorf("with 20 GB the HLR lets it have %q", line)
	}
	if _, err = w.smdp.Scan(e.Code, phoneEID); err != nil {
		t.Fatal(err)
	}
	w.until("scanned", 1, in(provisioning.ESIMEnabled))
	if e = w.esim(0); e.EID != phoneEID || !bool(e.Active()) {
		t.Errorf("the eSIM in the phone is %+v", e)
	}
	w.edit(func(s *provisioning.State) ([]provisioning.Change, error) {
		return s.AssignESIM("num_0000", provisioning.ESIMOrder{User: "usr_0000", Package: 0}, time.Now())
	})
	w.until("package of 0", 1, func(e *provisioning.ESIM) bool { return e.Line == provisioning.LineVoice })
	w.edit(func(s *provisioning.State) ([]provisioning.Change, error) {
		return s.SuspendESIM("num_0000", time.Now())
	})
	w.until("suspended", 1, in(provisioning.ESIMSuspended))
	if line, _ := w.hlr.line(e.IMSI); line != provisioning.LineBarred {
		t.Errorf("suspended, the HLR lets it have %q", line)
	}
	w.edit(func(s *provisioning.State) ([]provisioning.Change, error) {
		return s.ResumeESIM("num_0000", time.Now())
	})
	w.until("resumed", 1, in(provisioning.ESIMEnabled))
	if err = w.smdp.Switch(e.ICCID, sim.ProfileDisabled); err != nil {
		t.Fatal(err)
	}
	w.until("switched off", 1, in(provisioning.ESIMDisabled))
	w.remove(0)
	w.until("ended", 1, func(e *provisioning.ESIM) bool { return e == nil })
	if _, there := w.hlr.line(e.IMSI); there {
		t.Error("the subscription is still in the HLR")
	}
	if got := fmt.Sprint(w.hlr.sets); got != fmt.Sprintf("[%[1]s data %[1]s voice %[1]s barred %[1]s voice %[1]s ]", mobileNumber(0)) {
		t.Errorf("the HLR was told %s", got)
	}
	if a, s, u := w.office.of("esim.assigned"), w.office.of("esim.state_changed"), w.office.of("esim.unassigned"); a != 1 || s < 6 || u != 1 {
		t.Errorf("told: assigned %d, state changed %d, unassigned %d times", a, s, u)
	}
	if n := w.office.audited(); n < 12 {
		t.Errorf("the audit log has %d lines of it", n)
	}
	// Its card is used up: the next eSIM needs another one.
	st, _ := w.office.State(t.Context())
	_, err = st.AssignESIM("num_0000", provisioning.ESIMOrder{User: "usr_0000"}, time.Now())
	if r, is := errors.AsType[*provisioning.Refusal](err); !is || r.Code != "esim_no_profile" {
		t.Errorf("an eSIM on a card that is used up: %v", err)
	}
}

// mischief makes everything go wrong that can, for one request in three.
func mischief(w *esimWorld) {
	w.smdp.Mischief(33, sim.FaultLost, sim.FaultLostAnswer, sim.FaultBroken, sim.FaultBusy)
	rng := rand.New(rand.NewPCG(1, 2))
	w.hlr.fail = func() error { // It is called under the register's lock.
		if rng.IntN(3) == 0 {
			return errors.New("the HLR is away")
		}
		return nil
	}
}

// 10,000 requests and notifications, of which many are lost, spoiled, repeated or swapped: no profile is ordered twice.
func TestCore_A12_ESTwoPlusRetriesNeverOrderTwice(t *testing.T) {
	for name, cfg := range map[string]sim.SMDPConfig{
		"on cards, by a platform that knows calls again": {},
		"on cards, by one that does not":                 {Forgetful: sim.ForgetsCalls},
		"by type":                                        {ProfileType: "business"},
	} {
		t.Run(name, func(t *testing.T) {
			const numbers, calls = 60, 3400
			w := newESIMWorld(t, numbers, cfg)
			w.office.turns = make(chan struct{}, 1)
			mischief(w)
			stop := w.run()
			rounds := 0
			for ; w.smdp.Counts().Requests+w.smdp.Counts().Notified < calls && (rounds == 0 || cfg.ProfileType != ""); rounds++ {
				oneRound(t, w, numbers, &stop)
			}
			stop()
			hammer(t, w, numbers, calls)
			c := w.smdp.Counts()
			t.Logf("%d rounds, %+v", rounds, c)
			if c.Orders != numbers*rounds {
				t.Errorf("%d eSIMs were assigned, and %d profiles ordered", numbers*rounds, c.Orders)
			}
			if twice := w.smdp.OrderedTwice(); len(twice) > 0 {
				t.Errorf("ordered twice: %v", twice)
			}
			if c.Faults < c.Requests/5 || c.Requests+c.Notified < calls {
				t.Errorf("too little went wrong to show anything: %+v", c)
			}
			if left := len(w.hlr.lines); left != 0 {
				t.Errorf("%d subscriptions are left in the HLR", left)
			}
		})
	}
}

// oneRound gives every number an eSIM, lets it be scanned, and takes it away again.
func oneRound(t *testing.T, w *esimWorld, numbers int, stop *func()) {
	t.Helper()
	for i := range numbers {
		w.assign(i, []int{0, 20, 50}[i%3])
	}
	(*stop)() // in the middle of it
	*stop = w.run()
	w.until("released", numbers, in(provisioning.ESIMReleased))
	for i := range numbers {
		if _, err := w.smdp.Scan(w.esim(i).Code, phoneEID); err != nil {
			t.Fatal(err)
		}
	}
	w.until("enabled", numbers, in(provisioning.ESIMEnabled))
	for i := range numbers {
		w.remove(i)
	}
	w.until("gone", numbers, func(e *provisioning.ESIM) bool { return e == nil })
	waitFor(t, func() string {
		if !w.smdp.Told() {
			return "notifications wait"
		}
		return ""
	})
}

// hammer repeats the orders that were made, by their calls, until there were enough requests: another runner, or another node, that knows nothing of it.
func hammer(t *testing.T, w *esimWorld, numbers, calls int) {
	t.Helper()
	st, _ := w.office.State(t.Context())
	if st.Operators[0].Settings.Platform.ProfileType != "" {
		return // By type a call that the platform has forgotten is another order: only the call's name protects it, and that was repeated enough.
	}
	var wg sync.WaitGroup
	for i := range numbers {
		wg.Go(func() {
			card := st.Operators[0].Settings.Cards[i]
			for w.smdp.Counts().Requests+w.smdp.Counts().Notified < calls {
				_, _ = w.platform.DownloadOrder(t.Context(), es2plus.Call(card.For+"-order"), es2plus.Order{ICCID: es2plus.ICCID(card.ICCID)})
			}
		})
	}
	wg.Wait()
}

// However often the program is killed between two steps, or in the middle of one, and with a second node at work too: all ends as it would have.
func TestSpec_E2_CrashBetweenAnyTwoStepsConverges(t *testing.T) {
	const numbers = 12
	w := newESIMWorld(t, numbers, sim.SMDPConfig{Forgetful: sim.ForgetsCalls})
	mischief(w)
	for i := range numbers {
		w.assign(i, 50)
	}
	crashes := 0
	crash := func(so func(*provisioning.ESIM) bool) {
		for done := false; !done; crashes++ {
			first, second := w.run(), w.run()
			pause := time.NewTimer(time.Duration((3+crashes%9)*(1+crashes/200)) * time.Millisecond) // on a slow machine lives have to be longer
			<-pause.C
			first()
			second()
			// What was under way is taken up when its time is over; here it is over at once.
			w.edit(func(s *provisioning.State) ([]provisioning.Change, error) { return leasesOver(s), nil })
			done = true
			for i := range numbers {
				done = done && so(w.esim(i))
			}
			if crashes > 3000 {
				t.Fatalf("after %d crashes: %+v", crashes, w.esim(0))
			}
		}
	}
	crash(in(provisioning.ESIMReleased))
	for i := range numbers {
		w.remove(i)
	}
	crash(func(e *provisioning.ESIM) bool { return e == nil })
	c := w.smdp.Counts()
	t.Logf("%d crashes, %+v", crashes, c)
	if c.Orders != numbers || c.Cancelled != numbers || len(w.smdp.OrderedTwice()) > 0 || len(w.hlr.lines) != 0 {
		t.Errorf("of %d eSIMs %d were ordered and %d cancelled, %d are in the HLR", numbers, c.Orders, c.Cancelled, len(w.hlr.lines))
	}
}

// leasesOver makes every claim old.
func leasesOver(s *provisioning.State) []provisioning.Change {
	var out []provisioning.Change
	for _, n := range s.Numbers {
		if n.Settings.ESIM == nil || n.Settings.ESIM.Next.IsZero() {
			continue
		}
		next, e := *n, *n.Settings.ESIM
		e.Next = time.Time{}
		next.Settings.ESIM = &e
		out = append(out, provisioning.Change{Verb: provisioning.Update, Record: &next})
	}
	return out
}

// What the platform will never do is not asked again: the eSIM fails, and says why. Once that is seen to, it goes on; or it is taken away.
func TestAPlatformThatRefusesForGoodStopsTheESIM(t *testing.T) {
	w := newESIMWorld(t, 2, sim.SMDPConfig{})
	w.edit(func(s *provisioning.State) ([]provisioning.Change, error) {
		o := *s.Operators[0]
		o.Settings.Cards = []provisioning.Card{{ICCID: cardNumber(77), IMSI: "208010000000077"}, o.Settings.Cards[1]}
		return []provisioning.Change{{Verb: provisioning.Update, Record: &o}}, nil
	})
	w.run()
	w.assign(0, 0)
	w.until("refused", 1, in(provisioning.ESIMFailed))
	if e := w.esim(0); !strings.Contains(e.Fault, "8.2.1/3.9") || !strings.Contains(e.Fault, "the ICCID is unknown") || e.Tries != 1 {
		t.Errorf("it failed with %q after %d tries", e.Fault, e.Tries)
	}
	w.assign(0, 0) // to try again
	w.until("refused again", 1, func(e *provisioning.ESIM) bool { return e.State == provisioning.ESIMFailed && e.Tries == 2 })
	w.remove(0)
	w.until("taken away", 1, func(e *provisioning.ESIM) bool { return e == nil })
	w.assign(0, 0)
	w.until("on another card", 1, in(provisioning.ESIMReleased))
}

// A foreign certificate is refused at both doors, and changes nothing.
func TestForeignCertificatesAreRefused(t *testing.T) {
	w := newESIMWorld(t, 1, sim.SMDPConfig{})
	stranger := need[*sim.Authority](t)(sim.NewAuthority("platform authority"))
	theirs := need[sim.Caller](t)(sim.NewCaller(stranger, "smdp.sim", w.ours.Pool()))
	w.run()
	w.assign(0, 20)
	w.until("released", 1, in(provisioning.ESIMReleased))
	e := *w.esim(0)
	body := fmt.Sprintf(`{"header":{"functionRequesterIdentifier":"x","functionCallIdentifier":"1"},"iccid":%q,"profileType":"x","timestamp":"2026-01-02T03:04:05Z",`+
		`"notificationPointId":101,"notificationPointStatus":{"status":"Executed-Success"}}`, e.ICCID)
	if status, err := theirs.Notify(t.Context(), w.notify, body); err == nil {
		t.Errorf("a stranger of the platform's name got %d", status)
	}
	other := need[sim.Caller](t)(sim.NewCaller(w.theirs, "smdp.elsewhere", w.ours.Pool()))
	if status, err := other.Notify(t.Context(), w.notify, body); err == nil {
		t.Errorf("another platform of the same authority got %d", status)
	}
	mine := need[sim.Caller](t)(sim.NewCaller(w.theirs, "smdp.sim", w.ours.Pool()))
	for _, bad := range []string{"", "{}", "null", body + body, strings.Replace(body, "2026-01", "3026-01", 1), strings.Replace(body, e.ICCID, "8988201100000000000", 1)} {
		if status, err := mine.Notify(t.Context(), w.notify, bad); err != nil || status != 400 {
			t.Errorf("%.40q is answered %d, %v", bad, status, err)
		}
	}
	if now := w.esim(0); now.State != provisioning.ESIMReleased || !now.HeardAt.IsZero() {
		t.Errorf("bad notifications made it %+v", now)
	}
	if status, err := mine.Notify(t.Context(), w.notify, body); err != nil || status != 204 {
		t.Errorf("the platform itself is answered %d, %v", status, err)
	}
	w.until("told", 1, in(provisioning.ESIMEnabled))
	before, entries := *w.esim(0), w.office.audited()
	if status, err := mine.Notify(t.Context(), w.notify, body); err != nil || status != 204 {
		t.Errorf("a replay is answered %d, %v", status, err)
	}
	if after := *w.esim(0); fmt.Sprint(after) != fmt.Sprint(before) || w.office.audited() != entries {
		t.Errorf("a replay made of\n%+v\n%+v", before, after)
	}
	// And the platform lets nobody in whose certificate is not of our authority.
	wrong := need[*es2plus.Platform](t)(theirs.Platform(w.smdp.URL(), w.theirs.Pool()))
	if _, err := wrong.DownloadOrder(t.Context(), "x", es2plus.Order{ICCID: es2plus.ICCID(cardNumber(0))}); err == nil {
		t.Error("the platform took an order of a stranger")
	}
}

// The one who has the profile may not be spoken of by another operator's platform.
func TestAPlatformSpeaksOfItsOwnProfilesAlone(t *testing.T) {
	w := newESIMWorld(t, 1, sim.SMDPConfig{})
	w.run()
	w.assign(0, 0)
	w.until("released", 1, in(provisioning.ESIMReleased))
	st, _ := w.office.State(t.Context())
	n := es2plus.Notification{
		ICCID: es2plus.ICCID(w.esim(0).ICCID), At: time.Now(), Point: es2plus.PointDelete, Status: es2plus.Status{Execution: es2plus.Executed}, Call: "1",
	}
	if changes, err := st.Notified([]routing.OperatorID{"op_2"}, n, time.Now()); !errors.Is(err, es2plus.ErrStranger) || len(changes) > 0 {
		t.Errorf("another operator's platform changed %v: %v", changes, err)
	}
	n.ICCID = "8988201100000099999"
	if changes, err := st.Notified([]routing.OperatorID{"op_1"}, n, time.Now()); err != nil || len(changes) > 0 {
		t.Errorf("a profile of nobody changed %v: %v", changes, err)
	}
}
