package provisioning

import (
	"fmt"
	"strings"

	"tandem/routing"
	"tandem/routing/calendar"
)

// known refuses what names a record that the account does not have.
func (s *State) known(k Kind, id string, account routing.AccountID, location string) Refusals {
	if r := s.Find(k, id); r != nil && r.Ref().Account == account {
		return nil
	}
	return Refusals{{
		Code: "unknown", Location: location, Args: map[string]string{"kind": string(k), "id": id}, Text: fmt.Sprintf("there is no %s %s", words(k), id),
	}}
}

// stays refuses a record that would move from one account to another: nothing crosses that boundary.
func (s *State) stays(before, after Record) Refusals {
	if before.Ref().Account == after.Ref().Account {
		return nil
	}
	ref := after.Ref()
	return Refusals{{
		Code: "other_account", Location: "body.account_id", Args: map[string]string{"kind": string(ref.Kind), "name": ref.Name},
		Text: fmt.Sprintf("the %s %s belongs to another account already", words(ref.Kind), ref.Name),
	}}
}

// notOneOf refuses a value that is none of those there are.
func notOneOf(location, value string) *Refusal {
	return &Refusal{Code: "value_unknown", Location: location, Args: map[string]string{"value": value}, Text: fmt.Sprintf("%q is none of the values that it can have", value)}
}

// outOfRange refuses a number that is too small or too large.
func outOfRange(location, least, most string) *Refusal {
	return &Refusal{
		Code: "out_of_range", Location: location, Args: map[string]string{"least": least, "most": most}, Text: fmt.Sprintf("want a number from %s to %s", least, most),
	}
}

// checkTimezone refuses a time zone that nobody knows.
func checkTimezone(name string) Refusals {
	if name == "" {
		return nil
	}
	if calendar.KnownZone(name) {
		return nil
	}
	return Refusals{{
		Code: "timezone_unknown", Location: "body.timezone", Args: map[string]string{"timezone": name}, Text: fmt.Sprintf("%q is no time zone: write one such as Europe/Paris", name),
	}}
}

// checkLanguage refuses a language that the product does not speak.
func checkLanguage(language string) Refusals {
	switch language {
	case "", "fr", "en":
		return nil
	}
	return Refusals{notOneOf("body.language", language)}
}

// checkCountry refuses what is no country by ISO 3166, in capital letters.
func checkCountry(country string) Refusals {
	if len(country) == 2 && strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return nil
	}
	return Refusals{{
		Code: "country_malformed", Location: "body.country", Args: map[string]string{"country": country},
		Text: fmt.Sprintf("%q is no country: write two letters, such as FR", country),
	}}
}

// FlowsNaming lists the flows of an account whose published version names a record by its id, by their names.
func (s *State) FlowsNaming(account routing.AccountID, id string) []string {
	var out []string
	for _, f := range s.Flows {
		// Ids are like nothing else, so a document that has one as a text names the record, in whatever kind of node.
		if f.Account == account && strings.Contains(f.Published, `"`+id+`"`) {
			out = append(out, f.Name)
		}
	}
	return out
}
