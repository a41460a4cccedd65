package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/sip"
	"tandem/web"
)

// banList is what the front desk asks of the wire.
type banList struct{ house *Main }

var _ web.Bans = banList{}

// Bans implements web.Bans.
func (l banList) Bans() []web.Ban {
	var out []web.Ban
	for _, b := range l.house.stack.Bans() {
		out = append(out, web.Ban{
			Net: b.Net, User: b.User, Since: b.Since, Until: b.Until, Cause: banCause(b.Cause), Tries: b.Tries, Whose: b.Whose, Note: b.Note,
		})
	}
	return out
}

// Ban implements web.Bans.
func (l banList) Ban(b web.Ban) error {
	err := l.house.stack.Ban(sip.Ban{Net: b.Net, Until: b.Until, Whose: b.Whose, Note: b.Note})
	switch {
	case errors.Is(err, sip.ErrTrusted):
		return web.ErrTrusted
	case errors.Is(err, sip.ErrBansFull):
		return web.ErrBansFull
	}
	return err
}

// Lift implements web.Bans.
func (l banList) Lift(net netip.Prefix, user string) error {
	if errors.Is(l.house.stack.Lift(net, user), sip.ErrNoBan) {
		return web.ErrNoBan
	}
	return nil
}

func banCause(c sip.BanCause) web.BanCause {
	switch c {
	case sip.WrongPasswords:
		return web.BanPasswords
	case sip.ManyUsers:
		return web.BanUsers
	case sip.Ordered:
	}
	return web.BanOrdered
}

// mostBlocked is how many wait to be told: in a storm of them the rest is on the list and in the log only.
const mostBlocked = 64

// noteBlocked takes what the wire does not listen to any more. It does not block.
func (m *Main) noteBlocked(b sip.Ban) {
	select {
	case m.blocked <- b:
	default:
	}
}

// tellBlocked announces it until ctx ends: security.source_blocked (API.md section 5).
func (m *Main) tellBlocked(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-m.blocked:
			if err := m.store.Announce(ctx, blockedEvents(m.store.Snapshot(), b)...); err != nil && ctx.Err() == nil {
				m.Log.LogAttrs(ctx, slog.LevelError, "a ban cannot be told", slog.Any("err", err))
			}
		}
	}
}

// blockedEvents are the events of a ban: of a lock-out for the account whose device it is about, else for every account.
func blockedEvents(snap *routing.Snapshot, b sip.Ban) []provisioning.Event {
	address := b.Net.Addr().String()
	told := struct {
		Address  string       `json:"address"`
		Username *string      `json:"username"`
		Cause    web.BanCause `json:"cause"`
	}{Address: address, Cause: banCause(b.Cause)}
	accounts := map[routing.AccountID]struct{}{}
	if b.User != "" {
		told.Username = new(web.Printable(b.User))
		for _, d := range snap.Devices {
			if u := snap.Users[d.User]; u != nil && d.Username == b.User {
				accounts[u.Account] = struct{}{}
			}
		}
	}
	if len(accounts) == 0 {
		for id := range snap.Accounts {
			accounts[id] = struct{}{}
		}
	}
	data, err := json.Marshal(told)
	if err != nil {
		return nil // it has nothing that does not marshal
	}
	var out []provisioning.Event
	for id := range accounts {
		out = append(out, provisioning.Event{Type: "security.source_blocked", Account: id, Subject: address, Data: data})
	}
	return out
}
