package store

import (
	"context"
	"sync"
)

// gatherer puts what many goroutines ask for at once into few jobs: while one job is under way the next gathers.
type gatherer[T any] struct {
	do   func(ctx context.Context, all []T) []error // one answer for each
	most int                                        // in one job

	mu      sync.Mutex
	waiting []asking[T]
	working bool
	closed  bool
	wg      sync.WaitGroup
}

// asking is what somebody asks for, and where the answer goes: buffered, so that nobody waits for who asked.
type asking[T any] struct {
	what T
	done chan error
}

// ask returns once its job is done. A ctx that ends stops the waiting; what had begun may be done all the same.
func (g *gatherer[T]) ask(ctx context.Context, what T) error {
	a := asking[T]{what, make(chan error, 1)}
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return errClosed
	}
	g.waiting = append(g.waiting, a)
	if !g.working {
		g.working = true
		g.wg.Go(func() { g.work(context.WithoutCancel(ctx)) })
	}
	g.mu.Unlock()
	select {
	case err := <-a.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// work does what waits, until nothing does.
func (g *gatherer[T]) work(ctx context.Context) {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), g.most)
		if n == 0 {
			g.working, g.waiting = false, nil
			g.mu.Unlock()
			return
		}
		some := g.waiting[:n]
		g.waiting = g.waiting[n:]
		g.mu.Unlock()
		all := make([]T, n)
		for i := range some {
			all[i] = some[i].what
		}
		for i, err := range g.do(ctx, all) {
			some[i].done <- err
		}
	}
}

// close waits for what was asked for.
func (g *gatherer[T]) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.wg.Wait()
}
