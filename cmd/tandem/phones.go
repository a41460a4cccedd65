package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tandem/messaging"
	"tandem/messaging/bysip"
	"tandem/routing"
)

// writers says who writes on which SIP phone.
type writers struct{ m *Main }

// openPhones lets registered SIP phones write and read messages, until it is closed.
func (m *Main) openPhones(ctx context.Context, desk messaging.Desk) *bysip.Phones {
	return bysip.OpenPhones(ctx, bysip.PhonesConfig{Desk: desk, Directory: m.store, People: writers{m}, Wire: m.stack, Sorter: m.sorter, Log: m.Log})
}

// Writer implements bysip.People.
func (w writers) Writer(aor string) bysip.Writer {
	snap := w.m.store.Snapshot()
	d := snap.Devices[aor]
	if d == nil || d.Kind != routing.SIPPhone {
		return bysip.Writer{}
	}
	u := snap.Users[d.User]
	if u == nil {
		return bysip.Writer{}
	}
	out := bysip.Writer{Account: messaging.AccountID(u.Account), User: messaging.UserID(u.ID)}
	if n := w.m.sw.Shown(u.ID); n != nil {
		out.Number = messaging.Address(n.E164)
	}
	return out
}

// Colleague implements bysip.People.
func (w writers) Colleague(account messaging.AccountID, dialled string) (messaging.Address, bool) {
	u := w.called(routing.AccountID(account), dialled)
	if u == nil {
		return "", false
	}
	return ownNumber(w.m.store.Post(), messaging.UserID(u.ID)), true
}

// called finds somebody by what their colleagues dial; nil: nobody is called so.
func (w writers) called(account routing.AccountID, dialled string) *routing.User {
	snap := w.m.store.Snapshot()
	if d := snap.Devices[strings.ToLower(dialled)+"@"+w.m.Config.SIP.Realm]; d != nil && d.Kind == routing.SIPPhone {
		if u := snap.Users[d.User]; u != nil && u.Account == account {
			return u
		}
	}
	for _, u := range snap.Users {
		if u.Account == account && u.Extension != "" && u.Extension == dialled {
			return u
		}
	}
	return nil
}

// ownNumber is the number at which messages reach one person alone: their direct number first; empty: there is none.
func ownNumber(post *messaging.Snapshot, u messaging.UserID) messaging.Address {
	var own []*messaging.Line
	for _, l := range post.Lines {
		if len(l.Users) == 1 && l.Users[0] == u {
			own = append(own, l)
		}
	}
	if len(own) == 0 {
		return ""
	}
	return slices.MinFunc(own, func(a, b *messaging.Line) int {
		return cmp.Or(strangers(a)-strangers(b), strings.Compare(string(a.E164), string(b.E164)))
	}).E164
}

// strangers puts numbers without a handset last.
func strangers(l *messaging.Line) int {
	if l.Native == nil {
		return 1
	}
	return 0
}
