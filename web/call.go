package web

import (
	"maps"
	"slices"
	"time"

	"tandem/routing"
	"tandem/routing/flow"
)

// teller writes calls with the names that things have now.
type teller struct {
	names   *routing.Snapshot
	numbers map[routing.NumberID]*routing.Number
}

// numberNamed finds a number by its id.
func (t teller) numberNamed(id routing.NumberID) *reference {
	if id == "" {
		return nil
	}
	if n := t.numbers[id]; n != nil {
		return &reference{ID: string(id), Name: n.Name}
	}
	return &reference{ID: string(id)}
}

func (t teller) teamsNamed(ids []routing.TeamID) []reference {
	out := make([]reference, 0, len(ids))
	for _, id := range ids {
		r := reference{ID: string(id)}
		if team := t.names.Teams[id]; team != nil {
			r.Name = team.Name
		}
		out = append(out, r)
	}
	return out
}

// contactOf is the account's contact at the outer end of a call.
func (t teller) contactOf(c *routing.CallRecord) *reference {
	a := t.names.Accounts[c.Account]
	outer := c.From
	if c.Direction == routing.Outbound {
		outer = c.To
	}
	if a == nil || (c.Anonymous && c.Direction == routing.Inbound) || a.Contacts[routing.E164(outer)] == nil {
		return nil
	}
	contact := a.Contacts[routing.E164(outer)]
	return &reference{ID: contact.ID, Name: contact.Name}
}

func (t teller) userNamed(id routing.UserID) *reference {
	if id == "" {
		return nil
	}
	r := &reference{ID: string(id)}
	if u := t.names.Users[id]; u != nil {
		r.Name = u.Name
	}
	return r
}

func (t teller) usersNamed(ids []routing.UserID) []reference {
	out := make([]reference, 0, len(ids))
	for _, id := range ids {
		out = append(out, *t.userNamed(id))
	}
	return out
}

func (t teller) trunkNamed(id routing.TrunkID) *reference {
	if id == "" {
		return nil
	}
	r := &reference{ID: string(id)}
	if trunk := t.names.Trunks[id]; trunk != nil {
		r.Name = trunk.Name
	}
	return r
}

func (t teller) country(id routing.AccountID) string {
	if a := t.names.Accounts[id]; a != nil {
		return a.Country
	}
	return ""
}

// summary tells a call; status is what it does now, or "ended".
func (t teller) summary(c *routing.CallRecord, status string, now time.Time) CallSummary {
	end := c.EndedAt
	if end.IsZero() {
		end = now
	}
	country := t.country(c.Account)
	out := CallSummary{
		ID: string(c.ID), CallNumber: c.Number, Direction: string(c.Direction), Status: status,
		From: c.From, To: c.To, FromDisplay: display(c.From, country), ToDisplay: display(c.To, country), Anonymous: c.Anonymous,
		Number: t.numberNamed(c.NumberID), User: t.userNamed(c.User), Trunk: t.trunkNamed(c.Trunk),
		StartedAt: *stamp(c.StartedAt), QueuedAt: stamp(c.QueuedAt), AnsweredAt: stamp(c.AnsweredAt), EndedAt: stamp(c.EndedAt),
		TalkSeconds: between(c.AnsweredAt, end), WaitSeconds: between(first(c.QueuedAt, c.StartedAt), first(c.AnsweredAt, end)),
		DurationSeconds: between(c.StartedAt, end), Notified: t.usersNamed(c.Notified), Teams: t.teamsNamed(c.Teams), Contact: t.contactOf(c),
		AssignedTo: t.userNamed(c.AssignedTo), Archived: c.Archived, Tags: slices.Concat([]string{}, c.Tags), Custom: c.Custom,
	}
	if c.Anonymous && c.Direction == routing.Inbound { // The network may have told us all the same: it is for nobody (RFC 3325 section 7).
		out.From, out.FromDisplay = "", ""
	}
	if out.Tags == nil {
		out.Tags = []string{}
	}
	if out.Custom == nil {
		out.Custom = map[string]string{}
	}
	if c.Missed != routing.NotMissed {
		out.MissedReason = new(string(c.Missed))
	}
	if c.Outcome != "" {
		out.Outcome = new(string(c.Outcome))
	}
	if !c.EndedAt.IsZero() {
		out.Hangup = &hangup{By: c.EndedBy, SIPCode: c.Cause.SIP, Q850: c.Cause.Q850, Text: c.Cause.Text}
	}
	if c.Flow.ID != "" {
		out.Flow = &callFlow{ID: c.Flow.ID, Version: c.Flow.Version}
	}
	if v := c.Voicemail; v != nil {
		out.Voicemail = &voicemail{Seconds: v.Length.Seconds(), For: t.usersNamed(v.For)}
	}
	return out
}

// object tells a call with its legs.
func (t teller) object(live LiveCall, now time.Time) callObject {
	c := live.Record
	out := callObject{
		CallSummary: t.summary(c, live.Status, now), IVR: []ivrChoice{}, Legs: t.legs(c), Node: live.Node, Users: t.usersNamed(live.Users),
	}
	if why := routing.Missed(c); why != routing.NotMissed {
		out.MissedReason = new(string(why))
	}
	out.Inputs, out.Comments = make([]callInput, 0, len(c.Inputs)), make([]callComment, 0, len(c.Comments))
	for _, i := range c.Inputs {
		out.Inputs = append(out.Inputs, callInput{Node: i.Node, Title: i.Title, Value: i.Value})
	}
	for _, i := range c.Comments {
		out.Comments = append(out.Comments, callComment{ID: i.ID, At: *stamp(i.At), User: t.userNamed(i.By), Text: i.Text})
	}
	end := first(c.AnsweredAt, c.EndedAt, now)
	var ringing time.Time
	for i, l := range c.Legs {
		called := i > 0 || c.Direction != routing.Inbound
		if called && !l.RingingAt.IsZero() && (ringing.IsZero() || l.RingingAt.Before(ringing)) {
			ringing = l.RingingAt
		}
	}
	out.RingSeconds = between(ringing, end)
	var heldAt time.Time
	for _, item := range c.Timeline {
		switch item.Type {
		case "ivr_option_selected":
			out.IVR = append(out.IVR, ivrChoice{Node: item.Node, Title: item.Args["node_title"], Key: item.Args["key"], Label: item.Args["title"]})
		case "hold":
			heldAt = first(heldAt, item.At)
		case "unhold":
			out.HoldSeconds += between(heldAt, item.At)
			heldAt = time.Time{}
		}
	}
	out.HoldSeconds += between(heldAt, first(c.EndedAt, now))
	return out
}

func (t teller) legs(c *routing.CallRecord) []legObject {
	out := make([]legObject, 0, len(c.Legs))
	for _, l := range c.Legs {
		state := "calling"
		switch {
		case !l.EndedAt.IsZero():
			state = "ended"
		case !l.AnsweredAt.IsZero():
			state = "answered"
		case !l.RingingAt.IsZero():
			state = "ringing"
		}
		out = append(out, legObject{
			ID: string(l.ID), Kind: l.Kind, Device: string(l.Device), User: t.userNamed(l.User), Trunk: t.trunkNamed(l.Trunk), State: state,
			SIPCallID: l.SIPCallID, Codec: l.Codec, StartedAt: stamp(l.StartedAt), RingingAt: stamp(l.RingingAt),
			AnsweredAt: stamp(l.AnsweredAt), EndedAt: stamp(l.EndedAt), SIPCode: l.Cause.SIP, Q850: l.Cause.Q850, CauseText: l.Cause.Text,
			PacketsIn: l.PacketsIn, PacketsOut: l.PacketsOut, PacketsLost: l.PacketsLost, JitterMS: l.JitterMS, MOS: round(l.Quality.MOS(), 2),
		})
	}
	return out
}

// timeline tells what happened in a call, in a language.
func (t teller) timeline(c *routing.CallRecord, words catalogue, lang string) []timelineItem {
	out := make([]timelineItem, 0, len(c.Timeline))
	for _, i := range c.Timeline {
		item := timelineItem{
			At: *stamp(i.At), Seq: i.Seq, Type: i.Type, Node: i.Node, User: t.userNamed(i.User), Leg: string(i.Leg),
			TextKey: "timeline." + i.Type, Args: i.Args,
		}
		if item.Args == nil {
			item.Args = map[string]string{}
		}
		item.Text = words.tell(lang, t.named(c, item))
		out = append(out, item)
	}
	return out
}

// named is what happened as its sentence tells it: things by their names, which programs read by their ids.
func (t teller) named(c *routing.CallRecord, i timelineItem) timelineItem {
	i.Args = maps.Clone(i.Args)
	if f := t.names.Flows[flow.ID(i.Args["flow"])]; f != nil && f.Name != "" {
		i.Args["flow"] = f.Name
	}
	if number := i.Args["number"]; number != "" {
		i.Args["number"] = display(number, t.country(c.Account))
	}
	switch i.Type {
	case "node_entered":
		if i.Args["title"] == "" {
			i.TextKey += ".untitled"
		}
	case "one_way_audio", "no_audio":
		i.TextKey += "." + i.Args["reason"]
	case "quality_degraded", "quality_restored":
		i.TextKey += "." + i.Args["way"]
	}
	return i
}
