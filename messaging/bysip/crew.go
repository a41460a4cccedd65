package bysip

import (
	"context"
	"sync"
	"time"

	"tandem/messaging"
	"tandem/sip"
	"tandem/sip/message"
)

// Wire is what messages are sent by. *sip.Stack is one.
type Wire interface {
	// SendMessage sends a MESSAGE, as *sip.Stack does.
	SendMessage(m sip.Text, done func(sip.Answer)) error
	// Contacts lists where a device can be reached now.
	Contacts(aor message.AOR) []sip.Contact
}

// Bounds of what waits for the store.
const (
	atOnce   = 256              // MESSAGEs
	patience = 20 * time.Second // of one: its sender sends it again after 32 s
	later    = "5"              // seconds after which a sender is to try again
)

// crew does what waits for the store away from the wire, so much at a time.
type crew struct {
	slots chan struct{}
	wg    sync.WaitGroup
}

func newCrew() *crew { return &crew{slots: make(chan struct{}, atOnce)} }

// take does f with a MESSAGE, or refuses it when there is too much to do.
func (c *crew) take(ctx context.Context, n *sip.Note, f func(context.Context, *sip.Note)) {
	select {
	case c.slots <- struct{}{}:
	default:
		n.Refuse(503, "too many messages at once")
		return
	}
	c.wg.Go(func() {
		defer func() { <-c.slots }()
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		f(limited, n)
	})
}

// accepted answers when the message is kept: it goes on from here, so that 202 is the word (RFC 3428 section 7).
func accepted(n *sip.Note, id messaging.ID) {
	var extra []message.Field
	if id != "" {
		extra = append(extra, message.Field{Name: "X-Message-Id", Value: string(id)})
	}
	n.Accept(202, extra...)
}
