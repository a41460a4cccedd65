package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Text is a message as a telephone shows it.
type Text struct {
	Peer string // who sent it, or whom it is for
	From string // who sent it, where Peer says whom it is for
	Text string
	At   time.Time

	State TextState // of one that was written here
	Cause Cause     // of one that failed
}

// TextState is what a telephone shows beside a message that was written on it.
type TextState string

// The states.
const (
	TextSending   TextState = "sending"
	TextSent      TextState = "sent"
	TextFailed    TextState = "failed"
	TextDelivered TextState = "delivered"
)

// ErrText says that what was written, or to whom, is no short message.
var ErrText = errors.New("no short message")

// native is the native messaging of a handset: what it shows, and the one short message that it sends at a time. The handset's mutex guards it.
type native struct {
	inbox  []Text
	reads  reader
	memory int // messages that the inbox has room for; 0: any number
	took   int // short messages that came

	sent      []*Text
	outbox    []written
	sending   bool
	reference byte   // the last (TP-MR)
	concat    uint16 // the last
	reports   Report
	awaits    map[byte]*Text // by reference: those whose receipt did not come yet
}

// written is a short message that waits to be sent.
type written struct {
	short

	of   *Text
	last bool // of its text
}

// Text writes a message by native messaging. The handset sends it as soon as it is on and covered; what became of it is in Sent.
func (h *Handset) Text(to, text string) error {
	h.mu.Lock()
	power := h.power
	h.native.concat++
	concat := h.native.concat & 0xff
	h.mu.Unlock()
	if power == PowerOff {
		return ErrOff
	}
	all, err := shortsOf(h.number, to, text, concat)
	if err != nil {
		return err
	}
	h.set(func() {
		t := &Text{Peer: to, Text: text, At: time.Now(), State: TextSending}
		h.native.sent = append(h.native.sent, t)
		for i, s := range all {
			h.native.reference++
			s.reference, s.report = uint16(h.native.reference), h.native.reports
			h.native.outbox = append(h.native.outbox, written{short: s, of: t, last: i == len(all)-1})
			if s.report == WantsReport && i == len(all)-1 {
				h.native.awaits[h.native.reference] = t
			}
		}
	})
	h.send()
	return nil
}

// SetReports makes the handset ask for a receipt of each message that it writes from now on.
func (h *Handset) SetReports(r Report) { h.set(func() { h.native.reports = r }) }

// send sends what waits, one short message after the other.
func (h *Handset) send() {
	h.mu.Lock()
	if h.native.sending || len(h.native.outbox) == 0 || h.power == PowerOff || h.coverage == Uncovered {
		h.mu.Unlock()
		return
	}
	h.native.sending = true
	w := h.native.outbox[0]
	h.mu.Unlock()
	h.core.wg.Go(func() { h.core.writes(h, w.short, func(cause Cause) { h.done(w, cause) }) })
}

// done takes how a short message went. When it failed the rest of its text is not sent.
func (h *Handset) done(w written, cause Cause) {
	h.set(func() {
		if len(h.native.outbox) == 0 || h.native.outbox[0].of != w.of || h.native.outbox[0].reference != w.reference {
			return // it was told twice
		}
		h.native.sending, h.native.outbox = false, h.native.outbox[1:]
		switch {
		case cause != causeNone:
			w.of.State, w.of.Cause = TextFailed, cause
			h.native.outbox = slices.DeleteFunc(h.native.outbox, func(o written) bool { return o.of == w.of })
		case w.last && w.of.State == TextSending:
			w.of.State = TextSent
		}
	})
	h.send()
}

// reported takes the receipt of a message that was written here.
func (h *Handset) reported(reference byte, cause Cause) {
	h.set(func() {
		t := h.native.awaits[reference]
		delete(h.native.awaits, reference)
		switch {
		case t == nil:
		case cause == causeNone:
			t.State = TextDelivered
		default:
			t.State, t.Cause = TextFailed, cause
		}
	})
}

// receive takes a short message from the network, and says whether it has room for it.
func (h *Handset) receive(s short) Cause {
	cause := causeNone
	h.set(func() {
		switch {
		case h.power == PowerOff, h.coverage == Uncovered:
			cause = CauseAbsent
			return
		case h.native.memory > 0 && len(h.native.inbox) >= h.native.memory:
			cause = CauseFull
			return
		}
		h.native.took++
		if text, whole := h.native.reads.read(s); whole {
			h.native.inbox = append(h.native.inbox, Text{Peer: s.from, Text: text, At: time.Now()})
		}
	})
	return cause
}

// SetMemory says for how many messages the inbox has room; 0: for any number.
func (h *Handset) SetMemory(messages int) {
	h.set(func() { h.native.memory = messages })
	h.core.hasRoom(h)
}

// Erase empties the inbox, and tells the network that there is room (RP-SMMA).
func (h *Handset) Erase() {
	h.set(func() { h.native.inbox = nil })
	h.core.hasRoom(h)
}

// Inbox waits until that many messages are there, and gives them, oldest first.
func (h *Handset) Inbox(ctx context.Context, n int) ([]Text, error) {
	var list []Text
	err := h.until(ctx, fmt.Sprintf("fewer than %d messages came", n), func() bool {
		if len(h.native.inbox) < n {
			return false
		}
		list = slices.Clone(h.native.inbox)
		return true
	})
	return list, err
}

// Sent lists what was written here, oldest first.
func (h *Handset) Sent() []Text {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.native.written()
}

func (n *native) written() []Text {
	list := make([]Text, len(n.sent))
	for i, t := range n.sent {
		list[i] = *t
	}
	return list
}

// Settled waits until that many messages were written here, and none of them is being sent any more; it gives them, oldest first.
func (h *Handset) Settled(ctx context.Context, n int) ([]Text, error) {
	var list []Text
	err := h.until(ctx, fmt.Sprintf("fewer than %d messages were sent", n), func() bool {
		if len(h.native.sent) < n || len(h.native.outbox) > 0 {
			return false
		}
		list = h.native.written()
		return true
	})
	return list, err
}

// Reported waits until that many messages that were written here were delivered, as their receipts say.
func (h *Handset) Reported(ctx context.Context, n int) error {
	return h.until(ctx, fmt.Sprintf("fewer than %d messages were delivered", n), func() bool {
		count := 0
		for _, t := range h.native.sent {
			if t.State == TextDelivered {
				count++
			}
		}
		return count >= n
	})
}
