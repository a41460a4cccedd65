package charging_test

import (
	"testing"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
)

// A quota of 20 GB is given out in slices until it is spent; each is a twentieth of what is left, and the last one says that it is.
func TestSlicesUntilTheQuotaIsSpent(t *testing.T) {
	subs := &chargingtest.Subscribers{}
	subs.Put(charging.Subscriber{ID: "num_1", Account: "acc_1", Package: 20 * charging.Gigabyte}, "33612345678")
	o := charging.NewOffice(charging.Config{Ledger: chargingtest.NewMemory(), Subscribers: subs})
	r := charging.Request{Peer: "smf", Session: "s1", Kind: charging.Initial, MSISDN: "33612345678", AccessPoint: "internet"}
	var used charging.Bytes
	last := charging.Bytes(0)
	for {
		r.Uses = []charging.Use{{Group: charging.NoGroup, Asks: true, Used: last}}
		a, err := o.Control(t.Context(), r)
		if err != nil || a.Result != charging.Granted || len(a.Grants) != 1 {
			t.Fatalf("request %d: %+v %v", r.Number, a, err)
		}
		used += last
		g := a.Grants[0]
		if left := 20*charging.Gigabyte - used; !g.Final && g.Volume != max(left/20, 10*charging.Megabyte) || g.Final && g.Volume != left {
			t.Fatalf("with %d left the grant is %+v", left, g)
		}
		last = g.Volume
		if g.Final {
			break
		}
		r.Kind, r.Number = charging.Update, r.Number+1
	}
	r.Number++
	r.Uses[0].Used = last
	if a, err := o.Control(t.Context(), r); err != nil || a.Grants[0].Result != charging.LimitReached {
		t.Fatalf("after the end: %+v %v", a, err)
	}
	if used+last != 20*charging.Gigabyte {
		t.Fatalf("%d were granted", used+last)
	}
	if u, err := o.Usage(t.Context(), "num_1"); err != nil || u.Used != 20*charging.Gigabyte || u.Left() != 0 || u.Reserved != 0 {
		t.Fatalf("%+v %v", u, err)
	}
}
