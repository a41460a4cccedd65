package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// callsCommand is about calls: past ones and those in progress.
type callsCommand struct {
	List     callsList     `cmd:"" help:"List the last calls, newest first."`
	Show     callsShow     `cmd:"" help:"Show one call: its legs, what happened, or its SIP ladder."`
	Hangup   callsHangup   `cmd:"" help:"End a call in progress for everybody."`
	Transfer callsTransfer `cmd:"" help:"Hand a call in progress on to an extension or a number, also one that is in its flow."`
}

type callsList struct {
	remote

	Limit     int    `default:"20" help:"How many, 1 to 200."`
	Direction string `help:"inbound, outbound or internal."`
	Outcome   string `help:"answered, missed, voicemail, abandoned, busy, rejected, failed or cancelled."`
	JSON      bool   `name:"json" help:"As JSON."`
}

type callsShow struct {
	remote

	SIP      bool   `name:"sip" xor:"what" help:"The SIP ladder, with the text of every request and response."`
	Timeline bool   `xor:"what" help:"What happened, line by line."`
	JSON     bool   `name:"json" help:"As JSON."`
	ID       string `arg:"" help:"Its id, or its call number."`
}

// callRow is a call as the API lists it.
type callRow struct {
	ID              string  `json:"id"`
	CallNumber      int64   `json:"call_number"`
	Direction       string  `json:"direction"`
	Status          string  `json:"status"`
	Outcome         *string `json:"outcome"`
	FromDisplay     string  `json:"from_display"`
	ToDisplay       string  `json:"to_display"`
	User            *named  `json:"user"`
	StartedAt       string  `json:"started_at"`
	WaitSeconds     float64 `json:"wait_seconds"`
	TalkSeconds     float64 `json:"talk_seconds"`
	DurationSeconds float64 `json:"duration_seconds"`
}

type named struct {
	Name string `json:"name"`
}

type callPage struct {
	Data []callRow `json:"data"`
}

// callDetail is a call as the API shows it.
type callDetail struct {
	callRow

	MissedReason *string `json:"missed_reason"`
	Hangup       *struct {
		By      string `json:"by"`
		SIPCode int    `json:"sip_code"`
		Q850    int    `json:"q850"`
		Text    string `json:"text"`
	} `json:"hangup"`
	Legs []struct {
		ID         string `json:"id"`
		Kind       string `json:"kind"`
		Device     string `json:"device"`
		User       *named `json:"user"`
		Trunk      *named `json:"trunk"`
		State      string `json:"state"`
		Codec      string `json:"codec"`
		SIPCode    int    `json:"sip_code"`
		CauseText  string `json:"cause_text"`
		PacketsIn  uint64 `json:"packets_in"`
		PacketsOut uint64 `json:"packets_out"`
		Lost       uint64 `json:"packets_lost"`
	} `json:"legs"`
}

// Run lists calls.
func (q callsList) Run(ctx context.Context, c console) (err error) {
	l, err := q.runningOrRecords(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	v := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	if q.Direction != "" {
		v.Set("direction", q.Direction)
	}
	if q.Outcome != "" {
		v.Set("outcome", q.Outcome)
	}
	if q.JSON {
		return l.copyJSON(ctx, "/api/v1/calls?"+v.Encode(), c.out)
	}
	var page callPage
	if err = l.ask(ctx, "GET", "/api/v1/calls?"+v.Encode(), nil, &page); err != nil {
		return err
	}
	if len(page.Data) == 0 {
		_, err = fmt.Fprintln(c.out, "No call yet.")
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NUMBER\tWHEN\tDIRECTION\tFROM\tTO\tOUTCOME\tUSER\tWAIT\tTALK\tID")
	for _, r := range page.Data {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%.0f s\t%.0f s\t%s\n", r.CallNumber, localTime(r.StartedAt), r.Direction,
			r.FromDisplay, r.ToDisplay, r.outcome(), nameOf(r.User), r.WaitSeconds, r.TalkSeconds, r.ID)
	}
	return w.Flush()
}

// Run shows one call.
func (s callsShow) Run(ctx context.Context, c console) (err error) {
	l, err := s.runningOrRecords(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	path := "/api/v1/calls/" + url.PathEscape(s.ID)
	switch {
	case s.SIP && s.JSON:
		return l.copyJSON(ctx, path+"/sip", c.out)
	case s.Timeline && s.JSON:
		return l.copyJSON(ctx, path+"/timeline", c.out)
	case s.JSON:
		return l.copyJSON(ctx, path, c.out)
	case s.SIP:
		var text string
		if err = l.ask(ctx, "GET", path+"/sip.txt", nil, &text); err != nil {
			return err
		}
		_, err = io.WriteString(c.out, text)
		return err
	}
	var call callDetail
	if err := l.ask(ctx, "GET", path, nil, &call); err != nil {
		return err
	}
	if !s.Timeline {
		return call.print(c.out)
	}
	var timeline struct {
		Data []struct {
			At   time.Time `json:"at"`
			Text string    `json:"text"`
		} `json:"data"`
	}
	if err := l.ask(ctx, "GET", path+"/timeline", nil, &timeline); err != nil {
		return err
	}
	start, _ := time.Parse(time.RFC3339, call.StartedAt)
	for _, i := range timeline.Data {
		_, _ = fmt.Fprintf(c.out, "%8.3f s  %s\n", i.At.Sub(start).Seconds(), i.Text)
	}
	return nil
}

func (d callDetail) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  call %d\n", d.ID, d.CallNumber)
	fmt.Fprintf(&b, "%s  %s -> %s  %s\n", d.Direction, d.FromDisplay, d.ToDisplay, d.outcome())
	fmt.Fprintf(&b, "started %s, lasted %.1f s, waited %.1f s, talked %.1f s\n", localTime(d.StartedAt), d.DurationSeconds, d.WaitSeconds, d.TalkSeconds)
	if d.User != nil {
		fmt.Fprintf(&b, "user %s\n", d.User.Name)
	}
	if d.MissedReason != nil {
		fmt.Fprintf(&b, "missed: %s\n", *d.MissedReason)
	}
	if h := d.Hangup; h != nil {
		fmt.Fprintf(&b, "ended by %s: %s (SIP %d, Q.850 %d)\n", h.By, h.Text, h.SIPCode, h.Q850)
	}
	for _, l := range d.Legs {
		who := nameOf(l.User) + nameOf(l.Trunk)
		fmt.Fprintf(&b, "  leg %s  %s %s %s  %s", l.ID, l.Kind, l.Device, who, l.State)
		if l.CauseText != "" {
			fmt.Fprintf(&b, ", %d %s", l.SIPCode, l.CauseText)
		}
		fmt.Fprintf(&b, "  %s  packets %d in, %d out, %d lost\n", l.Codec, l.PacketsIn, l.PacketsOut, l.Lost)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r callRow) outcome() string {
	if r.Outcome != nil {
		return *r.Outcome
	}
	return r.Status
}

func nameOf(n *named) string {
	if n == nil {
		return ""
	}
	return n.Name
}

func localTime(utc string) string {
	t, err := time.Parse(time.RFC3339, utc)
	if err != nil {
		return utc
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// copyJSON prints what the API answers, indented.
func (l *line) copyJSON(ctx context.Context, path string, w io.Writer) error {
	var v json.RawMessage
	if err := l.ask(ctx, "GET", path, nil, &v); err != nil {
		return err
	}
	return printJSON(w, v)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
