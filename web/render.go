package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"strings"

	"tandem/messaging"
	"tandem/provisioning"
)

// eventObject is an event as everybody gets it: on the stream, in the log of events and by webhook (API.md section 5).
type eventObject struct {
	Type       string          `json:"type" example:"call.answered"`
	Timestamp  string          `json:"timestamp" format:"date-time"`
	ID         string          `json:"id" doc:"The key against repeats: an event is delivered at least once."`
	APIVersion string          `json:"api_version" doc:"Of the shape of data."`
	Subject    string          `json:"subject" doc:"The id of what it is about."`
	Seq        int64           `json:"seq" doc:"Rises within a subject: what is below one that was seen is out of date."`
	Data       json.RawMessage `json:"data" doc:"The object that it is about, and in change what changed."`
}

// renderEvent writes an event for the world. What it is about is written as the API shows it, as it was told at the time; where it is gone, there is what the
// event itself kept.
func (s *Server) renderEvent(ctx context.Context, e provisioning.Event) eventObject {
	return eventObject{
		Type: e.Type, Timestamp: *stamp(e.At), ID: e.ID, APIVersion: apiVersion, Subject: e.Subject, Seq: e.Seq,
		Data: s.renderData(ctx, e),
	}
}

// renderData is the object of an event with its change.
func (s *Server) renderData(ctx context.Context, e provisioning.Event) json.RawMessage {
	object, change := s.subjectOf(ctx, e)
	if object == nil {
		return e.Data
	}
	merged := map[string]json.RawMessage{}
	text, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(text, &merged)
	}
	if err == nil {
		merged["change"], err = json.Marshal(change)
	}
	if err == nil {
		text, err = json.Marshal(merged)
	}
	if err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelError, "an event cannot be written", slog.Any("err", err))
		return e.Data
	}
	return text
}

// callChange is what happened in a call.
type callChange struct {
	Node string            `json:"node,omitempty" doc:"Where in its flow the call is."`
	User *reference        `json:"user" doc:"Whom it is about."`
	Leg  string            `json:"leg,omitempty"`
	Args map[string]string `json:"args" doc:"What there is to say of it, by name."`
}

// recordChange is what became of a record.
type recordChange struct {
	Verb   string                     `json:"verb" enum:"create,update,delete"`
	Fields []provisioning.FieldChange `json:"fields" doc:"What changed; secrets are dots, and long texts are left out."`
}

// subjectOf is what an event is about, as the API shows it, and what happened to it; nil: what the event itself says is all there is.
func (s *Server) subjectOf(ctx context.Context, e provisioning.Event) (object, change any) {
	if call, is := e.Call(); is {
		c := callChange{Node: call.Node, User: s.teller().userNamed(call.User), Leg: string(call.Leg), Args: call.Args}
		if c.Args == nil {
			c.Args = map[string]string{}
		}
		return s.teller().object(LiveCall{Record: call.Call, Status: string(call.Status), Node: call.Node}, e.At), c
	}
	if m, is := e.Message(); is {
		return s.teller().message(placed(m, e.Pos), s.connectorNamed), messageChange{State: string(m.State), Reason: reasonOf(m.Reason)}
	}
	if c, is := e.Conversation(); is {
		_, verb, _ := strings.Cut(e.Type, ".")
		return s.teller().conversation(conversation{rows: []messaging.Conversation{*c}}), conversationChange{Verb: verb}
	}
	news, is := e.Record()
	if !is || s.rooms.Records == nil {
		return nil, nil
	}
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		return nil, nil
	}
	fields := news.Changed
	if fields == nil {
		fields = []provisioning.FieldChange{}
	}
	return s.renderRecord(st, news.Record), recordChange{Verb: string(news.Verb), Fields: fields}
}

// placed is a message that knows its place: that of the event that first told of it.
func placed(m *messaging.Message, pos int64) *messaging.Message {
	if m.Place != 0 {
		return m
	}
	out := *m
	out.Place = pos
	return &out
}

// renderRecord writes a record as the API shows it; one that the API does not show is written field by field, its secrets as dots.
func (s *Server) renderRecord(st *provisioning.State, r provisioning.Record) any {
	switch r := r.(type) {
	case *provisioning.Account:
		return showAccount(st, r)
	case *provisioning.User:
		return showUser(st, r)
	case *provisioning.Device:
		return showDevice(r)
	case *provisioning.Team:
		return showTeam(st, r)
	case *provisioning.Number:
		return showNumber(st, r)
	case *provisioning.Flow:
		if now, there := st.Find(provisioning.KindFlow, string(r.ID)).(*provisioning.Flow); there {
			r = now // Events leave out what a flow says, and so whether it has a draft.
		}
		return showFlow(st, r)
	case *provisioning.Trunk, *provisioning.Audio, *provisioning.Tag, *provisioning.Reason, *provisioning.WorkingHours, *provisioning.SpecialDate,
		*provisioning.BlockedNumber, *provisioning.Contact, *provisioning.Webhook, *provisioning.Key, *provisioning.Operator, *provisioning.Connector:
		if shelf, mounted := s.shown[r.Ref().Kind]; mounted {
			return shelf.show(st, r)
		}
	}
	return byField(r)
}

// shown is how the records of a shelf are written.
type shown struct {
	show  func(*provisioning.State, provisioning.Record) any
	shape reflect.Type
}

// objectOf is the type of what renderRecord writes for the events of a family; nil: it is written field by field.
func (s *Server) objectOf(family string) reflect.Type {
	switch family {
	case "account":
		return reflect.TypeFor[accountObject]()
	case "user":
		return reflect.TypeFor[userObject]()
	case "device":
		return reflect.TypeFor[deviceObject]()
	case "team":
		return reflect.TypeFor[teamObject]()
	case "number", "esim":
		return reflect.TypeFor[numberObject]()
	case "flow":
		return reflect.TypeFor[flowObject]()
	}
	return s.shown[provisioning.Kind(family)].shape
}

// byField writes a record as its fields are.
func byField(r provisioning.Record) map[string]any {
	ref := r.Ref()
	out := map[string]any{"id": ref.ID, "name": ref.Name}
	if ref.Account != "" {
		out["account_id"] = string(ref.Account)
	}
	for _, f := range r.Fields() {
		if out[f.Name] = f.Value; f.Secret != "" {
			out[f.Name] = f.Secret.String()
		}
	}
	return out
}
