package main

import (
	"context"
	"errors"

	"tandem/mobilecore/charging"
	"tandem/provisioning"
	"tandem/web"
)

// packages is what the front desk asks of the office of credit.
type packages struct{ house *Main }

var _ web.Credit = packages{}

func (p packages) office() *charging.Office { return p.house.credit.Load().office }

// Data implements web.Credit.
func (p packages) Data(ctx context.Context, n *provisioning.Number) (web.Data, bool, error) {
	u, err := p.office().Usage(ctx, string(n.ID))
	if errors.Is(err, charging.ErrNoBalance) {
		return web.Data{}, false, nil
	}
	return web.Data{Used: int64(u.Used), Left: int64(u.Left()), Resets: u.End}, err == nil, err
}

// Usage implements web.Credit.
func (p packages) Usage(ctx context.Context, n *provisioning.Number) (web.Usage, bool, error) {
	u, err := p.office().Usage(ctx, string(n.ID))
	if errors.Is(err, charging.ErrNoBalance) {
		return web.Usage{}, false, nil
	}
	if err != nil {
		return web.Usage{}, false, err
	}
	out := web.Usage{
		Quota: int64(u.Quota()), ToppedUp: int64(u.ToppedUp), Used: int64(u.Used), Left: int64(u.Left()), Reserved: int64(u.Reserved), Begins: u.Start, Resets: u.End,
	}
	for _, d := range u.Days {
		out.Days = append(out.Days, web.UsageDay{Day: d.Day, Used: int64(d.Used)})
	}
	for i := range u.Open {
		s := &u.Open[i]
		x := web.DataSession{
			Point: s.Point, Started: s.Opened, Reported: s.Heard, Used: int64(s.Used), Metered: !s.Free, FarAway: s.Roaming == charging.FarAway,
		}
		for _, h := range s.Groups {
			x.Reserved += int64(h.Reserved + h.Doubt)
		}
		out.Sessions = append(out.Sessions, x)
	}
	return out, true, nil
}

// TopUp implements web.Credit.
func (p packages) TopUp(ctx context.Context, u web.TopUp) error {
	err := p.office().TopUp(ctx, charging.TopUp{ID: u.ID, Balance: string(u.Number), Volume: charging.Bytes(u.Gigabytes) * charging.Gigabyte, By: u.By})
	if errors.Is(err, charging.ErrNoBalance) {
		return web.ErrNoCredit
	}
	return err
}
