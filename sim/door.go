package sim

import (
	"context"
	"log/slog"

	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// door is where an exchange's calls come in.
type door struct {
	x      *exchange
	ctx    context.Context //nolint:containedctx // the exchange's life: calls have no caller of ours
	answer func(*party, *sip.Attempt)
}

// Invite gives the attempt to a party of its own.
func (d *door) Invite(a *sip.Attempt) {
	p, err := d.x.newParty(d.ctx)
	if err != nil {
		d.x.log.LogAttrs(d.ctx, slog.LevelWarn, "simulated exchange is full", slog.Any("err", err))
		a.Refuse(503, "no ports", 0)
		return
	}
	p.leg = a.Accept(wireBox(p.wire), dialog.Ref(0))
	if p.leg == nil {
		p.voice.Close()
		return
	}
	d.x.wg.Go(func() {
		d.answer(p, a)
		p.hangup()
	})
}

// TrunkChanged is of no interest here: the product's own page shows it.
func (d *door) TrunkChanged(s sip.TrunkState) {
	d.x.log.LogAttrs(d.ctx, slog.LevelDebug, "simulated line", slog.String("trunk", string(s.ID)), slog.Int("status", s.LastStatus))
}

// DeviceChanged never happens: nobody registers here.
func (d *door) DeviceChanged(message.AOR, sip.Registered) {}
