package provisioning

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tandem/routing"
)

// FirstRun is what the first person says of their company and of themselves.
type FirstRun struct {
	Company  string
	Language string // "fr" or "en"
	Country  string // ISO 3166 alpha-2
	Timezone string // empty: the usual one

	Name     string
	Email    string
	Password Secret // as HashPassword made it; empty: they cannot sign in with one
}

// Administered says whether there is anybody who may do everything: then the house is set up.
func (s *State) Administered() bool {
	for _, u := range s.Users {
		if r := u.Settings.Role; r == RoleOwner || r == RoleAdmin {
			return true
		}
	}
	return false
}

// SetUp plans the company and its owner. It is refused as soon as there is an administrator, and where there are companies to choose from; the only company
// that there is takes what is said of it.
func (s *State) SetUp(f FirstRun, at time.Time) ([]Change, *User, error) {
	if s.Administered() {
		return nil, nil, &Refusal{Why: Clash, Code: "setup_done", Text: "there is an administrator already: sign in"}
	}
	if len(s.Accounts) > 1 {
		return nil, nil, &Refusal{Why: Clash, Code: "setup_accounts", Text: `there are several accounts: "tandem user create" makes an administrator in one of them`}
	}
	account := &Account{ID: routing.AccountID(routing.NewID("acc", at))}
	if len(s.Accounts) == 1 {
		same := *s.Accounts[0]
		account = &same
	}
	account.Name, account.Language, account.Country, account.Settings.Timezone = Clean(f.Company), f.Language, f.Country, f.Timezone
	changes, refused := s.Put(account)
	if refused != nil {
		return nil, nil, moved(refused, "company")
	}
	next := s.With(changes)
	extension, err := next.NextExtension(account.ID, at)
	if err != nil {
		return nil, nil, err
	}
	owner := &User{
		ID: routing.UserID(routing.NewID("usr", at)), Account: account.ID, Name: Clean(f.Name), Email: f.Email, Extension: extension, Password: f.Password,
		Availability: routing.SetAvailable, Settings: UserSettings{Role: RoleOwner},
	}
	more, refused := next.Put(owner)
	if refused != nil {
		return nil, nil, moved(refused, "admin")
	}
	return append(changes, more...), owner, nil
}

// moved says where a rule looked in a request that has several parts: "body.name" is "body.admin.name" there.
func moved(err error, part string) error {
	all, several := errors.AsType[Refusals](err)
	if !several {
		return err
	}
	for _, r := range all {
		if field, in := strings.CutPrefix(r.Location, "body."); in {
			r.Location = "body." + part + "." + field
		}
	}
	return all
}

// Step is something that makes a house of a new one, in the order in which it is best done.
type Step struct {
	Name string // "carrier", "number", "flow", "people", "call"
	Done bool
}

// Steps says what is done and what is left to do in an account.
func (s *State) Steps(account routing.AccountID) []Step {
	trunk := slices.ContainsFunc(s.Trunks, func(t *Trunk) bool { return t.Account == "" || t.Account == account })
	number, flowed, people := false, false, 0
	for _, n := range s.Numbers {
		if n.Account == account {
			number, flowed = true, flowed || n.Flow != ""
		}
	}
	for _, u := range s.Users {
		if u.Account == account {
			people++
		}
	}
	return []Step{{"carrier", trunk}, {"number", number}, {"flow", flowed}, {"people", people > 1}}
}
