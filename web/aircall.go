package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// aircallEnvelope is a body as receivers that were made for Aircall know it (facts of that format: API.md section 6).
type aircallEnvelope struct {
	Resource  string `json:"resource"`
	Event     string `json:"event"`
	Timestamp int64  `json:"timestamp"`
	Token     string `json:"token"`
	Data      any    `json:"data"`
}

// The objects of that format. Its ids are numbers: that of a call is its call number, the others are made of ours.
type (
	aircallCall struct {
		ID            int64          `json:"id"`
		SID           string         `json:"sid"`
		Direction     string         `json:"direction"`
		Status        string         `json:"status"`
		MissedReason  *string        `json:"missed_call_reason"`
		StartedAt     *int64         `json:"started_at"`
		AnsweredAt    *int64         `json:"answered_at"`
		EndedAt       *int64         `json:"ended_at"`
		Duration      int64          `json:"duration"`
		RawDigits     string         `json:"raw_digits"`
		Voicemail     *string        `json:"voicemail"`
		Recording     *string        `json:"recording"`
		Asset         *string        `json:"asset"`
		Archived      bool           `json:"archived"`
		User          *aircallUser   `json:"user"`
		AssignedTo    *aircallUser   `json:"assigned_to"`
		TransferredBy *aircallUser   `json:"transferred_by"`
		TransferredTo *aircallUser   `json:"transferred_to"`
		Contact       any            `json:"contact"`
		Number        *aircallNumber `json:"number"`
		Comments      []any          `json:"comments"`
		Tags          []any          `json:"tags"`
		Teams         []any          `json:"teams"`
	}
	aircallUser struct {
		ID        int64  `json:"id"`
		Name      string `json:"name"`
		Email     string `json:"email"`
		Available bool   `json:"available"`
		Extension string `json:"extension,omitempty"`
		Language  string `json:"language,omitempty"`
	}
	aircallNumber struct {
		ID       int64  `json:"id"`
		Name     string `json:"name"`
		Digits   string `json:"digits"`
		Timezone string `json:"time_zone,omitempty"`
	}
	aircallContact struct {
		ID        int64          `json:"id"`
		FirstName string         `json:"first_name"`
		LastName  string         `json:"last_name"`
		Numbers   []aircallValue `json:"phone_numbers"`
		Emails    []aircallValue `json:"emails"`
		Company   string         `json:"company_name"`
		IsShared  bool           `json:"is_shared"`
		Info      string         `json:"information"`
	}
	aircallValue struct {
		ID    int64  `json:"id"`
		Label string `json:"label"`
		Value string `json:"value"`
	}
	aircallMessage struct {
		ID        int64          `json:"id"`
		SID       string         `json:"sid"`
		Direction string         `json:"direction"`
		Status    string         `json:"status"`
		Body      string         `json:"body"`
		Outside   string         `json:"external_number"`
		RawDigits string         `json:"raw_digits"`
		CreatedAt *int64         `json:"created_at"`
		UpdatedAt *int64         `json:"updated_at"`
		Origin    string         `json:"origin"`
		Number    *aircallNumber `json:"number"`
		User      *aircallUser   `json:"user"`
		Contact   any            `json:"contact"`
		Media     []string       `json:"media_url"`
	}
	aircallTeam struct {
		ID    int64         `json:"id"`
		Name  string        `json:"name"`
		Users []aircallUser `json:"users"`
	}
)

// aircallID makes a number below 2^53 of an id, which is the same ever after.
func aircallID(id string) int64 {
	const exact = 53 // bits that every JSON number keeps
	sum := sha256.Sum256([]byte(id))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> (64 - exact))
}

// aircallToken is what stands in token: receivers of this format know us by it. It follows from the secret, and changes with it.
func aircallToken(w *provisioning.Webhook) string {
	mac := hmac.New(sha256.New, []byte(w.Secret))
	mac.Write([]byte("token of the format aircall"))
	const enough = 16
	return hex.EncodeToString(mac.Sum(nil)[:enough])
}

// aircall writes an event in that format.
func (s *Server) aircall(ctx context.Context, w *provisioning.Webhook, e provisioning.Event) ([]byte, error) {
	name := provisioning.AircallEvent(e.Type)
	resource, _, _ := strings.Cut(name, ".")
	out := aircallEnvelope{Resource: resource, Event: name, Timestamp: e.At.Unix(), Token: aircallToken(w), Data: e.Data}
	if resource == "call" {
		if c, err := s.find(ctx, e.Subject); err == nil {
			out.Data = s.aircallCall(c)
		} else {
			out.Data = aircallFromEvent(e)
		}
		return json.Marshal(out)
	}
	if m, is := e.Message(); is {
		out.Data = s.aircallMessage(m)
		return json.Marshal(out)
	}
	if s.rooms.Records == nil {
		return json.Marshal(out)
	}
	st, err := s.rooms.Records.State(ctx)
	if err != nil {
		return nil, err
	}
	switch r := st.Find(provisioning.Kind(resource), e.Subject).(type) {
	case *provisioning.User:
		out.Data = aircallUserOf(r)
	case *provisioning.Number:
		out.Data = aircallNumber{aircallID(string(r.ID)), r.Name, display(string(r.E164), ""), r.Settings.Timezone}
	case *provisioning.Contact:
		out.Data = aircallContactOf(r)
	case *provisioning.Team:
		team := aircallTeam{ID: aircallID(string(r.ID)), Name: r.Name, Users: []aircallUser{}}
		for _, id := range r.Users {
			if u, is := st.Find(provisioning.KindUser, string(id)).(*provisioning.User); is {
				team.Users = append(team.Users, aircallUserOf(u))
			}
		}
		out.Data = team
	default:
		out.Data = aircallFromEvent(e)
	}
	return json.Marshal(out)
}

// aircallFromEvent is what the event itself kept of what is gone.
func aircallFromEvent(e provisioning.Event) any {
	var kept map[string]any
	if json.Unmarshal(e.Data, &kept) != nil || kept == nil {
		kept = map[string]any{}
	}
	kept["id"], kept["sid"] = aircallID(e.Subject), e.Subject
	if n, is := kept["call_number"].(float64); is {
		kept["id"] = int64(n)
	}
	return kept
}

func aircallUserOf(u *provisioning.User) aircallUser {
	return aircallUser{
		ID: aircallID(string(u.ID)), Name: u.Name, Email: u.Email, Available: u.Availability != routing.SetUnavailable, Extension: u.Extension,
		Language: u.Settings.Language,
	}
}

func aircallContactOf(c *provisioning.Contact) aircallContact {
	first, last, _ := strings.Cut(c.Name, " ")
	out := aircallContact{
		ID: aircallID(c.ID), FirstName: first, LastName: last, Numbers: []aircallValue{}, Emails: []aircallValue{}, Company: c.Company, IsShared: true,
	}
	for _, n := range c.Numbers {
		out.Numbers = append(out.Numbers, aircallValue{aircallID(c.ID + string(n)), "Work", string(n)})
	}
	for _, m := range c.Emails {
		out.Emails = append(out.Emails, aircallValue{aircallID(c.ID + m), "Work", m})
	}
	return out
}

// aircallMessage is a message as it was when the event was written.
func (s *Server) aircallMessage(m *messaging.Message) aircallMessage {
	names := s.teller().names
	out := aircallMessage{
		ID: aircallID(string(m.ID)), SID: string(m.ID), Direction: string(m.Direction), Status: string(m.State), Body: m.Body, Outside: string(m.Peer),
		RawDigits: display(string(m.Peer), ""), CreatedAt: unix(m.At), UpdatedAt: unix(m.UpdatedAt), Origin: string(m.Channel), Media: []string{},
		User: s.aircallUserNamed(routing.UserID(m.User)), Contact: s.aircallContactAt(routing.AccountID(m.Account), string(m.Peer)),
	}
	switch m.State {
	case messaging.StateAccepted:
		out.Status = "pending"
	case messaging.StateUnknown:
		out.Status = "sent"
	case messaging.StateReceived, messaging.StateSent, messaging.StateDelivered, messaging.StateFailed:
	}
	if n := names.Numbers[routing.E164(m.Own)]; n != nil {
		out.Number = &aircallNumber{aircallID(string(n.ID)), n.Name, display(string(n.E164), ""), n.Timezone}
	}
	return out
}

// aircallUserNamed is a user by their id; nil: there is none.
func (s *Server) aircallUserNamed(id routing.UserID) *aircallUser {
	u := s.teller().names.Users[id]
	if u == nil {
		return nil
	}
	return &aircallUser{ID: aircallID(string(u.ID)), Name: u.Name, Email: u.Email, Available: u.Availability != routing.SetUnavailable, Extension: u.Extension}
}

// aircallContactAt is the account's contact with a number; nil: nobody is known there.
func (s *Server) aircallContactAt(id routing.AccountID, number string) any {
	account := s.teller().names.Accounts[id]
	if account == nil || account.Contacts[routing.E164(number)] == nil {
		return nil
	}
	known := account.Contacts[routing.E164(number)]
	first, last, _ := strings.Cut(known.Name, " ")
	return aircallContact{
		ID: aircallID(known.ID), FirstName: first, LastName: last, Numbers: []aircallValue{{aircallID(known.ID + number), "Work", number}},
		Emails: []aircallValue{}, IsShared: true,
	}
}

func (s *Server) aircallCall(live LiveCall) aircallCall {
	c, names := live.Record, s.teller().names
	out := aircallCall{
		ID: c.Number, SID: string(c.ID), Direction: string(routing.Inbound), Status: "initial", StartedAt: unix(c.StartedAt), AnsweredAt: unix(c.AnsweredAt),
		EndedAt: unix(c.EndedAt), Comments: []any{}, Tags: []any{}, Teams: []any{},
	}
	outside := c.From
	if c.Direction != routing.Inbound {
		out.Direction, outside = string(routing.Outbound), c.To
	}
	if out.RawDigits = display(outside, ""); c.Anonymous && c.Direction == routing.Inbound {
		out.RawDigits = "anonymous"
	}
	switch {
	case !c.EndedAt.IsZero():
		out.Status, out.Duration = "done", int64(c.EndedAt.Sub(c.StartedAt).Seconds())
	case !c.AnsweredAt.IsZero():
		out.Status = "answered"
	}
	if why := routing.Missed(c); why != routing.NotMissed {
		out.MissedReason = new(string(why))
	}
	out.User = s.aircallUserNamed(c.User)
	for _, n := range names.Numbers {
		if n.ID == c.NumberID {
			out.Number = &aircallNumber{aircallID(string(n.ID)), n.Name, display(string(n.E164), ""), n.Timezone}
		}
	}
	if !c.Anonymous {
		out.Contact = s.aircallContactAt(c.Account, outside)
	}
	for _, t := range c.Tags {
		out.Tags = append(out.Tags, map[string]any{"id": aircallID(t), "name": t})
	}
	return out
}

// unix is a time as seconds; nil for none.
func unix(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.Unix())
}
