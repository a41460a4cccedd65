package main

import (
	"context"
	"log/slog"
	"time"

	"tandem/provisioning"
)

// probeHour is when operators are probed: nobody misses a call on a test number, and their people are asleep as well.
const probeHour = 3

// nightly probes operators that have a test number, once a night, until the context ends.
func (m *Main) nightly(ctx context.Context) {
	zone, err := time.LoadLocation(cycles)
	if err != nil {
		zone = time.UTC
	}
	for {
		wait := time.NewTimer(time.Until(nextNight(time.Now(), zone)))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
			m.probeAll(ctx, time.Now())
		}
	}
}

// nextNight is when the next probes are made.
func nextNight(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), probeHour, 0, 0, 0, zone)
	if !at.After(local) {
		at = time.Date(local.Year(), local.Month(), local.Day()+1, probeHour, 0, 0, 0, zone)
	}
	return at
}

// probeAll probes one operator after the other; those that another node, or somebody by hand, probed this night are left alone.
func (m *Main) probeAll(ctx context.Context, now time.Time) {
	state, err := m.store.State(ctx)
	if err != nil {
		m.Log.LogAttrs(ctx, slog.LevelError, "operators are not probed", slog.Any("err", err))
		return
	}
	for _, o := range state.Operators {
		if !provisioning.ProbeDue(o, now) || ctx.Err() != nil {
			continue
		}
		if _, err := m.desk.ProbeOperator(ctx, o, "nightly"); err != nil {
			m.Log.LogAttrs(ctx, slog.LevelWarn, "an operator was not probed", slog.String("trunk", string(o.Trunk)), slog.Any("err", err))
		}
	}
}
