package provisioning

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/routing"
)

// pocket is a company whose numbers are on eSIMs of a mobile network.
const pocket = `
[[accounts]]
name = "Acme"
esim_licences = 5

[[users]]
name  = "Alice"
email = "alice@acme.example"

[[users]]
name  = "Bruno"
email = "bruno@acme.example"

[[trunks]]
name    = "Coeur"
servers = ["sip:192.0.2.20:5060"]
direct_numbers = true
tls = { name = "sbc.op.example", pins = ["0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"], certificate = "op-1", min_version = "1.3", callers = ["a.op.example", "*.op.example"] }

[[operators]]
name  = "Sim mobile"
trunk = "Coeur"
attachment = "trunk"
return_prefix = "99"
domain = "ims.example"
short_codes = ["888", "*86"]
handset_ring = "17s"
no_reply = "25s"
media_servers = ["198.51.100.0/24"]
test_number = "+33639980099"
quirks = [{ status = 404, q850 = -1, means = 20 }]
cards = [{ iccid = "8933010000000000010", imsi = "208010000000001" }]
platform = { url = "https://smdp.example", requester = "1.3.6.1.4.1.59999.1", profile_type = "company" }
hlr = { kind = "osmo", address = "127.0.0.1:4259" }
charging = { peers = ["smf.example"], free = ["mms"] }

[[numbers]]
e164  = "+33639980007"
kind  = "direct"
users = ["alice@acme.example"]
esim  = { package = 20, operator = "Sim mobile", iccid = "8933010000000000010", imsi = "208010000000001", enabled = true }

[[numbers]]
e164  = "+33639980008"
kind  = "direct"
users = ["bruno@acme.example"]
esim  = { package = 50, operator = "Sim mobile" }
`

func TestASiteFileWithOperatorsAndESIMsChangesNothingTheSecondTime(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, pocket))
	if changes := applied(t, st, []byte(pocket)); len(changes) > 0 {
		t.Errorf("applied again it changes %v", changes)
	}
	for _, what := range []ExportWhat{{}, {Passwords: true}} {
		export, err := Export(st, what)
		if err != nil {
			t.Fatal(err)
		}
		if changes := applied(t, st, export); len(changes) > 0 {
			t.Errorf("its export changes %v\n%s", changes, export)
		}
		again := after(&State{}, applied(t, &State{}, export))
		second, err := Export(again, what)
		if err != nil || string(second) != string(export) {
			t.Errorf("applied to an empty house, it exports otherwise: %v\n%s\nfirst:\n%s", err, second, export)
		}
	}
	snap, err := st.Snapshot(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	o := snap.Operators[st.Operators[0].ID]
	if o == nil || o.ReturnPrefix != "99" || o.Trunk != st.Trunks[0].ID || o.HandsetRing != 17*time.Second || !snap.Trunks[o.Trunk].PresentsDirect {
		t.Fatalf("calls see %+v", o)
	}
	alice, bruno := snap.Numbers["+33639980007"], snap.Numbers["+33639980008"]
	if m := alice.Mobile; m == nil || !m.Active || m.IMSI != "208010000000001" || m.Operator != o.ID || !slices.Contains(snap.Users[m.User].Mobiles, alice) {
		t.Errorf("the handset of the eSIM that is enabled does not ring: %+v", alice.Mobile)
	}
	if m := bruno.Mobile; m == nil || m.Active || len(snap.Users[m.User].Mobiles) != 0 {
		t.Errorf("the handset of one that is requested rings: %+v", bruno.Mobile)
	}
}

func TestASiteFileTakesNoESIMAwayAndTellsNoCode(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, pocket))
	without := strings.Replace(pocket, `esim  = { package = 50, operator = "Sim mobile" }`, "", 1)
	if changes := applied(t, st, []byte(without)); len(changes) > 0 {
		t.Errorf("a file that says nothing of the eSIM changes %v", changes)
	}
	more := strings.Replace(pocket, "package = 20", "package = 50", 1)
	st = after(st, applied(t, st, []byte(more)))
	n := numberNamed(st, "+33639980007")
	if e := n.Settings.ESIM; e.Package != 50 || e.State != ESIMEnabled || e.IMSI != "208010000000001" {
		t.Errorf("another package: %+v", e)
	}
	next, e := *n, *n.Settings.ESIM
	e.Code, e.MatchingID = "LPA:1$smdp.example$SECRET", "SECRET"
	next.Settings.ESIM = &e
	st = st.With([]Change{{Verb: Update, Record: &next}})
	for _, what := range []ExportWhat{{}, {Passwords: true}} {
		export, err := Export(st, what)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(export), "SECRET") != what.Passwords {
			t.Errorf("with passwords %t it tells the code: %s", what.Passwords, export)
		}
	}
	change := Change{Verb: Update, Record: &next, Fields: difference(n, &next)}
	for _, event := range change.News(time.Now()) {
		if strings.Contains(string(event.Data), "SECRET") {
			t.Errorf("the event %s tells the code: %s", event.Type, event.Data)
		}
	}
	if text := change.String(); strings.Contains(text, "SECRET") || !strings.Contains(text, "esim_code") {
		t.Errorf("the change is told as %q", text)
	}
}

func numberNamed(st *State, e164 routing.E164) *Number {
	for _, n := range st.Numbers {
		if n.E164 == e164 {
			return n
		}
	}
	return nil
}

func TestAnOperatorOfASiteFileIsRefusedWithItsLine(t *testing.T) {
	for from, want := range map[string]string{
		`trunk = "Coeur"` + "\nattachment = \"trunk\"":               "attachment",
		`short_codes = ["888", "*86"]`:                               "short_codes[1]",
		`url = "https://smdp.example"`:                               "platform.url",
		`iccid = "8933010000000000010", imsi = "208010000000001" }]`: "cards[0].iccid",
		`operator = "Sim mobile", iccid`:                             "esim.operator",
		`imsi = "208010000000001", enabled`:                          "esim.imsi",
	} {
		to := map[string]string{
			"attachment": "trunk = \"Coeur\"\nattachment = \"ring\"", "short_codes[1]": `short_codes = ["888", "112"]`, "platform.url": `url = "http://smdp.example"`,
			"cards[0].iccid": `iccid = "8933010000000000011", imsi = "208010000000001" }]`, "esim.operator": `operator = "Simm mobile", iccid`, "esim.imsi": `imsi = "20801", enabled`,
		}[want]
		site, problems := ParseSite("site.toml", []byte(strings.Replace(pocket, from, to, 1)))
		if len(problems) == 0 {
			_, problems = Plan(&State{}, site)
		}
		if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.HasSuffix(p.Key, want) && p.Line > 0 }) {
			t.Errorf("%s: %v", want, problems)
		}
	}
}
