package message

import (
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

func parse(t *testing.T, raw string) gosip.Message {
	t.Helper()
	m, err := NewParser().ParseSIP([]byte(strings.ReplaceAll(raw, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const invite = `INVITE sip:204@pbx.example SIP/2.0
v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1
f: "Bob \"the\" Builder" <sip:+33612345678@carrier.example;user=phone>;tag=a
t: <tel:+33123456789;phone-context=x>
i: call
CSeq: 7 INVITE
k: timer, 100rel
x: 1800;refresher=uac
r: <sip:c@d?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>
b: <sip:by@x>
o: refer
u: presence
Reason: Q.850;cause=16;text="Normal, clearing", SIP;cause=200
P-Asserted-Identity: "Bob" <sip:+33612345678@carrier.example>, <tel:+33612345678>
Privacy: id;critical
Diversion: <sip:+33111111111@x>;reason=user-busy;counter=2
Diversion: <sip:+33222222222@x>;reason=no-answer
History-Info: <sip:+33111111111@x?Reason=SIP%3Bcause%3D486>;index=1, <sip:+33222222222@x;cause=480>;index=1.1
m: <sip:one@192.0.2.1>
m: <sip:two@192.0.2.1>
l: 0

`

// TestCompactFormsAreKnownByTheirFullNames.
func TestCompactFormsAreKnownByTheirFullNames(t *testing.T) {
	m := parse(t, invite)
	for name, want := range map[string]string{
		"Supported": "timer, 100rel", "Session-Expires": "1800;refresher=uac", "Event": "refer", "Allow-Events": "presence",
		"Refer-To": "<sip:c@d?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>", "Referred-By": "<sip:by@x>",
	} {
		if got := Value(m, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !Supports(m, "Supported", "100REL") || Supports(m, "Supported", "replaces") {
		t.Error("Supported is misread")
	}
	if got := m.GetHeaders("Contact"); len(got) != 2 {
		t.Errorf("%d contacts", len(got))
	}
}

func TestWhoItIsFromAndFor(t *testing.T) {
	m := parse(t, invite)
	if got, want := FromParty(m), (Party{Display: `Bob "the" Builder`, Scheme: "sip", User: "+33612345678", Host: "carrier.example"}); got != want {
		t.Errorf("%+v", got)
	}
	if got, want := ToParty(m), (Party{Scheme: "tel", User: "+33123456789"}); got != want {
		t.Errorf("%+v", got)
	}
	if got := Asserted(m); len(got) != 2 || got[0].Display != "Bob" || got[1].Scheme != "tel" || got[1].User != "+33612345678" {
		t.Errorf("%+v", got)
	}
	if !Private(m) {
		t.Error("Privacy: id is not seen")
	}
	d := Diversions(m)
	if len(d) != 2 || d[0].From.User != "+33111111111" || d[0].Reason != "user-busy" || d[0].Count != 2 || d[1].Count != 1 {
		t.Errorf("%+v", d)
	}
	h := Histories(m)
	if len(h) != 2 || h[0].Reason.Cause != 486 || h[1].Index != "1.1" || h[1].Cause != 480 {
		t.Errorf("%+v", h)
	}
}

func TestPrivacyNoneWins(t *testing.T) {
	m := parse(t, strings.Replace(invite, "id;critical", "none", 1))
	if Private(m) {
		t.Error("none is not seen")
	}
	m = parse(t, strings.NewReplacer("Privacy: id;critical\n", "", "sip:+33612345678@carrier.example;user=phone", "sip:anonymous@anonymous.invalid").Replace(invite))
	if !Private(m) {
		t.Error("an anonymous From is not seen")
	}
}

func TestReasonBothWays(t *testing.T) {
	if got, want := ParseReason(`Q.850;cause=16;text="Normal, clearing", SIP;cause=200`), (Reason{Protocol: "Q.850", Cause: 16, Text: "Normal, clearing"}); got != want {
		t.Errorf("%+v", got)
	}
	if got := CompletedElsewhere.String(); got != `SIP;cause=200;text="Call completed elsewhere"` {
		t.Error(got)
	}
	for _, bad := range []string{"", ";", `"x";cause=1`, "<>"} {
		if got := ParseReason(bad); got != (Reason{}) {
			t.Errorf("%q gave %+v", bad, got)
		}
	}
	if got := (Reason{Protocol: "SIP\r\nX: y", Text: "a\r\nb"}).String(); strings.ContainsAny(got, "\r\n") {
		t.Errorf("%q", got)
	}
}

func TestReplacesOutOfAReferTo(t *testing.T) {
	m := parse(t, invite)
	n, err := ParseNameAddr(Value(m, "Refer-To"))
	if err != nil {
		t.Fatal(err)
	}
	escaped, _ := n.URI.Headers.Get("Replaces")
	got, err := ParseReplaces(UnescapeHeader(escaped))
	if want := (Replaces{CallID: "a@b", ToTag: "1", FromTag: "2"}); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	if back := EscapeHeader(got.String()); UnescapeHeader(back) != got.String() || strings.ContainsAny(back, "@;=") {
		t.Errorf("%q", back)
	}
}

func TestNumbersOfTimersAndReliability(t *testing.T) {
	if s, err := ParseSessionExpires("1800; refresher=UAS"); err != nil || s.Interval != 30*time.Minute || s.String() != "1800;refresher=uas" {
		t.Errorf("%+v %v", s, err)
	}
	if r, err := ParseRAck("776656 1 INVITE"); err != nil || r.String() != "776656 1 INVITE" {
		t.Errorf("%+v %v", r, err)
	}
	if d, err := ParseRetryAfter("18000;duration=3600"); err != nil || d != 5*time.Hour {
		t.Errorf("%v %v", d, err)
	}
	if RetryAfter(1500*time.Millisecond) != "2" {
		t.Error(RetryAfter(1500 * time.Millisecond))
	}
	for _, bad := range []string{"0", "", "x", "4294967296"} {
		if _, err := ParseRSeq(bad); err == nil {
			t.Errorf("RSeq %q", bad)
		}
	}
	if got := WarningText(Warning("pbx.example", `no "codec"`)); got != `no "codec"` {
		t.Errorf("%q", got)
	}
}

// TestNothingOfOursCarriesALineBreak: CR and LF in every text that an API, a database or a peer can give.
func TestNothingOfOursCarriesALineBreak(t *testing.T) {
	const evil = "x\r\nVia: evil\r\n\r\nbody\x00\x7f\u2028\u202e"
	p := Party{Display: evil, Scheme: "sip", User: evil, Host: evil}
	r := NewRequest(Head{Method: gosip.INVITE, URI: p.URI(), From: p.Address(evil), To: p.Address(evil), CallID: evil, CSeq: 1})
	Add(r, "Subject", evil)
	Add(r, "Warning", Warning(evil, evil))
	Add(r, "Reason", Reason{Protocol: evil, Text: evil}.String())
	Add(r, "Replaces", Replaces{CallID: evil, ToTag: evil, FromTag: evil}.String())
	Add(r, "Diversion", DiversionValue(p, evil))
	SetBody(r, &Body{Type: evil, Bytes: []byte("v=0")})
	head, _, _ := strings.Cut(r.String(), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if strings.HasPrefix(line, "Via:") || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u202e' }) {
			t.Errorf("line %q", line)
		}
	}
	if got := strings.Count(head, "\r\n"); got != 12 {
		t.Errorf("%d lines in\n%s", got, head)
	}
}

func TestNamesAreQuotedAndReadBack(t *testing.T) {
	for _, name := range []string{`Bob "B" \o/`, "Zoë; <x>, y", "a@b"} {
		p := Party{Display: name, Scheme: "sip", User: "a b;c@d", Host: "pbx.example", Port: 5070}
		n, err := ParseNameAddr(p.String())
		if err != nil || n.Party != p {
			t.Errorf("%s: %+v %v", p, n.Party, err)
		}
	}
	tel := Party{Scheme: "tel", User: "+33123456789"}
	if got := tel.String(); got != "<tel:+33123456789>" {
		t.Error(got)
	}
	six := Party{Scheme: "sip", User: "a", Host: "2001:db8::1", Port: 5060}
	if got := six.String(); got != "<sip:a@[2001:db8::1]:5060>" {
		t.Error(got)
	}
}

// TestCancelIsLikeItsInvite (RFC 3261 section 9.1).
func TestCancelIsLikeItsInvite(t *testing.T) {
	p := Party{Scheme: "sip", User: "a", Host: "b"}
	route := Party{Scheme: "sip", Host: "proxy"}.URI()
	contact := p.URI()
	r := NewRequest(Head{Method: gosip.INVITE, URI: p.URI(), From: p.Address("x"), To: p.Address(""), CallID: "c", CSeq: 9, Route: []gosip.Uri{route}, Contact: &contact})
	r.PrependHeader(&gosip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP", Host: "h", Params: gosip.HeaderParams{{K: "branch", V: NewBranch()}}})
	c := NewCancel(r)
	if c.Contact() != nil || c.Route().Value() != r.Route().Value() || c.Via().Value() != r.Via().Value() || c.CSeq().SeqNo != 9 || c.CSeq().MethodName != gosip.CANCEL {
		t.Errorf("%s", c)
	}
	if r.CSeq().MethodName != gosip.INVITE {
		t.Error("the INVITE was changed")
	}
}

func TestTagsKnowTheirOwn(t *testing.T) {
	a, b := NewTags(), NewTags()
	tag := a.New("call")
	if !a.Ours([]byte(tag), []byte("call")) || a.Ours([]byte(tag), []byte("other")) || b.Ours([]byte(tag), []byte("call")) || a.Ours(nil, nil) {
		t.Error("tags are mixed up")
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add(`"Bob" <sip:a@b;x=y?Reason=SIP%3Bcause%3D1>;tag=1, <tel:+1>`)
	f.Add(`Q.850;cause=16;text="a\"b"`)
	f.Fuzz(func(t *testing.T, v string) {
		if n, err := ParseNameAddr(v); err == nil {
			if s := n.Party.String(); strings.ContainsAny(s, "\r\n\x00") {
				t.Fatalf("%q gave %q", v, s)
			}
		}
		if s := ParseReason(v).String(); strings.ContainsAny(s, "\r\n\x00") {
			t.Fatalf("%q gave %q", v, s)
		}
		_, _ = ParseReplaces(v)
		_, _ = ParseSessionExpires(v)
		_, _ = ParseRAck(v)
		_, _ = ParseRetryAfter(v)
		_, _ = PartyOfURI(v)
		_ = WarningText(v)
		if c := Clean(v); Clean(c) != c {
			t.Fatalf("%q is not clean after cleaning: %q", v, c)
		}
	})
}
