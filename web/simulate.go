package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/calendar"
	"tandem/routing/flow"
	"tandem/routing/flow/simulate"
)

type simulateRequest struct {
	ID       string `path:"id" maxLength:"64"`
	Version  string `query:"version" default:"draft" maxLength:"12" doc:"A version, or draft."`
	Language string `header:"Accept-Language" maxLength:"1000"`
	Body     simulate.Request
}

type simulateAnswer struct{ Body simulate.Report }

func (s *Server) simulateAPI(a huma.API) {
	huma.Post(a, "/api/v1/flows/{id}/simulate", s.simulate,
		operation("flows", "simulate-flow", "Walks a flow on a virtual clock, and says why it went where", provisioning.FlowsRead, http.StatusNotFound), ok)
}

func (s *Server) simulate(ctx context.Context, q *simulateRequest) (*simulateAnswer, error) {
	st, f, err := s.flowFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	parsed, err := s.versionOf(ctx, f, q.Version)
	if err != nil {
		return nil, s.refusal(ctx, provisioning.FlowRefusals(err))
	}
	if parsed.Nodes[parsed.Start] == nil {
		return nil, s.refusal(ctx, &provisioning.Refusal{Code: "E01", Row: "F14", Location: "body", Text: "the flow has no first node: there is nothing to walk"})
	}
	desk := deskOf(st, f, &q.Body)
	place, err := time.LoadLocation(desk.Zone)
	if err != nil {
		place = time.UTC
	}
	script, faults := q.Body.Script(place, time.Now())
	if len(faults) > 0 {
		p := problem(http.StatusUnprocessableEntity, codeInvalid, faults[0].Text)
		for _, one := range faults {
			p.Errors = append(p.Errors, Fault{Location: "body." + one.Path, Message: one.Text})
		}
		return nil, p
	}
	return &simulateAnswer{Body: simulate.Run(parsed, desk, script).Report(language(q.Language))}, nil
}

// deskOf is an office as the records have it, for a call to one of the flow's numbers. Users are available, but those who set something else.
func deskOf(st *provisioning.State, f *provisioning.Flow, q *simulate.Request) *simulate.Desk {
	d := &simulate.Desk{
		Extensions: map[string]flow.UserID{}, Outgoing: map[flow.UserID]bool{}, Teams: map[flow.TeamID][]flow.UserID{}, States: map[flow.UserID]flow.Status{},
		Greetings: map[flow.UserID]flow.AudioID{}, Dates: map[flow.DateID]calendar.Dates{}, Zone: "Europe/Paris",
	}
	if a, is := st.Find(provisioning.KindAccount, string(f.Account)).(*provisioning.Account); is && a.Settings.Timezone != "" {
		d.Zone = a.Settings.Timezone
	}
	for _, u := range st.Users {
		if u.Account != f.Account {
			continue
		}
		d.Extensions[u.Extension] = u.ID
		d.Outgoing[u.ID] = u.OutgoingOnly
		if u.Availability == routing.SetUnavailable {
			d.States[u.ID] = flow.Unavailable
		}
		if u.Voicemail != nil {
			d.Greetings[u.ID] = u.Voicemail.Greeting
		}
	}
	for _, t := range st.Teams {
		if t.Account == f.Account {
			d.Teams[t.ID] = t.Users
		}
	}
	for _, one := range st.Dates {
		if one.Account == f.Account {
			d.Dates[one.ID] = one.Dates
		}
	}
	callNumber(d, numberOf(st, f, q.To))
	d.Calls = callerOf(st, f.Account, routing.E164(q.From))
	return d
}

// numberOf is the number that is called: the one asked for, or the first that the flow serves.
func numberOf(st *provisioning.State, f *provisioning.Flow, to string) *provisioning.Number {
	var first *provisioning.Number
	for _, n := range st.Numbers {
		if n.Account == f.Account && string(n.E164) == to {
			return n
		}
		if n.Flow == f.ID && first == nil {
			first = n
		}
	}
	return first
}

func callNumber(d *simulate.Desk, n *provisioning.Number) {
	if n == nil {
		return
	}
	d.Own = slices.Clone(n.Users)
	for _, t := range n.Teams {
		d.Own = append(d.Own, d.Teams[t]...)
	}
	if n.Settings.Timezone != "" {
		d.Zone = n.Settings.Timezone
	}
}

// callerOf is what an account knows of a caller.
func callerOf(st *provisioning.State, account routing.AccountID, from routing.E164) flow.Caller {
	c := flow.Caller{Number: string(from), Anonymous: from == ""}
	for _, b := range st.Blocked {
		c.Blocked = c.Blocked || flow.Has(b.Account == account && b.E164 == from && from != "")
	}
	for _, known := range st.Contacts {
		if known.Account == account && slices.Contains(known.Numbers, from) {
			c.Tags, c.VIP = known.Tags, flow.Has(known.VIP)
		}
	}
	return c
}
