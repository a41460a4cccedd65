package provisioning

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/routing"
)

// Limits of a trunk.
const (
	longestOptionsEvery = time.Hour
	mostPriority        = 1000
	mostTrunkCalls      = 1_000_000
)

// checkTrunk asks the rules of trunks.
func (s *State) checkTrunk(_, after *Trunk) Refusals {
	out := checkName(after.Name)
	for _, o := range s.Trunks {
		if o.ID != after.ID && Fold(o.Name) == Fold(after.Name) {
			out = append(out, told(Refusal{
				Why: Clash, Code: "name_taken", Location: "body.name", Args: map[string]string{"name": o.Name, "by": string(o.ID)},
				Text: "there is a trunk {name} already",
			}))
		}
	}
	for _, o := range s.Operators {
		if o.Trunk == after.ID && len(after.Servers) == 0 {
			out = append(out, told(Refusal{
				Code: "operator_trunk_servers", Location: "body.servers", Args: map[string]string{"trunk": after.Name},
				Text: "the trunk {trunk} has no servers: nothing could be sent to the core",
			}))
		}
	}
	return append(out, after.settingsRefusals()...)
}

// leaveTrunk refuses while it leads to an operator's core, or messages go by it.
func (s *State) leaveTrunk(t *Trunk) ([]Change, Refusals) {
	var where []string
	for _, o := range s.Operators {
		if o.Trunk == t.ID {
			where = append(where, "the operator "+o.Name)
		}
	}
	where = append(where, s.connectorsOf(func(c *ConnectorSettings) Uses { return c.Trunk == t.ID })...)
	return nil, inUse(t, where)
}

// settingsRefusals finds settings of a trunk that do not go together.
func (t *Trunk) settingsRefusals() Refusals {
	var out Refusals
	refuse := func(code, field, text string, args map[string]string) {
		at := "body"
		if field != "" {
			at += "." + field
		}
		out = append(out, told(Refusal{Code: code, Location: at, Args: args, Text: text}))
	}
	for i, server := range t.Servers {
		if !sipURI(server) {
			refuse("trunk_server", fmt.Sprintf("servers[%d]", i), `"{server}" is no SIP URI: write "sip:host:port;transport=udp"`, map[string]string{"server": server})
		}
	}
	if len(t.Sources) == 0 && len(t.Servers) == 0 && t.InUsername == "" {
		refuse("trunk_empty", "", "the trunk {name} has neither sources, nor servers, nor in_username: nothing could use it", map[string]string{"name": t.Name})
	}
	if (t.InUsername == "") != (t.InHA1MD5 == "") {
		refuse("trunk_in_login", "in_username", "in_username and in_password go together", nil)
	}
	if (t.OutUsername == "") != (t.OutPassword == "") {
		refuse("trunk_out_login", "out_username", "out_username and out_password go together", nil)
	}
	if t.Register && (len(t.Servers) == 0 || t.OutUsername == "") {
		refuse("trunk_register", "register", "to register, a trunk needs servers and out_username", nil)
	}
	if t.Country != "" && !country(t.Country) {
		refuse("trunk_country", "country", `"{country}" is no country: write two letters, such as "FR"`, map[string]string{"country": t.Country})
	}
	if t.Dial == routing.DialNational && t.Country == "" {
		refuse("trunk_dial", "dial", "to dial national numbers, the trunk needs a country", nil)
	}
	return slices.Concat(out, t.limitRefusals(), t.tlsRefusals(), t.TermsRefusals())
}

// limitRefusals finds what is outside of what a trunk can have.
func (t *Trunk) limitRefusals() Refusals {
	var out Refusals
	switch t.Dial {
	case routing.DialPlus, routing.DialDouble0, routing.DialNational, routing.DialBare:
	default:
		out = append(out, notOneOf("body.dial", string(t.Dial)))
	}
	for _, limit := range []struct {
		field string
		value int64
		most  int64
	}{
		{"priority", int64(t.Priority), mostPriority},
		{"max_calls", int64(t.MaxCalls), mostTrunkCalls},
		{"options_every_seconds", int64(t.OptionsEvery), int64(longestOptionsEvery)},
	} {
		if limit.value < 0 || limit.value > limit.most {
			out = append(out, told(Refusal{
				Code: "trunk_limit", Location: "body." + limit.field, Args: map[string]string{"field": limit.field},
				Text: "{field} is outside of what a trunk can have",
			}))
		}
	}
	return out
}

// sipURI says whether a server is written as one, in characters that can stand in a request.
func sipURI(server string) bool {
	rest, is := strings.CutPrefix(server, "sip:")
	if !is {
		rest, is = strings.CutPrefix(server, "sips:")
	}
	return is && rest != "" && len(server) <= 255 && !strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' || r == '"' })
}

// country says whether a text has the form of ISO 3166 alpha-2.
func country(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
