package web

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// specialDateObject is a special date of an account (SPEC T7).
type specialDateObject struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Spans    []spanObject `json:"spans"`
	Holidays *string      `json:"holidays" doc:"A calendar of public holidays, such as FR or FR-67; null: none."`
	Skip     []string     `json:"skip" doc:"Holidays of the calendar that do not count."`
}

// spanObject is a run of days, or of time by the wall clock.
type spanObject struct {
	From string `json:"from" example:"2026-12-24" doc:"A day, or a minute such as 2026-12-24T14:00."`
	To   string `json:"to,omitempty" doc:"The last day, which is inside, or the first minute that is outside. Absent: the day of from."`
}

type specialDateCreate struct {
	Name     string       `json:"name"`
	Spans    []spanObject `json:"spans,omitempty" maxItems:"500"`
	Holidays string       `json:"holidays,omitempty"`
	Skip     []string     `json:"skip,omitempty" maxItems:"100"`
}

type specialDatePatch struct {
	Name     optional[string]       `json:"name,omitzero"`
	Spans    optional[[]spanObject] `json:"spans,omitzero"`
	Holidays optional[string]       `json:"holidays,omitzero"`
	Skip     optional[[]string]     `json:"skip,omitzero"`
}

// calendarObject is a calendar of public holidays (SPEC T9).
type calendarObject struct {
	ID   string `json:"id" example:"FR-67"`
	Name string `json:"name"`
}

// holidayObject is one public holiday of a year.
type holidayObject struct {
	Holiday string `json:"holiday" example:"easter_monday" doc:"As skip names it."`
	Date    string `json:"date" format:"date"`
	Name    string `json:"name"`
}

type holidaysQuery struct {
	Calendar string `query:"calendar" default:"FR" maxLength:"10"`
	Year     int    `query:"year" minimum:"0" maximum:"2200" doc:"Absent: this year."`
	Language string `header:"Accept-Language"`
}

type calendarsQuery struct {
	Language string `header:"Accept-Language"`
}

func (s *Server) specialDatesAPI(a huma.API) {
	const read = provisioning.FlowsRead
	huma.Get(a, "/api/v1/special-dates/calendars", func(_ context.Context, q *calendarsQuery) (*listOf[calendarObject], error) {
		out := []calendarObject{}
		for _, c := range calendar.Calendars() {
			out = append(out, calendarObject{ID: string(c.ID), Name: inLanguage(q.Language, c.English, c.French)})
		}
		return asList(out), nil
	}, operation("flows", "list-holiday-calendars", "Lists the calendars of public holidays", read))
	huma.Get(a, "/api/v1/special-dates/holidays", s.holidays, operation("flows", "list-holidays", "Lists the public holidays of a year", read))
	mount(s, a, shelf[*provisioning.SpecialDate, specialDateObject, specialDateCreate, specialDatePatch]{
		kind: provisioning.KindSpecialDate, path: "special-dates", tag: "flows", one: "special-date", article: "a special date",
		read: read, write: provisioning.FlowsWrite,
		all:  func(st *provisioning.State) []*provisioning.SpecialDate { return st.Dates },
		show: showSpecialDate,
		make: func(c specialDateCreate, b born) (*provisioning.SpecialDate, error) {
			return &provisioning.SpecialDate{
				ID: flow.DateID(b.id), Account: b.account, Name: provisioning.Clean(c.Name),
				Dates: calendar.Dates{Spans: spansOf(c.Spans), Holidays: calendar.Holidays(c.Holidays), Skip: ids[calendar.Holiday](c.Skip)},
			}, nil
		},
		change: func(d *provisioning.SpecialDate, p specialDatePatch) (*provisioning.SpecialDate, error) {
			next := *d
			p.Name.set(&next.Name)
			next.Name = provisioning.Clean(next.Name)
			if p.Spans.Sent {
				next.Dates.Spans = spansOf(p.Spans.Value)
			}
			put(p.Holidays, &next.Dates.Holidays)
			if p.Skip.Sent {
				next.Dates.Skip = ids[calendar.Holiday](p.Skip.Value)
			}
			return &next, nil
		},
	})
}

func showSpecialDate(_ *provisioning.State, d *provisioning.SpecialDate) specialDateObject {
	o := specialDateObject{ID: string(d.ID), Name: d.Name, Spans: []spanObject{}, Holidays: maybe(d.Dates.Holidays), Skip: texts(d.Dates.Skip)}
	for _, one := range d.Dates.Spans {
		o.Spans = append(o.Spans, spanObject{From: string(one.From), To: string(one.To)})
	}
	return o
}

func spansOf(all []spanObject) []calendar.Span {
	var out []calendar.Span
	for _, one := range all {
		out = append(out, calendar.Span{From: calendar.Moment(one.From), To: calendar.Moment(one.To)})
	}
	return out
}

func inLanguage(accept, english, french string) string {
	if language(accept) == "fr" {
		return french
	}
	return english
}

func (s *Server) holidays(ctx context.Context, q *holidaysQuery) (*listOf[holidayObject], error) {
	h := calendar.Holidays(q.Calendar)
	if !h.Known() {
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: "value_unknown", Row: "T9", Location: "query.calendar", Args: map[string]string{"value": q.Calendar}, Text: "there is no calendar of holidays of this name",
		})
	}
	year := q.Year
	if year == 0 {
		year = time.Now().Year()
	}
	out := []holidayObject{}
	for _, one := range h.Year(year) {
		out = append(out, holidayObject{Holiday: string(one.Name), Date: string(one.Date(year)), Name: inLanguage(q.Language, one.English, one.French)})
	}
	return asList(out), nil
}
