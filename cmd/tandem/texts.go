package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/routing"
)

const (
	// textsWaiting is how many texts of flows may wait for the records.
	textsWaiting = 1000
	// textWithin is how long the records may take to keep one.
	textWithin = 30 * time.Second
)

var (
	errNoDesk    = errors.New("messages are not sent here")
	errManyTexts = errors.New("too many texts of flows wait")
)

// texts sends the SMS of flows: a call must not wait for the records, so they stand in line here.
type texts struct {
	directory messaging.Directory
	log       *slog.Logger
	line      chan routing.Text
	sending   sync.WaitGroup

	mu     sync.Mutex
	closed bool // no more goes into the line
}

// newTexts makes the line; nothing leaves it before start.
func newTexts(d messaging.Directory, log *slog.Logger) *texts {
	return &texts{directory: d, log: log, line: make(chan routing.Text, textsWaiting)}
}

// Send puts a text in line. It fails where the line is full, or nobody sends any more.
func (t *texts) Send(one routing.Text) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return errNoDesk
	}
	select {
	case t.line <- one:
		return nil
	default:
		return errManyTexts
	}
}

// start hands the texts to a desk, one after the other, until close.
func (t *texts) start(ctx context.Context, desk messaging.Desk) {
	t.sending.Go(func() {
		for one := range t.line {
			t.hand(ctx, desk, one)
		}
	})
}

// hand hands a text in. What came of it is told by its events, and why it was refused in the log.
func (t *texts) hand(ctx context.Context, desk messaging.Desk, one routing.Text) {
	ctx, done := context.WithTimeout(ctx, textWithin)
	defer done()
	l := t.directory.Post().Lines[messaging.Address(one.From)]
	if l == nil {
		t.log.LogAttrs(ctx, slog.LevelWarn, "a flow's text has no number to leave from", slog.String("call_id", string(one.Call)))
		return
	}
	_, err := desk.Send(ctx, messaging.Outgoing{
		Account: messaging.AccountID(one.Account), Number: l.Number, To: messaging.Address(one.To), Body: one.Body, Channel: messaging.ChannelFlow,
		Call: string(one.Call), Key: "flow:" + string(one.Call) + ":" + one.Node,
	})
	if err != nil {
		t.log.LogAttrs(ctx, slog.LevelWarn, "a flow's text is not sent", slog.String("call_id", string(one.Call)), slog.Any("err", err))
	}
}

// close takes no more, and waits until what stands in line is handed in, or ctx ends.
func (t *texts) close(ctx context.Context) {
	t.mu.Lock()
	if !t.closed {
		close(t.line)
	}
	t.closed = true
	t.mu.Unlock()
	done := make(chan struct{})
	go func() {
		t.sending.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
