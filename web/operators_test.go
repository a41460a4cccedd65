package web_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/provisioning"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
)

// mobileSite is an account with numbers, whose people have the extensions from 301 on, and the trunk of a mobile core.
func mobileSite() string {
	return strings.NewReplacer(`"201"`, `"301"`, `"202"`, `"302"`).Replace(numbersSite) + `
[[trunks]]
name    = "Coeur"
servers = ["sip:192.0.2.20:5060"]
sources = ["192.0.2.20"]
`
}

// core is a mobile core that answers as it is told.
type core struct {
	probe  provisioning.Probe
	refuse error
}

func (c *core) FilterCriteria(o *provisioning.Operator, of web.Subscription) ([]byte, error) {
	return fmt.Appendf(nil, "<IMSSubscription operator=%q imsi=%q numbers=%q/>", o.Name, of.IMSI, fmt.Sprint(of.Numbers)), nil
}

func (c *core) ProbeOperator(context.Context, *provisioning.Operator) (provisioning.Probe, error) {
	return c.probe, c.refuse
}

func (c *core) Core(*provisioning.Operator) web.CoreState {
	return web.CoreState{Off: 1, Deflections: 2, Peers: []web.ChargingPeer{{Name: "smf.op.example", Proto: "diameter"}}}
}

func (c *core) DrawCode(code string) (web.Drawing, error) {
	a, err := es2plus.ParseActivation(code)
	if err != nil {
		return web.Drawing{}, err
	}
	qr, err := es2plus.NewQR(a)
	if err != nil {
		return web.Drawing{}, err
	}
	picture, err := qr.PNG(4)
	return web.Drawing{PNG: picture, SVG: qr.SVG(), Text: qr.Text()}, err
}

func (c *core) Data(context.Context, *provisioning.Number) (web.Data, bool, error) {
	return web.Data{Used: 5_000_000_000, Left: 15_000_000_000, Resets: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}, true, nil
}

func (c *core) Usage(context.Context, *provisioning.Number) (web.Usage, bool, error) {
	return web.Usage{}, false, nil
}

func (c *core) TopUp(context.Context, web.TopUp) error { return web.ErrNoCredit }

// onBothWithCore tells a story on each database, in a house that a mobile core is joined to.
func onBothWithCore(t *testing.T, site string, story func(h *house, c *core)) {
	t.Helper()
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			c := &core{}
			story(openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, site, func(r *web.Rooms) { r.Cores, r.Codes, r.Credit = c, c, c }), c)
		})
	}
}

// trunk is the id of the trunk of the core.
func (h *house) trunk() string {
	h.t.Helper()
	for _, k := range h.store.Snapshot().Trunks {
		if k.Name == "Coeur" {
			return string(k.ID)
		}
	}
	h.t.Fatal("there is no trunk to the core")
	return ""
}

// operator makes an operator on the trunk of the site, with cards.
func (h *house) operator(more map[string]any) string {
	h.t.Helper()
	body := map[string]any{
		"name": "Coeur mobile", "trunk_id": h.trunk(), "domain": "ims.example", "short_codes": []string{"888"}, "no_reply_seconds": 25, "handset_ring_seconds": 18,
		"cards":    []map[string]any{{"iccid": "8933010000000000010", "imsi": "208010000000001"}, {"iccid": "8933010000000000028", "imsi": "208010000000002"}},
		"platform": map[string]any{"url": "https://smdp.op.example:8443", "requester": "1.3.6.1.4.1.59999.1"},
		"charging": map[string]any{"peers": []string{"smf.op.example", "chf.op.example"}, "free": []string{"ims"}},
	}
	maps.Copy(body, more)
	return h.post("/api/v1/operators", body).want(http.StatusCreated).at("id")
}

func TestAnOperatorIsMadeChangedAndKeptWhileAnESIMIsItsOwn(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		id := h.operator(nil)
		at := "/api/v1/operators/" + id
		h.get(at).want(http.StatusOK).shows("trunk.name", "Coeur", "attachment", "isc", "country", "FR", "breakout", "trunk", "emergency", "return", "confirm", "suspect",
			"decline", "everywhere", "history", "both", "cards", "2", "cards_free", "2", "platform.url", "https://smdp.op.example:8443", "probe", "<nil>", "proven_clean", "false")
		o := h.store.Snapshot().Operators
		if len(o) != 1 {
			t.Fatalf("calls see %d operators", len(o))
		}
		for _, one := range o {
			if one.Domain != "ims.example" || one.HandsetRing != 18*time.Second || string(one.Trunk) != h.trunk() || one.Name != "Coeur mobile" {
				t.Errorf("calls see %+v", one)
			}
		}
		h.patch(at, map[string]any{"quirks": []map[string]any{{"status": 404, "means": 20}}, "proven_clean": true, "hlr": map[string]any{"kind": "osmo", "address": "127.0.0.1:4259"}, "confirm": nil}).
			want(http.StatusOK).shows("quirks.0.means", "20", "proven_clean", "true", "hlr.address", "127.0.0.1:4259", "confirm", "suspect", "no_reply_seconds", "25")
		h.patch(at, map[string]any{"decline": "device"}, `If-Match: "old"`).refused(http.StatusPreconditionFailed, "stale")
		h.get(at+"/cards").want(http.StatusOK).shows("data.1.imsi", "208010000000002", "data.1.used", "false")
		mobile := h.direct("+33639980007", "301")
		h.put(mobile+"/esim", map[string]any{"user_id": h.user("301"), "package": 20}).want(http.StatusOK).shows("operator.name", "Coeur mobile", "state", "requested")
		h.get(at).shows("cards_free", "1", "subscribers", "1")
		h.get(at+"/cards").shows("data.0.used", "true", "data.0.number.name", "+33639980007")
		h.remove(at).refused(http.StatusConflict, "in_use")
		h.remove("/api/v1/trunks/"+h.trunk()).refused(http.StatusConflict, "in_use")
		h.remove(mobile + "/esim").want(http.StatusNoContent)
		h.remove(at).want(http.StatusNoContent)
		h.get(at).refused(http.StatusNotFound, "not_found")
	})
}

func TestWhatAnOperatorCannotBe(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		id := h.operator(nil)
		trunk := h.post("/api/v1/trunks", map[string]any{"name": "Muet", "sources": []string{"192.0.2.30"}}).want(http.StatusCreated).at("id")
		card := func(iccid, imsi string) []map[string]any { return []map[string]any{{"iccid": iccid, "imsi": imsi}} }
		for _, row := range []struct {
			field    string
			value    any
			code     string
			location string
		}{
			{"name", "", "text_needed", "body.name"},
			{"trunk_id", "trk_nothing", "unknown", "body.trunk_id"},
			{"trunk_id", trunk, "operator_trunk_servers", "body.trunk_id"},
			{"attachment", "carrier pigeon", "value_unknown", "body.attachment"},
			{"history", "gossip", "value_unknown", "body.history"},
			{"country", "France", "country_malformed", "body.country"},
			{"domain", "no domain", "domain_malformed", "body.domain"},
			{"return_prefix", "99", "operator_not_for_isc", "body.return_prefix"},
			{"originating_prefix", "*9", "prefix_malformed", "body.originating_prefix"},
			{"short_codes", []string{"112"}, "short_code_emergency", "body.short_codes[0]"},
			{"short_codes", []string{"888", "15"}, "short_code_emergency", "body.short_codes[1]"},
			{"short_codes", []string{"voicemail"}, "short_code_malformed", "body.short_codes[0]"},
			{"short_codes", []string{"888", "888"}, "twice", "body.short_codes"},
			{"handset_ring_seconds", 4, "out_of_range", "body.handset_ring_seconds"},
			{"handset_ring_seconds", 25, "operator_rings_too_long", "body.handset_ring_seconds"},
			{"no_reply_seconds", 1e9, "out_of_range", "body.no_reply_seconds"},
			{"media_servers", []string{"there"}, "not_a_network", "body.media_servers[0]"},
			{"quirks", []map[string]any{{"means": 16}}, "quirk_empty", "body.quirks[0]"},
			{"quirks", []map[string]any{{"status": 200, "means": 16}}, "out_of_range", "body.quirks[0].status"},
			{"quirks", []map[string]any{{"status": 404, "q850": 128, "means": 0}}, "out_of_range", "body.quirks[0].q850"},
			{"platform", map[string]any{"url": "http://smdp.op.example", "requester": "1.2"}, "platform_not_https", "body.platform.url"},
			{"platform", map[string]any{"url": "smdp", "requester": "1.2"}, "platform_url", "body.platform.url"},
			{"platform", map[string]any{"url": "https://smdp.op.example", "requester": "us"}, "platform_requester", "body.platform.requester"},
			{"platform", map[string]any{"url": "https://smdp.op.example", "requester": "1.2", "authority": "trust me"}, "platform_authority", "body.platform.authority"},
			{"hlr", map[string]any{"kind": "osmo", "address": "here"}, "address_malformed", "body.hlr.address"},
			{"hlr", map[string]any{"kind": "paper", "address": "hlr:4259"}, "value_unknown", "body.hlr.kind"},
			{"charging", map[string]any{"peers": []string{"a peer"}}, "peer_malformed", "body.charging.peers[0]"},
			{"charging", map[string]any{"free": []string{"IMS"}}, "access_point_malformed", "body.charging.free[0]"},
			{"cards", card("8933010000000000011", "208010000000001"), "iccid_malformed", "body.cards[0].iccid"},
			{"cards", card("8933010000000000010", "20801"), "imsi_malformed", "body.cards[0].imsi"},
			{"cards", append(card("8933010000000000010", "208010000000001"), card("8933010000000000028", "208010000000001")...), "twice", "body.cards[1].imsi"},
			{"test_number", "0639980009", "number_malformed", "body.test_number"},
			{"colour", "red", "invalid_request", ""},
		} {
			f := h.patch("/api/v1/operators/"+id, map[string]any{row.field: row.value}).refused(http.StatusUnprocessableEntity, row.code)
			if f.Location != row.location {
				t.Errorf("%s: %s is at %s, want %s", row.field, row.code, f.Location, row.location)
			}
		}
		h.post("/api/v1/operators", map[string]any{"name": "Autre", "trunk_id": h.trunk()}).refused(http.StatusUnprocessableEntity, "operator_trunk_taken")
		h.post("/api/v1/operators", map[string]any{"name": "coeur  MOBILE", "trunk_id": h.trunk()}).refused(http.StatusConflict, "name_taken")
		h.patch("/api/v1/trunks/"+h.trunk(), map[string]any{"servers": []string{}}).refused(http.StatusUnprocessableEntity, "operator_trunk_servers")
		h.get("/api/v1/operators/"+id).shows("short_codes", `["888"]`, "cards", "2", "name", "Coeur mobile")
	})
}

func TestAProbeIsKeptAndProvesTheOperatorCleanOrNot(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, c *core) {
		at := "/api/v1/operators/" + h.operator(nil)
		h.post(at+"/probe", nil).refused(http.StatusConflict, "probe_no_number")
		h.patch(at, map[string]any{"test_number": "+33639980009"}).want(http.StatusOK)
		now := time.Now().UTC().Truncate(time.Millisecond)
		c.probe = provisioning.Probe{At: now, Number: "+33639980009", Clean: true}
		h.post(at+"/probe", nil).want(http.StatusOK).shows("clean", "true", "number", "+33639980009")
		h.get(at).shows("proven_clean", "true", "probe.clean", "true")
		c.probe = provisioning.Probe{At: now.Add(time.Second), Number: "+33639980009", Because: "Service Unavailable"}
		h.post(at+"/probe", nil).want(http.StatusOK)
		h.get(at).shows("proven_clean", "true", "probe.because", "Service Unavailable") // Nothing was found out: it stays as it was.
		c.probe = provisioning.Probe{At: now.Add(2 * time.Second), Number: "+33639980009", After: "300ms", Because: "no ringing"}
		h.post(at+"/probe", nil).want(http.StatusOK).shows("after", "300ms")
		h.get(at).shows("proven_clean", "false", "probe.because", "no ringing")
		c.refuse = &provisioning.Refusal{Why: provisioning.Clash, Code: "probe_impossible", Text: "no trunk"}
		h.post(at+"/probe", nil).refused(http.StatusConflict, "probe_impossible")
		h.get(at+"/status").want(http.StatusOK).shows("handsets_off", "1", "deflections", "2", "charging_peers.0.name", "smf.op.example", "charging_peers.0.connected", "true",
			"charging_peers.1.connected", "false", "probe.after", "300ms", "trunk", "<nil>")
	})
}

func TestFilterCriteriaAreXMLForOneSubscriberOrForAll(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		at := "/api/v1/operators/" + h.operator(nil) + "/filter-criteria"
		mobile := h.direct("+33639980007", "301")
		h.put(mobile+"/esim", map[string]any{"user_id": h.user("301"), "package": 0}).want(http.StatusOK)
		a := h.get(at).want(http.StatusOK)
		if a.Header.Get("Content-Type") != "application/xml" || !strings.Contains(a.Text, "+33639980007") || strings.Contains(a.Text, "20801") {
			t.Errorf("%s: %s", a.Header.Get("Content-Type"), a.Text)
		}
		if a = h.get(at + "?number=%2B33639980007").want(http.StatusOK); !strings.Contains(a.Text, "208010000000001") {
			t.Errorf("without the IMSI: %s", a.Text)
		}
		h.get(at+"?number=%2B33199001234").refused(http.StatusNotFound, "no_esim")
	})
}

func TestWithoutAMobileCoreNothingIsAskedOfOne(t *testing.T) {
	onBoth(t, mobileSite(), func(h *house) {
		at := "/api/v1/operators/" + h.operator(map[string]any{"test_number": "+33639980009"})
		h.get(at+"/filter-criteria").refused(http.StatusConflict, "core_not_connected")
		h.post(at+"/probe", nil).refused(http.StatusConflict, "core_not_connected")
		h.get(at+"/status").want(http.StatusOK).shows("handsets_off", "0", "charging_peers.0.connected", "false")
		h.get("/api/v1/system/doctor").refused(http.StatusConflict, "unavailable")
	})
}

func TestASharedOperatorIsSeenByAllAndChangedByWhoSeesAll(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		id := h.operator(map[string]any{"shared": true})
		st, err := h.store.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		mine := h.showing(withKey(h, string(st.Accounts[0].ID), "trunks:*", "system:*"))
		mine.get("/api/v1/operators").want(http.StatusOK).shows("data.0.id", id)
		mine.get("/api/v1/operators/" + id).want(http.StatusOK)
		mine.get("/api/v1/operators/" + id + "/status").want(http.StatusOK)
		mine.patch("/api/v1/operators/"+id, map[string]any{"name": "Le nôtre"}).refused(http.StatusNotFound, "not_found")
		mine.post("/api/v1/operators/"+id+"/probe", nil).refused(http.StatusNotFound, "not_found")
		mine.get("/api/v1/operators/"+id+"/cards").refused(http.StatusNotFound, "not_found")
		mine.post("/api/v1/operators", map[string]any{"name": "De tous", "trunk_id": h.trunk(), "shared": true}).refused(http.StatusForbidden, "forbidden")
	})
}
