package provisioning

import (
	"tandem/routing/peering"
)

// TermsRefusals finds what is wrong with a trunk's terms.
func (t *Trunk) TermsRefusals() Refusals {
	var out Refusals
	for _, p := range t.Terms.Check() {
		out = append(out, told(Refusal{Code: p.Code, Location: "body.terms." + p.Field, Args: p.Args, Text: p.Text}))
	}
	if t.Country == "" && (t.Terms.FromFormat == peering.FormatNational || t.Terms.AssertedFormat == peering.FormatNational) {
		out = append(out, &Refusal{Code: "trunk_dial", Location: "body.terms.from_format", Text: "to show national numbers, the trunk needs a country"})
	}
	if t.MaxCalls > 0 && (t.Terms.MaxIn > t.MaxCalls || t.Terms.MaxOut > t.MaxCalls) {
		out = append(out, &Refusal{Code: "trunk_limits", Location: "body.terms.max_in", Text: "max_in and max_out cannot be more than max_calls"})
	}
	return out
}

// termsText is what an audit row shows of terms; empty where nothing was set.
func termsText(t *peering.Terms) string {
	if t.IsZero() {
		return ""
	}
	return asJSON(t)
}

// siteTerms are terms as a site file has them; nil where nothing was set.
func siteTerms(t *peering.Terms) *peering.Terms {
	if t.IsZero() {
		return nil
	}
	return new(*t)
}

// readTerms reads [trunks.terms]. What its values may be is for the rules of terms to say.
func readTerms(t *table) peering.Terms {
	if t == nil {
		return peering.Terms{}
	}
	defer t.close()
	out := peering.Terms{
		DigitsIn: peering.DigitMode(t.text("digits_in")), DigitsOut: peering.DigitMode(t.text("digits_out")),
		EventType: t.whole("event_type", mostTerm), Ptime: t.whole("ptime", mostTerm),
		HeadersIn: readHeaderRules(t, "headers_in"), HeadersOut: readHeaderRules(t, "headers_out"),
		PrefixIn: readPrefixRules(t, "prefix_in"), PrefixOut: readPrefixRules(t, "prefix_out"),
		FromFormat: peering.NumberFormat(t.text("from_format")), AssertedFormat: peering.NumberFormat(t.text("asserted_format")),
		Identity: peering.Identity(t.text("identity")), Redirection: peering.Redirection(t.text("redirection")), TrustDiversion: t.truth("trust_diversion"),
		MaxIn: t.whole("max_in", mostTerm), MaxOut: t.whole("max_out", mostTerm), Rate: t.whole("calls_per_second", mostTerm),
		Full: t.whole("full_status", mostTerm), Weight: t.whole("weight", mostTerm),
		Timer: peering.Policy(t.text("session_timer")), TimerSeconds: t.whole("session_seconds", mostTerm),
		Reliable: peering.Policy(t.text("reliable")), EarlyMedia: peering.EarlyMedia(t.text("early_media")),
	}
	for _, c := range t.texts("codecs") {
		out.Codecs = append(out.Codecs, peering.Codec(c))
	}
	return out
}

// mostTerm is beyond what any number of terms may be.
const mostTerm = 10_000_000

func readHeaderRules(t *table, key string) []peering.HeaderRule {
	var out []peering.HeaderRule
	for _, r := range t.tables(key) {
		out = append(out, peering.HeaderRule{Do: peering.HeaderAct(r.text("do")), Header: r.text("header"), To: r.text("to"), Value: r.text("value")})
		r.close()
	}
	return out
}

func readPrefixRules(t *table, key string) []peering.PrefixRule {
	var out []peering.PrefixRule
	for _, r := range t.tables(key) {
		out = append(out, peering.PrefixRule{Match: r.text("match"), Put: r.text("put"), Length: r.whole("length", mostTerm)})
		r.close()
	}
	return out
}
