package sim

import (
	"context"
	"slices"
	"time"
)

// View is what the screen of a handset shows.
type View struct {
	Number   string
	Power    Power
	Coverage Coverage
	Talk     *TalkView    // nil: it is in no call
	Calls    []ListedCall // oldest first
	Inbox    []Text       // what came, oldest first
	Sent     []Text       // what was written here, oldest first
}

// TalkView is a call on that screen.
type TalkView struct {
	Peer     string // "anonymous" for a caller who is not shown
	Incoming Incoming
	State    TalkState
	Since    time.Time // both talk; zero: not yet
}

// Watch shows the screen, now and after each change, until the context ends or show fails.
func (h *Handset) Watch(ctx context.Context, show func(View) error) error {
	for {
		v, changed, spoke := h.view()
		if err := show(v); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-spoke:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// view is the screen now, and what tells of the next change: of the handset, and of its call.
func (h *Handset) view() (v View, changed, spoke <-chan struct{}) {
	h.mu.Lock()
	v = View{
		Number: h.number, Power: h.power, Coverage: h.coverage, Calls: slices.Clone(h.list), Inbox: slices.Clone(h.native.inbox), Sent: h.native.written(),
	}
	t := h.talk
	changed = h.changed
	h.mu.Unlock()
	if t == nil {
		return v, changed, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == TalkOver || t.state == TalkCalling && bool(t.Incoming) { // it is not listed yet, or it does not ring yet
		return v, changed, t.changed
	}
	v.Talk = &TalkView{Peer: t.Peer, Incoming: t.Incoming, State: t.state, Since: t.since}
	return v, changed, t.changed
}
