package ims_test

import (
	"strings"
	"testing"

	"tandem/mobilecore/ims"
)

// A core asserts a subscriber twice, as a SIP and as a tel URI: what is shown stands in both places.
func TestEveryAssertedIdentityIsReplaced(t *testing.T) {
	came := ims.Asserted(head("P-Asserted-Identity: \"Alice\" <sip:+33612345678@ims.example;user=phone>", "P-Asserted-Identity: <tel:+33612345678>"))
	same(t, "identities", len(came), 2)
	fields := ims.Present(came, "+33142685300", "tandem.example")
	sameList(t, "both", fields, []ims.Field{
		{Name: "P-Asserted-Identity", Value: "<sip:+33142685300@tandem.example;user=phone>"}, {Name: "P-Asserted-Identity", Value: "<tel:+33142685300>"},
	})
	for _, f := range fields {
		if strings.Contains(f.Value, "612345678") || strings.Contains(f.Value, "Alice") {
			t.Errorf("the caller's own is still there: %s", f.Value)
		}
	}
	same(t, "one", len(ims.Present(came[:1], "+33142685300", "tandem.example")), 1)
	same(t, "none came", len(ims.Present(nil, "+33142685300", "tandem.example")), 1)
	same(t, "a number that would break out", len(ims.Present(came, "+33>\r\nX: y", "tandem.example")), 0)
}

// The cell of the caller is for the record, and for the core it came from.
func TestCore_A7_WhereTheHandsetIsNeverLeavesTheCore(t *testing.T) {
	came := head(
		"P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2080112345ABCDE", "P-Visited-Network-ID: \"Visited network, FR\"", "Priority: psap-callback",
		"Accept-Contact: *;audio", "P-Charging-Vector: icid-value=x", "X-Tandem-Anchor: v1", "P-Asserted-Identity: <tel:+33612345678>", "Authorization: secret")
	same(t, "access", ims.ReadAccess(came), ims.Access{Network: "3GPP-E-UTRAN-FDD", Cell: "2080112345ABCDE", Visited: "Visited network, FR"})
	for _, side := range []ims.Side{ims.SidePSTN, ims.SideDevice} {
		sameList(t, "to the outside", ims.Passed(came, side), []ims.Field{{Name: "Priority", Value: "psap-callback"}})
	}
	var names []string
	for _, f := range ims.Passed(came, ims.SideCore) {
		names = append(names, f.Name)
	}
	sameList(t, "back to the core", names, []string{"P-Access-Network-Info", "P-Visited-Network-ID", "Accept-Contact", "Priority"})
	same(t, "no line break passes", len(ims.Passed(heads{"priority": {"a\r\nX: y"}}, ims.SideCore)), 0)
	cells := ims.ReadAccess(head("P-Access-Network-Info: IEEE-802.11", "P-Access-Network-Info: 3GPP-UTRAN-TDD;cgi-3gpp=\"208;01\";network-provided"))
	same(t, "the one that names a cell", cells, ims.Access{Network: "3GPP-UTRAN-TDD", Cell: "208;01"})
}

func TestTheChargingVectorGoesOnWithoutTheNetworkBehindUs(t *testing.T) {
	v, found := ims.ReadVector(head(`P-Charging-Vector: icid-value="AyretyU0dm+6O2IrT5tAFrbHLso=";icid-generated-at=192.0.6.8;orig-ioi=home1.net;term-ioi="x"`))
	same(t, "found", found, true)
	field, _ := v.Onward("tandem").Field()
	same(t, "onward", field.Value, `icid-value="AyretyU0dm+6O2IrT5tAFrbHLso=";icid-generated-at="192.0.6.8";orig-ioi="tandem"`)
	again, _ := ims.ReadVector(heads{"p-charging-vector": {field.Value}})
	same(t, "the same identifier", again.ICID, v.ICID)
	for _, broken := range []heads{head(), head("P-Charging-Vector: orig-ioi=x"), head("P-Charging-Vector: icid-value=a", "P-Charging-Vector: icid-value=b")} {
		_, found = ims.ReadVector(broken)
		same(t, "broken", found, false)
	}
	field, _ = ims.Vector{ICID: "a\"b\r\nc"}.Field()
	same(t, "written safely", field.Value, `icid-value="a\"bc"`)
}

func TestAHandsetIsAskedForAPerson(t *testing.T) {
	var all []string
	for _, f := range ims.HandsetFields() {
		all = append(all, f.Name+": "+f.Value)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"mmtel", "msg-taker", "automata"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not there:\n%s", want, text)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add(`"a" <sip:+33612345678@ims.example;user=phone>`, "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1", `icid-value="a";orig-ioi=b`)
	f.Add("<tel:0612;phone-context=+33>", ";;;=", `icid-value="\"`)
	f.Add("0", "0", "icid-value=a;orig-ioi="+strings.Repeat("\xa8", 3000)) // what is not UTF-8 would grow threefold
	f.Fuzz(func(t *testing.T, identity, access, vector string) {
		h := heads{"p-asserted-identity": {identity}, "p-access-network-info": {access}, "p-visited-network-id": {access}, "p-charging-vector": {vector}, "priority": {access}}
		fields := ims.Present(ims.Asserted(h), "+33142685300", "x.example")
		ims.ReadAccess(h)
		if v, found := ims.ReadVector(h); found {
			if field, ok := v.Field(); ok {
				fields = append(fields, field)
				if again, _ := ims.ReadVector(heads{"p-charging-vector": {field.Value}}); again.ICID == "" && strings.TrimSpace(v.ICID) != "" && !strings.ContainsFunc(v.ICID, func(r rune) bool { return r < ' ' || r == 0x7f }) {
					t.Errorf("%q cannot be read again", field.Value)
				}
			}
		}
		for _, field := range append(fields, ims.Passed(h, ims.SideCore)...) {
			if strings.ContainsAny(field.Value, "\r\n\x00") {
				t.Errorf("%q breaks the line", field.Value)
			}
		}
	})
}
