package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tandem/provisioning"
)

const (
	// ringSize is how many of the newest events are in memory: who lags behind by more reads the log again.
	ringSize = 4096
	// tailEvery is how often the log is looked at where nobody says that it grew.
	tailEvery = 5 * time.Second
	tailRun   = 500 // events that are read at once
)

// told is an event with what it looks like, which is written once for all who listen.
type told struct {
	event provisioning.Event

	once sync.Once
	text []byte
}

// tailer follows the log of events for all who listen: it alone asks for what is new, and keeps the newest. Listeners take from it at their own pace; it
// waits for none of them.
type tailer struct {
	mu      sync.Mutex
	runs    bool
	over    bool
	ring    []*told       // in the order of the log, without a gap
	last    int64         // the place of the newest
	streams int           // where nobody listens nothing is kept, or read
	changed chan struct{} // closed when something changes, and made anew
}

// now is where the log ends, and what is closed when it grows.
func (t *tailer) now() (last int64, changed <-chan struct{}, alive bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last, t.changed, t.runs && !t.over
}

// enter counts one who listens from the end of the log on, until leave.
func (t *tailer) enter() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams++
}

func (t *tailer) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams--
}

// idle says whether nobody listens.
func (t *tailer) idle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.streams == 0
}

// skip goes on to a place without what is before it; false: somebody listens, who wants to have it.
func (t *tailer) skip(last int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.streams > 0 {
		return false
	}
	if last > t.last {
		t.ring, t.last = nil, last
		t.wakeLocked()
	}
	return true
}

// after gives up to most events after a place; false: those are not in memory any more.
func (t *tailer) after(pos int64, most int) ([]*told, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if pos >= t.last {
		return nil, true
	}
	if len(t.ring) == 0 || t.ring[0].event.Pos > pos+1 {
		return nil, false
	}
	from := int(pos + 1 - t.ring[0].event.Pos)
	if from >= len(t.ring) {
		return nil, true
	}
	return append([]*told(nil), t.ring[from:min(len(t.ring), from+most)]...), true
}

// add takes what is new, and wakes those who wait for it.
func (t *tailer) add(events []provisioning.Event, last int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range events {
		if n := len(t.ring); n > 0 && t.ring[n-1].event.Pos+1 != e.Pos {
			t.ring = t.ring[:0] // A gap: what is before it is of no use.
		}
		t.ring = append(t.ring, &told{event: e.Opened()})
	}
	if over := len(t.ring) - ringSize; over > 0 {
		t.ring = append(make([]*told, 0, ringSize+tailRun), t.ring[over:]...)
	}
	t.last = max(t.last, last)
	t.wakeLocked()
}

func (t *tailer) wakeLocked() {
	if t.changed != nil {
		close(t.changed)
	}
	t.changed = make(chan struct{})
}

func (t *tailer) begin(last int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs, t.last = true, last
	t.wakeLocked()
}

// ended says that all who listen were let go.
func (t *tailer) ended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}

// end lets all who listen go.
func (t *tailer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.wakeLocked()
}

// Run follows the log of events and keeps what the front desk notes, until the context ends. Without it there is no event stream.
func (s *Server) Run(ctx context.Context) error {
	defer s.keepUses(context.WithoutCancel(ctx))
	defer s.tail.end()
	grown := make(chan struct{}, 1) // one is enough: it says "look again"
	if s.rooms.Events != nil {
		stop := s.rooms.Events.OnEvents(func() {
			select {
			case grown <- struct{}{}:
			default:
			}
		})
		defer stop()
		last, err := s.rooms.Events.LastPos(ctx)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("follow the events: %w", err)
		}
		s.tail.begin(last)
	}
	var post sync.WaitGroup
	defer post.Wait()
	if s.rooms.Records != nil {
		post.Go(func() { s.mailESIMs(ctx) })
		post.Go(func() { s.mailDigests(ctx) })
	}
	look, keep := time.NewTicker(tailEvery), time.NewTicker(usesEvery)
	defer look.Stop()
	defer keep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-keep.C:
			s.keepUses(ctx)
		case <-look.C:
			s.follow(ctx)
		case <-grown:
			s.follow(ctx)
		}
	}
}

// follow takes what is new in the log.
func (s *Server) follow(ctx context.Context) {
	if s.rooms.Events == nil {
		return
	}
	if s.tail.idle() {
		last, err := s.rooms.Events.LastPos(ctx)
		if err == nil && s.tail.skip(last) {
			return
		}
	}
	for {
		last, _, _ := s.tail.now()
		page, err := s.rooms.Events.Events(ctx, provisioning.EventFilter{After: last, Limit: tailRun})
		if err != nil {
			if ctx.Err() == nil {
				s.cfg.Log.LogAttrs(ctx, slog.LevelError, "events cannot be read", slog.Any("err", err))
			}
			return
		}
		if page.Last > last {
			s.tail.add(page.Events, page.Last)
			s.reviewAfter(ctx, page.Events)
		}
		if !page.More || page.Last <= last {
			return
		}
	}
}

// textOf is an event as it is sent.
func (s *Server) textOf(ctx context.Context, t *told) []byte {
	t.once.Do(func() {
		text, err := json.Marshal(s.renderEvent(context.WithoutCancel(ctx), t.event))
		if err != nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "an event cannot be written", slog.Any("err", err))
			return
		}
		t.text = text
	})
	return t.text
}
