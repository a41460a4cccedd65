package provisioning

import (
	"fmt"
	"time"
)

// The ranges of an account's settings.
const (
	mostAwayAfter = 100
	longestGrace  = 10 * time.Minute
	mostLicences  = 1_000_000
)

// checkAccount asks the rules of accounts, whose names are unique.
func (s *State) checkAccount(_, after *Account) Refusals {
	out := checkName(after.Name)
	for _, o := range s.Accounts {
		if o.ID != after.ID && Fold(o.Name) == Fold(after.Name) {
			out = append(out, told(Refusal{
				Why: Clash, Code: "name_taken", Location: "body.name", Args: map[string]string{"name": o.Name}, Text: "there is an account {name} already",
			}))
		}
	}
	if after.Language == "" {
		out = append(out, notOneOf("body.language", ""))
	}
	out = append(out, checkLanguage(after.Language)...)
	out = append(out, checkCountry(after.Country)...)
	is := after.Settings
	out = append(out, checkTimezone(is.Timezone)...)
	if is.AwayAfter < 0 || is.AwayAfter > mostAwayAfter {
		out = append(out, outOfRange("body.away_after_missed", "0", fmt.Sprint(mostAwayAfter)))
	}
	if is.Grace < 0 || is.Grace > longestGrace {
		out = append(out, outOfRange("body.offline_after_seconds", "0", fmt.Sprint(longestGrace.Seconds())))
	}
	if n := is.Licences; n != nil && (*n < 0 || *n > mostLicences) {
		out = append(out, outOfRange("body.esim_licences", "0", fmt.Sprint(mostLicences)))
	}
	out = append(out, checkOrigins(is.Origins)...)
	return out
}

// leaveAccount refuses while an account has anything: nothing of it would be anybody's.
func (s *State) leaveAccount(a *Account) ([]Change, Refusals) {
	var where []string
	for _, r := range s.Records() {
		if ref := r.Ref(); ref.Account == a.ID && ref.Kind != KindAccount {
			where = append(where, words(ref.Kind)+" "+ref.Name)
		}
	}
	return nil, inUse(a, where)
}
