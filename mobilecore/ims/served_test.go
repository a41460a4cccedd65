package ims_test

import (
	"testing"

	"tandem/mobilecore/ims"
)

func TestWhoIsServedAndHow(t *testing.T) {
	alice := "<sip:+33612345678@ims.example>"
	for name, c := range map[string]struct {
		head  heads
		route string
		want  ims.Served
		told  bool
	}{
		"the header's case goes before the route's": {
			head("P-Served-User: " + alice + ";sescase=orig;regstate=reg"), "<sip:as.example;lr;term>",
			ims.Served{URI: "sip:+33612345678@ims.example", Number: "+33612345678", Case: ims.Originating, Registered: ims.IsRegistered},
			true,
		},
		"a header without a case takes the route's": {
			head("P-Served-User: " + alice + ";regstate=unreg"), "<sip:as.example;lr>;orig",
			ims.Served{URI: "sip:+33612345678@ims.example", Number: "+33612345678", Case: ims.OriginatingUnregistered, Registered: ims.NotRegistered},
			true,
		},
		"called while the phone is off": {
			head("P-Served-User: " + alice + ";sescase=term;regstate=unreg"), "",
			ims.Served{URI: "sip:+33612345678@ims.example", Number: "+33612345678", Case: ims.TerminatingUnregistered, Registered: ims.NotRegistered},
			true,
		},
		"a diverted call": {
			head("P-Served-User: " + alice + ";orig-cdiv"), "sip:as.example;term",
			ims.Served{URI: "sip:+33612345678@ims.example", Number: "+33612345678", Case: ims.OriginatingCDIV},
			true,
		},
		"a diverted call that has a case too": {
			head("P-Served-User: " + alice + ";sescase=orig;regstate=reg;orig-cdiv"), "",
			ims.Served{URI: "sip:+33612345678@ims.example", Number: "+33612345678", Case: ims.OriginatingCDIV, Registered: ims.IsRegistered},
			true,
		},
		"a local number in its context": {
			head("P-Served-User: <tel:0612345678;phone-context=+33>;sescase=term;regstate=reg"), "",
			ims.Served{URI: "tel:0612345678;phone-context=+33", Number: "0612345678", Context: "+33", Registered: ims.IsRegistered, Case: ims.Terminating},
			true,
		},
		"a context inside a SIP user part": {
			head("P-Served-User: <sip:0612345678;phone-context=+33@ims.example;user=phone>;sescase=term"), "",
			ims.Served{URI: "sip:0612345678;phone-context=+33@ims.example;user=phone", Number: "0612345678", Context: "+33", Case: ims.Terminating},
			true,
		},
		"parameter of the route's header before that of its URI": {head(), "<sip:as.example;lr;orig>;term", ims.Served{Case: ims.Terminating}, true},
		"parameter of the route's URI":                           {head(), "<sip:as.example;lr;orig>", ims.Served{Case: ims.Originating}, true},
		"nothing said":                                           {head(), "<sip:as.example;lr>", ims.Served{Case: ims.Terminating}, false},
		"nothing at all":                                         {head(), "", ims.Served{Case: ims.Terminating}, false},
		"a broken header falls through to the route":             {head("P-Served-User: <sip:+336;sescase=orig"), "<sip:as.example;orig>", ims.Served{Case: ims.Originating}, true},
		"two headers contradict each other":                      {head("P-Served-User: "+alice+";sescase=orig", "P-Served-User: "+alice+";sescase=term"), "", ims.Served{Case: ims.Terminating}, false},
		"a header without a user":                                {head("P-Served-User: <sip:ims.example>;sescase=orig"), "", ims.Served{Case: ims.Terminating}, false},
	} {
		got, told := ims.ServedUser(c.head, c.route)
		same(t, name, got, c.want)
		same(t, name+", told", told, c.told)
	}
}

func FuzzServedUser(f *testing.F) {
	f.Add("<sip:+33612345678@ims.example>;sescase=orig;regstate=reg", "<sip:as.example;lr>;orig")
	f.Add(`"a \" b" <tel:0612;phone-context=+33>;orig-cdiv`, "sip:[::1]:5060;term")
	f.Add("<sip:%zz%41@[::1>;x=\"", "<")
	f.Fuzz(func(t *testing.T, value, route string) {
		s, told := ims.ServedUser(heads{"p-served-user": {value}}, route)
		if s.Case < ims.Originating || s.Case > ims.OriginatingCDIV || (s.URI != "" && (!told || s.Number == "")) {
			t.Errorf("served %+v, told %v", s, told)
		}
	})
}
