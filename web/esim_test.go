package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/provisioning"
	"tandem/store"
	"tandem/store/storetest"
	"tandem/web"
	"tandem/web/mail"
)

// secretCode is the code of the eSIM in these tests.
const secretCode = "LPA:1$smdp.op.example$K7QX4PZ2M9TRWB83"

// direct makes a number the direct number of a user, and gives its path.
func (h *house) direct(e164, extension string) string {
	h.t.Helper()
	at := "/api/v1/numbers/" + h.number(e164)
	h.post(at+"/convert-to-direct", map[string]any{"user_id": h.user(extension), "publish": true}).want(http.StatusOK)
	return at
}

// esim is the eSIM of the mobile number, in the records.
func (h *house) esim() *provisioning.ESIM {
	h.t.Helper()
	st, err := h.store.State(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, n := range st.Numbers {
		if n.E164 == "+33639980007" {
			return n.Settings.ESIM
		}
	}
	return nil
}

// ages lets the state of that eSIM be older.
func (h *house) ages(by time.Duration) {
	h.changes(func(e *provisioning.ESIM) { e.Since = e.Since.Add(-by) })
}

// becomes puts the eSIM of the mobile number into a state, as its operator's answers do.
func (h *house) becomes(state provisioning.ESIMState) {
	h.t.Helper()
	h.changes(func(e *provisioning.ESIM) {
		e.State, e.Profile, e.Since = state, state, time.Now().UTC().Truncate(time.Millisecond)
		e.ICCID, e.IMSI, e.Address, e.MatchingID, e.Code = "8933010000000000010", "208010000000001", "smdp.op.example", "K7QX4PZ2M9TRWB83", secretCode
	})
}

// changes alters the eSIM of the mobile number behind the rules.
func (h *house) changes(alter func(*provisioning.ESIM)) {
	h.t.Helper()
	_, err := provisioning.Do(h.t.Context(), h.store, "test", func(st *provisioning.State) ([]provisioning.Change, error) {
		for _, n := range st.Numbers {
			if n.E164 == "+33639980007" {
				next, e := *n, *n.Settings.ESIM
				alter(&e)
				next.Settings.ESIM = &e
				return st.Put(&next)
			}
		}
		return nil, nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestSpec_E1_E2_E3_AnESIMOverTheAPI(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		h.operator(nil)
		alice := h.user("301")
		h.put("/api/v1/numbers/"+h.number("+33199001234")+"/esim", map[string]any{"user_id": alice, "package": 20}).
			refused(http.StatusUnprocessableEntity, "esim_unsupported_number")
		at := h.direct("+33639980007", "301")
		h.get(at+"/esim").refused(http.StatusNotFound, "no_esim")
		h.get(at+"/esim/qr.png").refused(http.StatusNotFound, "no_esim")
		h.put(at+"/esim", map[string]any{"user_id": h.user("302"), "package": 20}).refused(http.StatusUnprocessableEntity, "esim_wrong_user")
		for _, gigabytes := range []int{0, 50, 20} { // The last one counts.
			h.put(at+"/esim", map[string]any{"user_id": alice, "package": gigabytes}).want(http.StatusOK)
		}
		h.put(at+"/esim", map[string]any{"user_id": alice, "package": 30}).refused(http.StatusUnprocessableEntity, "esim_package")
		h.get(at+"/esim").want(http.StatusOK).shows("state", "requested", "want", "enabled", "package", "20", "user.name", "Alice Martin", "activation", "<nil>",
			"data.used_bytes", "5000000000", "data.left_bytes", "15000000000", "data.resets_at", "2026-12-01T00:00:00.000Z")
		for _, early := range []provisioning.ESIMState{provisioning.ESIMRequested, provisioning.ESIMOrdered} {
			h.becomes(early)
			h.get(at+"/esim").shows("state", string(early), "activation", "<nil>")
			for _, form := range []string{"png", "svg", "txt"} {
				h.get(at+"/esim/qr."+form).refused(http.StatusConflict, "esim_not_released")
			}
			h.post(at+"/esim/suspend", nil).refused(http.StatusConflict, "esim_not_released")
			h.post(at+"/esim/resume", nil).refused(http.StatusConflict, "esim_not_released")
		}
		h.becomes(provisioning.ESIMReleased)
		h.get(at+"/esim").shows("state", "released", "activation.code", secretCode, "activation.matching_id", "K7QX4PZ2M9TRWB83", "activation.qr_png", at+"/esim/qr.png",
			"activation.apple_url", "https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA%3A1%24smdp.op.example%24K7QX4PZ2M9TRWB83", "imsi", "208010000000001")
		for form, begins := range map[string]string{"png": "\x89PNG", "svg": "<svg ", "txt": "█"} {
			a := h.get(at + "/esim/qr." + form).want(http.StatusOK)
			if !strings.HasPrefix(a.Text, begins) || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("qr.%s is %.20q, %s", form, a.Text, a.Header.Get("Cache-Control"))
			}
		}
		h.becomes(provisioning.ESIMEnabled)
		h.ages(time.Hour)
		before := time.Now().Truncate(time.Millisecond)
		h.post(at+"/esim/suspend", nil).want(http.StatusOK).shows("want", "suspended", "state", "suspended")
		if since := h.esim().Since; since.Before(before) {
			t.Errorf("suspended at %s, it is so since %s", before, since)
		}
		h.post(at+"/esim/resume", nil).want(http.StatusOK).shows("want", "enabled")
		h.remove(at + "/esim").want(http.StatusNoContent)
		h.get(at+"/esim").shows("want", "terminated")
		h.put(at+"/esim", map[string]any{"user_id": alice, "package": 0}).refused(http.StatusConflict, "esim_ending")
		h.post(at+"/reconfigure", nil).refused(http.StatusUnprocessableEntity, "esim_assigned")
	})
}

// The code is a credential: it is in no event, in no audit row, and nobody sees it but its user and those who may change numbers.
func TestTheActivationCodeIsForItsUserAndTheAdmins(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		h.operator(nil)
		at := h.direct("+33639980007", "301")
		h.put(at+"/esim", map[string]any{"user_id": h.user("301"), "package": 20}).want(http.StatusOK)
		h.becomes(provisioning.ESIMReleased)
		as := people(h, provisioning.RoleAdmin, provisioning.RoleReadonly, provisioning.RoleAgent)
		h.showing(as[provisioning.RoleAdmin]).get(at+"/esim").want(http.StatusOK).shows("activation.code", secretCode)
		for _, role := range []provisioning.Role{provisioning.RoleReadonly, provisioning.RoleAgent} {
			other := h.showing(as[role])
			other.get(at+"/esim").want(http.StatusOK).shows("activation", "<nil>", "iccid", "…0010", "imsi", "…0001")
			other.get(at+"/esim/qr.png").refused(http.StatusForbidden, "esim_code_hidden")
			other.get("/api/v1/me/esims").want(http.StatusOK).shows("data", "[]")
		}
		h.showing(as[provisioning.RoleReadonly]).get(at+"/esim/mail").refused(http.StatusForbidden, "forbidden")
		for _, path := range []string{"/api/v1/events/log?limit=200", "/api/v1/audit-log?limit=200", "/api/v1/numbers", at} {
			if a := h.get(path).want(http.StatusOK); strings.Contains(a.Text, "K7QX4PZ2M9TRWB83") {
				t.Errorf("%s tells the code: %s", path, a.Text)
			}
		}
	})
}

func TestTheUserSeesTheirOwnESIM(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		h.operator(nil)
		as := people(h, provisioning.RoleAgent)
		st, err := h.store.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		me := ""
		for _, u := range st.Users {
			if u.Email == "agent@acme.test" {
				me = string(u.ID)
			}
		}
		at := "/api/v1/numbers/" + h.number("+33639980007")
		h.post(at+"/convert-to-direct", map[string]any{"user_id": me, "publish": true}).want(http.StatusOK)
		h.put(at+"/esim", map[string]any{"user_id": me, "package": 50}).want(http.StatusOK)
		h.becomes(provisioning.ESIMReleased)
		mine := h.showing(as[provisioning.RoleAgent])
		mine.get("/api/v1/me/esims").want(http.StatusOK).shows("data.0.number.name", "+33639980007", "data.0.esim.activation.code", secretCode, "data.0.esim.data.left_bytes", "15000000000")
		mine.get(at + "/esim/qr.svg").want(http.StatusOK)
		mine.post(at+"/esim/suspend", nil).refused(http.StatusForbidden, "forbidden")
		h.get("/api/v1/me/esims").refused(http.StatusNotFound, "not_a_person")
	})
}

func TestSpec_E17_TheOwnerBuysLicencesAndAnAdminAssignsWithinThem(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		h.operator(nil)
		as := people(h, provisioning.RoleAdmin, provisioning.RoleOwner)
		admin, owner := h.showing(as[provisioning.RoleAdmin]), h.showing(as[provisioning.RoleOwner])
		owner.get("/api/v1/settings").want(http.StatusOK).shows("esim_licences", "<nil>", "esim_licences_used", "0")
		admin.patch("/api/v1/settings", map[string]any{"esim_licences": 100}).refused(http.StatusForbidden, "licences_owner")
		owner.patch("/api/v1/settings", map[string]any{"esim_licences": -1}).refused(http.StatusUnprocessableEntity, "out_of_range")
		owner.patch("/api/v1/settings", map[string]any{"esim_licences": 1}).want(http.StatusOK).shows("esim_licences", "1")
		first, second := h.direct("+33639980007", "301"), h.direct("+33639980008", "302")
		admin.put(first+"/esim", map[string]any{"user_id": h.user("301"), "package": 20}).want(http.StatusOK)
		f := admin.put(second+"/esim", map[string]any{"user_id": h.user("302"), "package": 20}).refused(http.StatusUnprocessableEntity, "esim_no_licence")
		if f.Row != "E17" {
			t.Errorf("the refusal names the row %q, want E17", f.Row)
		}
		admin.put(first+"/esim", map[string]any{"user_id": h.user("301"), "package": 50}).want(http.StatusOK) // The one that is there may change.
		owner.get("/api/v1/settings").shows("esim_licences_used", "1")
		owner.patch("/api/v1/settings", map[string]any{"esim_licences": 2}).want(http.StatusOK)
		admin.put(second+"/esim", map[string]any{"user_id": h.user("302"), "package": 20}).want(http.StatusOK)
		owner.patch("/api/v1/settings", map[string]any{"esim_licences": 1}).want(http.StatusOK).shows("esim_licences_used", "2") // Nobody loses theirs.
		admin.remove(second + "/esim").want(http.StatusNoContent)
		owner.patch("/api/v1/settings", map[string]any{"esim_licences": nil}).want(http.StatusOK).shows("esim_licences", "<nil>")
	})
}

func TestSpec_E20_ATrunkSaysWhetherDirectNumbersMayBeShown(t *testing.T) {
	onBoth(t, mobileSite(), func(h *house) {
		at := "/api/v1/trunks/" + h.trunk()
		h.get(at).want(http.StatusOK).shows("direct_numbers", "false")
		h.patch(at, map[string]any{"direct_numbers": true}).want(http.StatusOK).shows("direct_numbers", "true")
		for _, k := range h.store.Snapshot().Trunks {
			if !k.PresentsDirect {
				t.Errorf("calls do not see it: %+v", k)
			}
		}
	})
}

// postbox keeps e-mails; while it is shut it takes none.
type postbox struct {
	mu    sync.Mutex
	shut  error
	tries int
	mails []mail.Message
	came  chan struct{}
}

// Send implements web.Mailer.
func (p *postbox) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries++
	select {
	case p.came <- struct{}{}:
	default:
	}
	if p.shut != nil {
		return p.shut
	}
	p.mails = append(p.mails, m)
	return nil
}

// mailOf waits until what is kept of an eSIM's e-mail is as it should be.
func (h *house) mailOf(at string, pairs ...string) {
	h.t.Helper()
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for deadline := time.Now().Add(40 * time.Second); ; <-pace.C {
		a := h.get(at + "/esim/mail").want(http.StatusOK)
		right := true
		for i := 0; i < len(pairs); i += 2 {
			got := a.at(pairs[i])
			right = right && (got == pairs[i+1] || pairs[i+1] == "*" && got != "<nil>")
		}
		if right {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("the e-mail is %s", a.Text)
		}
	}
}

func TestSpec_E17_TheUserGetsOneEMailWithTheCode(t *testing.T) {
	for _, e := range storetest.Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			c, box := &core{}, &postbox{came: make(chan struct{}, 1)}
			h := openHouse(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()}, strings.Replace(mobileSite(), `email = "alice@acme.example"`,
				"email = \"alice@acme.example\"\nlanguage = \"fr\"", 1), func(r *web.Rooms) { r.Cores, r.Codes, r.Mail = c, c, box })
			h.operator(nil)
			at := h.direct("+33639980007", "301")
			h.put(at+"/esim", map[string]any{"user_id": h.user("301"), "package": 20}).want(http.StatusOK)
			h.get(at+"/esim/mail").refused(http.StatusConflict, "esim_not_released")
			h.becomes(provisioning.ESIMReleased)
			h.mailOf(at, "sent_at", "*", "tries", "1", "to", "alice@acme.example", "sends", "true")
			h.get(at+"/esim").shows("mailed_at", h.get(at+"/esim/mail").at("sent_at"))
			// Whatever changes after that, it is not sent again.
			h.put(at+"/esim", map[string]any{"user_id": h.user("301"), "package": 50}).want(http.StatusOK)
			h.patch(at, map[string]any{"name": "Alice"}).want(http.StatusOK)
			box.mu.Lock()
			defer box.mu.Unlock()
			if len(box.mails) != 1 {
				t.Fatalf("%d e-mails", len(box.mails))
			}
			m := box.mails[0]
			if m.To != "alice@acme.example" || m.Subject != "Votre numéro 06 39 98 00 07 est prêt sur une eSIM" || !strings.HasPrefix(string(m.Picture), "\x89PNG") {
				t.Errorf("it is to %s, %q", m.To, m.Subject)
			}
			for _, what := range []string{"Bonjour Alice Martin", "20 Go", secretCode, "smdp.op.example", "K7QX4PZ2M9TRWB83"} {
				if !strings.Contains(m.Text, what) {
					t.Errorf("the text lacks %q: %s", what, m.Text)
				}
			}
			if !strings.Contains(m.HTML, `<img src="cid:picture"`) || !strings.Contains(m.HTML, "<b>K7QX4PZ2M9TRWB83</b>") {
				t.Errorf("the page is %s", m.HTML)
			}
		})
	}
}

func TestSpec_E17_AnEMailThatDoesNotLeaveIsKeptForLater(t *testing.T) {
	c, box := &core{}, &postbox{came: make(chan struct{}, 1), shut: errors.New("the post office is closed")}
	h := openHouse(t, storeConfig(t), mobileSite(), func(r *web.Rooms) { r.Cores, r.Codes, r.Mail = c, c, box })
	h.operator(nil)
	at := h.direct("+33639980007", "301")
	h.put(at+"/esim", map[string]any{"user_id": h.user("301"), "package": 0}).want(http.StatusOK)
	h.becomes(provisioning.ESIMReleased)
	h.mailOf(at, "sent_at", "<nil>", "fault", "the post office is closed", "tries", "1")
	st, err := h.store.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range st.Numbers {
		if n.E164 != "+33639980007" {
			continue
		}
		now := time.Now()
		if n.ESIMMailDue(now) || !n.ESIMMailDue(now.Add(61*time.Second)) {
			t.Errorf("it is due at %s", n.Settings.ESIM.Mail.Next)
		}
	}
}

func TestWithoutMailTheAPIShowsWhatWouldBeSent(t *testing.T) {
	onBothWithCore(t, mobileSite(), func(h *house, _ *core) {
		h.operator(nil)
		at := h.direct("+33639980007", "301")
		h.put(at+"/esim", map[string]any{"user_id": h.user("301"), "package": 50}).want(http.StatusOK)
		h.becomes(provisioning.ESIMReleased)
		a := h.get(at+"/esim/mail").want(http.StatusOK).shows("sends", "false", "sent_at", "<nil>", "to", "alice@acme.example", "subject", "Votre numéro 06 39 98 00 07 est prêt sur une eSIM")
		if !strings.Contains(a.at("text"), secretCode) {
			t.Errorf("the text lacks the code: %s", a.Text)
		}
	})
}
