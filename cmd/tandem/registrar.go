package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

// registrar makes users unavailable who do not answer, in the records: it survives a restart, and is in the audit log (SPEC A13).
type registrar struct {
	records provisioning.Store
	log     *slog.Logger
	wanted  chan routing.UserID
	stop    chan struct{}
	running sync.WaitGroup
}

// registrarActor is who the audit log names.
const registrarActor = "switchboard"

func newRegistrar(records provisioning.Store, log *slog.Logger) *registrar {
	const some = 64 // Whoever does not fit is asked for again by the next call that they let ring.
	return &registrar{records: records, log: log, wanted: make(chan routing.UserID, some), stop: make(chan struct{})}
}

// NotAnswering implements routing.Registrar.
func (r *registrar) NotAnswering(u routing.UserID) {
	select {
	case r.wanted <- u:
	default:
	}
}

// start begins to work; close ends it.
func (r *registrar) start(ctx context.Context) {
	r.running.Go(func() {
		for {
			select {
			case u := <-r.wanted:
				r.enter(ctx, u)
			case <-r.stop:
				return
			}
		}
	})
}

func (r *registrar) close() {
	close(r.stop)
	r.running.Wait()
}

func (r *registrar) enter(ctx context.Context, u routing.UserID) {
	const patience = 10 * time.Second
	ctx, done := context.WithTimeout(ctx, patience)
	defer done()
	changes, err := provisioning.Do(ctx, r.records, registrarActor, func(st *provisioning.State) ([]provisioning.Change, error) {
		return st.NotAnswering(u)
	})
	switch {
	case err != nil:
		r.log.LogAttrs(ctx, slog.LevelError, "a user who does not answer is not made unavailable", slog.String("user", string(u)), slog.Any("err", err))
	case len(changes) > 0:
		r.log.LogAttrs(ctx, slog.LevelInfo, "a user does not answer and is unavailable now", slog.String("user", string(u)))
	}
}
