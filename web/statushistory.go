package web

import (
	"cmp"
	"context"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/calendar"
)

// statusHistory is what a user did, day by day.
type statusHistory struct {
	UserID   string      `json:"user_id"`
	Timezone string      `json:"timezone" doc:"In which days begin and end."`
	Data     []statusDay `json:"data" doc:"A day each, the first one first."`
}

// statusDay is one day. Its intervals follow each other without a gap, and sum to seconds.
type statusDay struct {
	Date      string             `json:"date" format:"date"`
	Seconds   float64            `json:"seconds" doc:"Of the day, as far as it has passed: 86400 on most days."`
	Totals    map[string]float64 `json:"totals" doc:"Seconds in each status that there was."`
	Intervals []statusInterval   `json:"intervals"`
}

// statusInterval is a run of time in one status.
type statusInterval struct {
	From    string       `json:"from" format:"date-time"`
	To      string       `json:"to" format:"date-time"`
	Seconds float64      `json:"seconds"`
	Status  string       `json:"status" enum:"available,ringing,in_call,after_call_work,unavailable,offline"`
	Reason  *reasonNamed `json:"reason" doc:"With unavailable, where somebody said why."`
	Device  *string      `json:"device" doc:"With in_call: where they talked; null: on a phone outside."`
	CallID  *string      `json:"call_id" doc:"With ringing, in_call and after_call_work."`
}

type historyAsked struct {
	ID       string `path:"id" maxLength:"64"`
	From     string `query:"from" format:"date" maxLength:"10" doc:"The first day; today where it is left out."`
	To       string `query:"to" format:"date" maxLength:"10" doc:"The last day; the first one where it is left out."`
	Timezone string `query:"timezone" maxLength:"64" doc:"Such as Europe/Paris; the user's own, or the account's, where it is left out."`
	Language string `header:"Accept-Language"`
}

// mostDays is how many days can be asked for at once.
const mostDays = 62

type historyAnswer struct{ Body statusHistory }

// statusHistory shows what a user did (SPEC A14, N11).
func (s *Server) statusHistory(ctx context.Context, q *historyAsked) (*historyAnswer, error) {
	st, u, err := look[*provisioning.User](ctx, s, provisioning.KindUser, q.ID)
	if err != nil {
		return nil, err
	}
	zone := q.Timezone
	if zone == "" {
		zone = zoneOf(st, u)
	}
	days, err := q.days(zone)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	from, to := days.Span()
	var changes []routing.StatusChange
	if s.rooms.Statuses != nil && from.Before(to) {
		changes, err = s.rooms.Statuses.StatusHistory(ctx, provisioning.StatusFilter{Account: u.Account, User: u.ID, Since: from, Until: to})
	}
	if err != nil {
		return nil, s.failed(ctx, "read the history of a user", err)
	}
	out := statusHistory{UserID: string(u.ID), Timezone: zone, Data: []statusDay{}}
	for _, d := range provisioning.StatusDays(changes, days) {
		out.Data = append(out.Data, s.dayOf(st, d, q.Language))
	}
	return &historyAnswer{Body: out}, nil
}

// zoneOf is the time zone of a user: their own, or their account's.
func zoneOf(st *provisioning.State, u *provisioning.User) string {
	account := ""
	if a, is := st.Find(provisioning.KindAccount, string(u.Account)).(*provisioning.Account); is {
		account = a.Settings.Timezone
	}
	return cmp.Or(u.Settings.Timezone, account, "Europe/Paris")
}

// days reads which days are asked for.
func (q *historyAsked) days(zone string) (provisioning.Days, error) {
	if !calendar.KnownZone(zone) {
		return provisioning.Days{}, &provisioning.Refusal{
			Code: "timezone_unknown", Location: "query.timezone", Args: map[string]string{"timezone": zone}, Text: "there is no time zone " + zone,
		}
	}
	now := time.Now().In(calendar.Place(zone))
	d := provisioning.Days{First: now, Last: now, Now: now}
	for _, part := range []struct {
		text, at string
		to       *time.Time
	}{{q.From, "query.from", &d.First}, {q.To, "query.to", &d.Last}} {
		if part.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, part.text, now.Location())
		if err != nil {
			return d, &provisioning.Refusal{Code: "date_malformed", Location: part.at, Args: map[string]string{"date": part.text}, Text: "write a day as 2026-11-21"}
		}
		*part.to = day
	}
	if q.To == "" {
		d.Last = d.First
	}
	if d.Last.Before(d.First) || d.Last.Sub(d.First) > mostDays*24*time.Hour {
		return d, &provisioning.Refusal{
			Code: "days_out_of_range", Location: "query.to", Args: map[string]string{"most": "62"}, Text: "ask for 62 days at most, the first one first",
		}
	}
	return d, nil
}

func (s *Server) dayOf(st *provisioning.State, d provisioning.StatusDay, lang string) statusDay {
	out := statusDay{Date: d.Date, Totals: map[string]float64{}, Intervals: []statusInterval{}}
	totals := map[routing.UserStatus]time.Duration{}
	var whole time.Duration
	for _, span := range d.Spans {
		took := span.To.Sub(span.From)
		whole += took
		totals[span.Status] += took
		i := statusInterval{From: *stamp(span.From), To: *stamp(span.To), Seconds: took.Seconds(), Status: string(span.Status)}
		if span.Reason != "" {
			i.Reason = s.reasonNamed(st, span.Reason, lang)
		}
		if span.Device != "" {
			i.Device = new(string(span.Device))
		}
		if span.Call != "" {
			i.CallID = new(string(span.Call))
		}
		out.Intervals = append(out.Intervals, i)
	}
	out.Seconds = whole.Seconds()
	for status, took := range totals {
		out.Totals[string(status)] = took.Seconds()
	}
	return out
}
