package ims_test

import (
	"strings"
	"testing"

	"tandem/mobilecore/ims"
)

func TestHistoriesOfBothHabitsAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		head  heads
		want  ims.History
		depth int
	}{
		"Diversion, newest first": {
			head(`Diversion: "Bob" <sip:+33142685300@a.example>;reason=user-busy;privacy=full`, "Diversion: <tel:+33612345678>;reason=unconditional;counter=2"),
			ims.History{
				{URI: "sip:+33142685300@a.example", Number: "+33142685300", Cause: 486, Count: 1, Private: true},
				{URI: "tel:+33612345678", Number: "+33612345678", Cause: 302, Count: 2},
			},
			3,
		},
		"History-Info, the target last": {
			head("History-Info: <sip:+33612345678@a.example?Privacy=history>;index=1",
				"History-Info: <sip:+33142685300@a.example;cause=302>;index=1.1;mp=1",
				"History-Info: <sip:+33199001122@a.example;cause=408>;index=1.1.1;mp=1.1"),
			ims.History{
				{URI: "sip:+33142685300@a.example;cause=302", Number: "+33142685300", Cause: 408, Count: 1},
				{URI: "sip:+33612345678@a.example", Number: "+33612345678", Cause: 302, Count: 1, Private: true},
			},
			2,
		},
		"History-Info with a Reason inside": {
			head("History-Info: <sip:+33612345678@a.example?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1", "History-Info: <sip:+33142685300@a.example>;index=1.1;mp=1"),
			ims.History{{URI: "sip:+33612345678@a.example", Number: "+33612345678", Cause: 486, Count: 1}},
			1,
		},
		"a registrar's own step is no redirection": {
			head("History-Info: <sip:+33612345678@a.example>;index=1", "History-Info: <sip:x@192.0.2.1:5060>;index=1.1;rc=1"), nil, 0,
		},
		"both: the one that knows more": {
			head("Diversion: <sip:1@a>;reason=unconditional", "Diversion: <sip:2@a>;reason=unconditional",
				"History-Info: <sip:2@a>;index=1", "History-Info: <sip:1@a;cause=302>;index=1.1"),
			ims.History{{URI: "sip:1@a", Number: "1", Cause: 302, Count: 1}, {URI: "sip:2@a", Number: "2", Cause: 302, Count: 1}},
			2,
		},
		"Privacy hides all of it": {
			head("Privacy: id;History", "Diversion: <sip:1@a>;reason=unconditional"), ims.History{{URI: "sip:1@a", Number: "1", Cause: 302, Count: 1, Private: true}}, 1,
		},
		"Privacy of the caller alone does not": {
			head("Privacy: id", "Diversion: <sip:1@a>;reason=unconditional"), ims.History{{URI: "sip:1@a", Number: "1", Cause: 302, Count: 1}}, 1,
		},
		"what cannot be read is passed over": {
			head("Diversion: <sip:1@a;reason=unconditional", "Diversion: nonsense", "Diversion: <sip:1@a>;counter=-7;reason=odd"),
			ims.History{{URI: "sip:1@a", Number: "1", Count: 1}},
			1,
		},
		"a counter that would overflow": {head("Diversion: <sip:1@a>;counter=9223372036854775807"), ims.History{{URI: "sip:1@a", Number: "1", Count: 100}}, 100},
	} {
		got := ims.ReadHistory(c.head)
		sameList(t, name, got, c.want)
		same(t, name+": depth", got.Depth(), c.depth)
	}
}

// Who is not to learn of those who asked not to be shown reads that there was somebody, and why.
func TestAMaskedHistoryNamesNobodyWhoAskedForIt(t *testing.T) {
	story := ims.History{
		{URI: "sip:+33142685300@a.example", Number: "+33142685300", Cause: 486, Count: 1},
		{URI: "sip:+33612345678@a.example", Number: "+33612345678", Cause: 302, Count: 1, Private: true},
	}
	var lines []string
	for _, f := range story.Masked().Fields(ims.WriteBoth, "sip:+33199001122@b.example") {
		lines = append(lines, f.Value)
	}
	sameList(t, "masked", lines, []string{
		"<sip:anonymous@anonymous.invalid?Privacy=history>;index=1", "<sip:+33142685300@a.example;cause=302>;index=1.1;mp=1",
		"<sip:+33199001122@b.example;cause=486>;index=1.1.1;mp=1.1",
		"<sip:+33142685300@a.example>;reason=user-busy", "<sip:anonymous@anonymous.invalid>;reason=unconditional;privacy=full",
	})
	same(t, "the story itself", story[1].Number, "+33612345678")
}

// What is written in one way is read again as the same story (RFC 7544 has one word less than RFC 4458).
func TestAHistorySurvivesEitherWay(t *testing.T) {
	story := ims.History{
		{URI: "sip:+33142685300@a.example", Number: "+33142685300", Cause: 486, Count: 1},
		{URI: "sip:+33612345678@a.example", Number: "+33612345678", Cause: 302, Count: 1, Private: true},
	}
	for _, how := range []ims.Writing{ims.WriteDiversion, ims.WriteHistoryInfo, ims.WriteBoth} {
		var lines []string
		for _, f := range story.Fields(how, "sip:+33199001122@b.example") {
			lines = append(lines, f.Name+": "+f.Value)
		}
		got := ims.ReadHistory(head(lines...))
		for i := range got {
			got[i].URI, _, _ = strings.Cut(got[i].URI, ";cause=")
		}
		sameList(t, strings.Join(lines, "\n"), got, story)
	}
	same(t, "nothing", len(story.Fields(ims.WriteNothing, "sip:x@y")), 0)
	evil := ims.History{{URI: "sip:a@b>\r\nX: y", Count: 1}, {URI: "sip:a@b?Route=%3Cevil%3E", Count: 1}}
	same(t, "what would break out is left out", len(evil.Fields(ims.WriteBoth, "sip:x@y")), 0)
}

func FuzzHistory(f *testing.F) {
	f.Add(`"Bob" <sip:+33142685300@a.example>;reason=user-busy;privacy=full;counter=3`, "<sip:a@b;cause=302?Reason=SIP%3Bcause%3D486&Privacy=history>;index=1.1;mp=1")
	f.Add("<tel:+336;phone-context=x>", "<sip:[::1]:5060>;index=1")
	f.Fuzz(func(t *testing.T, diversion, info string) {
		h := ims.ReadHistory(heads{"diversion": {diversion}, "history-info": {info, info, info}})
		if h.Depth() < 0 {
			t.Errorf("depth %d", h.Depth())
		}
		for _, how := range []ims.Writing{ims.WriteDiversion, ims.WriteHistoryInfo} {
			var lines []string
			for _, field := range h.Fields(how, "sip:x@y") {
				if strings.ContainsAny(field.Value, "\r\n\x00") {
					t.Errorf("%q breaks the line", field.Value)
				}
				lines = append(lines, field.Name+":"+field.Value)
			}
			if len(lines) > 0 && len(ims.ReadHistory(head(lines...))) == 0 {
				t.Errorf("%q cannot be read again", lines)
			}
		}
	})
}
