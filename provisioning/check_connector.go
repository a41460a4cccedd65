package provisioning

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/messaging"
)

// Limits of a connector.
const (
	mostWindow           = 1000
	mostRate             = 10_000 // segments a second
	longestKeep          = 7 * 24 * time.Hour
	mostBinds            = 16
	longestSystemID      = 15 // octets (SMPP 3.4 section 5.2.1, without the last)
	longestSystemType    = 12 // octets (SMPP 3.4 section 5.2.3)
	longestServiceType   = 5  // octets (SMPP 3.4 section 5.2.11)
	longestSecret        = 200
	longestEnquire       = 10 * time.Minute
	longestPatience      = 2 * time.Minute
	mostSources          = 100
	mostConnectorNumbers = 10_000
)

// checkConnector asks the rules of connectors, whose names are unique.
func (s *State) checkConnector(before, c *Connector) Refusals {
	r := &refuser{all: checkName(c.Name)}
	for _, other := range s.Connectors {
		if other.ID != c.ID && Fold(other.Name) == Fold(c.Name) {
			r.all = append(r.all, told(Refusal{
				Why: Clash, Code: "name_taken", Location: "body.name", Args: map[string]string{"name": other.Name, "by": string(other.ID)},
				Text: "there is a connector {name} already",
			}))
		}
	}
	if before != nil {
		r.all = append(r.all, s.stays(before, c)...)
	}
	checkManner(r, &c.Settings)
	s.checkParties(r, c)
	checkSecrets(r, c)
	s.checkSpoken(r, c)
	if before != nil && c.Settings.Role == messaging.RoleProgram && before.Settings.Role != messaging.RoleProgram {
		r.all = append(r.all, inUse(c, s.numbersBy(c.ID))...)
	}
	return r.all
}

// checkManner asks for values that there are, within what a connector can have.
func checkManner(r *refuser, c *ConnectorSettings) {
	for _, f := range []struct {
		field, value string
		of           []string
	}{
		{"kind", string(c.Kind), []string{
			string(messaging.KindSMPPClient), string(messaging.KindSMPPServer), string(messaging.KindHTTP), string(messaging.KindSIP), string(messaging.KindIMS),
		}},
		{"role", string(c.Role), []string{string(messaging.RoleCarrier), string(messaging.RoleOperator), string(messaging.RoleProgram)}},
		{"in_doubt", string(c.InDoubt), []string{string(messaging.InDoubtHold), string(messaging.InDoubtRetry)}},
	} {
		if !slices.Contains(f.of, f.value) {
			r.all = append(r.all, notOneOf("body."+f.field, f.value))
		}
	}
	if c.Country != "" {
		r.all = append(r.all, checkCountry(c.Country)...)
	}
	if c.Window < 0 || c.Window > mostWindow {
		r.all = append(r.all, outOfRange("body.window", "0", "1000"))
	}
	if c.Window > 1 && c.InDoubt == messaging.InDoubtHold {
		r.no("connector_hold_window", "body.window", "with in_doubt hold one message at a time is under way: leave window out, or take in_doubt retry", nil)
	}
	if !(c.Rate >= 0 && c.Rate <= mostRate) { // so that what is no number is refused too
		r.all = append(r.all, outOfRange("body.rate", "0", "10000"))
	}
	if c.Keep != 0 && (c.Keep < time.Minute || c.Keep > longestKeep) {
		r.all = append(r.all, outOfRange("body.keep_seconds", "60", "604800"))
	}
}

// checkParties asks about whom a connector leads to, and for whom.
func (s *State) checkParties(r *refuser, c *Connector) {
	is := &c.Settings
	if (is.Role == messaging.RoleOperator) != (is.Operator != "") {
		r.no("connector_operator", "body.operator_id", "an operator's connector names its operator, and no other does", nil)
	} else if is.Operator != "" {
		o, there := s.Find(KindOperator, string(is.Operator)).(*Operator)
		if !there || o.Account != "" && o.Account != c.Account {
			r.no("unknown", "body.operator_id", "there is no operator {id}", map[string]string{"kind": string(KindOperator), "id": string(is.Operator)})
		}
	}
	if is.Kind == messaging.KindIMS && is.Role != messaging.RoleOperator {
		r.no("connector_ims_role", "body.role", "SMS over IP is spoken with an operator's core: its role is operator", nil)
	}
	if is.Role != messaging.RoleProgram {
		if len(is.Numbers) > 0 {
			r.no("connector_numbers", "body.number_ids", "a program's connector alone has numbers of its own", nil)
		}
		return
	}
	if is.Kind != messaging.KindSMPPServer && is.Kind != messaging.KindHTTP {
		r.no("connector_program_kind", "body.kind", "a program binds to us, or speaks HTTP: take smpp_server or http", nil)
	}
	if c.Account == "" {
		r.no("connector_program_shared", "body.account_id", "a program writes for one account: its connector belongs to that", nil)
	}
	r.all = append(r.all, tooMany("body.number_ids", len(is.Numbers), mostConnectorNumbers)...)
	for i, n := range is.Numbers[:min(len(is.Numbers), mostConnectorNumbers)] {
		at := fmt.Sprintf("body.number_ids[%d]", i)
		r.all = append(r.all, s.known(KindNumber, string(n), c.Account, at)...)
		if slices.Contains(is.Numbers[:i], n) {
			r.all = append(r.all, twice(at, string(n)))
		}
	}
}

// checkSecrets asks about what is shown to the other, and by the other.
func checkSecrets(r *refuser, c *Connector) {
	for _, f := range []struct {
		field  string
		secret Secret
	}{{"password", c.Password}, {"token", c.Token}} {
		if len(f.secret) > longestSecret || !printable(string(f.secret)) {
			r.no("secret_malformed", "body."+f.field, "write up to {most} characters that can be printed, without accents", map[string]string{"most": fmt.Sprint(longestSecret)})
		}
	}
	if c.Settings.Kind == messaging.KindSMPPServer && c.Token == "" {
		r.no("connector_token", "body.token", "whoever binds to us shows a password: give it as token", nil)
	}
}

// checkSpoken asks for the fields of what a connector speaks, and for no others.
func (s *State) checkSpoken(r *refuser, c *Connector) {
	is := &c.Settings
	smpp := is.Kind == messaging.KindSMPPClient || is.Kind == messaging.KindSMPPServer
	for _, f := range []struct {
		field         string
		there, wanted bool
	}{
		{"smpp", is.SMPP != nil, smpp},
		{"http", is.HTTP != nil, is.Kind == messaging.KindHTTP},
		{"trunk_id", is.Trunk != "", is.Kind == messaging.KindSIP},
	} {
		args := map[string]string{"field": f.field, "kind": string(is.Kind)}
		switch {
		case f.there && !f.wanted:
			r.no("connector_field_not_of_kind", "body."+f.field, "{field} is not for a connector of the kind {kind}", args)
		case f.wanted && !f.there:
			r.no("connector_field_missing", "body."+f.field, "a connector of the kind {kind} needs {field}", args)
		}
	}
	checkCentre(r, is)
	if is.SMPP != nil && smpp {
		s.checkSMPP(r, c)
	}
	if is.HTTP != nil && is.Kind == messaging.KindHTTP {
		checkHTTP(r, is.HTTP)
	}
	if is.Trunk == "" || is.Kind != messaging.KindSIP {
		return
	}
	t, there := s.Find(KindTrunk, string(is.Trunk)).(*Trunk)
	switch {
	case !there || t.Account != "" && t.Account != c.Account:
		r.no("unknown", "body.trunk_id", "there is no trunk {id}", map[string]string{"kind": string(KindTrunk), "id": string(is.Trunk)})
	case slices.ContainsFunc(s.Connectors, func(o *Connector) bool { return o.ID != c.ID && o.Settings.Trunk == is.Trunk }):
		r.no("connector_trunk_taken", "body.trunk_id", "messages on the trunk {trunk} are another connector's already", map[string]string{"trunk": t.Name})
	}
}

// checkCentre asks for a service centre that a request can be sent to.
func checkCentre(r *refuser, c *ConnectorSettings) {
	switch {
	case c.Centre == "":
	case c.Kind != messaging.KindIMS:
		args := map[string]string{"field": "centre", "kind": string(c.Kind)}
		r.no("connector_field_not_of_kind", "body.centre", "{field} is not for a connector of the kind {kind}", args)
	case !isCentre(c.Centre):
		r.no("connector_centre", "body.centre", "write a number with its plus, or a SIP or tel URI: +33609001390, sip:+33609001390@ims.example", nil)
	}
}

// isCentre says whether a text names a service centre.
func isCentre(s string) (is bool) {
	const longest = 100
	if len(s) > longest || !printable(s) || strings.ContainsAny(s, " <>\",") {
		return false
	}
	if rest, sip := strings.CutPrefix(s, "sip:"); sip {
		user, host, at := strings.Cut(rest, "@")
		return at && user != "" && host != "" && !strings.Contains(host, "@")
	}
	digits, plus := strings.CutPrefix(strings.TrimPrefix(s, "tel:"), "+")
	return plus && digits != "" && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// leaveConnector refuses while messages of a number leave by it.
func (s *State) leaveConnector(c *Connector) ([]Change, Refusals) {
	return nil, inUse(c, s.numbersBy(c.ID))
}

// numbersBy names the numbers whose messages leave by a connector.
func (s *State) numbersBy(id messaging.ConnectorID) []string {
	var out []string
	for _, n := range s.Numbers {
		if m := n.Settings.Messaging; m != nil && m.Connector == id {
			out = append(out, "the number "+string(n.E164))
		}
	}
	return out
}

// printable says whether a text is of ASCII alone that can be printed; an empty one is.
func printable(s string) (is bool) {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
}
