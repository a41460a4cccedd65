package provisioning

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/routing"
)

// Limits of an operator.
const (
	mostShortCodes   = 50
	mostMediaServers = 100
	mostQuirks       = 100
	longestPrefix    = 8 // digits
	longestHost      = 253
)

// refuser collects what is wrong with an operator.
type refuser struct{ all Refusals }

func (r *refuser) no(code, location, text string, args map[string]string) {
	r.all = append(r.all, told(Refusal{Code: code, Location: location, Text: text, Args: args}))
}

// checkOperator asks the rules of operators, whose names are unique.
func (s *State) checkOperator(before, o *Operator) Refusals {
	r := &refuser{all: checkName(o.Name)}
	for _, other := range s.Operators {
		if other.ID != o.ID && Fold(other.Name) == Fold(o.Name) {
			r.all = append(r.all, told(Refusal{
				Why: Clash, Code: "name_taken", Location: "body.name", Args: map[string]string{"name": other.Name, "by": string(other.ID)},
				Text: "there is an operator {name} already",
			}))
		}
	}
	if before != nil {
		r.all = append(r.all, s.stays(before, o)...)
	}
	s.checkCoreTrunk(r, o)
	checkCore(r, &o.Settings.Core)
	checkTimers(r, &o.Settings.Core)
	checkCodes(r, &o.Settings.Core)
	checkQuirks(r, o.Settings.Core.Quirks)
	r.all = append(r.all, o.sideRefusals()...)
	return append(r.all, s.checkCards(o)...)
}

// checkCoreTrunk asks about the way to an operator's core: it has servers, it is of the account or of all, and it leads to one operator.
func (s *State) checkCoreTrunk(r *refuser, o *Operator) {
	t, is := s.Find(KindTrunk, string(o.Trunk)).(*Trunk)
	args := map[string]string{"trunk": string(o.Trunk), "kind": string(KindTrunk), "id": string(o.Trunk)}
	if !is || t.Account != "" && t.Account != o.Account {
		r.no("unknown", "body.trunk_id", "there is no trunk {id}", args)
		return
	}
	args["trunk"] = t.Name
	if len(t.Servers) == 0 {
		r.no("operator_trunk_servers", "body.trunk_id", "the trunk {trunk} has no servers: nothing could be sent to the core", args)
	}
	for _, other := range s.Operators {
		if other.ID != o.ID && other.Trunk == o.Trunk {
			args["operator"] = other.Name
			r.no("operator_trunk_taken", "body.trunk_id", "the trunk {trunk} leads to the operator {operator} already: one trunk is one core", args)
		}
	}
}

// checkCore asks for values that there are, and that go with how the core is joined.
func checkCore(r *refuser, c *routing.Operator) {
	for _, f := range []struct {
		field, value string
		of           []string
	}{
		{"attachment", string(c.Attachment), []string{string(routing.AttachISC), string(routing.AttachTrunk)}},
		{"breakout", string(c.Breakout), []string{string(routing.BreakoutTrunk), string(routing.BreakoutReturn)}},
		{"emergency", string(c.Emergency), []string{string(routing.EmergencyReturn), string(routing.Emergency380)}},
		{"confirm", string(c.Confirm), []string{string(routing.ConfirmSuspect), string(routing.ConfirmAlways), string(routing.ConfirmNever)}},
		{"decline", string(c.Decline), []string{string(routing.DeclineEverywhere), string(routing.DeclineDevice)}},
		{"history", string(c.WriteHistory), []string{
			string(routing.WriteBoth), string(routing.WriteDiversion), string(routing.WriteHistoryInfo), string(routing.WriteNone),
		}},
	} {
		if !slices.Contains(f.of, f.value) {
			r.all = append(r.all, notOneOf("body."+f.field, f.value))
		}
	}
	r.all = append(r.all, checkCountry(c.Country)...)
	if c.Domain != "" && !hostname(c.Domain) {
		r.no("domain_malformed", "body.domain", `"{value}" is no domain: write one such as ims.mnc001.mcc208.3gppnetwork.org`, map[string]string{"value": c.Domain})
	}
	for _, p := range []struct{ field, value string }{{"originating_prefix", c.OriginatingPrefix}, {"return_prefix", c.ReturnPrefix}} {
		args := map[string]string{"value": p.value, "field": p.field}
		switch {
		case p.value == "":
		case !digits(p.value) || len(p.value) > longestPrefix:
			r.no("prefix_malformed", "body."+p.field, `"{value}" is no prefix: write one to eight digits`, args)
		case c.Attachment != routing.AttachTrunk:
			r.no("operator_not_for_isc", "body."+p.field, "{field} is for a core that is joined by a plain trunk: an application server is told by P-Served-User", args)
		}
	}
}

// checkTimers asks about times: ours ends before the operator diverts the call.
func checkTimers(r *refuser, c *routing.Operator) {
	const least, most, longestNoReply = 5 * time.Second, time.Minute, 2 * time.Minute
	if c.HandsetRing != 0 && (c.HandsetRing < least || c.HandsetRing > most) {
		r.all = append(r.all, outOfRange("body.handset_ring_seconds", "5", "60"))
	}
	if c.NoReplyTimer != 0 && (c.NoReplyTimer < least || c.NoReplyTimer > longestNoReply) {
		r.all = append(r.all, outOfRange("body.no_reply_seconds", "5", "120"))
	}
	if c.NoReplyTimer != 0 && c.HandsetRing >= c.NoReplyTimer {
		r.no("operator_rings_too_long", "body.handset_ring_seconds", "the handset would ring until the operator diverts the call: stay below {most} seconds",
			map[string]string{"most": strconv.FormatFloat(c.NoReplyTimer.Seconds(), 'g', -1, 64)})
	}
}

// checkCodes asks about short codes of voicemail: an emergency number is never one (SPEC O4).
func checkCodes(r *refuser, c *routing.Operator) {
	r.all = append(r.all, tooMany("body.short_codes", len(c.ShortCodes), mostShortCodes)...)
	r.all = append(r.all, tooMany("body.media_servers", len(c.MediaServers), mostMediaServers)...)
	for i, code := range c.ShortCodes[:min(len(c.ShortCodes), mostShortCodes)] {
		at := fmt.Sprintf("body.short_codes[%d]", i)
		bare := strings.Trim(code, "*#")
		args := map[string]string{"value": code}
		switch {
		case len(code) > longestPrefix || !digits(strings.NewReplacer("*", "0", "#", "0").Replace(code)):
			r.no("short_code_malformed", at, `"{value}" is no short code: write one to eight keys, such as "888"`, args)
		case routing.EmergencyAnywhere(bare):
			r.all = append(r.all, told(Refusal{
				Code: "short_code_emergency", Row: "O4", Location: at, Text: "{value} is an emergency number: it is never anything else", Args: args,
			}))
		case slices.Contains(c.ShortCodes[:i], code):
			r.all = append(r.all, twice("body.short_codes", code))
		}
	}
}

// checkQuirks asks about what the operator means by failures.
func checkQuirks(r *refuser, all []routing.Quirk) {
	r.all = append(r.all, tooMany("body.quirks", len(all), mostQuirks)...)
	for i, q := range all[:min(len(all), mostQuirks)] {
		at := fmt.Sprintf("body.quirks[%d]", i)
		if q.Status != 0 && (q.Status < 300 || q.Status > 699) {
			r.all = append(r.all, outOfRange(at+".status", "300", "699"))
		}
		if q.Q850 < -1 || q.Q850 > 127 {
			r.all = append(r.all, outOfRange(at+".q850", "-1", "127"))
		}
		if q.Means < 1 || q.Means > 127 {
			r.all = append(r.all, outOfRange(at+".means", "1", "127"))
		}
		if q.Status == 0 && q.Q850 == 0 {
			r.no("quirk_empty", at, "a quirk is of a status, of a cause, or of both: this one would be of every failure", nil)
		}
	}
}

// leaveOperator refuses while an eSIM, or a connector, is the operator's.
func (s *State) leaveOperator(o *Operator) ([]Change, Refusals) {
	var where []string
	for _, n := range s.Numbers {
		if e := n.Settings.ESIM; e != nil && e.Operator == o.ID {
			where = append(where, "the eSIM of "+string(n.E164))
		}
	}
	where = append(where, s.connectorsOf(func(c *ConnectorSettings) Uses { return c.Operator == o.ID })...)
	return nil, inUse(o, where)
}

// digits says whether a text is digits and nothing else, and not empty.
func digits(s string) (is bool) { return s != "" && strings.Trim(s, "0123456789") == "" }

// hostname says whether a text has the form of a host's name or address (RFC 1123 section 2.1).
func hostname(s string) (is bool) {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
	return s != "" && len(s) <= longestHost && strings.Trim(s, allowed) == "" && s[0] != '.' && s[0] != '-' && !strings.Contains(s, "..")
}
