package provisioning

import (
	"fmt"
	"slices"

	"tandem/routing"
)

// How much a contact may hold.
const (
	mostNumbers = 20
	mostEmails  = 20
	mostTags    = 50
)

// checkContact asks the rules of contacts: each of their numbers belongs to one contact of the account.
func (s *State) checkContact(before, after *Contact) Refusals {
	out := checkText("body.name", after.Name, lengths{0, longestName})
	out = append(out, checkText("body.company", after.Company, lengths{0, longestName})...)
	out = append(out, checkText("body.note", after.Note, lengths{0, longestNote})...)
	if after.Name == "" && after.Company == "" && len(after.Numbers) == 0 {
		out = append(out, &Refusal{Code: "contact_empty", Location: "body.name", Text: "a contact has a name, a company or a number"})
	}
	out = append(out, s.checkContactNumbers(before, after)...)
	out = append(out, checkEmails(after.Emails)...)
	out = append(out, tooMany("body.tag_ids", len(after.Tags), mostTags)...)
	for i, id := range after.Tags {
		if slices.Contains(after.Tags[:i], id) {
			out = append(out, twice("body.tag_ids", id))
			continue
		}
		out = append(out, s.known(KindTag, id, after.Account, "body.tag_ids")...)
	}
	if before != nil {
		out = append(out, s.stays(before, after)...)
	}
	return out
}

func checkEmails(emails []string) Refusals {
	out := tooMany("body.emails", len(emails), mostEmails)
	for i, e := range emails {
		at := fmt.Sprintf("body.emails[%d]", i)
		if len(e) > longestEmail || !isEmail(e) {
			out = append(out, told(Refusal{Code: "email_malformed", Location: at, Args: map[string]string{"email": e}, Text: "{email} is no e-mail address"}))
		}
	}
	return out
}

func tooMany(location string, n, most int) Refusals {
	if n <= most {
		return nil
	}
	return Refusals{told(Refusal{Code: "too_many", Location: location, Args: map[string]string{"most": fmt.Sprint(most)}, Text: "at most {most} of them"})}
}

func (s *State) checkContactNumbers(before, after *Contact) Refusals {
	out := tooMany("body.numbers", len(after.Numbers), mostNumbers)
	if len(out) > 0 {
		return out
	}
	var had []routing.E164
	if before != nil && before.Account == after.Account {
		had = before.Numbers
	}
	for i, n := range after.Numbers {
		at := fmt.Sprintf("body.numbers[%d]", i)
		switch {
		case CheckE164(n) != nil:
			out = append(out, notE164(at, n))
		case slices.Contains(after.Numbers[:i], n):
			out = append(out, twice(at, string(n)))
		case slices.Contains(had, n): // It was theirs alone, and it still is.
		default:
			if o := s.Contact(after.Account, n); o != nil && o.ID != after.ID {
				out = append(out, told(Refusal{
					Why: Clash, Code: "contact_number_taken", Location: at, Args: map[string]string{"number": string(n), "name": o.Name, "by": o.ID},
					Text: "{number} is a number of the contact {name} already",
				}))
			}
		}
	}
	return out
}

// Contact gives the contact of an account who has a number; nil where nobody has.
func (s *State) Contact(account routing.AccountID, n routing.E164) *Contact {
	for _, c := range s.Contacts {
		if slices.Contains(c.Numbers, n) && c.Account == account {
			return c
		}
	}
	return nil
}
