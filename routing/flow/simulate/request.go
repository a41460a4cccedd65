package simulate

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tandem/routing/flow"
)

// Request is a simulation as people write it: the body of the API's simulate (API.md section 8) and, in TOML, a test of a flow.
type Request struct {
	At             When     `json:"at,omitempty" toml:"at" doc:"When the call begins: 2026-11-22T03:00:00+01:00, or 2026-11-22T03:00 by the clock of the flow. Now where it is left out."`
	From           string   `json:"from,omitempty" toml:"from" doc:"Who calls, in E.164; empty: withheld."`
	To             string   `json:"to,omitempty" toml:"to" doc:"The number that is called, in E.164."`
	Digits         []Key    `json:"digits,omitempty" toml:"digits" doc:"The keys that the caller presses."`
	Agents         []Person `json:"agents,omitempty" toml:"agents" doc:"What users are and do; who is not named lets it ring."`
	Changes        []Turn   `json:"changes,omitempty" toml:"changes" doc:"Users whose availability changes during the call."`
	HTTP           []Mock   `json:"http,omitempty" toml:"http" doc:"What programs say that are asked, in order."`
	Redirect       *Person  `json:"redirect,omitempty" toml:"redirect" doc:"What a redirection meets."`
	Caller         *Known   `json:"caller,omitempty" toml:"caller" doc:"What is known of the caller, in place of what the account knows."`
	Chance         *float64 `json:"chance,omitempty" toml:"chance" minimum:"0" exclusiveMaximum:"1" doc:"What a split draws, from 0 up to 1."`
	HangsUpAfterMS int64    `json:"hangs_up_after_ms,omitempty" toml:"hangs_up_after_ms" minimum:"0"`
	SpeaksMS       int64    `json:"speaks_ms,omitempty" toml:"speaks_ms" minimum:"0" doc:"How long the caller speaks after the beep."`
}

// When is a moment: RFC 3339, or the clock of a place without an offset.
type When string

// UnmarshalTOML takes a date of TOML too.
func (w *When) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		*w = When(v)
	case time.Time:
		*w = When(v.Format(time.RFC3339Nano))
		if name := v.Location().String(); strings.HasSuffix(name, "-local") || name == "Local" {
			*w = When(v.Format("2006-01-02T15:04:05"))
		}
	default:
		return fmt.Errorf("write a moment as 2026-11-22T03:00:00+01:00, not %v", v)
	}
	return nil
}

// Moment is the time that is meant, by the clock of a place where no offset is given.
func (w *When) Moment(place *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, string(*w)); err == nil {
		return at, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, string(*w), place); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no moment: write it as 2026-11-22T03:00:00+01:00", string(*w))
}

// Key is a key that the caller presses.
type Key struct {
	AfterMS int64  `json:"after_ms" toml:"after_ms" minimum:"0"`
	Digit   string `json:"digit" toml:"digit" doc:"One key, or several that are pressed one after the other."`
}

// Person is what a user is, and does when their phones ring.
type Person struct {
	ID              string `json:"id,omitempty" toml:"id"`
	Status          string `json:"status,omitempty" toml:"status" doc:"available, busy, call_waiting or unavailable; empty: as it is now."`
	AnswersAfterMS  int64  `json:"answers_after_ms,omitempty" toml:"answers_after_ms" minimum:"0"`
	Declines        bool   `json:"declines,omitempty" toml:"declines"`
	DeclinesAfterMS int64  `json:"declines_after_ms,omitempty" toml:"declines_after_ms" minimum:"0"`
	NoDevice        bool   `json:"no_device,omitempty" toml:"no_device"`
}

// Turn is a user whose availability changes.
type Turn struct {
	AfterMS int64  `json:"after_ms" toml:"after_ms" minimum:"0"`
	User    string `json:"user" toml:"user"`
	Status  string `json:"status" toml:"status"`
}

// Mock is what a program says.
type Mock struct {
	Mock    any    `json:"mock,omitempty" toml:"mock" doc:"The body: an object, or a text as it is."`
	Status  int    `json:"status,omitempty" toml:"status" doc:"The HTTP status; 200."`
	AfterMS int64  `json:"after_ms,omitempty" toml:"after_ms" minimum:"0"`
	Failed  string `json:"failed,omitempty" toml:"failed" doc:"Why there is no answer at all."`
}

// Known is what is known of a caller.
type Known struct {
	Country   string    `json:"country,omitempty" toml:"country"`
	Anonymous bool      `json:"anonymous,omitempty" toml:"anonymous"`
	Tags      []string  `json:"tags,omitempty" toml:"tags"`
	VIP       bool      `json:"vip,omitempty" toml:"vip"`
	Blocked   bool      `json:"blocked,omitempty" toml:"blocked"`
	LastCall  time.Time `json:"last_call,omitzero" toml:"last_call"`
	LastUser  string    `json:"last_user,omitempty" toml:"last_user"`
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Path string // "digits[0].digit"
	Text string
}

// most keys, users and so on that a request may name.
const mostItems = 500

// longest is how late anything of a request may happen.
const longest = 24 * time.Hour

// Script makes the request ready to run. place is where its clock is, where At has no offset; now stands in for an empty At.
func (r *Request) Script(place *time.Location, now time.Time) (*Script, []Fault) {
	b := &builder{script: &Script{At: now, Agents: make(map[flow.UserID]Agent), Chance: r.Chance}}
	if len(r.Digits)+len(r.Agents)+len(r.Changes)+len(r.HTTP) > mostItems {
		return nil, []Fault{{"", fmt.Sprintf("give at most %d digits, agents, changes and answers", mostItems)}}
	}
	if r.At != "" {
		at, err := r.At.Moment(place)
		if err != nil {
			b.refuse("at", err.Error())
		}
		b.script.At = at
	}
	if r.Chance != nil && (*r.Chance < 0 || *r.Chance >= 1) {
		b.refuse("chance", "write chance as a number from 0 up to 1")
	}
	b.script.HangsUp, b.script.Speaks = b.wait("hangs_up_after_ms", r.HangsUpAfterMS), b.wait("speaks_ms", r.SpeaksMS)
	b.keys(r.Digits)
	for i, a := range r.Agents {
		path := fmt.Sprintf("agents[%d]", i)
		if a.ID == "" {
			b.refuse(path+".id", "say which user this is")
		}
		b.script.Agents[flow.UserID(a.ID)] = b.agent(path, a)
	}
	if r.Redirect != nil {
		b.script.Redirect = b.agent("redirect", *r.Redirect)
	}
	for i, c := range r.Changes {
		path := fmt.Sprintf("changes[%d]", i)
		b.script.Changes = append(b.script.Changes, Change{b.wait(path+".after_ms", c.AfterMS), flow.UserID(c.User), b.status(path+".status", c.Status)})
	}
	for i, m := range r.HTTP {
		b.script.Answers = append(b.script.Answers, b.answer(fmt.Sprintf("http[%d]", i), m))
	}
	b.script.Caller = r.caller()
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	return b.script, nil
}

// caller is who calls, where the request says what is known; nil: the office knows.
func (r *Request) caller() *flow.Caller {
	k := r.Caller
	if k == nil {
		return nil
	}
	return &flow.Caller{
		Number: r.From, Country: k.Country, Anonymous: flow.Has(k.Anonymous || r.From == ""), Tags: k.Tags, VIP: flow.Has(k.VIP),
		Blocked: flow.Has(k.Blocked), LastCall: k.LastCall, LastUser: flow.UserID(k.LastUser),
	}
}

// builder makes a script of a request.
type builder struct {
	script *Script
	faults []Fault
}

func (b *builder) refuse(path, text string) { b.faults = append(b.faults, Fault{path, text}) }

func (b *builder) wait(path string, ms int64) time.Duration {
	if ms < 0 || ms > longest.Milliseconds() {
		b.refuse(path, "write a number of milliseconds, at most a day")
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// spacing lies between keys that are pressed one after the other.
const spacing = 300 * time.Millisecond

func (b *builder) keys(all []Key) {
	for i, k := range all {
		path := fmt.Sprintf("digits[%d]", i)
		if k.Digit == "" || len(k.Digit) > 40 || strings.Trim(k.Digit, "0123456789*#") != "" {
			b.refuse(path+".digit", "write keys as 0 to 9, * and #")
			continue
		}
		b.script.Digits = append(b.script.Digits, Keys(b.wait(path+".after_ms", k.AfterMS), spacing, k.Digit)...)
	}
}

func (b *builder) status(path, s string) flow.Status {
	switch s {
	case "available":
		return flow.Available
	case "busy", "in_call", "ringing", "after_call_work":
		return flow.Busy
	case "call_waiting":
		return flow.BusyCallWaiting
	case "unavailable", "offline":
		return flow.Unavailable
	}
	b.refuse(path, fmt.Sprintf("%.40q is no status: write available, busy, call_waiting or unavailable", s))
	return 0
}

func (b *builder) agent(path string, p Person) Agent {
	a := Agent{
		Answers: b.wait(path+".answers_after_ms", p.AnswersAfterMS), Declines: b.wait(path+".declines_after_ms", p.DeclinesAfterMS), NoDevice: p.NoDevice,
	}
	if p.Status != "" {
		a.Status = b.status(path+".status", p.Status)
	}
	if p.Declines && a.Declines == 0 {
		a.Declines = 2 * time.Second
	}
	return a
}

func (b *builder) answer(path string, m Mock) Answer {
	a := Answer{After: b.wait(path+".after_ms", m.AfterMS), Failed: m.Failed}
	switch body := m.Mock.(type) {
	case string:
		a.Body = []byte(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			b.refuse(path+".mock", "write an object, or a text")
		}
		a.Body = text
	}
	if m.Status != 0 && (m.Status < 200 || m.Status > 299) {
		a.Failed = fmt.Sprintf("the program answered %d", m.Status)
	}
	return a
}
