package provisioning

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/messaging"
	"tandem/routing"
)

// wired is the company of pocket with ways for its messages.
const wired = pocket + `
[[connectors]]
name     = "Sim SMSC"
kind     = "smpp"
role     = "operator"
operator = "Sim mobile"
password = "secret"
emergency = true
smpp = { address = "127.0.0.1:2775", system_id = "tandem", enquire = "10s", long = "udh16" }

[[connectors]]
name     = "Sim IMS"
kind     = "ims"
operator = "Sim mobile"

[[connectors]]
name    = "CRM"
kind    = "smpp_server"
account = "Acme"
token   = "pass"
in_doubt = "retry"
window  = 20
rate    = 12.5
keep    = "2h"
numbers = ["+33639980007", "+33180200301"]
smpp = { system_id = "crm", sources = ["127.0.0.0/8"] }

[[connectors]]
name  = "Porteur"
kind  = "http"
token = "t"
[connectors.http]
answer = "OK"
key    = true
send   = { method = "POST", url = "https://carrier.example/send", headers = { Authorization = "Bearer {password}", Content-Type = "application/json" }, body = '{"to":"{to}","from":"{from}","text":"{body}","key":"{key}"}' }
sent    = { id = "json:id" }
inbound = { from = "json:from", to = "json:to", body = "json:text", id = "json:id" }
receipt = { id = "json:id", state = "json:status", states = { DELIVRD = "delivered" } }
sign    = { header = "X-Signature", scheme = "hmac-sha256-hex" }

[[connectors]]
name  = "Par le trunk"
kind  = "sip"
trunk = "Coeur"

[[teams]]
name  = "Ventes"
users = ["bruno@acme.example"]

[[flows]]
name  = "Accueil"
start = "ring"
nodes = [
  { id = "ring", type = "ring_to", config = { target = { team = "Ventes" }, ring_for_seconds = 30 }, next = { unanswered = "vm" } },
  { id = "vm", type = "voicemail" },
]

[[numbers]]
e164 = "+33180200301"
kind = "shared"
flow = "Accueil"
users = ["alice@acme.example"]
teams = ["Ventes"]
messaging = { connector = "Porteur", guard = { hour = 5, day = 50, month = 500 } }
`

func TestASiteFileWithConnectorsChangesNothingTheSecondTime(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, wired))
	if changes := applied(t, st, []byte(wired)); len(changes) > 0 {
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
		if told := strings.Contains(string(export), `"pass"`); told != what.Passwords {
			t.Errorf("the password is told: %v, with %+v", told, what)
		}
	}
}

// byNameOf finds a connector of a state.
func byNameOf(tb testing.TB, st *State, name string) *Connector {
	tb.Helper()
	i := slices.IndexFunc(st.Connectors, func(c *Connector) bool { return c.Name == name })
	if i < 0 {
		tb.Fatalf("there is no connector %s", name)
	}
	return st.Connectors[i]
}

func TestSpec_M1_M5_L21_MessagesSeeLinesHandsetsAndGuards(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, wired))
	post := st.Post(PriorPost{})
	smsc, ims, http := byNameOf(t, st, "Sim SMSC"), byNameOf(t, st, "Sim IMS"), byNameOf(t, st, "Porteur")

	alice := post.Lines["+33639980007"]
	if alice == nil || alice.Native == nil || alice.Native.IMSI != "208010000000001" || !slices.Equal(alice.Native.Ways, []messaging.ConnectorID{ims.ID, smsc.ID}) {
		t.Fatalf("Alice's line: %+v", alice)
	}
	if alice.Route != smsc.ID || alice.Path != messaging.PathInPath || alice.Guard != (messaging.Guard{Hour: 100, Day: 1000, Month: 10_000}) || alice.Country != "FR" {
		t.Errorf("Alice's line: %+v", alice)
	}
	if post.IMSIs["208010000000001"] != alice {
		t.Error("she is not found by her IMSI")
	}
	if bruno := post.Lines["+33639980008"]; bruno.Native != nil || bruno.Route != smsc.ID {
		t.Errorf("Bruno's eSIM is not there yet: %+v", bruno)
	}
	main := post.Lines["+33180200301"]
	if main.Route != http.ID || main.Guard != (messaging.Guard{Hour: 5, Day: 50, Month: 500}) || main.Native != nil || len(main.Users) != 2 {
		t.Errorf("the shared line: %+v", main)
	}
	if c := post.Connectors[smsc.ID]; c.Window != 1 || c.InDoubt != messaging.InDoubtHold || !c.Emergency || c.Role != messaging.RoleOperator || c.Operator == "" {
		t.Errorf("the SMSC: %+v", c)
	}
	if c := post.Connectors[byNameOf(t, st, "CRM").ID]; c.Window != 20 || c.Rate != 12.5 || len(c.Numbers) != 2 {
		t.Errorf("the program: %+v", c)
	}
}

func TestSIPPhonesOfUsersAndTeamsAreSentMessages(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, wired))
	for i, u := range st.Users {
		for _, kind := range []routing.DeviceKind{routing.SIPPhone, routing.Workspace} {
			id := routing.NewID("dev", time.UnixMilli(int64(i)))
			st.Add(&Device{ID: routing.DeviceID(id), Account: u.Account, User: u.ID, Kind: kind, AOR: string(kind) + "-" + u.Email})
		}
	}
	phones := st.Post(PriorPost{}).Lines["+33180200301"].Phones
	slices.Sort(phones)
	if !slices.Equal(phones, []string{"sip_phone-alice@acme.example", "sip_phone-bruno@acme.example"}) {
		t.Errorf("messages go to %v", phones)
	}
}

func TestAPostOfChangedRecordsSharesWhatStayed(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, wired))
	first := st.Post(PriorPost{})
	u := *st.Users[0]
	u.Availability = routing.SetUnavailable
	second := st.With([]Change{{Verb: Update, Record: &u}})
	if second.Post(PriorPost{st, first}) != first {
		t.Error("a change of a user is none of messages' business")
	}
	n := *st.Numbers[0]
	n.Settings.Messaging = &NumberMessaging{Guard: &messaging.Guard{Hour: 1}}
	third := st.With([]Change{{Verb: Update, Record: &n}})
	post := third.Post(PriorPost{st, first})
	for at, line := range first.Lines {
		if same := post.Lines[at] == line; same != (string(at) != string(n.E164)) {
			t.Errorf("the line of %s is the same one: %v", string(at), same)
		}
	}
	if got := post.Lines[messaging.Address(n.E164)].Guard.Hour; got != 1 {
		t.Errorf("the guard lets through %d an hour", got)
	}
}

func TestWhatAConnectorLeansOnStays(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, wired))
	http := byNameOf(t, st, "Porteur")
	for what, r := range map[string]Record{
		"the connector of a number": http, "the trunk of a connector": st.Trunks[0], "the operator of a connector": st.Operators[0], "a program's number": st.Numbers[0],
	} {
		ref := r.Ref()
		if _, err := st.Delete(ref.Kind, ref.ID); err == nil {
			t.Errorf("%s was deleted", what)
		}
	}
	if _, err := st.Delete(KindConnector, string(byNameOf(t, st, "Sim IMS").ID)); err != nil {
		t.Errorf("a connector that no number names stays: %v", err)
	}
}

func TestConnectorsThatCannotBe(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, wired))
	for _, c := range []struct {
		name, code string
		of         string // an existing connector
		change     func(*Connector)
	}{
		{"no name", "text_needed", "Sim SMSC", func(c *Connector) { c.Name = "" }},
		{"another's name", "name_taken", "Sim SMSC", func(c *Connector) { c.Name = "porteur" }},
		{"another kind", "value_unknown", "Sim SMSC", func(c *Connector) { c.Settings.Kind = "telex" }},
		{"no operator", "connector_operator", "Sim SMSC", func(c *Connector) { c.Settings.Operator = "" }},
		{"an operator that is none", "unknown", "Sim SMSC", func(c *Connector) { c.Settings.Operator = "op_x" }},
		{"a window with hold", "connector_hold_window", "Sim SMSC", func(c *Connector) { c.Settings.Window = 5 }},
		{"a negative rate", "out_of_range", "Sim SMSC", func(c *Connector) { c.Settings.Rate = -1 }},
		{"kept for ever", "out_of_range", "Sim SMSC", func(c *Connector) { c.Settings.Keep = longestKeep + 1 }},
		{"no address", "address_malformed", "Sim SMSC", func(c *Connector) { c.Settings.SMPP = &SMPPSettings{SystemID: "x", Address: "nowhere"} }},
		{"a long system_id", "smpp_text", "Sim SMSC", func(c *Connector) { c.Settings.SMPP = &SMPPSettings{SystemID: strings.Repeat("x", 16), Address: "a:1"} }},
		{"no SMPP", "connector_field_missing", "Sim SMSC", func(c *Connector) { c.Settings.SMPP = nil }},
		{"HTTP too", "connector_field_not_of_kind", "Sim SMSC", func(c *Connector) { c.Settings.HTTP = &HTTPSettings{} }},
		{"a centre that is none", "connector_centre", "Sim IMS", func(c *Connector) { c.Settings.Centre = "my centre" }},
		{"a centre of another kind", "connector_field_not_of_kind", "Sim SMSC", func(c *Connector) { c.Settings.Centre = "+33609001390" }},
		{"IMS of a carrier", "connector_ims_role", "Sim IMS", func(c *Connector) { c.Settings.Role = messaging.RoleCarrier }},
		{"a server with an address", "connector_server_address", "CRM", func(c *Connector) { c.Settings.SMPP = &SMPPSettings{SystemID: "x", Address: "a:1"} }},
		{"nobody asks for a password", "connector_token", "CRM", func(c *Connector) { c.Token = "" }},
		{"a program of everybody", "connector_program_shared", "CRM", func(c *Connector) { c.Account = "" }},
		{"another's number", "unknown", "CRM", func(c *Connector) { c.Settings.Numbers = []routing.NumberID{"num_x"} }},
		{"no network", "not_a_network", "CRM", func(c *Connector) { c.Settings.SMPP = &SMPPSettings{SystemID: "x", Sources: []string{"here"}} }},
		{"no URL", "http_url_invalid", "Porteur", func(c *Connector) { c.Settings.HTTP = &HTTPSettings{Send: HTTPTemplate{URL: "mailto:x"}} }},
		{"no trunk", "unknown", "Par le trunk", func(c *Connector) { c.Settings.Trunk = "trk_x" }},
		{"a number's becomes a program's", "in_use", "Porteur", func(c *Connector) { c.Settings.Role, c.Account = messaging.RoleProgram, st.Accounts[0].ID }},
	} {
		next := *byNameOf(t, st, c.of)
		c.change(&next)
		all := st.check(st.Find(KindConnector, string(next.ID)), &next)
		if !slices.ContainsFunc(all, func(r *Refusal) bool { return r.Code == c.code }) {
			t.Errorf("%s is not refused as %s but as %v", c.name, c.code, all)
		}
	}
}

func TestMessagesOfANumberThatCannotGoSo(t *testing.T) {
	st := after(&State{}, plan(t, &State{}, wired))
	for _, c := range []struct {
		name, code string
		is         NumberMessaging
	}{
		{"a connector that is none", "unknown", NumberMessaging{Connector: "mcn_x"}},
		{"a program's connector", "connector_is_program", NumberMessaging{Connector: byNameOf(t, st, "CRM").ID}},
		{"a path without a handset", "messaging_path_no_esim", NumberMessaging{Path: messaging.PathCopy}},
		{"a path that is none", "value_unknown", NumberMessaging{Path: "around"}},
		{"a guard below nothing", "out_of_range", NumberMessaging{Guard: &messaging.Guard{Day: -1}}},
	} {
		next := *st.Numbers[slices.IndexFunc(st.Numbers, func(n *Number) bool { return n.E164 == "+33180200301" })]
		next.Settings.Messaging = &c.is
		all := st.check(&next, &next)
		if !slices.ContainsFunc(all, func(r *Refusal) bool { return r.Code == c.code }) {
			t.Errorf("%s is not refused as %s but as %v", c.name, c.code, all)
		}
	}
}

// BenchmarkPost measures what a change of one number costs messages in a house of 10,000.
func BenchmarkPost(b *testing.B) {
	s := company(b, 100, 10_000, 10)
	first := s.Post(PriorPost{})
	n := *s.Numbers[5000]
	n.Name = "other"
	next := s.With([]Change{{Verb: Update, Record: &n}})
	b.ResetTimer()
	for b.Loop() {
		next.Post(PriorPost{s, first})
	}
}
