package smpp

import (
	"context"
	"fmt"
	"time"
)

// farewell is how long a peer that unbinds is waited for, to answer what we sent and to close.
const farewell = 2 * time.Second

// Close ends the bind in order: nothing new is sent, what is outstanding is answered, then it unbinds, and what the peer asked meanwhile is answered too. It waits
// until all is over; when ctx ends first, the line is cut.
func (b *Bind) Close(ctx context.Context) error {
	b.leave()
	err := b.part(ctx)
	b.die(ErrClosed)
	select {
	case <-b.over:
	case <-ctx.Done(): // Handler sees the end of its own context
		return fmt.Errorf("close a bind with %s: %w", b.peer, ctx.Err())
	}
	return err
}

// part says goodbye.
func (b *Bind) part(ctx context.Context) error {
	b.wait(ctx, b.quiet(), b.set.Drain)
	r, err := b.start(&Plain{Command: Unbind}, nil)
	if err != nil {
		return nil //nolint:nilerr // It is gone already, which is what was wanted.
	}
	select {
	case <-r.reply:
	case <-b.gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("unbind from %s: %w", b.peer, ctx.Err())
	}
	b.wait(ctx, b.in.idle(), b.set.Drain)
	b.wait(ctx, b.flushed(), farewell)
	return nil
}

// leave makes that nothing new is sent.
func (b *Bind) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leaveLocked()
}

func (b *Bind) leaveLocked() {
	if !b.left {
		b.left = true
		close(b.leaving)
	}
}

// peerUnbinds ends the bind because the peer wants to: what it asked is answered before it hears that it is unbound, and it has a moment to answer us.
func (b *Bind) peerUnbinds(ctx context.Context, sequence uint32) {
	if b.unbound.Swap(true) {
		b.refuse(UnbindResp, sequence, ROK)
		return
	}
	b.leave()
	b.calls.Go(func() {
		b.wait(ctx, b.in.idle(), b.set.Drain)
		b.wait(ctx, b.quiet(), farewell)
		b.refuse(UnbindResp, sequence, ROK)
		b.wait(ctx, b.flushed(), farewell)
		b.wait(ctx, nil, farewell) // it closes
		b.die(ErrUnbound)
	})
}

// wait waits for something, at most so long, and no longer than the line is there.
func (b *Bind) wait(ctx context.Context, what <-chan struct{}, most time.Duration) {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-what:
	case <-b.gone:
	case <-ctx.Done():
	case <-t.C:
	}
}
