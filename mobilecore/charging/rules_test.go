package charging_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
)

// desk is an office with a clock that is set by hand, and one subscriber of 20 GB.
type desk struct {
	t      *testing.T
	now    time.Time
	office *charging.Office
	ledger *chargingtest.Memory
	subs   *chargingtest.Subscribers
	asked  chan string // what peers were asked
}

func (d *desk) Reauthorise(_ context.Context, _, session string) error {
	d.asked <- session + " reports"
	return nil
}

func (d *desk) Abort(_ context.Context, _, session string) error {
	d.asked <- session + " ends"
	return nil
}

func openDesk(t *testing.T, now time.Time) *desk {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, now: now, ledger: chargingtest.NewMemory(), subs: &chargingtest.Subscribers{}, asked: make(chan string, 16)}
	d.subs.Put(charging.Subscriber{ID: "num_1", Package: 20 * charging.Gigabyte, Free: []string{"music"}}, "33612345678")
	d.office = charging.NewOffice(charging.Config{
		Ledger: d.ledger, Subscribers: d.subs, Now: func() time.Time { return d.now }, Policy: charging.Policy{Zone: zone},
	})
	d.office.Join(d)
	return d
}

// control asks for credit for one group of a session to the internet.
func (d *desk) control(session string, number uint32, kind charging.Kind, used charging.Bytes) charging.Answer {
	d.t.Helper()
	return d.ask(charging.Request{
		Peer: "smf", Session: session, Number: number, Kind: kind, MSISDN: "33612345678", AccessPoint: "internet",
		Uses: []charging.Use{{Group: 1, Asks: kind != charging.Terminate, Used: used}},
	})
}

func (d *desk) ask(r charging.Request) charging.Answer {
	d.t.Helper()
	a, err := d.office.Control(d.t.Context(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

func (d *desk) usage() charging.Usage {
	d.t.Helper()
	u, err := d.office.Usage(d.t.Context(), "num_1")
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}

func (d *desk) sweep() {
	d.t.Helper()
	if err := d.office.Sweep(d.t.Context(), d.now); err != nil {
		d.t.Fatal(err)
	}
}

func TestCyclesBeginAtMidnightInParis(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		at         string
		day        int
		start, end string
	}{
		{"2026-11-21T12:00:00Z", 1, "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00"},
		{"2026-11-21T12:00:00Z", 28, "2026-10-28T00:00:00+01:00", "2026-11-28T00:00:00+01:00"},
		{"2026-10-31T22:59:59Z", 1, "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"}, // The clocks changed in it.
		{"2026-10-31T23:00:00Z", 1, "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00"},
		{"2026-03-28T23:00:00Z", 29, "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"}, // No such day: the first.
		{"2026-12-31T23:30:00Z", 0, "2027-01-01T00:00:00+01:00", "2027-02-01T00:00:00+01:00"},
		{"2027-01-05T00:00:00Z", 10, "2026-12-10T00:00:00+01:00", "2027-01-10T00:00:00+01:00"},
	} {
		at, err := time.Parse(time.RFC3339, x.at)
		if err != nil {
			t.Fatal(err)
		}
		start, end := charging.CycleAt(at, x.day, zone)
		if start.Format(time.RFC3339) != x.start || end.Format(time.RFC3339) != x.end {
			t.Errorf("at %s with day %d: %v to %v", x.at, x.day, start, end)
		}
	}
}

// What is used over midnight of the last day belongs to each month as long as it lasted; what is reserved is so in the new one.
func TestAReportOverTheEndOfTheMonthIsSplit(t *testing.T) {
	d := openDesk(t, time.Date(2026, 11, 30, 22, 30, 0, 0, time.UTC)) // half an hour before
	a := d.control("s", 0, charging.Initial, 0)
	if g := a.Grants[0]; g.Validity != 30*time.Minute {
		t.Errorf("shortly before its end the cycle's grants are good for %v", g.Validity)
	}
	d.now = d.now.Add(31 * time.Minute)
	d.sweep()
	if u := d.usage(); u.Used != 0 || u.Reserved != charging.Gigabyte {
		t.Errorf("after midnight: %+v", u)
	}
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		d.office.Run(ctx)
	}()
	if got := <-d.asked; got != "s reports" {
		t.Errorf("at midnight the peer is asked: %s", got)
	}
	end()
	<-ran
	d.control("s", 1, charging.Update, 620*charging.Megabyte)
	if u := d.usage(); u.Used != 20*charging.Megabyte || u.Left() != 20*charging.Gigabyte-u.Used {
		t.Errorf("of 620 MB in 31 minutes those of one are in the new month: %+v", u)
	}
	v, err := d.ledger.Look(t.Context(), "num_1", "")
	if want := []charging.Day{{Day: "2026-11-30", Used: 600 * charging.Megabyte}, {Day: "2026-12-01", Used: 20 * charging.Megabyte}}; err != nil || !reflect.DeepEqual(v.Days, want) {
		t.Errorf("days are %+v", v.Days)
	}
	if n := d.ledger.News(); len(n) != 1 || n[0].Kind != charging.CycleReset {
		t.Errorf("it was told %+v", n)
	}
}

// A session that falls silent gives back what it had in hand; when it comes back all the same what it used counts, and it goes on. After its end nothing opens it again.
func TestASilentSessionGivesBackWhatItHad(t *testing.T) {
	d := openDesk(t, time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC))
	a := d.control("s", 0, charging.Initial, 0)
	d.now = d.now.Add(a.Grants[0].Validity + time.Minute)
	d.sweep()
	if u := d.usage(); u.Reserved != charging.Gigabyte {
		t.Errorf("before its grace is over: %+v", u)
	}
	d.now = d.now.Add(2 * time.Minute)
	d.sweep()
	if u := d.usage(); u.Reserved != 0 || len(u.Open) != 0 {
		t.Errorf("after it: %+v", u)
	}
	late := d.control("s", 1, charging.Update, 5*charging.Megabyte)
	if u := d.usage(); late.Result != charging.Granted || u.Used != 5*charging.Megabyte || len(u.Open) != 1 || u.Reserved != late.Grants[0].Volume {
		t.Errorf("a late report: %+v, %+v", late, u)
	}
	d.control("s", 3, charging.Terminate, charging.Megabyte)
	after := d.control("s", 2, charging.Update, charging.Megabyte)
	if u := d.usage(); after.Result != charging.UnknownSession || u.Used != 7*charging.Megabyte || len(u.Open) != 0 || u.Reserved != 0 {
		t.Errorf("a report that its end overtook: %+v, %+v", after, u)
	}
	if again := d.control("s", 2, charging.Update, charging.Megabyte); !reflect.DeepEqual(again, after) || d.usage().Used != 7*charging.Megabyte {
		t.Errorf("and once more: %+v", again)
	}
}

// 80 and 100 percent are told once in a month, whatever is added meanwhile; more than was granted counts.
func TestThresholdsAreToldOnce(t *testing.T) {
	d := openDesk(t, time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC))
	d.control("s", 0, charging.Initial, 0)
	for i, used := range []charging.Bytes{15_999_999_999, 1, 4 * charging.Gigabyte, 160} {
		d.control("s", uint32(i)+1, charging.Update, used)
	}
	if u := d.usage(); u.Used != 20*charging.Gigabyte+160 || u.Left() != 0 {
		t.Errorf("%+v", u)
	}
	for range 2 {
		if err := d.office.TopUp(t.Context(), charging.TopUp{ID: "t", Balance: "num_1", Volume: charging.Gigabyte, By: "usr_1"}); err != nil {
			t.Fatal(err)
		}
	}
	d.control("s", 9, charging.Update, charging.Gigabyte)
	kinds, percents := []charging.NewsKind{}, []int{}
	for _, n := range d.ledger.News() {
		kinds, percents = append(kinds, n.Kind), append(percents, n.Percent)
	}
	if !reflect.DeepEqual(kinds, []charging.NewsKind{charging.ThresholdReached, charging.ThresholdReached, charging.ToppedUp}) || !reflect.DeepEqual(percents, []int{80, 100, 0}) {
		t.Errorf("it was told %v %v", kinds, percents)
	}
}

// A subscription that is suspended ends its sessions; one whose package changes has them report.
func TestChangesReachSessions(t *testing.T) {
	d := openDesk(t, time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC))
	d.control("s", 0, charging.Initial, 0)
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		d.office.Run(ctx)
	}()
	d.subs.Put(charging.Subscriber{ID: "num_1", Package: 50 * charging.Gigabyte}, "33612345678")
	d.office.Revise("num_1")
	if got := <-d.asked; got != "s reports" || d.usage().Package != 50*charging.Gigabyte {
		t.Errorf("%s, %+v", got, d.usage())
	}
	d.subs.Put(charging.Subscriber{ID: "num_1", Package: 50 * charging.Gigabyte, Standing: charging.Barred}, "33612345678")
	d.office.Revise("num_1")
	if got := <-d.asked; got != "s ends" {
		t.Error(got)
	}
	end()
	<-ran
	if a := d.control("s", 1, charging.Update, 5); a.Result != charging.ServiceDenied || d.usage().Used != 5 || d.usage().Reserved != 0 {
		t.Errorf("%+v, %+v", a, d.usage())
	}
}

// Two sessions with two groups each share one balance, and nothing is granted twice.
func TestSessionsShareABalance(t *testing.T) {
	d := openDesk(t, time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC))
	d.subs.Put(charging.Subscriber{ID: "num_1", Package: 35 * charging.Megabyte}, "33612345678")
	var granted charging.Bytes
	for _, session := range []string{"a", "b"} {
		a := d.ask(charging.Request{
			Peer: "smf", Session: session, Kind: charging.Initial, MSISDN: "33612345678", AccessPoint: "internet",
			Uses: []charging.Use{{Group: 1, Asks: true}, {Group: 2, Asks: true}, {Group: 1, Asks: true}},
		})
		for i, g := range a.Grants {
			granted += g.Volume
			if i == 2 && g.Volume != 0 {
				t.Errorf("a group that is named twice is granted twice: %+v", a)
			}
			if g.Volume > 0 && g.Final != (granted == 35*charging.Megabyte) {
				t.Errorf("%s: %+v", session, g)
			}
		}
	}
	if u := d.usage(); granted != 35*charging.Megabyte || u.Reserved != granted || len(u.Open) != 2 {
		t.Errorf("%d were granted: %+v", granted, u)
	}
}

// Far away, without a package, barred or unknown there is no data; voice, its access point and those of the operator's list need none.
func TestWhoGetsNothing(t *testing.T) {
	for _, x := range []struct {
		name string
		sub  charging.Subscriber
		r    charging.Request
		want charging.Result
	}{
		{"far away", charging.Subscriber{Package: charging.Gigabyte}, charging.Request{AccessPoint: "internet", Roaming: charging.FarAway}, charging.ServiceDenied},
		{"no package", charging.Subscriber{}, charging.Request{AccessPoint: "internet"}, charging.ServiceDenied},
		{"no package, ims", charging.Subscriber{}, charging.Request{AccessPoint: "ims"}, charging.Granted},
		{"far away, ims", charging.Subscriber{}, charging.Request{AccessPoint: "ims", Roaming: charging.FarAway}, charging.Granted},
		{"no package, the list", charging.Subscriber{Free: []string{"music"}}, charging.Request{AccessPoint: "music"}, charging.Granted},
		{"no package, a call", charging.Subscriber{}, charging.Request{Voice: true}, charging.Granted},
		{"barred", charging.Subscriber{Package: charging.Gigabyte, Standing: charging.Barred}, charging.Request{AccessPoint: "internet"}, charging.ServiceDenied},
		{"barred, ims", charging.Subscriber{Standing: charging.Barred}, charging.Request{AccessPoint: "ims"}, charging.ServiceDenied},
		{"barred, a call", charging.Subscriber{Standing: charging.Barred}, charging.Request{Voice: true}, charging.ServiceDenied},
		{"barred, for help", charging.Subscriber{Standing: charging.Barred}, charging.Request{AccessPoint: "sos"}, charging.Granted},
	} {
		d := openDesk(t, time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC))
		x.sub.ID = "num_1"
		d.subs.Put(x.sub, "33612345678")
		x.r.Peer, x.r.Session, x.r.Kind, x.r.MSISDN, x.r.Uses = "smf", "s", charging.Initial, "33612345678", []charging.Use{{Group: 1, Asks: true}}
		a := d.ask(x.r)
		if a.Result != x.want || x.want == charging.Granted && !a.Grants[0].Free {
			t.Errorf("%s: %+v", x.name, a)
		}
		if x.want != charging.Granted || x.r.Voice {
			continue
		}
		x.r.Kind, x.r.Number, x.r.AccessPoint, x.r.Uses[0].Used = charging.Update, 1, "", charging.Gigabyte // It need not say again where it is.
		if a = d.ask(x.r); a.Result != charging.Granted || !a.Grants[0].Free || d.usage().Used != 0 {
			t.Errorf("%s goes on: %+v, %+v", x.name, a, d.usage())
		}
	}
	d := openDesk(t, time.Now())
	if a := d.ask(charging.Request{Peer: "smf", Session: "s", Kind: charging.Initial, MSISDN: "336", AccessPoint: "internet"}); a.Result != charging.UnknownSubscriber {
		t.Errorf("nobody: %+v", a)
	}
	if a := d.control("never", 4, charging.Update, 5); a.Result != charging.UnknownSession {
		t.Errorf("a session that never began: %+v", a)
	}
	if a := d.ask(charging.Request{Peer: "smf", Session: "a\x00b", Kind: charging.Initial, MSISDN: "33612345678"}); a.Result != charging.UnknownSession {
		t.Errorf("a name that cannot be kept: %+v", a)
	}
}
