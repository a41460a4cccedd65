package web

import (
	"time"

	"github.com/nyaruka/phonenumbers"

	"tandem/routing"
)

// callSummary is a call in a list (API.md section 4, without its arrays).
type callSummary struct {
	ID              string      `json:"id" example:"call_01JD3Q4V9M6Z0Y8K2T7RBN5XHC"`
	CallNumber      int64       `json:"call_number" doc:"The same call as a number below 2^53."`
	Direction       string      `json:"direction" enum:"inbound,outbound,internal"`
	Status          string      `json:"status" enum:"initiated,in_flow,queued,ringing,answered,held,ended"`
	Outcome         *string     `json:"outcome" doc:"Once ended: answered, missed, voicemail, abandoned, busy, rejected, failed, cancelled."`
	From            string      `json:"from"`
	To              string      `json:"to"`
	FromDisplay     string      `json:"from_display" doc:"From, for people."`
	ToDisplay       string      `json:"to_display" doc:"To, for people."`
	Anonymous       bool        `json:"anonymous"`
	Number          *reference  `json:"number" doc:"Our number, that was called or shown."`
	User            *reference  `json:"user" doc:"Who answered, or who called out."`
	Trunk           *reference  `json:"trunk"`
	StartedAt       string      `json:"started_at" format:"date-time"`
	QueuedAt        *string     `json:"queued_at" format:"date-time"`
	AnsweredAt      *string     `json:"answered_at" format:"date-time" doc:"By a person."`
	EndedAt         *string     `json:"ended_at" format:"date-time"`
	TalkSeconds     float64     `json:"talk_seconds"`
	WaitSeconds     float64     `json:"wait_seconds" doc:"From the queue, or else the start, to the answer or the end."`
	DurationSeconds float64     `json:"duration_seconds"`
	Hangup          *hangup     `json:"hangup"`
	Flow            *callFlow   `json:"flow" doc:"The version that the call started with."`
	Voicemail       *voicemail  `json:"voicemail"`
	Notified        []reference `json:"notified" doc:"Who was notified that the call was missed."`
}

// callObject is one call with everything but its timeline and ladder.
type callObject struct {
	callSummary

	MissedReason *string     `json:"missed_reason" doc:"Why nobody answered a call that came in: short_abandoned, agents_did_not_answer, no_available_agent, out_of_opening_hours, abandoned_in_ivr, abandoned_in_classic."`
	Node         string      `json:"node,omitempty" doc:"Where in its flow a call in progress is."`
	Users        []reference `json:"users" doc:"Who is rung or talks, while the call is in progress."`

	RingSeconds float64     `json:"ring_seconds" doc:"From the first ringing of somebody called to the answer or the end."`
	HoldSeconds float64     `json:"hold_seconds"`
	IVR         []ivrChoice `json:"ivr"`
	Legs        []legObject `json:"legs"`
}

type reference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type hangup struct {
	By      string `json:"by" doc:"caller, callee or system."`
	SIPCode int    `json:"sip_code"`
	Q850    int    `json:"q850"`
	Text    string `json:"text"`
}

type callFlow struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

type voicemail struct {
	Seconds float64     `json:"seconds"`
	For     []reference `json:"for"`
}

type ivrChoice struct {
	Node  string `json:"node"`
	Title string `json:"title"`
	Key   string `json:"key"`
	Label string `json:"label"`
}

type legObject struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind" doc:"trunk, webrtc, sip, native or external."`
	Device      string     `json:"device,omitempty" doc:"native, workspace, cti, app or sip_phone."`
	User        *reference `json:"user"`
	Trunk       *reference `json:"trunk"`
	State       string     `json:"state" enum:"calling,ringing,answered,ended"`
	SIPCallID   string     `json:"sip_call_id"`
	Codec       string     `json:"codec,omitempty"`
	StartedAt   *string    `json:"started_at" format:"date-time"`
	RingingAt   *string    `json:"ringing_at" format:"date-time"`
	AnsweredAt  *string    `json:"answered_at" format:"date-time"`
	EndedAt     *string    `json:"ended_at" format:"date-time"`
	SIPCode     int        `json:"sip_code,omitempty"`
	Q850        int        `json:"q850,omitempty"`
	CauseText   string     `json:"cause_text,omitempty"`
	PacketsIn   uint64     `json:"packets_in"`
	PacketsOut  uint64     `json:"packets_out"`
	PacketsLost uint64     `json:"packets_lost"`
	JitterMS    float64    `json:"jitter_ms"`
}

type timelineItem struct {
	At      string            `json:"at" format:"date-time"`
	Seq     int               `json:"seq"`
	Type    string            `json:"type"`
	Node    string            `json:"node,omitempty"`
	User    *reference        `json:"user"`
	Leg     string            `json:"leg,omitempty"`
	Text    string            `json:"text" doc:"For people, in the language of Accept-Language."`
	TextKey string            `json:"text_key" doc:"Key of that sentence in the catalogue of words."`
	Args    map[string]string `json:"args"`
}

// teller writes calls with the names that things have now.
type teller struct{ names *routing.Snapshot }

// numberNamed finds a number by its id.
func (t teller) numberNamed(id routing.NumberID) *reference {
	if id == "" {
		return nil
	}
	for _, n := range t.names.Numbers {
		if n.ID == id {
			return &reference{ID: string(id), Name: n.Name}
		}
	}
	return &reference{ID: string(id)}
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
func (t teller) summary(c *routing.CallRecord, status string, now time.Time) callSummary {
	end := c.EndedAt
	if end.IsZero() {
		end = now
	}
	country := t.country(c.Account)
	out := callSummary{
		ID: string(c.ID), CallNumber: c.Number, Direction: string(c.Direction), Status: status,
		From: c.From, To: c.To, FromDisplay: display(c.From, country), ToDisplay: display(c.To, country), Anonymous: c.Anonymous,
		Number: t.numberNamed(c.NumberID), User: t.userNamed(c.User), Trunk: t.trunkNamed(c.Trunk),
		StartedAt: *stamp(c.StartedAt), QueuedAt: stamp(c.QueuedAt), AnsweredAt: stamp(c.AnsweredAt), EndedAt: stamp(c.EndedAt),
		TalkSeconds: between(c.AnsweredAt, end), WaitSeconds: between(first(c.QueuedAt, c.StartedAt), first(c.AnsweredAt, end)),
		DurationSeconds: between(c.StartedAt, end), Notified: t.usersNamed(c.Notified),
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
		callSummary: t.summary(c, live.Status, now), IVR: []ivrChoice{}, Legs: t.legs(c), Node: live.Node, Users: t.usersNamed(live.Users),
	}
	if why := routing.Missed(c); why != routing.NotMissed {
		out.MissedReason = new(string(why))
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
			PacketsIn: l.PacketsIn, PacketsOut: l.PacketsOut, PacketsLost: l.PacketsLost, JitterMS: l.JitterMS,
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
		item.Text = words.tell(lang, item)
		out = append(out, item)
	}
	return out
}

// stamp writes a time as the API does; nil for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// first is the first time that is one.
func first(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// between is the seconds from one time to another, to the millisecond; 0 when either is missing.
func between(from, to time.Time) float64 {
	if from.IsZero() || to.Before(from) {
		return 0
	}
	return float64(to.Sub(from).Milliseconds()) / 1000
}

// display writes a number as people of a country do; what is none, such as an extension, stays as it is.
func display(number, country string) string {
	n, err := phonenumbers.Parse(number, "ZZ")
	if err != nil {
		return number
	}
	if phonenumbers.GetRegionCodeForNumber(n) == country || int(n.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(country) {
		return phonenumbers.Format(n, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}
