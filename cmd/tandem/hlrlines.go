package main

import (
	"context"

	"tandem/mobilecore/hlr"
	"tandem/provisioning"
)

// hlrLines is an operator's HLR as eSIMs need it.
type hlrLines struct{ book hlr.Book }

// linesOf is the HLR of some settings; nil: we cannot speak to one of its kind.
func linesOf(s *provisioning.SubscriberBook) provisioning.Subscriptions {
	if s.Kind != provisioning.BookOsmo {
		return nil
	}
	return hlrLines{hlr.Osmo{Address: s.Address}}
}

// SetLine implements provisioning.Subscriptions. Without a package the subscription has no data (the network access mode of TS 29.002); barred it has nothing,
// and keeps its number and its keys.
func (h hlrLines) SetLine(ctx context.Context, s provisioning.Subscription, line provisioning.ESIMLine) error {
	imsi := hlr.IMSI(s.IMSI)
	if line == provisioning.LineNone {
		return h.book.Delete(ctx, imsi)
	}
	if err := h.book.Create(ctx, imsi); err != nil {
		return err
	}
	if err := h.book.SetMSISDN(ctx, imsi, hlr.MSISDN(s.Number)); err != nil {
		return err
	}
	voice, data := hlr.DataOn, hlr.DataOff
	switch line {
	case provisioning.LineData:
		data = hlr.DataOn
	case provisioning.LineBarred:
		voice = hlr.DataOff
	case provisioning.LineVoice, provisioning.LineNone:
	}
	if err := h.book.SetData(ctx, imsi, data); err != nil {
		return err
	}
	return h.book.SetVoice(ctx, imsi, voice)
}
