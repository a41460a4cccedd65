package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/alecthomas/kong"

	"tandem/messaging"
)

// messageCommand is about messages: those that were, and those that are to be.
type messageCommand struct {
	Send    messageSend    `cmd:"" help:"Send one. It comes back once it is kept for good."`
	List    messageList    `cmd:"" help:"List them, newest first."`
	Get     messageGet     `cmd:"" help:"Show one, with what became of it on each channel."`
	Preview messagePreview `cmd:"" help:"Say what a text takes: its encoding and segments."`
	Tail    messageTail    `cmd:"" help:"Show them as they come and go, and what becomes of them."`
}

type messageSend struct {
	remote
	shown

	From string `placeholder:"+33…" help:"The number that it leaves from, or its id or name. It must be given, but where the key is one person's."`
	To   string `required:"" placeholder:"+33…" help:"Where it goes."`
	Once string `placeholder:"NAME" help:"Your own name for it: the same again is the same message, for a day."`
	Text string `arg:"" help:"What it says; - reads it from the standard input."`
}

// Run sends a message.
func (v messageSend) Run(ctx context.Context, c console) error {
	text := v.Text
	if text == "-" {
		all, err := io.ReadAll(c.in)
		if err != nil {
			return fmt.Errorf("read the standard input: %w", err)
		}
		text = strings.TrimRight(string(all), "\r\n")
	}
	return v.with(ctx, func(l *line) error {
		doc := map[string]any{"to": v.To, "body": text}
		if v.From != "" {
			from, err := l.resolve(ctx, "number", v.From)
			if err != nil {
				return err
			}
			doc["from"] = from
		}
		l.repeat = v.Once
		return l.show(ctx, c.out, request{http.MethodPost, "/api/v1/messages", doc}, v.Output)
	})
}

// messageList is listVerb for what there is very much of.
type messageList struct {
	remote
	shown

	Where []string `placeholder:"NAME=VALUE" sep:"none" help:"Only those that match, as the API filters: direction=inbound, state=failed, number_id=…. May be given again."`
	Limit int      `default:"50" help:"At most so many; 0: all."`
}

// Run lists messages, or conversations.
func (v messageList) Run(ctx context.Context, c console, k *kong.Context) error {
	return listVerb{remote: v.remote, shown: v.shown, Where: v.Where, Limit: v.Limit}.Run(ctx, c, k)
}

type messageGet struct {
	remote
	shown

	ID string `arg:"" help:"Its id."`
}

// Run shows a message.
func (v messageGet) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		return l.show(ctx, c.out, request{http.MethodGet, "/api/v1/messages/" + url.PathEscape(v.ID), nil}, v.Output)
	})
}

type messagePreview struct {
	remote
	shown

	Text string `arg:"" help:"The text."`
}

// Run says what a text takes.
func (v messagePreview) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		return l.show(ctx, c.out, request{http.MethodPost, "/api/v1/messages/preview", map[string]any{"body": v.Text}}, v.Output)
	})
}

// messageTail follows the messages.
type messageTail struct {
	remote
	shown

	Number string `placeholder:"+33…" help:"Only those of one of our numbers, or its id."`
	Full   bool   `help:"Show numbers whole."`
	For    int    `default:"0" placeholder:"N" help:"Stop after so many; 0: go on."`
	Past   int    `default:"0" placeholder:"N" help:"Show the last N first, at most 200."`
}

// Run follows the stream of events, and takes it up again where it broke.
func (v messageTail) Run(ctx context.Context, c console) error {
	l, err := v.running(ctx)
	if err != nil {
		return err
	}
	number := ""
	if v.Number != "" {
		if number, err = l.resolve(ctx, "number", v.Number); err != nil {
			return err
		}
	}
	t := tailCommand{remote: v.remote, shown: v.shown, Type: []string{"message.*"}, For: v.For, Past: v.Past}
	return t.follow(ctx, l, c.out, func(w io.Writer, text []byte) (bool, error) { return v.print(w, number, text) })
}

// messageEvent is an event of a message.
type messageEvent struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      struct {
		ID        string  `json:"id"`
		Direction string  `json:"direction"`
		Channel   string  `json:"channel"`
		From      string  `json:"from"`
		To        string  `json:"to"`
		Body      string  `json:"body"`
		State     string  `json:"state"`
		Reason    *string `json:"reason"`
		Number    *struct {
			ID string `json:"id"`
		} `json:"number"`
		Deliveries []messageWay `json:"deliveries"`
	} `json:"data"`
}

// messageWay is what became of a message on one channel.
type messageWay struct {
	Channel string  `json:"channel"`
	State   string  `json:"state"`
	Reason  *string `json:"reason"`
}

// became says what became of a message: of an inbound one on each channel that it is delivered to.
func (e *messageEvent) became() string {
	m := &e.Data
	ways := []messageWay{{State: m.State, Reason: m.Reason}}
	if m.Direction == string(messaging.Inbound) && len(m.Deliveries) > 0 {
		ways = m.Deliveries
	}
	var out []string
	for _, w := range ways {
		said := strings.TrimSpace(w.Channel + " " + w.State)
		if w.Reason != nil {
			said += " (" + *w.Reason + ")"
		}
		out = append(out, said)
	}
	return strings.Join(out, ", ")
}

// print shows an event of a message on a line; false: it is not of the number that is asked for.
func (v messageTail) print(w io.Writer, number string, text []byte) (shown bool, err error) {
	var e messageEvent
	if err = json.Unmarshal(text, &e); err != nil {
		return false, fmt.Errorf("read an event: %w", err)
	}
	m := e.Data
	if number != "" && (m.Number == nil || m.Number.ID != number) {
		return false, nil
	}
	if v.Output == "json" {
		_, err = fmt.Fprintf(w, "%s\n", text)
		return true, err
	}
	from, to := m.From, m.To
	if !v.Full {
		from, to = messaging.Address(from).LogValue().String(), messaging.Address(to).LogValue().String()
	}
	arrow, said := map[string]string{"inbound": "<-", "outbound": "->"}[m.Direction], oneLine(m.Body)
	if e.Type == "message.status_updated" {
		said = e.became() + "  " + m.ID
	}
	_, err = fmt.Fprintf(w, "%s  %s %-9s  %s > %s  %s\n", localTime(e.Timestamp), arrow, m.Channel, from, to, said)
	return true, err
}

// oneLine writes a text on one line, without what would move a terminal's cursor.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '⏎'
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, text)
}

// conversationCommand is about conversations.
type conversationCommand struct {
	List   messageList       `cmd:"" help:"List them, the one with the newest item first."`
	Get    getVerb           `cmd:"" help:"Show one."`
	Update updateVerb        `cmd:"" help:"Change one: status=open or closed, assignee_id=… or null, read=yes."`
	Items  conversationItems `cmd:"" help:"List the messages and calls of one, newest first."`
}

type conversationItems struct {
	remote
	shown

	ID    string `arg:"" help:"Its id."`
	Limit int    `default:"50" help:"At most so many; 0: all."`
}

// Run lists the items of a conversation.
func (v conversationItems) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		all, err := l.all(ctx, noun{path: "/api/v1/conversations/" + url.PathEscape(v.ID) + "/items"}, url.Values{}, v.Limit)
		if err != nil {
			return err
		}
		if v.Output == "json" {
			if all == nil {
				all = []map[string]any{}
			}
			return printJSON(c.out, all)
		}
		return printTable(c.out, []string{"at", "type", "message.direction", "message.body", "message.state", "call.direction", "call.outcome", "call.id"}, all)
	})
}

// numberMessaging is how messages of a number go.
type numberMessaging struct {
	Show    numberMessagingShow `cmd:"" help:"Show how its messages go, and how many it has sent."`
	Set     numberMessagingSet  `cmd:"" help:"Say how they go."`
	OptOuts numberOptOuts       `cmd:"" name:"opt-outs" help:"List who said STOP to it."`
}

type numberMessagingShow struct {
	remote
	shown

	Number string `arg:"" placeholder:"+33…" help:"The number, or its id."`
}

// Run shows how messages of a number go.
func (v numberMessagingShow) Run(ctx context.Context, c console) error {
	return v.onNumber(ctx, v.Number, func(l *line, at string) error {
		return l.show(ctx, c.out, request{http.MethodGet, at + "/messaging", nil}, v.Output)
	})
}

// onNumber finds a number, and does something there.
func (r remote) onNumber(ctx context.Context, number string, do func(l *line, at string) error) error {
	return r.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, "number", number)
		if err != nil {
			return err
		}
		return do(l, "/api/v1/numbers/"+url.PathEscape(id))
	})
}

type numberMessagingSet struct {
	remote
	shown

	Number    string `arg:"" placeholder:"+33…" help:"The number, or its id."`
	Connector string `placeholder:"NAME" help:"By which its messages leave, or its id. Without it: by its eSIM's operator, else by nothing."`
	Path      string `enum:",in_path,copy" default:"" help:"in_path or copy: where we stand between its handset and the network."`
	Guard     string `placeholder:"HOUR,DAY,MONTH" help:"How many it may send, such as 100,1000,10000; 0,0,0: as many as it likes. Without it: as most have it."`
}

// Run says how messages of a number go.
func (v numberMessagingSet) Run(ctx context.Context, c console) error {
	doc := map[string]any{}
	if v.Path != "" {
		doc["path"] = v.Path
	}
	if v.Guard != "" {
		var hour, day, month int
		if n, err := fmt.Sscanf(v.Guard, "%d,%d,%d", &hour, &day, &month); err != nil || n != 3 {
			return inputError{errors.New("--guard: write three numbers, such as 100,1000,10000")}
		}
		doc["guard"] = map[string]any{"hour": hour, "day": day, "month": month}
	}
	return v.onNumber(ctx, v.Number, func(l *line, at string) error {
		if v.Connector != "" {
			id, err := l.resolve(ctx, "connector", v.Connector)
			if err != nil {
				return err
			}
			doc["connector_id"] = id
		}
		return l.show(ctx, c.out, request{http.MethodPut, at + "/messaging", doc}, v.Output)
	})
}

type numberOptOuts struct {
	remote
	shown

	Number string `arg:"" placeholder:"+33…" help:"The number, or its id."`
}

// Run lists who said STOP.
func (v numberOptOuts) Run(ctx context.Context, c console) error {
	return v.onNumber(ctx, v.Number, func(l *line, at string) error {
		all, err := l.all(ctx, noun{path: at + "/opt-outs"}, url.Values{}, 0)
		if err != nil {
			return err
		}
		if v.Output == "json" {
			if all == nil {
				all = []map[string]any{}
			}
			return printJSON(c.out, all)
		}
		return printTable(c.out, []string{"peer_display", "contact", "word", "at"}, all)
	})
}
