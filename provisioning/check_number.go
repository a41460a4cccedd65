package provisioning

import (
	"slices"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// checkNumber asks the rules of numbers.
func (s *State) checkNumber(before, n *Number) Refusals {
	out := checkText("body.name", n.Name, lengths{0, longestName})
	if CheckE164(n.E164) != nil {
		out = append(out, notE164("body.e164", n.E164))
	}
	if i := slices.IndexFunc(s.Numbers, func(o *Number) bool { return o.E164 == n.E164 && o.ID != n.ID }); i >= 0 {
		out = append(out, told(Refusal{
			Why: Clash, Code: "number_taken", Location: "body.e164", Args: map[string]string{"number": string(n.E164)}, Text: "{number} is there already",
		}))
	}
	out = append(out, s.checkDistribution(n)...)
	out = append(out, checkNumberSettings(n)...)
	if before != nil {
		out = append(out, s.stays(before, n)...)
	}
	if before == nil || !orphaned(n) {
		out = append(out, n.kindRefusals()...)
	}
	if before == nil || !s.reconfigured(before, n) {
		out = append(out, n.conversionRefusals(before)...)
	}
	out = append(out, n.esimRefusals()...)
	out = append(out, s.checkSubscription(before, n)...)
	out = append(out, s.checkMessaging(n)...)
	return append(out, s.checkNumberFlow(n)...)
}

// kindRefusals says why a number cannot be of its kind with its users and teams (SPEC D1 to D3, D16, D17).
func (n *Number) kindRefusals() Refusals {
	if !isE164(n.E164) {
		return nil // It is said elsewhere, and the kind of what is no number is no question.
	}
	args := map[string]string{"number": string(n.E164)}
	switch n.Kind {
	case routing.Direct:
		if !FrenchMobile(n.E164) {
			return Refusals{told(Refusal{Code: "direct_number_unsupported_type", Row: "D2", Location: "body.kind", Args: args, Text: "{number}: " + errNoDirect.Error()})}
		}
		if len(n.Users) != 1 || len(n.Teams) != 0 {
			return Refusals{told(Refusal{Code: codeSingleUser, Row: "D1", Location: "body.kind", Args: args, Text: "{number}: " + errOneUser.Error()})}
		}
	case routing.Unconfigured:
		if !FrenchMobile(n.E164) {
			return Refusals{told(Refusal{Code: "number_not_mobile", Row: "D3", Location: "body.kind", Args: args, Text: "{number}: " + errNotMobile.Error()})}
		}
	case routing.Shared, routing.LegacyClassic, routing.LegacyIVR:
	}
	return nil
}

// isE164 says whether a number has the form of E.164.
func isE164(n routing.E164) bool { return CheckE164(n) == nil }

const codeSingleUser = "direct_number_single_user"

// conversionRefusals says why a number cannot become what it is to be (SPEC D1, D8); before may be nil.
func (n *Number) conversionRefusals(before *Number) Refusals {
	if before == nil || before.Kind != routing.Direct {
		return nil
	}
	args := map[string]string{"number": string(n.E164)}
	if n.Kind != routing.Direct {
		return Refusals{told(Refusal{
			Code: "direct_number_reconfigure", Row: "D8", Location: "body.kind", Args: args, Text: "{number}: " + errReconfigure.Error(),
		})}
	}
	if len(before.Users) == 1 && len(n.Users) == 1 && before.Users[0] != n.Users[0] {
		return Refusals{told(Refusal{Code: "direct_number_for_good", Row: "D1", Location: "body.kind", Args: args, Text: "{number}: " + errForGood.Error()})}
	}
	return nil
}

// orphaned says whether a direct number waits for a new user: the last one was deleted (SPEC D21).
func orphaned(n *Number) bool {
	return n.Kind == routing.Direct && len(n.Users) == 0 && len(n.Teams) == 0
}

// reconfigured says whether a direct number was made a shared line from scratch: nothing of its distribution is left (SPEC D8).
func (s *State) reconfigured(before, n *Number) bool {
	return before.Kind == routing.Direct && n.Kind == routing.Shared && n.Flow != before.Flow && len(n.Users)+len(n.Teams) == 0 &&
		(before.Settings.ESIM == nil || before.Settings.ESIM.over())
}

// checkDistribution finds users and teams of a number that its account does not have.
func (s *State) checkDistribution(n *Number) Refusals {
	out := s.checkMembers(n.Account, n.Users, "body.users")
	out = append(out, s.checkMembers(n.Account, n.Settings.Outbound, "body.outbound_users")...)
	seen := map[routing.TeamID]struct{}{}
	for _, id := range n.Teams {
		if _, again := seen[id]; again {
			out = append(out, twice("body.teams", string(id)))
			continue
		}
		seen[id] = struct{}{}
		out = append(out, s.known(KindTeam, string(id), n.Account, "body.teams")...)
	}
	return out
}

// checkNumberSettings asks about what a number says beside its distribution.
func checkNumberSettings(n *Number) Refusals {
	out := checkTimezone(n.Settings.Timezone)
	if n.RingBeforeAnswer < 0 || n.RingBeforeAnswer > longestRingBeforeAnswer {
		out = append(out, outOfRange("body.ring_before_answer_seconds", "0", "60"))
	}
	if n.Settings.Priority < 0 || n.Settings.Priority > 1 {
		out = append(out, outOfRange("body.priority", "0", "1"))
	}
	return out
}

// longestRingBeforeAnswer is for how long a caller may hear ringing before the first audio (SPEC Q5).
const longestRingBeforeAnswer = time.Minute

// checkNumberFlow asks whether a number may have its flow.
func (s *State) checkNumberFlow(n *Number) Refusals {
	if n.Flow == "" {
		return nil
	}
	if refused := s.known(KindFlow, string(n.Flow), n.Account, "body.flow_id"); len(refused) > 0 {
		return refused
	}
	if n.Kind == routing.Unconfigured {
		return Refusals{told(Refusal{
			Code: "number_unconfigured", Row: "D3", Location: "body.flow_id", Args: map[string]string{"number": string(n.E164)},
			Text: "{number} is unconfigured: make it direct or shared to give it a flow",
		})}
	}
	return nil
}

// flowOf is a number's flow as calls walk it; nil where nothing is published.
func (s *State) flowOf(n *Number) *flow.Flow {
	f, is := s.Find(KindFlow, string(n.Flow)).(*Flow)
	if !is || f.Published == "" {
		return nil
	}
	parsed, err := flow.Parse([]byte(f.Published))
	if err != nil {
		return nil // It was in order when it was published; calls leave it out too.
	}
	parsed.ID = f.ID
	return parsed
}

// keysFor names the keys that are restricted to a number: without it they would see more than they were given.
func (s *State) keysFor(id routing.NumberID) []string {
	var out []string
	for _, k := range s.Keys {
		if slices.Contains(k.Numbers, id) {
			out = append(out, "the key "+k.Name)
		}
	}
	return out
}

// leaveNumber refuses while an eSIM is assigned, flows lead to the number, or a key is restricted to it. The draft of a conversion that was begun goes with it, and whoever shows the
// number when they call shows their account's usual one from then on.
func (s *State) leaveNumber(n *Number) ([]Change, Refusals) {
	if e := n.Settings.ESIM; e != nil && !e.over() {
		return nil, Refusals{told(Refusal{
			Why: Clash, Code: "esim_assigned", Row: "D8", Location: "path.id", Args: map[string]string{"number": string(n.E164)},
			Text: "an eSIM is assigned to {number}: take it away first",
		})}
	}
	using := slices.Concat(s.playing(n.Account, string(n.ID)), s.keysFor(n.ID), s.connectorsOf(func(c *ConnectorSettings) Uses { return Uses(slices.Contains(c.Numbers, n.ID)) }))
	if refused := inUse(n, using); len(refused) > 0 {
		return nil, refused
	}
	var out []Change
	if c := n.Settings.Conversion; c != nil {
		if f, is := s.Find(KindFlow, string(c.Flow)).(*Flow); is && f.Version == 0 {
			out = append(out, Change{Verb: Delete, Record: f})
		}
	}
	for _, u := range s.Users {
		if u.Account == n.Account && u.CallerID == n.E164 {
			next := *u
			next.CallerID = ""
			out = append(out, updated(u, &next))
		}
	}
	return out, nil
}
