package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"tandem/mobilecore/charging"
	"tandem/provisioning"
	"tandem/routing"
)

// usageNews is what an event tells of a balance.
type usageNews struct {
	Number   string     `json:"number_id"`
	Percent  int        `json:"percent,omitempty"`
	Added    int64      `json:"added_bytes,omitempty"`
	By       string     `json:"by,omitempty"`
	Package  int64      `json:"package_bytes"`
	ToppedUp int64      `json:"topped_up_bytes"`
	Used     int64      `json:"used_bytes"`
	Left     int64      `json:"left_bytes"`
	Cycle    usageCycle `json:"cycle"`
}

type usageCycle struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// creditEvent is what is told of a balance, as an event about its number.
func creditEvent(n *charging.News) (provisioning.Event, error) {
	b := &n.Balance
	data, err := json.Marshal(usageNews{
		Number: b.ID, Percent: n.Percent, Added: int64(n.Added), By: n.By, Package: int64(b.Package), ToppedUp: int64(b.ToppedUp), Used: int64(b.Used),
		Left: int64(b.Left()), Cycle: usageCycle{b.Start.UTC(), b.End.UTC()},
	})
	if err != nil {
		return provisioning.Event{}, fmt.Errorf("tell of a balance: %w", err)
	}
	e := provisioning.Event{Account: routing.AccountID(b.Account), Subject: b.ID, At: n.At, Data: data}
	switch n.Kind {
	case charging.ThresholdReached:
		e.Type = "usage.threshold_reached"
	case charging.CycleReset:
		e.Type = "usage.reset"
	case charging.ToppedUp:
		e.Type = "usage.topped_up"
	}
	return e, nil
}

// auditTopUp notes who added how much: it is the one change of a balance that a person makes.
func (c *Credit) auditTopUp(ctx context.Context, t tx, n *charging.News) error {
	if n.Kind != charging.ToppedUp {
		return nil
	}
	b := &n.Balance
	number, is := c.store.snapshot.Load().state.Find(provisioning.KindNumber, b.ID).(*provisioning.Number)
	if !is {
		return nil // It has gone meanwhile, and its balance with it.
	}
	return auditRow(ctx, t, n.By, provisioning.Change{
		Verb: provisioning.Update, Record: number,
		Fields: []provisioning.FieldChange{{Name: "topped_up_bytes", Before: strconv.FormatInt(int64(b.ToppedUp-n.Added), 10), After: strconv.FormatInt(int64(b.ToppedUp), 10)}},
	})
}
