package web_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/mobilecore/charging"
	"tandem/mobilecore/charging/chargingtest"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/store"
	"tandem/web"
)

// counter is an office of credit behind the front desk, and the names of what was added.
type counter struct {
	office *charging.Office

	mu    sync.Mutex
	added []string
}

func (c *counter) Data(ctx context.Context, n *provisioning.Number) (web.Data, bool, error) {
	u, known, err := c.Usage(ctx, n)
	return web.Data{Used: u.Used, Left: u.Left, Resets: u.Resets}, known, err
}

func (c *counter) Usage(ctx context.Context, n *provisioning.Number) (web.Usage, bool, error) {
	u, err := c.office.Usage(ctx, string(n.ID))
	out := web.Usage{
		Quota: int64(u.Quota()), ToppedUp: int64(u.ToppedUp), Used: int64(u.Used), Left: int64(u.Left()), Reserved: int64(u.Reserved), Begins: u.Start, Resets: u.End,
	}
	for _, d := range u.Days {
		out.Days = append(out.Days, web.UsageDay{Day: d.Day, Used: int64(d.Used)})
	}
	for _, s := range u.Open {
		out.Sessions = append(out.Sessions, web.DataSession{Point: s.Point, Started: s.Opened, Reported: s.Heard, Used: int64(s.Used), Metered: !s.Free})
	}
	return out, err == nil, err
}

func (c *counter) TopUp(ctx context.Context, u web.TopUp) error {
	c.mu.Lock()
	c.added = append(c.added, u.ID)
	c.mu.Unlock()
	err := c.office.TopUp(ctx, charging.TopUp{ID: u.ID, Balance: string(u.Number), Volume: charging.Bytes(u.Gigabytes) * charging.Gigabyte, By: u.By})
	if err != nil {
		return web.ErrNoCredit
	}
	return nil
}

// The user of an eSIM and those who see numbers see what was used; those who change numbers add to it, once.
func TestSpec_E3_TheUserAndAdminsSeeWhatIsUsed(t *testing.T) {
	subs := &chargingtest.Subscribers{}
	c := &counter{}
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, acme, func(r *web.Rooms) {
		r.Credit = c
		records, is := r.Records.(*store.Store)
		if !is {
			t.Fatal("these are no real records")
		}
		c.office = charging.NewOffice(charging.Config{Ledger: records.Credit(), Subscribers: subs})
	})
	as := people(h, provisioning.RoleAdmin, provisioning.RoleAgent)
	agent := routing.UserID(h.user("202"))
	id := routing.NumberID(routing.NewID("num", time.Now()))
	at := "/api/v1/numbers/" + string(id) + "/usage"
	put := func(e *provisioning.ESIM) {
		t.Helper()
		_, err := provisioning.Do(t.Context(), h.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
			n := &provisioning.Number{ID: id, Account: st.Accounts[0].ID, E164: "+33639980008", Name: "Mobile", Kind: routing.Direct, Users: []routing.UserID{agent}}
			if before, is := st.Find(provisioning.KindNumber, string(id)).(*provisioning.Number); is {
				*n = *before
			}
			n.Settings.ESIM = e
			return st.Put(n)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(nil)
	h.get(at).refused(http.StatusNotFound, "no_esim")
	h.post(at+"/top-ups", map[string]any{"gigabytes": 1}).refused(http.StatusNotFound, "no_esim")
	put(&provisioning.ESIM{ID: "esim_1", User: agent, Package: 20, State: provisioning.ESIMEnabled})
	subs.Put(charging.Subscriber{ID: string(id), Account: "acc", Package: 20 * charging.Gigabyte}, "33639980008")

	h.get(at).want(http.StatusOK).shows("package", "20", "quota_bytes", "20000000000", "used_bytes", "0", "left_bytes", "20000000000", "days", "[]", "sessions", "[]")
	r := charging.Request{
		Peer: "smf", Session: "s", Kind: charging.Initial, MSISDN: "33639980008", AccessPoint: "internet", Uses: []charging.Use{{Group: 1, Asks: true}},
	}
	for n, used := range []charging.Bytes{0, charging.Gigabyte} {
		r.Number, r.Uses[0].Used = uint32(n), used
		if a, err := c.office.Control(t.Context(), r); err != nil || a.Result != charging.Granted {
			t.Fatalf("%+v %v", a, err)
		}
		r.Kind = charging.Update
	}
	admin, user := h.showing(as[provisioning.RoleAdmin]), h.showing(as[provisioning.RoleAgent])
	seen := []string{
		"used_bytes", "1000000000", "left_bytes", "19000000000", "reserved_bytes", "950000000", "user.id", string(agent), "sessions.0.access_point", "internet",
		"sessions.0.used_bytes", "1000000000", "days.0.used_bytes", "1000000000", "number.id", string(id),
	}
	admin.get(at).want(http.StatusOK).shows(seen...)
	mine := user.get("/api/v1/me/usage").want(http.StatusOK)
	for i := range seen {
		if i%2 == 0 {
			mine.shows("data.0."+seen[i], seen[i+1])
		}
	}
	admin.get("/api/v1/me/usage").want(http.StatusOK).shows("data", "[]")
	user.post(at+"/top-ups", map[string]any{"gigabytes": 5}, "Origin: "+h.url).refused(http.StatusForbidden, "forbidden")

	for range 2 {
		h.post(at+"/top-ups", map[string]any{"gigabytes": 5}, "Idempotency-Key: once").want(http.StatusOK).shows("topped_up_bytes", "5000000000", "quota_bytes", "25000000000")
	}
	h.post(at+"/top-ups", map[string]any{"gigabytes": 1}).want(http.StatusOK).shows("topped_up_bytes", "6000000000")
	if len(c.added) != 2 || c.added[0] == c.added[1] || slices.Contains(c.added, "") {
		t.Errorf("what was added is %q", c.added)
	}
	for _, wrong := range []int{0, -1, 1001} {
		if f := h.post(at+"/top-ups", map[string]any{"gigabytes": wrong}).refused(http.StatusUnprocessableEntity, "top_up_size"); f.Location != "body.gigabytes" || f.Row != "E3" {
			t.Errorf("%d GB: %+v", wrong, f)
		}
	}
	subs.Put(charging.Subscriber{ID: string(id), Package: 20 * charging.Gigabyte, Standing: charging.Barred}, "33639980008")
	h.post(at+"/top-ups", map[string]any{"gigabytes": 1}).refused(http.StatusConflict, "esim_not_in_force")
	h.get("/api/v1/numbers/num_nobody/usage").want(http.StatusNotFound)
}
