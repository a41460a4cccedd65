package web

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"tandem/provisioning"
)

// The session that changed its own password goes on; its cookie from before is good for what is under way, and then for nothing.
func TestACookieFromBeforeAPasswordChangedEndsSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{cfg: Config{Log: slog.New(slog.DiscardHandler)}, keep: &memory{}}
		if err := s.sessions.open(t.Context(), s.keep); err != nil {
			t.Fatal(err)
		}
		before := &provisioning.User{ID: "usr_1", Password: "one"}
		after := &provisioning.User{ID: "usr_1", Password: "two"}
		mine := sealed{until: time.Now().Add(sessionLength), user: "usr_1", mark: s.printOf(before), id: sessionID{1}}
		other := mine
		other.id = sessionID{2}
		ring := newKeyring(&provisioning.State{Users: []*provisioning.User{after}})
		s.keepSession(withIdentity(t.Context(), identity{user: "usr_1", session: mine.id, sealed: mine}), after)
		now, stands := s.standing(t.Context(), mine, ring)
		if stands != rightKey || now.mark != s.printOf(after) {
			t.Fatalf("at once: %+v, %v", now, stands)
		}
		if _, stands := s.standing(t.Context(), other, ring); stands == rightKey {
			t.Error("another session goes on")
		}
		time.Sleep(renewWithin + time.Second)
		if _, stands := s.standing(t.Context(), mine, ring); stands == rightKey {
			t.Error("the cookie from before is good for long")
		}
		if _, stands := s.standing(t.Context(), now, ring); stands != rightKey {
			t.Error("the new cookie is not good")
		}
	})
}

// ledger are records that do not change.
type ledger struct {
	provisioning.Store

	present *provisioning.State
}

func (l ledger) State(context.Context) (*provisioning.State, error) { return l.present, nil }

// forgetful knows nothing for who has gone away.
type forgetful struct{ memory }

func (f *forgetful) Recall(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return f.memory.Recall(ctx, key)
}

// A page that goes away while its socket is let in ends its socket: its session goes on, whose password was changed a moment ago.
func TestAPageThatGoesAwayEndsNoSession(t *testing.T) {
	after := &provisioning.User{ID: "usr_1", Password: "two"}
	s := &Server{
		cfg: Config{Log: slog.New(slog.DiscardHandler)}, keep: &forgetful{},
		rooms: Rooms{Records: ledger{present: &provisioning.State{Users: []*provisioning.User{after}}}},
	}
	if err := s.sessions.open(t.Context(), s.keep); err != nil {
		t.Fatal(err)
	}
	mine := sealed{until: time.Now().Add(sessionLength), user: "usr_1", mark: s.printOf(&provisioning.User{ID: "usr_1", Password: "one"}), id: sessionID{1}}
	s.keepSession(withIdentity(t.Context(), identity{user: "usr_1", session: mine.id, sealed: mine}), after)
	gone, leave := context.WithCancel(t.Context())
	leave()
	s.stay(gone, mine, staySocket, func() { t.Error("the socket was ended by us") })()
	if s.goesOn(t.Context(), mine) != rightKey {
		t.Error("the session is over")
	}
	other := mine
	other.id = sessionID{2}
	ended := false
	s.stay(gone, other, staySocket, func() { ended = true })()
	if !ended || s.goesOn(t.Context(), other) == rightKey {
		t.Error("a session from before the password changed goes on")
	}
}

func TestWhichRolesAreLess(t *testing.T) {
	for _, c := range []struct {
		then, now provisioning.Role
		less      everything
	}{
		{provisioning.RoleOwner, provisioning.RoleAdmin, true},
		{provisioning.RoleAdmin, provisioning.RoleOwner, false},
		{provisioning.RoleAdmin, provisioning.RoleAdmin, false},
		{provisioning.RoleAdmin, provisioning.RoleSupervisor, true},
		{provisioning.RoleAgent, provisioning.RoleSupervisor, false},
		{provisioning.RoleSupervisor, "", true},
		{"", provisioning.RoleAgent, false},
		{provisioning.RoleAgent, provisioning.RoleReadonly, true},
		{provisioning.RoleReadonly, provisioning.RoleCarrier, true},
	} {
		if got := lesser(c.now, c.then); got != c.less {
			t.Errorf("%s after %s: %v", c.now, c.then, got)
		}
	}
}
