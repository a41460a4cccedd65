package web_test

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// bouncer is a wire that keeps bans, where 192.0.2.40 is a trunk's and no more than three are kept.
type bouncer struct {
	mu   sync.Mutex
	bans []web.Ban
}

func (b *bouncer) Bans() []web.Ban {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.bans)
}

func (b *bouncer) Ban(one web.Ban) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case one.Net.Contains(netip.MustParseAddr("192.0.2.40")):
		return web.ErrTrusted
	case len(b.bans) == 3:
		return web.ErrBansFull
	}
	one.Since = time.Now()
	b.bans = append(b.bans, one)
	return nil
}

func (b *bouncer) Lift(net netip.Prefix, user string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.bans)
	b.bans = slices.DeleteFunc(b.bans, func(o web.Ban) bool { return o.Net == net && o.User == user })
	if len(b.bans) == before {
		return web.ErrNoBan
	}
	return nil
}

// lockOut is a lock-out that began some minutes ago.
func lockOut(user string, ago time.Duration) web.Ban {
	return web.Ban{
		Net: netip.MustParsePrefix("198.51.100.5/32"), User: user, Since: time.Now().Add(-ago), Until: time.Now().Add(time.Minute), Cause: web.BanPasswords, Tries: 11,
	}
}

// closely opens a front desk with that wire on each database.
func closely(t *testing.T, site string, story func(h *house, b *bouncer)) {
	t.Helper()
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			b := &bouncer{}
			story(openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, site, func(r *web.Rooms) { r.Bans = b }), b)
		})
	}
}

const bans = "/api/v1/system/bans"

// TestBansAreListedMadeAndLifted by administrators, each with a line in the audit log; who may only read reads.
func TestBansAreListedMadeAndLifted(t *testing.T) {
	closely(t, acme, func(h *house, b *bouncer) {
		as := people(h, provisioning.RoleAdmin, provisioning.RoleReadonly, provisioning.RoleSupervisor, provisioning.RoleAgent)
		admin, reader := h.showing(as[provisioning.RoleAdmin]), h.showing(as[provisioning.RoleReadonly])
		me := admin.get("/api/v1/me").want(200).at("id")
		b.bans = []web.Ban{lockOut("alice\xff\u202e\x1b", time.Hour)}
		const lasts = 7200 * time.Second
		before := time.Now()
		made := admin.post(bans, map[string]any{"address": "203.0.113.7/24", "duration_seconds": int(lasts.Seconds()), "note": " scans us at night "}).want(201).shows(
			"address", "203.0.113.0/24", "username", "<nil>", "cause", "ordered", "by", me, "note", "scans us at night", "tries", "0")
		id := made.at("id")
		if got := made.Header.Get("Location"); got != bans+"/"+id {
			t.Errorf("it is at %s", got)
		}
		until, _ := time.Parse(time.RFC3339, made.at("until"))
		if until.Before(before.Add(lasts).Truncate(time.Millisecond)) || until.After(time.Now().Add(lasts)) {
			t.Errorf("asked for at %v, it lasts until %v", before, until)
		}
		reader.get(bans+"?count=true").want(200).shows("data.0.username", "alice???", "data.0.address", "198.51.100.5", "data.0.cause", "wrong_passwords", "data.0.by", "<nil>",
			"data.1.id", id, "data.2", "<none>", "total_count", "2")
		reader.get(bans+"?address=203.0.113.99").want(200).shows("data.0.id", id, "data.1", "<none>")
		first := reader.get(bans+"?limit=1").want(200).shows("data.1", "<none>")
		reader.get(bans+"?limit=1&cursor="+first.at("next_cursor")).want(200).shows("data.0.id", id, "next_cursor", "<nil>")
		reader.post(bans, map[string]any{"address": "203.0.113.8"}).refused(403, "forbidden")
		reader.remove(bans+"/"+id).refused(403, "forbidden")
		for _, role := range []provisioning.Role{provisioning.RoleSupervisor, provisioning.RoleAgent} {
			h.showing(as[role]).get(bans).refused(403, "forbidden")
		}

		admin.remove(bans + "/" + id).want(204)
		admin.remove(bans+"/"+id).refused(404, "not_found")
		admin.remove(bans + "/" + first.at("data.0.id")).want(204)
		if left := b.Bans(); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		admin.get("/api/v1/audit-log?kind=ban").want(200).shows(
			"data.0.verb", "delete", "data.0.name", "198.51.100.5", "data.1.verb", "delete", "data.1.record_id", id, "data.2.verb", "create", "data.2.record_id", id,
			"data.2.name", "203.0.113.0/24", "data.2.actor", me, "data.2.changes.0.field", "cause", "data.2.changes.2.after", "scans us at night", "data.3", "<none>")
	})
}

// TestBansThatAreRefused: each says which field, in the reader's language, and nothing is banned or noted.
func TestBansThatAreRefused(t *testing.T) {
	closely(t, acme, func(h *house, b *bouncer) {
		for _, c := range []struct {
			body  any
			code  string
			field string
		}{
			{map[string]any{"address": "192.0.2.40"}, "ban_trunk", "body.address"},
			{map[string]any{"address": "192.0.2.0/24"}, "ban_trunk", "body.address"},
			{map[string]any{"address": "127.0.0.1"}, "ban_loopback", "body.address"},
			{map[string]any{"address": "203.0.113.7", "note": "a\u0000b"}, "text_characters", "body.note"},
			{map[string]any{"address": "nobody"}, "ban_address", "body.address"},
			{map[string]any{"address": "10.0.0.0/8"}, "ban_too_wide", "body.address"},
			{map[string]any{"address": "203.0.113.7", "duration_seconds": 59}, "invalid_request", "body.duration_seconds"},
			{map[string]any{"address": "203.0.113.7", "duration_seconds": 2592001}, "invalid_request", "body.duration_seconds"},
			{map[string]any{"address": "203.0.113.7", "note": strings.Repeat("x", 201)}, "invalid_request", "body.note"},
			{map[string]any{"address": "203.0.113.7", "forever": true}, "invalid_request", "body.forever"},
			{map[string]any{}, "invalid_request", "body"},
			{"[]", "invalid_request", ""},
		} {
			f := h.post(bans, c.body, "Accept-Language: fr").refused(422, c.code)
			if f.Location != "" && f.Location != c.field {
				t.Errorf("%v: at %s, want %s", c.body, f.Location, c.field)
			}
			if c.code != "invalid_request" && !strings.Contains(f.Message, " : ") && !strings.ContainsAny(f.Message, "«é") {
				t.Errorf("%v: not in French: %s", c.body, f.Message)
			}
		}
		for range 3 {
			h.post(bans, map[string]any{"address": "203.0.113.7"}).want(201)
		}
		h.post(bans, map[string]any{"address": "203.0.113.8"}).refused(409, "bans_full")
		h.get(bans+"?address=nobody").refused(422, "ban_address")
		h.remove(bans+"/ban_nobody").refused(404, "not_found")
		h.get("/api/v1/audit-log?kind=ban").want(200).shows("data.2.verb", "create", "data.3", "<none>")
		if len(b.Bans()) != 3 {
			t.Errorf("banned: %v", b.Bans())
		}
	})
}

// TestABanIsNoAccountsOwn: where there are several companies, only whoever runs the program bans; each company sees and lifts the lock-outs of its own telephones.
func TestABanIsNoAccountsOwn(t *testing.T) {
	var site strings.Builder
	site.WriteString(acme + "\n[[accounts]]\nname = \"Bakery\"\n")
	for _, who := range []string{"Acme", "Bakery"} {
		name := strings.ToLower(who)
		site.WriteString("\n[[users]]\naccount = \"" + who + "\"\nname = \"" + who + "\"\nemail = \"" + name + "@x.test\"\nextension = \"300\"\n[[users.devices]]\nkind = \"sip_phone\"\nusername = \"" +
			name + "-desk\"\npassword = \"" + name + "-desk-secret\"\n")
	}
	closely(t, site.String(), func(h *house, b *bouncer) {
		st, err := h.store.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		desks := map[string]*house{}
		for _, a := range st.Accounts {
			desks[a.Name] = h.showing(withKey(h, string(a.ID), provisioning.SystemRead, provisioning.SystemWrite))
		}
		b.bans = []web.Ban{lockOut("acme-desk", 3*time.Minute), lockOut("bakery-desk", 2*time.Minute), lockOut("nobody", time.Minute)}
		desks["Acme"].get(bans).want(200).shows("data.0.username", "acme-desk", "data.1.username", "nobody", "data.2", "<none>")
		theirs := desks["Bakery"].get(bans).want(200).shows("data.0.username", "bakery-desk", "data.1.username", "nobody", "data.2", "<none>").at("data.0.id")
		desks["Acme"].remove(bans+"/"+theirs).refused(404, "not_found")
		desks["Bakery"].remove(bans + "/" + theirs).want(204)
		desks["Acme"].post(bans, map[string]any{"address": "203.0.113.7"}).refused(403, "ban_shared")
		id := h.post(bans, map[string]any{"address": "203.0.113.7"}).want(201).at("id")
		desks["Acme"].get(bans).want(200).shows("data.2.id", id)
		desks["Acme"].remove(bans+"/"+id).refused(403, "ban_shared")
		h.remove(bans + "/" + id).want(204)
	})
}

// TestNobodyIsBannedWhereNothingRuns: the records alone have no wire.
func TestNobodyIsBannedWhereNothingRuns(t *testing.T) {
	h := openHouse(t, store.Config{DataDir: t.TempDir()}, acme)
	h.get(bans).refused(409, "unavailable")
	h.post(bans, map[string]any{"address": "203.0.113.7"}).refused(409, "unavailable")
	h.remove(bans+"/ban_x").refused(409, "unavailable")
}
