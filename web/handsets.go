package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tandem/provisioning"
	"tandem/routing"
)

// Handsets are the mobiles of the demonstration, whose own dialler and messages a page shows, and the people outside who reach them.
type Handsets interface {
	// Watch shows the screen of a user's handset, now and after each change, until ctx ends or show fails. It fails with ErrNotFound for who has none.
	Watch(ctx context.Context, u routing.UserID, show func(HandsetView) error) error
	// Act does something with it. It fails with ErrNotFound, and with a *HandsetError for what cannot be done now.
	Act(ctx context.Context, u routing.UserID, act HandsetAct) error
}

// HandsetView is what the screen of a handset shows.
type HandsetView struct {
	Owner    string        `json:"owner" doc:"Whose handset it is."`
	Number   string        `json:"number"`
	Display  string        `json:"number_display"`
	Power    string        `json:"power" enum:"on,off"`
	Coverage string        `json:"coverage" enum:"covered,uncovered"`
	Call     *HandsetCall  `json:"call" doc:"null: it is in no call."`
	Calls    []HandsetLine `json:"calls" doc:"Its own list, newest first."`
	Texts    []HandsetText `json:"texts" doc:"Its own messages, oldest first."`
}

// HandsetCall is the call on the screen of a handset.
type HandsetCall struct {
	Peer    string  `json:"peer" doc:"Empty: a caller who is not shown."`
	Display string  `json:"peer_display"`
	Way     string  `json:"direction" enum:"inbound,outbound"`
	State   string  `json:"state" enum:"calling,ringing,answered"`
	Since   *string `json:"answered_at"`
}

// HandsetLine is a line of a handset's own list of calls.
type HandsetLine struct {
	Peer    string `json:"peer"`
	Display string `json:"peer_display"`
	Kind    string `json:"kind" enum:"missed,received,declined,dialled"`
	At      string `json:"at"`
}

// HandsetText is a message in a handset's own messaging.
type HandsetText struct {
	Peer    string `json:"peer"`
	Display string `json:"peer_display"`
	Way     string `json:"direction" enum:"inbound,outbound"`
	Body    string `json:"body"`
	State   string `json:"state" doc:"Of one that was written there: sending, sent, delivered or failed; empty for one that came."`
	At      string `json:"at"`
}

// HandsetAct is something that is done with a handset.
type HandsetAct struct {
	Do   string `json:"do" enum:"dial,answer,decline,hang_up,press,write,power_on,power_off,cover,uncover,customer_calls,customer_writes"`
	To   string `json:"to,omitempty" maxLength:"32" doc:"With dial and write: the number, as it is typed."`
	Text string `json:"text,omitempty" maxLength:"2000" doc:"With write: the message; with press: the keys."`
}

// HandsetError says that something cannot be done with a handset now: the code is one of the problems of handsets.
type HandsetError struct{ Code string }

// Error is the code.
func (e *HandsetError) Error() string { return e.Code }

// The codes of what cannot be done with a handset.
const (
	codeHandsetOff       = "handset_off"
	codeHandsetUncovered = "handset_without_coverage"
	codeHandsetBusy      = "handset_in_call"
	codeHandsetIdle      = "handset_idle"
	codeHandsetNumber    = "handset_cannot_write_to"
)

type handsetAction struct{ Body HandsetAct }

// handsetsAPI mounts the handsets, which the demonstration alone has.
func (s *Server) handsetsAPI(a huma.API) {
	if s.rooms.Handsets == nil {
		return
	}
	huma.Get(a, "/api/v1/sim/handset", s.watchHandset, operation("demo", "watch-handset", "Shows the screen of one's simulated handset, and every change (text/event-stream)",
		provisioning.Own, http.StatusNotFound), func(o *huma.Operation) {
		o.Responses = map[string]*huma.Response{"200": {
			Description: "The stream", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}},
		}}
	})
	huma.Post(a, "/api/v1/sim/handset", s.useHandset, operation("demo", "use-handset", "Does something with one's simulated handset, or as somebody outside", provisioning.Own,
		http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity), func(o *huma.Operation) { o.DefaultStatus = http.StatusNoContent })
}

func noHandset() *ProblemError {
	return problem(http.StatusNotFound, codeNotFound, "this person has no simulated handset")
}

// watchHandset begins a stream of screens: each replaces the one before it.
func (s *Server) watchHandset(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	u := who(ctx).user
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		o := &outlet{w: w, control: http.NewResponseController(w)}
		begun := false
		ctx, end := s.whileOpen(r.Context())
		defer end()
		err := s.rooms.Handsets.Watch(ctx, u, func(v HandsetView) error {
			if !begun {
				begun = true
				w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
				w.Header().Set("X-Accel-Buffering", "no")
				_ = o.control.SetReadDeadline(time.Time{}) // the limits of the server are for requests that end
				w.WriteHeader(http.StatusOK)
			}
			v.dress()
			text, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("write a handset: %w", err)
			}
			return o.send("event: handset\ndata: " + string(text) + "\n\n")
		})
		if !begun && errors.Is(err, ErrNotFound) {
			s.refuse(w, r, noHandset())
		}
	}}, nil
}

// whileOpen is a context that ends with the live events of the server too.
func (s *Server) whileOpen(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() {
		defer cancel()
		for ctx.Err() == nil {
			_, changed, alive := s.tail.now()
			if !alive {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	})
	return ctx, func() { cancel(); wait.Wait() }
}

// dress writes the numbers of a screen as people do.
func (v *HandsetView) dress() {
	v.Display = display(v.Number, "FR")
	if v.Call != nil {
		v.Call.Display = display(v.Call.Peer, "FR")
	}
	for i := range v.Calls {
		v.Calls[i].Display = display(v.Calls[i].Peer, "FR")
	}
	for i := range v.Texts {
		v.Texts[i].Display = display(v.Texts[i].Peer, "FR")
	}
}

func (s *Server) useHandset(ctx context.Context, q *handsetAction) (*struct{}, error) {
	err := s.rooms.Handsets.Act(ctx, who(ctx).user, q.Body)
	if cannot, is := errors.AsType[*HandsetError](err); is {
		status := http.StatusConflict
		if cannot.Code == codeHandsetNumber {
			status = http.StatusUnprocessableEntity
		}
		return nil, problem(status, cannot.Code, "the handset cannot do this now")
	}
	if errors.Is(err, ErrNotFound) {
		return nil, noHandset()
	}
	if err != nil {
		return nil, s.failed(ctx, "use handset", err)
	}
	return nil, nil //nolint:nilnil // 204
}
