package provisioning

import (
	"strings"
	"testing"

	"tandem/routing/peering"
)

// Every field of the terms is read from a site file, and what is wrong with one is said at its place.
func TestASiteFileHasTheTermsOfATrunk(t *testing.T) {
	const whole = `
[[accounts]]
name = "Acme"
[[trunks]]
name = "Carrier"
servers = ["sip:192.0.2.10"]
country = "FR"
terms = { codecs = ["PCMU"], digits_in = "inband", digits_out = "info", event_type = 100, ptime = 40, prefix_in = [{match = "0", put = "+33", length = 10}], prefix_out = [{match = "+", put = "00"}], from_format = "00", asserted_format = "plus", identity = "preferred", redirection = "none", trust_diversion = true, max_in = 3, max_out = 4, calls_per_second = 5, full_status = 486, weight = 6, session_timer = "off", session_seconds = 600, reliable = "required", early_media = "ignore", headers_in = [{do = "remove", header = "Diversion"}], headers_out = [{do = "set", header = "X-A", value = "1"}] }
`
	site, problems := ParseSite("site.toml", []byte(whole))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := site.trunks[0].record.Terms
	if got.Codecs[0] != peering.PCMU || got.DigitsOut != peering.DigitsInfo || got.Ptime != 40 || got.PrefixIn[0].Length != 10 || got.Full != 486 ||
		got.Reliable != peering.PolicyRequired || got.HeadersIn[0].Header != "Diversion" || !got.TrustDiversion || got.EarlyMedia != peering.EarlyIgnore {
		t.Errorf("the terms are %+v", got)
	}
	_, problems = ParseSite("site.toml", []byte(strings.Replace(whole, `codecs = ["PCMU"]`, `codecs = ["PCMU", "GSM"], colour = "red"`, 1)))
	if text := problemsText(problems); !strings.Contains(text, "colour") || !strings.Contains(text, "terms.codecs[1]") {
		t.Errorf("the problems are %s", text)
	}
}

func problemsText(all []Problem) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.Key + ": " + p.Text + "\n")
	}
	return b.String()
}
