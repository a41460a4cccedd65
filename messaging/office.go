package messaging

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Config is what an office needs. All but Watcher, Log and Patience must be there.
type Config struct {
	Store     Store
	Waker     Waker
	Directory Directory

	// Emergency says whether an address is an emergency number in a country (ISO 3166; empty: the house's own).
	Emergency func(a Address, country string) bool
	// Normal reads a number as somebody in a country writes it: national, with 00 or plus, or as a network writes it, with neither. What is no public number, a
	// short code, it leaves as it is.
	Normal func(a Address, country string) Address
	NewID  func(prefix string, at time.Time) string

	Watcher  Watcher       // nil: nobody counts
	Log      *slog.Logger  // nil: nothing is logged
	Patience time.Duration // for one delivery; 0: 90 s
}

// Watcher counts.
type Watcher interface {
	// Messaged is called when a message is kept, and as what became of a delivery of it is written, with the state that it says. It must not block.
	Messaged(d Direction, s State)
}

// Office is the desk: it keeps what comes in, and its workers carry out what that calls for.
type Office struct {
	store     Store
	waker     Waker
	directory Directory
	rules     *rules
	watcher   Watcher
	log       *slog.Logger
	patience  time.Duration

	crowded chan struct{} // capacity 1: somebody made a set overdue
	closing chan struct{}

	mu      sync.Mutex
	workers map[Route]*worker
	launch  func(*worker)     // nil before Start and after Close
	hurry   func(lane string) // as launch
	closed  bool
	stop    context.CancelFunc
	unhook  func()
	running sync.WaitGroup
}

var _ Desk = (*Office)(nil)

// New makes an office. It takes at once, and carries out after Start.
func New(c Config) *Office {
	o := &Office{
		store: c.Store, waker: c.Waker, directory: c.Directory, watcher: c.Watcher, log: c.Log, patience: c.Patience,
		rules:   &rules{table: Spread(), emergency: c.Emergency, normal: c.Normal, newID: c.NewID},
		crowded: make(chan struct{}, 1), closing: make(chan struct{}), workers: map[Route]*worker{},
	}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	if o.patience == 0 {
		o.patience = defaultPatience
	}
	return o
}

// Take implements Desk.
func (o *Office) Take(ctx context.Context, a Arrival) (Taken, error) {
	s := o.directory.Post()
	if a.At.IsZero() {
		a.At = time.Now()
	}
	p, err := o.rules.passage(s, &a)
	if err != nil {
		return Taken{}, err
	}
	if part := p.part(&a); part != nil {
		return o.assemble(ctx, s, part)
	}
	drafts, err := o.rules.arrived(s, p, &a, contentOf(&a))
	if err != nil {
		return Taken{}, err
	}
	stored, err := o.put(ctx, drafts)
	if err != nil {
		return Taken{}, err
	}
	return Taken{Message: stored.Message.ID, Repeat: stored.Repeat}, nil
}

// assemble keeps a segment, and with the last one the message.
func (o *Office) assemble(ctx context.Context, s *Snapshot, part *Part) (Taken, error) {
	got, err := o.store.Assemble(ctx, *part, func(parts []Part) ([]Draft, error) { return o.whole(s, parts) })
	if err != nil {
		return Taken{}, fmt.Errorf("keep a segment: %w", err)
	}
	if got.Overdue {
		select {
		case o.crowded <- struct{}{}:
		default:
		}
	}
	if len(got.Stored) == 0 {
		return Taken{Repeat: got.Repeat}, nil
	}
	stored, err := o.kept(got.Stored)
	return Taken{Message: stored.Message.ID, Repeat: stored.Repeat}, err
}

// whole makes the drafts of parts.
func (o *Office) whole(s *Snapshot, parts []Part) ([]Draft, error) {
	a, c := joined(parts)
	p, err := o.rules.passage(s, &a)
	if err != nil {
		return nil, err
	}
	return o.rules.arrived(s, p, &a, c)
}

// Send implements Desk.
func (o *Office) Send(ctx context.Context, w Outgoing) (Stored, error) {
	drafts, err := o.rules.written(o.directory.Post(), &w, time.Now())
	if err != nil {
		return Stored{}, err
	}
	return o.put(ctx, drafts)
}

func (o *Office) put(ctx context.Context, drafts []Draft) (Stored, error) {
	stored, err := o.store.Put(ctx, drafts...)
	if err != nil {
		return Stored{}, fmt.Errorf("keep a message: %w", err)
	}
	return o.kept(stored)
}

// kept is the first of what was put, which is the writer's own, or why none was.
func (o *Office) kept(stored []Stored) (Stored, error) {
	for i := range stored {
		if why := stored[i].Refused; why != "" {
			return Stored{}, refusedBy(why)
		}
	}
	for i := range stored {
		if m := &stored[i].Message; !stored[i].Repeat {
			o.counted(m.Direction, m.State)
		}
	}
	if len(stored) == 0 {
		return Stored{}, errors.New("the store kept nothing")
	}
	return stored[0], nil
}

// refusedBy says a store's reason in the writer's words.
func refusedBy(why Reason) error {
	words := map[string][3]string{
		string(ReasonOptedOut): {"L20", "body.to", "they asked for no more messages from this number"},
		CodeRateHour:           {"L21", "body.from", "this number has sent as many messages as it may in an hour"},
		CodeRateDay:            {"L21", "body.from", "this number has sent as many messages as it may in a day"},
		CodeRateMonth:          {"L21", "body.from", "this number has sent as many messages as it may in 30 days"},
	}
	if w, known := words[string(why)]; known {
		return refuse(string(why), w[0], w[1], w[2], nil)
	}
	return refuse(string(why), "M7", "body", "this message was refused", nil)
}

// Receipt implements Desk.
func (o *Office) Receipt(ctx context.Context, r Receipt) error {
	s := o.directory.Post()
	if c := s.Connectors[r.Connector]; c != nil {
		r.From, r.To = o.rules.address(r.From, c.Country), o.rules.address(r.To, c.Country)
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	found, err := o.store.Receipt(ctx, r)
	if err != nil {
		return fmt.Errorf("keep a receipt: %w", err)
	}
	if found {
		o.counted(Outbound, r.State)
	}
	return nil
}

func (o *Office) counted(d Direction, s State) {
	if o.watcher != nil {
		o.watcher.Messaged(d, s)
	}
}
