package web

import (
	"context"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"tandem/provisioning"
)

// renewWithin is how long the cookie from before somebody changed their own password is good beside the new one: a page asks several things at once, and what
// is under way carries the old one.
const renewWithin = 10 * time.Second

// standing says whether a session is good by what the records say of its user now: they are there, have the password that let them in, and may do all that
// they might do then. Where they changed it themselves, in this session, it is, and what comes back is what the session is from now on.
func (s *Server) standing(ctx context.Context, was sealed, ring *keyring) (sealed, proof) {
	if was.user == "" {
		return was, proof(was.mark == s.printOf(nil))
	}
	u, there := ring.users[was.user]
	if !there {
		return was, wrongKey
	}
	now := was
	now.mark = s.printOf(u)
	if now.mark == was.mark && !lesser(u.Settings.Role, was.role) {
		return was, rightKey
	}
	now.role = u.Settings.Role
	kept, err := s.keep.Recall(ctx, keptKey(now))
	return now, proof(err == nil && kept != nil)
}

// lesser says whether somebody of a role may not do all that they might do in another.
func lesser(now, then provisioning.Role) everything {
	if then == provisioning.RoleOwner {
		return everything(now != then) // what only owners do is no scope
	}
	is := identity{scopes: scopesOf(now)}
	return everything(slices.ContainsFunc(scopesOf(then), func(had provisioning.Scope) bool { return !bool(is.may(had)) }))
}

// keptKey is what is kept under where a session changed the password or the role of its own user.
func keptKey(now sealed) string {
	return strings.Join([]string{"session_kept", hex.EncodeToString(now.id[:]), hex.EncodeToString(now.mark[:]), string(now.role)}, " ")
}

// keepSession keeps the session of who asks from ending where they are about to become after: it is they who change it. All other sessions of theirs end.
func (s *Server) keepSession(ctx context.Context, after *provisioning.User) {
	now, changes := s.renewed(ctx, after)
	if !changes {
		return
	}
	if err := s.keep.Remember(ctx, keptKey(now), []byte("kept"), time.Now().Add(renewWithin)); err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "who changed their password is signed out too", slog.Any("err", err))
	}
}

// renew gives the browser of who asks another cookie where they changed their own password or role. The old one, and every copy of it, ends soon.
func (s *Server) renew(ctx context.Context, after *provisioning.User) {
	now, changes := s.renewed(ctx, after)
	header, is := ctx.Value(keyCookies).(http.Header)
	if !changes || !is {
		return
	}
	age := int(time.Until(now.until).Seconds())
	header.Add("Set-Cookie", s.placed(s.cookie(s.sessions.issue(now), age), who(ctx).place).String())
}

// renewed is the session of who asks as it is once they are after, and whether it is another then.
func (s *Server) renewed(ctx context.Context, after *provisioning.User) (now sealed, changes bool) {
	i := who(ctx)
	if after == nil || i.session == (sessionID{}) || i.user != after.ID {
		return sealed{}, false
	}
	now = i.sealed
	now.mark, now.role = s.printOf(after), after.Settings.Role
	return now, now != i.sealed
}

// goesOn says whether a session is neither over nor ended by a change of its user. Where the records cannot be read it goes on. What no session let in, such as
// a program's key, goes on too.
func (s *Server) goesOn(ctx context.Context, was sealed) proof {
	if was.id == (sessionID{}) {
		return rightKey
	}
	ring, err := s.keyring(ctx)
	if err != nil {
		return rightKey
	}
	_, stands := s.standing(ctx, was, ring)
	return stands && !s.sessionOver(ctx, was.id, was.until)
}

// stay notes what a session has open, as stays.enter does. A session that ended between its proof and now has nothing open. That who asked has gone away again
// ends their request, and not their session.
func (s *Server) stay(ctx context.Context, held sealed, kind stayKind, end func()) (leave func()) {
	leave = s.stays.enter(held, kind, end)
	if s.goesOn(context.WithoutCancel(ctx), held) != rightKey {
		s.stays.finish(held.id, held.until, time.Now())
	}
	return leave
}

// reviewAfter ends what must end after some events: what tells of users comes after the records say it, on every node.
func (s *Server) reviewAfter(ctx context.Context, events []provisioning.Event) {
	changes := func(e provisioning.Event) bool { return e.Type == "user.updated" || e.Type == "user.deleted" }
	if s.rooms.Records == nil || !slices.ContainsFunc(events, changes) {
		return
	}
	ring, err := s.keyring(ctx)
	if err != nil {
		s.cfg.Log.LogAttrs(ctx, slog.LevelError, "sessions cannot be reviewed", slog.Any("err", err))
		return
	}
	for _, held := range s.stays.held() {
		now, stands := s.standing(ctx, held, ring)
		switch {
		case stands != rightKey:
			s.stays.finish(held.id, held.until, time.Now())
		case now != held:
			s.stays.become(held, now)
		}
	}
}

// held lists what let in what is open, each once.
func (s *stays) held() []sealed {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[sealed]struct{}{}
	for _, all := range s.open {
		for one := range all {
			seen[one.held] = struct{}{}
		}
	}
	out := make([]sealed, 0, len(seen))
	for one := range seen {
		out = append(out, one)
	}
	return out
}

// become notes that a session is another now. Its streams end where its person may see less: they are opened again with what may be seen now.
func (s *stays) become(was, now sealed) {
	s.mu.Lock()
	var narrow []*stay
	for one := range s.open[was.id] {
		if one.held != was {
			continue
		}
		one.held = now
		if one.kind == stayStream && was.role != now.role {
			narrow = append(narrow, one)
		}
	}
	s.mu.Unlock()
	for _, one := range narrow {
		one.end()
	}
}
