package web

import (
	"context"
	"encoding/json"
	"strings"
	"time"

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
	var change map[string]json.RawMessage
	if json.Unmarshal(e.Data, &change) != nil {
		change = map[string]json.RawMessage{}
	}
	object := s.subjectOf(ctx, e)
	merged := map[string]json.RawMessage{}
	if object == nil {
		merged = change
	} else if text, err := json.Marshal(object); err == nil && json.Unmarshal(text, &merged) == nil {
		text, err := json.Marshal(change)
		if err == nil {
			merged["change"] = text
		}
	}
	text, err := json.Marshal(merged)
	if err != nil {
		return e.Data
	}
	return text
}

// subjectOf is what an event is about, as the API shows it; nil: it is not there any more.
func (s *Server) subjectOf(ctx context.Context, e provisioning.Event) any {
	family, verb, _ := strings.Cut(e.Type, ".")
	if family == "call" {
		c, err := s.find(ctx, e.Subject)
		if err != nil {
			return nil
		}
		return s.teller().object(c, time.Now())
	}
	if verb == "deleted" || s.rooms.Records == nil {
		return nil
	}
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		return nil
	}
	if r := st.Find(provisioning.Kind(family), e.Subject); r != nil {
		return s.renderRecord(st, r)
	}
	return nil
}

// renderRecord writes a record as the API shows it; one that the API does not show yet is written field by field, its secrets as dots.
func (s *Server) renderRecord(_ *provisioning.State, r provisioning.Record) any {
	ref := r.Ref()
	out := map[string]any{"id": ref.ID, "kind": string(ref.Kind), "name": ref.Name}
	if ref.Account != "" {
		out["account_id"] = string(ref.Account)
	}
	for _, f := range r.Fields() {
		if f.Secret != "" {
			out[f.Name] = f.Secret.String()
			continue
		}
		out[f.Name] = f.Value
	}
	return out
}
