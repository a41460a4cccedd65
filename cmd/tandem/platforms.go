package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"tandem/mobilecore/es2plus"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/web"
)

// answers are the last that each eSIM platform said. A leaf lock.
type answers struct {
	mu  sync.Mutex
	all map[routing.OperatorID]web.PlatformState
}

// of is the last that the platform of an operator said; nil: it was asked nothing.
func (a *answers) of(id routing.OperatorID) *web.PlatformState {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, asked := a.all[id]
	if !asked {
		return nil
	}
	return &last
}

// keep remembers how a request ended, and gives it on.
func (a *answers) keep(id routing.OperatorID, err error) error {
	last := web.PlatformState{At: time.Now(), Status: string(es2plus.Executed)}
	if err != nil {
		last.Status, last.Detail = "", err.Error()
		if failed, said := errors.AsType[*es2plus.Failure](err); said {
			last.Status = string(failed.Status.Execution)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[routing.OperatorID]web.PlatformState{}
	}
	a.all[id] = last
	return err
}

// heard is a platform whose answers are remembered.
type heard struct {
	provisioning.ProfileServer

	id      routing.OperatorID
	answers *answers
}

// DownloadOrder implements provisioning.ProfileServer.
func (h heard) DownloadOrder(ctx context.Context, call es2plus.Call, o es2plus.Order) (es2plus.ICCID, error) {
	id, err := h.ProfileServer.DownloadOrder(ctx, call, o)
	return id, h.answers.keep(h.id, err)
}

// ConfirmOrder implements provisioning.ProfileServer.
func (h heard) ConfirmOrder(ctx context.Context, call es2plus.Call, o es2plus.ConfirmOrder) (es2plus.Confirmed, error) {
	confirmed, err := h.ProfileServer.ConfirmOrder(ctx, call, o)
	return confirmed, h.answers.keep(h.id, err)
}

// CancelOrder implements provisioning.ProfileServer.
func (h heard) CancelOrder(ctx context.Context, call es2plus.Call, o es2plus.CancelOrder) error {
	return h.answers.keep(h.id, h.ProfileServer.CancelOrder(ctx, call, o))
}

// ReleaseProfile implements provisioning.ProfileServer.
func (h heard) ReleaseProfile(ctx context.Context, call es2plus.Call, id es2plus.ICCID) error {
	return h.answers.keep(h.id, h.ProfileServer.ReleaseProfile(ctx, call, id))
}
