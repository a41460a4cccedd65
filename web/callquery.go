package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
)

// callsQuery picks calls.
type callsQuery struct {
	Limit         int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor        string    `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Order         string    `query:"order" enum:"asc,desc" default:"desc" doc:"By age: desc gives the newest first."`
	Count         bool      `query:"count" doc:"Counts all that match, in total_count."`
	CreatedAfter  time.Time `query:"created_after" doc:"Started at this time or later."`
	CreatedBefore time.Time `query:"created_before" doc:"Started before this time."`
	UpdatedAfter  time.Time `query:"updated_after" doc:"Changed last at this time or later."`
	UpdatedBefore time.Time `query:"updated_before" doc:"Changed last before this time."`
	Direction     string    `query:"direction" enum:"inbound,outbound,internal"`
	Outcome       string    `query:"outcome" enum:"answered,missed,voicemail,abandoned,busy,rejected,failed,cancelled"`
	MissedReason  string    `query:"missed_reason" enum:"short_abandoned,agents_did_not_answer,no_available_agent,out_of_opening_hours,abandoned_in_ivr,abandoned_in_classic"`
	AccountID     string    `query:"account_id" maxLength:"64"`
	UserID        string    `query:"user_id" maxLength:"64" doc:"Who answered, or who called out."`
	NumberID      string    `query:"number_id" maxLength:"64"`
	TeamID        string    `query:"team_id" maxLength:"64" doc:"One that was rung."`
	AssignedTo    string    `query:"assigned_to" maxLength:"64" doc:"A user's id."`
	Tag           string    `query:"tag" maxLength:"64" doc:"A tag's id."`
	Archived      string    `query:"archived" enum:"true,false" doc:"Without it: both."`
	From          string    `query:"from" maxLength:"64" doc:"A whole number, or an extension."`
	To            string    `query:"to" maxLength:"64" doc:"A whole number, or an extension."`
	Search        string    `query:"search" maxLength:"32" pattern:"^[ +]?[0-9]+$" doc:"Part of either number: digits."`
	Expand        []string  `query:"expand" enum:"user,number,contact,legs,timeline" doc:"Adds to each call what a list leaves out: legs, timeline. The others are always there."`
	Language      string    `header:"Accept-Language"`

	path  string     // of the request
	query url.Values // of the request
}

// Resolve notes the address of the request, for the link to the next page.
func (q *callsQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	q.path, q.query = u.Path, u.Query()
	return nil
}

// filter is what the log is asked.
func (q *callsQuery) filter() (provisioning.CallFilter, error) {
	after, err := openCursor(q.Cursor)
	if err != nil {
		return provisioning.CallFilter{}, err
	}
	f := provisioning.CallFilter{
		Account: routing.AccountID(q.AccountID), User: routing.UserID(q.UserID), Number: routing.NumberID(q.NumberID), Team: routing.TeamID(q.TeamID),
		Direction: routing.Direction(q.Direction), Outcome: routing.Outcome(q.Outcome), Missed: routing.MissedReason(q.MissedReason), Tag: q.Tag,
		AssignedTo: routing.UserID(q.AssignedTo), From: plus(q.From), To: plus(q.To), Search: plus(q.Search), Since: q.CreatedAfter, Until: q.CreatedBefore,
		UpdatedSince: q.UpdatedAfter, UpdatedUntil: q.UpdatedBefore, Oldest: q.Order == "asc", Count: q.Count, Cursor: after, Limit: q.Limit,
	}
	if q.Archived != "" {
		f.Archived = new(q.Archived == "true")
	}
	return f, nil
}

// expands says whether something was asked for that lists leave out.
func (q *callsQuery) expands(what string) everything {
	return everything(slices.Contains(q.Expand, what))
}

// plus mends the plus sign of a number: in an address it stands for a space.
func plus(number string) string {
	if rest, bare := strings.CutPrefix(number, " "); bare {
		return "+" + rest
	}
	return number
}
