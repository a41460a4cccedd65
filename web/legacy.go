package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/calendar"
	"tandem/routing/flow"
)

// legacyObject is the settings of a number from before flows. Whom it rings is changed in its flow, once it is converted to one.
type legacyObject struct {
	Open     string       `json:"open" enum:"always,never,hours"`
	Hours    []legacySlot `json:"hours" doc:"With open = hours."`
	Timezone string       `json:"timezone" doc:"Of the hours; empty: of the number."`
	Closed   string       `json:"closed_audio" doc:"Played outside of the hours; empty: the product's."`
	Welcome  string       `json:"welcome_audio" doc:"Played first; empty: nothing."`
	Menu     string       `json:"menu_audio" doc:"Of an IVR number."`
	Music    string       `json:"music_audio" doc:"While it rings; empty: the product's."`
}

// legacySlot is a span of the clock on some days of the week.
type legacySlot struct {
	Days []string `json:"days" doc:"mon to sun"`
	From string   `json:"from" doc:"09:00"`
	To   string   `json:"to" doc:"18:00; 24:00 is the end of the day."`
}

type legacyRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    struct {
		Open     optional[string]       `json:"open,omitzero"`
		Hours    optional[[]legacySlot] `json:"hours,omitzero"`
		Timezone optional[string]       `json:"timezone,omitzero"`
		Closed   optional[string]       `json:"closed_audio,omitzero"`
		Welcome  optional[string]       `json:"welcome_audio,omitzero"`
		Menu     optional[string]       `json:"menu_audio,omitzero"`
		Music    optional[string]       `json:"music_audio,omitzero"`
	} `contentType:"application/merge-patch+json"`
}

func (s *Server) legacyAPI(a huma.API) {
	huma.Patch(a, "/api/v1/numbers/{id}/legacy", s.changeLegacy, operation("numbers", "update-legacy-number",
		"Changes the settings of a number from before flows", provisioning.NumbersWrite, http.StatusNotFound, http.StatusPreconditionFailed))
}

func showLegacy(n *provisioning.Number) *legacyObject {
	l := n.Settings.Legacy
	if l == nil {
		return nil
	}
	o := &legacyObject{
		Open: string(l.Open), Hours: []legacySlot{}, Timezone: l.Hours.Timezone, Closed: string(l.Closed), Welcome: string(l.Settings.Welcome),
		Menu: string(l.Settings.Menu), Music: string(l.Settings.Music),
	}
	for _, one := range l.Hours.Slots {
		o.Hours = append(o.Hours, legacySlot{textsOf(one.Days), string(one.From), string(one.To)})
	}
	return o
}

func (s *Server) changeLegacy(ctx context.Context, q *legacyRequest) (*objectAnswer[numberObject], error) {
	return s.onNumber(ctx, q.ID, q.IfMatch, func(st *provisioning.State) ([]provisioning.Change, error) {
		n, _ := st.Find(provisioning.KindNumber, q.ID).(*provisioning.Number)
		l := provisioning.Legacy{}
		if n.Settings.Legacy != nil {
			l = *n.Settings.Legacy
		}
		open, closed, music := string(l.Open), string(l.Closed), string(l.Settings.Music)
		welcome, menu := string(l.Settings.Welcome), string(l.Settings.Menu)
		q.Body.Open.set(&open)
		q.Body.Closed.set(&closed)
		q.Body.Music.set(&music)
		q.Body.Welcome.set(&welcome)
		q.Body.Menu.set(&menu)
		q.Body.Timezone.set(&l.Hours.Timezone)
		l.Open, l.Closed, l.Settings.Music = provisioning.LegacyOpening(open), flow.AudioID(closed), flow.AudioID(music)
		l.Settings.Welcome, l.Settings.Menu = flow.AudioID(welcome), flow.AudioID(menu)
		if q.Body.Hours.Sent {
			l.Hours.Slots = nil
			for _, one := range q.Body.Hours.Value {
				l.Hours.Slots = append(l.Hours.Slots, calendar.Slot{Days: idsOf[calendar.Day](one.Days), From: calendar.Clock(one.From), To: calendar.Clock(one.To)})
			}
		}
		return st.SetLegacy(routing.NumberID(q.ID), l, s.rooms.Prompts)
	})
}
