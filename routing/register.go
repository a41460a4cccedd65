package routing

import (
	"cmp"
	"math/rand/v2"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// SpecialDate finds the days of a special date of the account.
func (o office) SpecialDate(id flow.DateID) (calendar.Dates, flow.Has) {
	d, has := o.snap().Dates[id]
	return d, flow.Has(has)
}

// Caller says what is known of who calls: from the account's contacts, its block list, and whom they spoke to before.
func (o office) Caller() flow.Caller {
	rec := &o.call.rec
	who := flow.Caller{Anonymous: flow.Has(rec.Anonymous)}
	if rec.Anonymous {
		return who // What the network told us of them is not for rules either.
	}
	who.Number = rec.From
	if n, err := phonenumbers.Parse(rec.From, ""); err == nil {
		who.Country = phonenumbers.GetRegionCodeForNumber(n)
	}
	if a := o.snap().Accounts[o.call.account]; a != nil {
		if c := a.Contacts[E164(rec.From)]; c != nil {
			who.Tags, who.VIP = c.Tags, flow.Has(c.VIP)
		}
		_, blocked := a.Blocked[E164(rec.From)]
		who.Blocked = flow.Has(blocked)
	}
	if known := o.call.sw.acquaintances; known != nil {
		who.LastCall, who.LastUser = known.Last(o.call.account, E164(rec.From))
	}
	return who
}

// Timezone is that of the number that was called: what its account set, else that of its prefix, else the account's (SPEC T8).
func (o office) Timezone() string {
	account := "Europe/Paris"
	if a := o.snap().Accounts[o.call.account]; a != nil {
		account = cmp.Or(a.Timezone, account)
	}
	if o.number == nil {
		return account
	}
	return cmp.Or(o.number.Timezone, timezoneOf(o.number.E164), account)
}

// timezoneOf is the timezone of a number's prefix, where it has one alone.
func timezoneOf(n E164) string {
	zones, err := phonenumbers.GetTimezonesForPrefix(string(n))
	if err != nil || len(zones) != 1 || !strings.Contains(zones[0], "/") || strings.HasPrefix(zones[0], "Etc/") {
		return ""
	}
	return zones[0]
}

// Chance rolls the dice.
func (o office) Chance() float64 { return rand.Float64() } //nolint:gosec // It shares calls out; nobody gains by guessing it.
