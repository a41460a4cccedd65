package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tailCommand shows what happens, as it happens.
type tailCommand struct {
	remote
	shown

	Call string   `placeholder:"ID" help:"Only of one call."`
	Type []string `placeholder:"TYPE" help:"Only of these types: call.answered, or call.* for all of calls. May be given again."`
	From string   `placeholder:"ID" help:"Begin after the event with this id instead of now."`
	Past int      `default:"0" placeholder:"N" help:"Show the last N events first, at most 200."`
	For  int      `default:"0" placeholder:"N" help:"Stop after so many events; 0: go on."`
}

// told is an event of the stream.
type told struct {
	Type      string         `json:"type"`
	Timestamp string         `json:"timestamp"`
	ID        string         `json:"id"`
	Subject   string         `json:"subject"`
	Seq       int64          `json:"seq"`
	Data      map[string]any `json:"data"`
}

// Run follows the stream of events, and takes it up again where it broke.
func (t tailCommand) Run(ctx context.Context, c console) error {
	l, err := t.running(ctx)
	if err != nil {
		return err
	}
	return t.follow(ctx, l, c.out, func(w io.Writer, text []byte) (bool, error) { return true, t.print(w, text) })
}

// follow follows the stream of events, and shows them in a manner; the manner says whether an event was shown.
func (t tailCommand) follow(ctx context.Context, l *line, out io.Writer, show func(io.Writer, []byte) (bool, error)) error {
	l.client.Timeout = 0 // The stream has no end.
	query := url.Values{}
	if t.Call != "" {
		query.Set("call_id", t.Call)
	}
	if len(t.Type) > 0 {
		query.Set("types", strings.Join(t.Type, ","))
	}
	f := &follower{tail: t, out: out, show: show, last: t.From, left: t.For}
	if t.Past > 0 {
		if err := f.past(ctx, l, query); err != nil || (t.For > 0 && f.left <= 0) {
			return err
		}
	}
	for {
		err := f.follow(ctx, l, query)
		switch {
		case errors.Is(err, errEnough), ctx.Err() != nil:
			return nil //nolint:nilerr // Whoever follows has seen enough.
		case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
			return err
		}
		if stopped := pause(ctx, time.Second); stopped != nil {
			return nil //nolint:nilerr // The same.
		}
	}
}

// follower is who follows the stream.
type follower struct {
	tail tailCommand
	out  io.Writer
	show func(io.Writer, []byte) (bool, error)
	last string // id of the last event that was shown
	left int    // how many more are wanted, where For says so
}

// follow shows the events of one stream until it ends.
func (f *follower) follow(ctx context.Context, l *line, query url.Values) error {
	stream, err := l.events(ctx, query, f.last)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	return read(stream, func(id string, text []byte) error {
		f.last = id
		shown, err := f.show(f.out, text)
		if err != nil || !shown {
			return err
		}
		if f.left--; f.left == 0 {
			return errEnough
		}
		return nil
	})
}

// past shows the last events, oldest first.
func (f *follower) past(ctx context.Context, l *line, query url.Values) error {
	q := maps.Clone(query)
	q.Set("order", "desc")
	q.Set("limit", strconv.Itoa(f.tail.Past))
	var page struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := l.ask(ctx, "GET", "/api/v1/events/log?"+q.Encode(), nil, &page); err != nil {
		return err
	}
	for _, text := range slices.Backward(page.Data) {
		var e told
		if err := json.Unmarshal(text, &e); err != nil {
			return fmt.Errorf("read an event: %w", err)
		}
		f.last = e.ID
		shown, err := f.show(f.out, text)
		if err != nil {
			return err
		}
		if shown {
			f.left--
		}
	}
	return nil
}

// errEnough ends the following of a stream.
var errEnough = errors.New("enough")

// pause waits, or fails when ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// events opens the stream of events after a position.
func (l *line) events(ctx context.Context, query url.Values, last string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+"/api/v1/events?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	r.Header.Set("Accept", "text/event-stream")
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	if l.key != "" {
		r.Header.Set("Authorization", "Bearer "+l.key)
	}
	resp, err := l.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("the program does not answer: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return nil, errors.Join(refusal(resp.Status, text), err, resp.Body.Close())
}

// read reads a stream of events (WHATWG HTML, server-sent events) and hands each to take, with its id. It ends with an error of take, or with
// io.ErrUnexpectedEOF where the stream ends.
func read(stream io.Reader, take func(id string, data []byte) error) error {
	const longest = 1 << 20
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, longest)
	id, data := "", []byte(nil)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			id = value
		case "data":
			data = append(data, value...)
		case "":
			if len(data) == 0 {
				continue // a comment, or the end of one
			}
			if err := take(id, data); err != nil {
				return err
			}
			data = nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the stream broke: %w", errors.Join(io.ErrUnexpectedEOF, err))
	}
	return io.ErrUnexpectedEOF
}

// print shows an event: its time, its type and what it is about, on a line.
func (t tailCommand) print(w io.Writer, text []byte) error {
	if t.Output == "json" {
		_, err := fmt.Fprintf(w, "%s\n", text)
		return err
	}
	var e told
	if err := json.Unmarshal(text, &e); err != nil {
		return fmt.Errorf("read an event: %w", err)
	}
	var about []string
	for _, name := range []string{"from_display", "to_display", "status", "outcome", "name", "email", "user"} {
		if s := cell(e.Data[name]); s != "" {
			about = append(about, strings.TrimSuffix(name, "_display")+" "+s)
		}
	}
	if change, is := e.Data["change"].(map[string]any); is {
		about = append(about, changes(change)...)
	}
	_, err := fmt.Fprintf(w, "%s  %-26s %s  %s\n", localTime(e.Timestamp), e.Type, e.Subject, strings.Join(about, ", "))
	return err
}

// changes tells what an event changed, in the order of names.
func changes(change map[string]any) []string {
	var out []string
	if args, is := change["args"].(map[string]any); is {
		for _, name := range slices.Sorted(maps.Keys(args)) {
			out = append(out, name+" "+cell(args[name]))
		}
	}
	if fields, is := change["changed"].([]any); is && len(fields) > 0 {
		out = append(out, "changed "+cell(fields))
	}
	return out
}
