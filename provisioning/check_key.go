package provisioning

import (
	"slices"
	"time"
)

// mostScopes is how many scopes there are, with their stars, and some to spare.
const mostScopes = 50

// checkKey asks the rules of keys.
func (s *State) checkKey(before, after *Key) Refusals {
	out := checkName(after.Name)
	out = append(out, nameTaken(s.Keys, after, "body.name")...)
	out = append(out, tooMany("body.scopes", len(after.Scopes), mostScopes)...)
	if len(after.Scopes) == 0 {
		out = append(out, &Refusal{Code: "scopes_needed", Location: "body.scopes", Text: "a key without scopes opens nothing: give at least one"})
	}
	for i, scope := range after.Scopes[:min(len(after.Scopes), mostScopes)] {
		if !slices.Contains(Scopes(), scope) {
			out = append(out, told(Refusal{Code: "scope_unknown", Location: "body.scopes", Args: map[string]string{"scope": string(scope)}, Text: "there is no scope {scope}"}))
		} else if slices.Contains(after.Scopes[:i], scope) {
			out = append(out, twice("body.scopes", string(scope)))
		}
	}
	for _, id := range after.Numbers {
		out = append(out, s.known(KindNumber, string(id), after.Account, "body.number_ids")...)
	}
	for _, id := range after.Teams {
		out = append(out, s.known(KindTeam, string(id), after.Account, "body.team_ids")...)
	}
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	if before == nil && after.Over(after.Created) { // One that is there may be ended at any time.
		out = append(out, &Refusal{Code: "expired", Location: "body.expires_at", Text: "it would be over before it begins"})
	}
	return out
}

// Scopes lists the scopes that a key may have, and the stars of their families.
func Scopes() []Scope {
	return []Scope{
		CallsRead, CallsControl, "calls:*", RecordingsRead, RecordingsDelete, "recordings:*", MessagesRead, MessagesWrite, "messages:*",
		ContactsRead, ContactsWrite, "contacts:*", UsersRead, UsersWrite, "users:*", NumbersRead, NumbersWrite, "numbers:*",
		FlowsRead, FlowsWrite, "flows:*", TrunksRead, TrunksWrite, "trunks:*", WebhooksRead, WebhooksWrite, "webhooks:*", AnalyticsRead, "analytics:*",
		SystemRead, SystemWrite, "system:*",
	}
}

// Over says whether a key lets nobody in any more.
func (k *Key) Over(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }
