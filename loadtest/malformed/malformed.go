// Package malformed makes requests that are wrong in one place: each element of an INVITE, each anomaly that has ever broken a parser there. The same number always
// gives the same request, so that one which does harm can be found again.
package malformed

import (
	"fmt"
	"strings"
)

// Most is the longest request that is made, in bytes: what a UDP datagram holds.
const Most = 60000

// element is a place in the request: its name as the template has it, and what stands there when nothing is wrong.
type element struct{ name, value string }

// elements are the places of the request that are spoiled, one at a time.
func elements() []element {
	return []element{
		{"method", "INVITE"},
		{"scheme", "sip"},
		{"user", "nobody"},
		{"host", "pbx.example"},
		{"uriparam", "user=phone"},
		{"version", "SIP/2.0"},
		{"viaprotocol", "SIP"},
		{"viaversion", "2.0"},
		{"viatransport", "UDP"},
		{"viahost", "127.0.0.1"},
		{"viaport", "5060"},
		{"viaparam", "rport"},
		{"fromname", `"Caller"`},
		{"fromscheme", "sip"},
		{"fromuser", "+33639980101"},
		{"fromhost", "127.0.0.1"},
		{"fromtag", "a1"},
		{"toname", `"Called"`},
		{"toscheme", "sip"},
		{"touser", "nobody"},
		{"tohost", "pbx.example"},
		{"toparam", "x=y"},
		{"cseq", "1"},
		{"cseqmethod", "INVITE"},
		{"forwards", "70"},
		{"contactname", `"Me"`},
		{"contactscheme", "sip"},
		{"contactuser", "load"},
		{"contacthost", "127.0.0.1"},
		{"contactport", "5060"},
		{"contactparam", "q=0.5"},
		{"headername", "Subject"},
		{"headervalue", "hello"},
		{"route", "<sip:127.0.0.1;lr>"},
		{"recordroute", "<sip:127.0.0.1;lr>"},
		{"require", "100rel"},
		{"supported", "timer"},
		{"sessionexpires", "1800"},
		{"accept", "application/sdp"},
		{"identity", "<sip:+33639980101@a>"},
		{"diversion", "<sip:+33639980102@a>;reason=no-answer"},
		{"authorization", `Digest username="a",realm="b",nonce="c",uri="sip:a",response="d"`},
		{"date", "Sat, 13 Nov 2010 23:29:00 GMT"},
		{"contenttype", "application/sdp"},
		{"length", ""},
		{"v", "0"},
		{"o", "- 1 1 IN IP4 127.0.0.1"},
		{"s", "-"},
		{"c", "IN IP4 127.0.0.1"},
		{"t", "0 0"},
		{"m", "audio"},
		{"mport", "40000"},
		{"mformats", "0 8 101"},
		{"a", "rtpmap:101 telephone-event/8000"},
		{"fmtp", "fmtp:101 0-15"},
	}
}

// anomalies are what a place is spoiled with.
func anomalies() []string {
	all := []string{
		"", " ", "\t", "-1", "0", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775808",
		"1" + strings.Repeat("0", 40), "0x7f", "1e9", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x88\x80\x80\x80", "\xef\xbb\xbf", "\xff\xfe",
		"[::1", "::1]", "[::::]", "[1:2:3:4:5:6:7:8:9]", "[::ffff:999.1.1.1]", "[fe80::1%lo]", "\r\n", "\r\n\r\n", "\r\n x", "\r", "\n", "\"", "\\", "<<>>", "%", "%0", "%00",
		"%0d%0aX-Evil: 1", "\r\nX-Evil: 1\r\n", "sip:", ";;;;", ",,,,", "@@@@", "////", "=;=;=", "${x}", "' OR 1=1--", "../../etc/passwd", "<script>", "\x1b[2J",
	}
	for _, c := range []string{"a", "%s", "%n", "\x00", "\xff", "<", ">", "\"", ";", ":", "/", "\\", "\n", "\r", "(", ","} {
		for n := 10; n <= 10000; n *= 10 {
			all = append(all, strings.Repeat(c, n))
		}
	}
	return append(all, strings.Repeat("a", 50000), strings.Repeat(";p=1", 8000), strings.Repeat("\r\nX: y", 5000))
}

// Places of an anomaly: instead of what stands there, before it, behind it.
const places = 3

// Cases is how many different requests there are.
func Cases() int { return len(elements()) * len(anomalies()) * places }

// Request gives the request of that number; those from Cases on begin again, and are other calls.
func Request(n int) []byte {
	parts, spoils := elements(), anomalies()
	spoiled := n % len(parts)
	spoil := spoils[n/len(parts)%len(spoils)]
	values := map[string]string{}
	for i, p := range parts {
		values[p.name] = p.value
		if i != spoiled {
			continue
		}
		switch n / len(parts) / len(spoils) % places {
		case 0:
			values[p.name] = spoil
		case 1:
			values[p.name] = spoil + p.value
		default:
			values[p.name] = p.value + spoil
		}
	}
	body := fill("v={v}\r\no={o}\r\ns={s}\r\nc={c}\r\nt={t}\r\nm={m} {mport} RTP/AVP {mformats}\r\na={a}\r\na={fmtp}\r\n", values)
	values["length"] = strings.ReplaceAll(values["length"], "\r\n\r\n", "")
	if parts[spoiled].name != "length" || values["length"] == "" {
		values["length"] = fmt.Sprint(len(body))
	}
	values["n"] = fmt.Sprint(n)
	raw := fill("{method} {scheme}:{user}@{host};{uriparam} {version}\r\nVia: {viaprotocol}/{viaversion}/{viatransport} {viahost}:{viaport};branch=z9hG4bKm{n};{viaparam}\r\n"+
		"From: {fromname} <{fromscheme}:{fromuser}@{fromhost}>;tag={fromtag}\r\nTo: {toname} <{toscheme}:{touser}@{tohost};{toparam}>\r\nCall-ID: malformed-{n}\r\n"+
		"CSeq: {cseq} {cseqmethod}\r\nMax-Forwards: {forwards}\r\nContact: {contactname} <{contactscheme}:{contactuser}@{contacthost}:{contactport}>;{contactparam}\r\n"+
		"{headername}: {headervalue}\r\nRoute: {route}\r\nRecord-Route: {recordroute}\r\nSupported: {supported}\r\nSession-Expires: {sessionexpires}\r\nAccept: {accept}\r\n"+
		"P-Asserted-Identity: {identity}\r\nDiversion: {diversion}\r\nDate: {date}\r\nContent-Type: {contenttype}\r\nContent-Length: {length}\r\n", values)
	switch name := parts[spoiled].name; name { // these make every request another one: they stand only where they are meant
	case "require", "authorization":
		raw += name + ": " + values[name] + "\r\n"
	}
	raw += "\r\n" + body
	return []byte(raw[:min(len(raw), Most)])
}

// fill puts the values into a template.
func fill(template string, values map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		var name string
		name, template, _ = strings.Cut(rest, "}")
		b.WriteString(values[name])
	}
}
