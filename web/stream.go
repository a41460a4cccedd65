package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tandem/provisioning"
)

const (
	heartbeat = 15 * time.Second
	// writeWithin is how long a listener may take to let a write through.
	writeWithin = 10 * time.Second
	streamRun   = 256 // events that are taken at once
)

type streamRequest struct {
	Types  string `query:"types" maxLength:"2000" doc:"Types of event, separated by commas; call.* stands for all of a family. Empty: all."`
	CallID string `query:"call_id" maxLength:"64" doc:"Only what is about this call."`
	LastID string `header:"Last-Event-ID" maxLength:"64" doc:"The id of the last event that was seen: the stream goes on after it."`
}

// streamsAPI mounts the live events and their log.
func (s *Server) streamsAPI(a huma.API) {
	huma.Get(a, "/api/v1/events", s.streamEvents, operation("events", "stream-events", "Sends what happens, while it happens (text/event-stream)", "",
		http.StatusUnprocessableEntity, http.StatusServiceUnavailable), func(o *huma.Operation) {
		o.Description = "Each event has its id, its type as the event's name, and the object as data. A stream that broke off goes on where it ended: " +
			"browsers send Last-Event-ID by themselves. Every 15 s without an event a comment is sent. " +
			"The event `reset` says that events after Last-Event-ID are not kept any more: read the present state again. " +
			"The event `end` comes before we close the stream ourselves: `shutdown`, or `too_slow` for a listener that fell far behind; connect again. " +
			"Its reason `signed_out` says that the session was ended, or may see other things now: connect again, or sign in again. " +
			"Everybody gets the events of their account that their scopes let them read; a key that is for some numbers and teams, theirs alone."
		o.Responses = map[string]*huma.Response{"200": {
			Description: "The stream",
			Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}},
		}}
	})
	huma.Get(a, "/api/v1/events/log", s.listEvents, operation("events", "list-events", "Lists what happened in the last 30 days", ""))
}

// streamEvents begins a stream. What is wrong with the request is said before that.
func (s *Server) streamEvents(ctx context.Context, r *streamRequest) (*huma.StreamResponse, error) {
	filter, err := s.eventFilter(ctx, r.Types, r.CallID)
	if err != nil {
		return nil, err
	}
	seen, ours := provisioning.EventPos(r.LastID)
	if r.LastID != "" && !ours {
		p := problem(http.StatusUnprocessableEntity, codeBadCursor, "this is not the id of an event")
		p.Errors = []Fault{{Location: "header.Last-Event-ID", Message: "not the id of an event"}}
		return nil, p
	}
	if !ours {
		seen = -1
	}
	l := &listener{server: s, filter: filter}
	s.tail.enter()
	if err = l.begin(ctx, seen); err != nil {
		s.tail.leave()
		return nil, err
	}
	return &huma.StreamResponse{Body: l.serve}, nil
}

// resume is where a listener goes on who has seen everything up to a place. Where what follows is not kept any more, they begin at the end, and are told.
func (s *Server) resume(ctx context.Context, pos, last int64) (int64, resetting, error) {
	if pos == last {
		return pos, false, nil
	}
	if pos > last { // We know of less than they have seen: the records are others now; or this node has not read it yet.
		newest, err := s.rooms.Events.LastPos(ctx)
		if err != nil {
			return 0, false, s.failed(ctx, "resume events", err)
		}
		return min(pos, newest), resetting(pos > newest), nil
	}
	page, err := s.rooms.Events.Events(ctx, provisioning.EventFilter{After: pos, Limit: 1})
	if err != nil {
		return 0, false, s.failed(ctx, "resume events", err)
	}
	if len(page.Events) == 0 || page.Events[0].Pos != pos+1 {
		return last, true, nil
	}
	return pos, false, nil
}

// resetting says that a listener has missed events for good.
type resetting bool

// eventFilter reads which events are asked for.
func (s *Server) eventFilter(ctx context.Context, types, call string) (provisioning.EventFilter, error) {
	f := provisioning.EventFilter{Subject: call, Account: who(ctx).account, Common: true}
	for t := range strings.SplitSeq(types, ",") {
		t = strings.TrimSpace(t)
		if t == "" {
			continue
		}
		if !knownEvents(t) {
			p := problem(http.StatusUnprocessableEntity, codeUnknownEvent, "there are no events of the type "+t)
			p.Errors = []Fault{{Location: "query.types", Message: p.Detail, Code: codeUnknownEvent, args: map[string]string{"type": t}}}
			return f, p
		}
		f.Types = append(f.Types, t)
	}
	return f, nil
}

func knownEvents(pattern string) bool {
	for _, t := range provisioning.EventTypes() {
		if provisioning.EventMatches(pattern, t) {
			return true
		}
	}
	return false
}

// listener is one who has a stream.
type listener struct {
	server *Server
	filter provisioning.EventFilter
	sight  *sight
	at     int64 // what they have, or will not get
	reset  resetting
	live   bool // they have caught up
}

// begin finds where a listener begins who has seen everything up to a place, below 0: nothing; and what they may see.
func (l *listener) begin(ctx context.Context, seen int64) (err error) {
	last, _, alive := l.server.tail.now()
	if !alive {
		return problem(http.StatusServiceUnavailable, codeUnavailable, "there are no events to be had now")
	}
	l.at = last
	if seen >= 0 {
		if l.at, l.reset, err = l.server.resume(ctx, seen, last); err != nil {
			return err
		}
	}
	l.sight, err = l.server.sight(ctx)
	return err
}

// serve sends events until the listener goes, falls behind, or we end.
func (l *listener) serve(hc huma.Context) {
	defer l.server.tail.leave()
	r, w := humago.Unwrap(hc)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	o := &outlet{w: w, control: http.NewResponseController(w)}
	_ = o.control.SetReadDeadline(time.Time{}) // the limits of the server are for requests that end
	w.WriteHeader(http.StatusOK)
	begin := "retry: 2000\n\n"
	if l.reset {
		begin += fmt.Sprintf("event: reset\nid: %s\ndata: {\"reason\":\"too_old\"}\n\n", provisioning.EventID(time.Now(), l.at))
	}
	over := make(chan struct{})
	i := who(r.Context())
	defer l.server.stay(r.Context(), i.sealed, stayStream, func() { close(over) })()
	err := o.send(begin)
	beat := time.NewTimer(heartbeat)
	defer beat.Stop()
	for err == nil {
		_, changed, alive := l.server.tail.now()
		var sent int
		sent, err = l.catchUp(r.Context(), o)
		switch {
		case errors.Is(err, errTooSlow):
			_ = o.send("event: end\ndata: {\"reason\":\"too_slow\"}\n\n")
			return
		case err != nil:
			return
		case !alive:
			_ = o.send("event: end\ndata: {\"reason\":\"shutdown\"}\n\n")
			return
		}
		if sent > 0 {
			beat.Reset(heartbeat)
		}
		select {
		case <-r.Context().Done():
			return
		case <-over:
			_ = o.send("event: end\ndata: {\"reason\":\"signed_out\"}\n\n")
			return
		case <-changed:
		case <-beat.C:
			_ = l.server.sessionOver(r.Context(), i.session, i.until) // on another node; over is closed then
			err = o.send(": \n\n")
			beat.Reset(heartbeat)
		}
	}
}

// errTooSlow ends a listener who was up to date and has fallen behind by more than is in memory.
var errTooSlow = errors.New("the listener is too slow")

// catchUp sends everything that there is; from memory, or from the log to those who come back after a while.
func (l *listener) catchUp(ctx context.Context, o *outlet) (sent int, err error) {
	for {
		events, held := l.server.tail.after(l.at, streamRun)
		if !held && l.live {
			return sent, errTooSlow
		}
		n := 0
		if held {
			if len(events) == 0 {
				l.live = true
				return sent, nil
			}
			n, err = l.send(ctx, o, events)
		} else {
			n, err = l.fromLog(ctx, o)
		}
		sent += n
		if err != nil {
			return sent, err
		}
	}
}

// fromLog sends a run of the log.
func (l *listener) fromLog(ctx context.Context, o *outlet) (int, error) {
	f := l.filter
	f.After, f.Limit = l.at, streamRun
	page, err := l.server.rooms.Events.Events(ctx, f)
	if err != nil {
		return 0, fmt.Errorf("read events: %w", err)
	}
	if page.Last <= l.at { // nothing more, though the tailer has seen more: it looks again
		return 0, errTooSlow
	}
	events := make([]*told, len(page.Events))
	for i, e := range page.Events {
		events[i] = &told{event: e}
	}
	n, err := l.send(ctx, o, events)
	if err == nil {
		l.at = page.Last
	}
	return n, err
}

// send writes what the listener may see and wants to.
func (l *listener) send(ctx context.Context, o *outlet, events []*told) (int, error) {
	var b strings.Builder
	n := 0
	for _, t := range events {
		if l.filter.Takes(&t.event) && l.sight.takes(&t.event) {
			fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: %s\n\n", t.event.ID, t.event.Type, l.server.textOf(ctx, t))
			n++
		}
		l.at = t.event.Pos
	}
	if n == 0 {
		return 0, nil
	}
	return n, o.send(b.String())
}

// outlet writes to a listener, each time within a limit of time.
type outlet struct {
	w       io.Writer
	control *http.ResponseController
}

func (o *outlet) send(text string) error {
	if err := o.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("limit a write: %w", err)
	}
	if _, err := io.WriteString(o.w, text); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	if err := o.control.Flush(); err != nil {
		return fmt.Errorf("flush events: %w", err)
	}
	return nil
}
