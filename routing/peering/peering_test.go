package peering_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/routing/peering"
)

func TestTheLongestPrefixRules(t *testing.T) {
	rules := []peering.PrefixRule{
		{Match: "0", Put: "+33", Length: 10},
		{Match: "00", Put: "+"},
		{Match: "0033", Put: "+33"},
		{Match: "33", Put: "+33", Length: 11},
		{Match: "0033800", Put: "+33800"},
		{Match: "9", Put: "x"},
		{Match: "9", Put: "y", Length: 4},
	}
	for number, want := range map[string]struct {
		written string
		rule    int
	}{
		"0033612345678": {"+33612345678", 2}, "0612345678": {"+33612345678", 0}, "004915112345": {"+4915112345", 1}, "33612345678": {"+33612345678", 3},
		"3361234567": {"3361234567", -1}, "0033800123456": {"+33800123456", 4}, "061234": {"061234", -1}, "": {"", -1}, "9123": {"y123", 6}, "91234": {"x1234", 5},
	} {
		if got, rule := peering.Apply(rules, number); got != want.written || rule != want.rule {
			t.Errorf("%s is written %q by rule %d, want %q by %d", number, got, rule, want.written, want.rule)
		}
	}
}

func TestPrefixesTowardsACarrier(t *testing.T) {
	rules := []peering.PrefixRule{{Match: "+33", Put: "0"}, {Match: "+", Put: "00"}, {Match: "+3389", Put: "88#0"}}
	for number, want := range map[string]string{"+33612345678": "0612345678", "+4930123456": "004930123456", "+33891234567": "88#01234567"} {
		if got, _ := peering.Apply(rules, number); got != want {
			t.Errorf("%s is written %q, want %q", number, got, want)
		}
	}
}

func text(fields []peering.Field) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	return b.String()
}

func TestHeaderRulesInTheirOrder(t *testing.T) {
	came := []peering.Field{{"P-Asserted-Identity", "<sip:+331@a>"}, {"x-one", "1"}, {"X-Two", "2"}, {"X-Two", "22"}, {"Privacy", "id"}}
	facts := &peering.Facts{Caller: "+33199001234", Called: "+33612345678", Trunk: "Op", Call: "call_1", Header: func(n string) string { return map[string]string{"X-Ref": "r\r\nVia: 7"}[n] }}
	for name, c := range map[string]struct {
		rules []peering.HeaderRule
		want  string
	}{
		"nothing": {nil, "P-Asserted-Identity: <sip:+331@a>\nx-one: 1\nX-Two: 2\nX-Two: 22\nPrivacy: id\n"},
		"set in the place of what was": {
			[]peering.HeaderRule{{Do: peering.HeaderSet, Header: "X-One", Value: "of ${caller} to ${called}"}},
			"P-Asserted-Identity: <sip:+331@a>\nX-one: of +33199001234 to +33612345678\nX-Two: 2\nX-Two: 22\nPrivacy: id\n",
		},
		"set what comes out empty": {[]peering.HeaderRule{{Do: peering.HeaderSet, Header: "x-two", Value: "${account}"}, {Do: peering.HeaderRemove, Header: "privacy"}}, "P-Asserted-Identity: <sip:+331@a>\nx-one: 1\n"},
		"copy, then rename": {
			[]peering.HeaderRule{{Do: peering.HeaderCopy, Header: "X-Two", To: "X-Three"}, {Do: peering.HeaderRename, Header: "P-Asserted-Identity", To: "Remote-Party-ID"}},
			"x-one: 1\nX-Two: 2\nX-Two: 22\nPrivacy: id\nX-Three: 2\nX-Three: 22\nRemote-Party-ID: <sip:+331@a>\n",
		},
		"what is not there changes nothing": {[]peering.HeaderRule{{Do: peering.HeaderRename, Header: "X-None", To: "Privacy"}}, text(came)},
		"a template cannot end a line":      {[]peering.HeaderRule{{Do: peering.HeaderSet, Header: "X-One", Value: "${header:x-ref}${oops"}}, "P-Asserted-Identity: <sip:+331@a>\nX-Two: 2\nX-Two: 22\nPrivacy: id\n"},
	} {
		if strings.Contains(name, "template") {
			got := peering.Rewrite([]peering.HeaderRule{{Do: peering.HeaderSet, Header: "X-Ref", Value: "${header:X-Ref}"}}, nil, facts)
			if want := "X-Ref: rVia: 7\n"; text(got) != want {
				t.Errorf("%s: %q, want %q", name, text(got), want)
			}
			continue
		}
		if got := text(peering.Rewrite(c.rules, came, facts)); !strings.EqualFold(got, c.want) {
			t.Errorf("%s:\n%swant\n%s", name, got, c.want)
		}
	}
}

// What SIP itself lives by is out of reach, however somebody writes it (T28: blanks, tabs, compact forms, folding, case).
func TestNoRuleReachesWhatSIPNeeds(t *testing.T) {
	names := []string{
		"Via", "v", "VIA", "Route", "route ", " Route", "Route\t", "Rou\r\n te", "Record-Route", "Contact", "m", "From", "f", "To", "t", "Call-ID", "i", "CSeq", "Max-Forwards",
		"Content-Length", "l", "Content-Type", "c", "Content-Encoding", "e", "Authorization", "Proxy-Authorization", "WWW-Authenticate", "Require", "Supported", "k", "RSeq", "RAck",
		"Session-Expires", "x", "Min-SE", "Refer-To", "r", "Replaces", "Event", "o", "Allow", "Identity", "y", "Path", "Service-Route", "X-Foo:", "X-Foo ", "X-", "X-Fo\u00f6", "X Foo", "",
		"P-Served-User", "Subject\x00", "s",
	}
	for _, n := range names {
		if got := peering.Canonical(n); got != "" {
			t.Errorf("%q is taken for %s", n, got)
		}
		terms := peering.Terms{HeadersOut: []peering.HeaderRule{{Do: peering.HeaderRemove, Header: n}, {Do: peering.HeaderRename, Header: "X-A", To: n}}}
		if p := terms.Check(); len(p) != 2 || p[0].Field != "headers_out[0].header" || p[1].Field != "headers_out[1].to" {
			t.Errorf("rules for %q: %+v", n, p)
		}
		before := []peering.Field{{"Via", "1"}, {"X-A", "2"}, {n, "3"}}
		if got := peering.Rewrite(terms.HeadersOut, before, nil); !slices.Equal(got, before) {
			t.Errorf("rules for %q made %v", n, got)
		}
	}
	for _, n := range []string{"x-foo", "DIVERSION", "p-asserted-identity", "user-to-user"} {
		if peering.Canonical(n) == "" {
			t.Errorf("%q may be touched", n)
		}
	}
}

func TestWhatIsWrongWithTermsIsSaidWithItsField(t *testing.T) {
	for want, terms := range map[string]peering.Terms{
		"":                                        {Codecs: []peering.Codec{"PCMU", "G722"}, DigitsIn: "info", EventType: 96, Ptime: 30, Full: 486, Weight: 10, Timer: "supported", TimerSeconds: 90},
		"codecs[1] trunk_codec_twice":             {Codecs: []peering.Codec{"PCMU", "PCMU"}},
		"codecs[0] value_unknown":                 {Codecs: []peering.Codec{"GSM"}},
		"digits_out value_unknown":                {DigitsOut: "morse"},
		"event_type out_of_range":                 {EventType: 8},
		"ptime value_unknown":                     {Ptime: 25},
		"max_in out_of_range":                     {MaxIn: -1},
		"full_status value_unknown":               {Full: 404},
		"session_seconds out_of_range":            {TimerSeconds: 30},
		"prefix_in[0].match trunk_prefix":         {PrefixIn: []peering.PrefixRule{{Match: "0a"}}},
		"prefix_out[0].put trunk_prefix":          {PrefixOut: []peering.PrefixRule{{Match: "+", Put: "1\r\n"}}},
		"prefix_out[0].match trunk_prefix_empty":  {PrefixOut: []peering.PrefixRule{{Put: "1"}}},
		"prefix_in[1].match trunk_prefix_twice":   {PrefixIn: []peering.PrefixRule{{Match: "0"}, {Match: "0"}}},
		"headers_in[0].do value_unknown":          {HeadersIn: []peering.HeaderRule{{Do: "eat", Header: "X-A"}}},
		"headers_in[0].value trunk_header_value":  {HeadersIn: []peering.HeaderRule{{Do: "set", Header: "X-A", Value: "${who}"}}},
		"headers_out[0].value trunk_header_value": {HeadersOut: []peering.HeaderRule{{Do: "set", Header: "X-A", Value: "a\nVia: b"}}},
		"headers_out[0].to trunk_header_field":    {HeadersOut: []peering.HeaderRule{{Do: "remove", Header: "X-A", To: "X-B"}}},
		"session_timer value_unknown":             {Timer: "sometimes"},
	} {
		var got strings.Builder
		for _, p := range terms.Check() {
			got.WriteString(p.Field + " " + p.Code)
		}
		if got.String() != want {
			t.Errorf("%+v: %q, want %q", terms, got.String(), want)
		}
	}
	if !new(peering.Terms).IsZero() || (&peering.Terms{Weight: 1}).IsZero() {
		t.Error("only terms that say nothing are zero")
	}
}

// Whatever the rules and the headers, nothing that a rule may not touch changes, and nothing can end a line.
func FuzzRewrite(f *testing.F) {
	f.Add("X-A", "X-B", "${header:X-C}", "v\r\nVia: 1")
	f.Add("Via", "Route", "${caller}", "x")
	f.Add("P-Asserted-Identity", "v", "${", "<sip:a>")
	f.Fuzz(func(t *testing.T, name, to, value, said string) {
		rules := []peering.HeaderRule{
			{Do: peering.HeaderSet, Header: name, Value: value},
			{Do: peering.HeaderCopy, Header: name, To: to},
			{Do: peering.HeaderRename, Header: to, To: name},
			{Do: peering.HeaderRemove, Header: to},
		}
		facts := &peering.Facts{Caller: said, Header: func(string) string { return said }}
		got := peering.Rewrite(rules, []peering.Field{{"Via", "1"}, {"Route", "2"}, {"Contact", "3"}}, facts)
		kept := 0
		for _, f := range got {
			switch f.Name {
			case "Via", "Route", "Contact":
				kept++
			default:
				if peering.Canonical(f.Name) != f.Name || strings.ContainsAny(f.Value, "\r\n\x00") {
					t.Errorf("made %q: %q", f.Name, f.Value)
				}
			}
		}
		if kept != 3 {
			t.Errorf("of three that cannot be touched %d are left: %v", kept, got)
		}
	})
}
