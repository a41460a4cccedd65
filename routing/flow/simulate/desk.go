package simulate

import (
	"cmp"
	"strings"
	"time"

	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// Desk is an Office made of maps, for flows that are tried without an account. Its zero value is an office without anybody.
type Desk struct {
	Extensions map[string]flow.UserID
	Outgoing   map[flow.UserID]bool // outgoing calls only
	Own        []flow.UserID        // the number's distribution
	Teams      map[flow.TeamID][]flow.UserID
	States     map[flow.UserID]flow.Status // those who are not as the others are
	Others     flow.Status                 // what users are whom States does not name; Available
	Idle       map[flow.UserID]time.Time
	Greetings  map[flow.UserID]flow.AudioID // of users with a voicemail of their own
	Mailbox    *flow.Voicemail              // of the number
	Dates      map[flow.DateID]calendar.Dates
	Calls      flow.Caller // who calls
	Zone       string      // of the number; "Europe/Paris"
	Roll       float64     // what Chance gives
}

var _ flow.Office = (*Desk)(nil)

// Extension finds whose extension it is.
func (d *Desk) Extension(digits string) (flow.UserID, flow.Reach) {
	u, found := d.Extensions[digits]
	switch {
	case !found:
		return "", flow.Unknown
	case d.Outgoing[u]:
		return u, flow.OutgoingOnly
	}
	return u, flow.Reachable
}

// ExtensionPrefix looks through all extensions.
func (d *Desk) ExtensionPrefix(digits string) flow.Has {
	for e := range d.Extensions {
		if strings.HasPrefix(e, digits) {
			return true
		}
	}
	return false
}

// Assigned looks through the number's own users.
func (d *Desk) Assigned(u flow.UserID) flow.Reach {
	for _, own := range d.Own {
		switch {
		case own != u:
		case d.Outgoing[u]:
			return flow.OutgoingOnly
		default:
			return flow.Reachable
		}
	}
	return flow.Unknown
}

// Members lists a team.
func (d *Desk) Members(t flow.TeamID) []flow.UserID { return d.Teams[t] }

// Status is that of Others where States says nothing else.
func (d *Desk) Status(u flow.UserID, _ flow.RingWhy) flow.Status {
	if s := d.States[u]; s != 0 {
		return s
	}
	return cmp.Or(d.Others, flow.Available)
}

// IdleSince is the beginning of time for those whom Idle does not name.
func (d *Desk) IdleSince(u flow.UserID) time.Time { return d.Idle[u] }

// Voicemail is there where Greetings has an entry, be it empty.
func (d *Desk) Voicemail(u flow.UserID) (flow.AudioID, flow.Has) {
	a, has := d.Greetings[u]
	return a, flow.Has(has)
}

// NumberVoicemail is Mailbox.
func (d *Desk) NumberVoicemail() (*flow.Voicemail, flow.Has) { return d.Mailbox, d.Mailbox != nil }

// SpecialDate looks into Dates.
func (d *Desk) SpecialDate(id flow.DateID) (calendar.Dates, flow.Has) {
	dates, has := d.Dates[id]
	return dates, flow.Has(has)
}

// Caller is Calls.
func (d *Desk) Caller() flow.Caller { return d.Calls }

// Timezone is Zone.
func (d *Desk) Timezone() string { return cmp.Or(d.Zone, "Europe/Paris") }

// Chance is Roll.
func (d *Desk) Chance() float64 { return d.Roll }
