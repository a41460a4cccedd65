package routing

import (
	"cmp"
	"math/rand/v2"

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
	if rec.Anonymous {
		return flow.Caller{Anonymous: true} // What the network told us of them is not for rules either.
	}
	who := o.snap().Accounts[o.call.account].knows(E164(rec.From))
	if known := o.call.sw.acquaintances; known != nil {
		who.LastCall, who.LastUser = known.Last(o.call.account, E164(rec.From))
	}
	return who
}

// knows says what an account knows of a number: from its contacts and its block list.
func (a *Account) knows(from E164) flow.Caller {
	who := flow.Caller{Number: string(from)}
	if n, err := phonenumbers.Parse(string(from), ""); err == nil {
		who.Country = phonenumbers.GetRegionCodeForNumber(n)
		if who.Country == "" { // Nobody has such a number, as the plan has it; its country code is one all the same.
			who.Country = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
		}
	}
	if a == nil {
		return who
	}
	if c := a.Contacts[from]; c != nil {
		who.Tags, who.VIP = c.Tags, flow.Has(c.VIP)
	}
	_, blocked := a.Blocked[from]
	who.Blocked = flow.Has(blocked)
	return who
}

// Timezone is that of the number that was called: what its account set, else that of its prefix, else the account's (SPEC T8).
func (o office) Timezone() string { return o.snap().Accounts[o.call.account].clockOf(o.number) }

// clockOf is the time zone of a number of the account; nil: of none in particular.
func (a *Account) clockOf(n *Number) string {
	zone := "Europe/Paris"
	if a != nil {
		zone = cmp.Or(a.Timezone, zone)
	}
	if n == nil {
		return zone
	}
	return cmp.Or(n.Timezone, calendar.ZoneOfNumber(string(n.E164)), zone)
}

// Chance rolls the dice.
func (o office) Chance() float64 { return rand.Float64() } //nolint:gosec // It shares calls out; nobody gains by guessing it.
