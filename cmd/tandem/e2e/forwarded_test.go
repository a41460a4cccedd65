package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tandem/loadtest/softphone"
	"tandem/loadtest/wire"
)

// forwardingSite has carriers from which calls come that go on outside, each with another trust, and carriers to which they go, each with other terms, tried one
// after the other.
func forwardingSite() string {
	var site strings.Builder
	site.WriteString(replace(callsSite(), `servers = ["sip:{net}.2:5060"]`, `servers = ["sip:{net}.2:5060"]
priority = 8
trust_pai = true`))
	for _, t := range []struct{ name, host, more string }{
		{"stranger", ".3", "priority = 9"},
		{"believed", ".202", "priority = 9\nterms = { trust_diversion = true }"},
		{"trusted out", ".210", "trust_pai = true"},
		{"diversion out", ".211", "priority = 1\nterms = { redirection = \"diversion\", identity = \"preferred\" }"},
		{"history out", ".212", "priority = 2\ntrust_pai = true\nterms = { redirection = \"history\", identity = \"party\" }"},
		{"nothing out", ".213", "priority = 3\ntrust_pai = true\nterms = { redirection = \"none\", identity = \"none\" }"},
	} {
		fmt.Fprintf(&site, "\n[[trunks]]\nname = %q\nsources = [\"{net}%[2]s\"]\nservers = [\"sip:{net}%[2]s:5060\"]\ncountry = \"FR\"\nmedia_allow = [\"127.0.0.0/8\"]\n%[3]s\n", t.name, t.host, t.more)
	}
	return site.String()
}

// headsOf are the headers of an INVITE that say who calls and who sent the call on.
func headsOf(m *wire.Message) string {
	var out strings.Builder
	for _, name := range []string{"From", "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Privacy", "Diversion", "History-Info"} {
		for _, v := range m.All(name) {
			v, _, _ = strings.Cut(v, ";tag=")
			out.WriteString(name + ": " + v + "\n")
		}
	}
	return out.String()
}

// toldOf is what a carrier is to read of a call that was sent on to it: who is named before us, and whether they asked not to be.
type toldOf struct {
	host, before string
	private      bool
}

// heads are all of those headers, by the number of the carrier.
func (w toldOf) heads(carrier int) string {
	own, before := "<sip:"+numberOut+w.host+">", w.before
	diversion := "Diversion: " + own + ";reason=deflection\n"
	steps := []string{own, "<sip:" + numberOutside + w.host + ";cause=480>"}
	if before != "" {
		asked, hidden := "", ""
		if w.private {
			asked, hidden = ";privacy=full", "?Privacy=history"
		}
		diversion += "Diversion: <" + before + ">;reason=user-busy" + asked + "\n"
		steps = []string{"<" + before + hidden + ">", "<sip:" + numberOut + w.host + ";cause=486>", steps[1]}
	}
	history, index := "", "1"
	for i, step := range steps {
		history += "History-Info: " + step + ";index=" + index
		if i > 0 {
			history += ";mp=" + strings.TrimSuffix(index, ".1")
		}
		history += "\n"
		index += ".1"
	}
	return "From: " + own + "\n" + []string{
		"P-Asserted-Identity: " + own + "\n" + diversion + history,
		"P-Preferred-Identity: " + own + "\n" + diversion,
		"Remote-Party-ID: " + own + ";party=calling;privacy=off;screen=yes\n" + history,
		"",
	}[carrier]
}

// carrierAt opens the server of a carrier.
func (o *office) carrierAt(host string) *softphone.Phone {
	o.t.Helper()
	return o.phoneAt(softphone.Config{Bind: netip.MustParseAddrPort(o.net + host + ":5060"), User: "+33639980101"})
}

// A call from a carrier that is sent on outside: each carrier is told in its own headers who sent it on; what came with the call goes on only where whoever
// brought it is believed; who asked not to be shown is named only to whom may know it; and the caller, who is not ours to show, to nobody.
func TestAForwardedCallNamesWhoSentItOn(t *testing.T) {
	const before = "+33199000001" // who sent the call to us
	onBoth(t, forwardingSite(), func(o *office) {
		outs := []*softphone.Phone{o.carrierAt(".210"), o.carrierAt(".211"), o.carrierAt(".212"), o.carrierAt(".213")}
		for _, c := range []struct {
			in                string
			believed, private bool
		}{{".2", true, false}, {".2", true, true}, {".3", false, true}, {".202", true, true}} {
			from := o.carrierAt(c.in)
			heads := []string{"Diversion: <sip:" + before + "@carrier.example>;reason=user-busy", "P-Asserted-Identity: <sip:+33639980102@carrier.example>"}
			if c.private {
				heads = append(heads, "Privacy: id;history")
			}
			call, err := from.Dial(numberOut, softphone.DialOptions{Headers: heads})
			o.ok(err)
			for i, p := range outs {
				far, failed := p.Incoming(o.ctx)
				o.ok(failed)
				far.Reject([]int{503, 503, 503, 486}[i])
				told := toldOf{host: fmt.Sprintf("@%s.%d", o.net, 210+i), private: c.private}
				switch {
				case c.believed && c.private && i == 1: // the one that is not trusted
					told.before = "sip:anonymous@anonymous.invalid"
				case c.believed:
					told.before = "sip:" + before + "@carrier.example"
				}
				want := told.heads(i)
				if got := headsOf(&far.Invite); got != want {
					t.Errorf("from %s, believed %t, private %t, the carrier %d reads\n%swant\n%s", c.in, c.believed, c.private, i, got, want)
				}
			}
			_, err = call.Refused(o.ctx)
			o.ok(err)
			from.Close()
		}
	})
}

// Who calls is shown to a telephone as the carrier vouches for it, where it is trusted to; nobody is shown who asked for that.
func TestWhoCallsIsShownByTheTrustInTheirCarrier(t *testing.T) {
	onBoth(t, forwardingSite(), func(o *office) {
		chloe := o.phone("chloe-desk")
		for _, c := range []struct{ in, privacy, sees string }{
			{".2", "none", "+33639980102"}, {".3", "none", "+33639980101"}, {".2", "id", "anonymous"}, {".3", "user", "anonymous"}, {".202", "header", "anonymous"},
		} {
			from := o.carrierAt(c.in)
			call, err := from.Dial(numberAlone, softphone.DialOptions{Headers: []string{"P-Asserted-Identity: <sip:+33639980102@carrier.example>", "Privacy: " + c.privacy}})
			o.ok(err)
			rung := o.rings(chloe)
			got := headsOf(&rung.Invite)
			if !strings.Contains(got, "sip:"+c.sees+"@") || c.sees == "anonymous" && strings.Contains(got, "+336399801") {
				t.Errorf("from %s with Privacy: %s the phone reads\n%s", c.in, c.privacy, got)
			}
			o.ok(call.Cancel(o.ctx))
			o.ok(rung.Ended(o.ctx))
			from.Close()
		}
	})
}
