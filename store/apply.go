package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tandem/provisioning"
	"tandem/routing"
)

const trunkColumns = `id, account, name, sources, servers, in_username, in_ha1_md5, in_ha1_sha256, out_username, out_password, out_realm, domain,
 register, options_every_ms, country, dial, emergency, priority, media_allow, max_calls, trust_pai, presents_direct,
 tls, terms`

const userColumns = `id, account, name, email, extension, outgoing_only, never_ring, call_waiting, availability, caller_id, voicemail, password, settings`

// Apply implements provisioning.Store: the changes, their audit rows and their events in one transaction, or none of them. When it returns without an error,
// Snapshot shows them. When ctx ends first they may be made all the same, and are shown then.
func (s *Store) Apply(ctx context.Context, b provisioning.Batch) error {
	if len(b.Changes) == 0 {
		return nil
	}
	// One after the other: whoever comes next finds the state that this one leaves.
	s.applying.Lock()
	var now time.Time
	done, err := s.writer.begin(ctx, func(ctx context.Context, t tx) error {
		now = t.now
		// Of two batches on one version the second finds no row: it must plan again.
		n, err := t.changed(ctx, `UPDATE meta SET value = value + 1 WHERE key = 'state' AND value = $1`, b.Version)
		if err != nil || n == 0 {
			return errors.Join(provisioning.ErrMoved, err)
		}
		return s.applyAll(ctx, t, b)
	})
	if err != nil {
		s.applying.Unlock()
		return fmt.Errorf("apply %d changes: %w", len(b.Changes), err)
	}
	shown := make(chan error, 1)
	s.applies.Go(func() { // whoever asked may go away: what is in the database must be in memory
		defer s.applying.Unlock()
		outcome := <-done
		if outcome == nil {
			outcome = s.showAfter(context.WithoutCancel(ctx), b, now)
		}
		shown <- outcome
	})
	select {
	case err = <-shown:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("apply %d changes: %w", len(b.Changes), err)
	}
	return nil
}

// showAfter makes what a batch was committed to the present state, and tells who waits for its events.
func (s *Store) showAfter(ctx context.Context, b provisioning.Batch, now time.Time) error {
	defer s.events.waiting.tell()
	if v := s.snapshot.Load(); v != nil && v.version == b.Version {
		return s.show(ctx, after(v.state, b, now))
	}
	return s.reload(ctx)
}

// Edit waits until nobody else on this node plans a change of the records; leave lets the next one in. It fails when ctx ends first.
func (s *Store) Edit(ctx context.Context) (leave func(), err error) {
	select {
	case s.editing <- struct{}{}:
		return func() { <-s.editing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// after is the state that a batch makes of one: what the database gives when it is read again.
func after(st *provisioning.State, b provisioning.Batch, now time.Time) *provisioning.State {
	changes := make([]provisioning.Change, len(b.Changes))
	freed := slices.Clone(st.Freed)
	for i, c := range b.Changes {
		changes[i] = c
		switch r := c.Record.(type) {
		case *provisioning.Audio:
			short := *r
			short.Content = nil
			changes[i].Record = &short
		case *provisioning.User:
			if c.Verb != provisioning.Delete || r.Extension == "" {
				continue
			}
			freed = slices.DeleteFunc(freed, func(f provisioning.FreedExtension) bool { return f.Account == r.Account && f.Extension == r.Extension })
			freed = append(freed, provisioning.FreedExtension{Account: r.Account, Extension: r.Extension, At: moment(millis(now))})
		}
	}
	next := st.With(changes)
	next.Version, next.Freed = b.Version+1, freed
	return withoutDeleted(next, b.Changes)
}

// withoutDeleted takes users and teams that were deleted out of what named them, as remove does.
func withoutDeleted(st *provisioning.State, changes []provisioning.Change) *provisioning.State {
	users, teams := map[routing.UserID]bool{}, map[routing.TeamID]bool{}
	for _, c := range changes {
		if c.Verb != provisioning.Delete {
			continue
		}
		switch r := c.Record.(type) {
		case *provisioning.User:
			users[r.ID] = true
		case *provisioning.Team:
			teams[r.ID] = true
		}
	}
	if len(users) == 0 && len(teams) == 0 {
		return st
	}
	goneUser := func(u routing.UserID) bool { return users[u] }
	goneTeam := func(t routing.TeamID) bool { return teams[t] }
	var follow []provisioning.Change
	for _, t := range st.Teams {
		if slices.ContainsFunc(t.Users, goneUser) {
			left := *t
			left.Users = slices.DeleteFunc(slices.Clone(t.Users), goneUser)
			follow = append(follow, provisioning.Change{Verb: provisioning.Update, Record: &left})
		}
	}
	for _, n := range st.Numbers {
		if slices.ContainsFunc(n.Users, goneUser) || slices.ContainsFunc(n.Teams, goneTeam) {
			left := *n
			left.Users = slices.DeleteFunc(slices.Clone(n.Users), goneUser)
			left.Teams = slices.DeleteFunc(slices.Clone(n.Teams), goneTeam)
			follow = append(follow, provisioning.Change{Verb: provisioning.Update, Record: &left})
		}
	}
	return st.With(follow)
}

func (s *Store) applyAll(ctx context.Context, t tx, b provisioning.Batch) error {
	// Users may swap extensions: those that change are given up first.
	for _, c := range b.Changes {
		if u, is := c.Record.(*provisioning.User); is && c.Verb == provisioning.Update {
			if _, err := t.ExecContext(ctx, `UPDATE users SET extension = '' WHERE id = $1`, string(u.ID)); err != nil {
				return err
			}
		}
	}
	var events []provisioning.Event
	for _, c := range b.Changes {
		ref := c.Record.Ref()
		var err error
		if c.Verb == provisioning.Delete {
			err = remove(ctx, t, c.Record)
		} else {
			err = save(ctx, t, c.Record, b.Actor)
		}
		if err == nil {
			err = auditRow(ctx, t, b.Actor, c)
		}
		if err != nil {
			return fmt.Errorf("%s %s %s: %w", c.Verb, ref.Kind, ref.Name, err)
		}
		events = append(events, c.News(t.now)...)
	}
	return s.events.appendEvents(ctx, t, events)
}

func auditRow(ctx context.Context, t tx, actor string, c provisioning.Change) error {
	ref := c.Record.Ref()
	return auditEntry(ctx, t, provisioning.AuditEntry{
		Actor: actor, Account: ref.Account, Verb: c.Verb, Kind: ref.Kind, Record: ref.ID, Name: ref.Name, Fields: c.Fields,
	})
}

// auditEntry writes a line of the audit log, whose id and time are given here.
func auditEntry(ctx context.Context, t tx, e provisioning.AuditEntry) error {
	fields := e.Fields
	if fields == nil {
		fields = []provisioning.FieldChange{}
	}
	_, err := t.ExecContext(ctx, `INSERT INTO audit (at, actor, account, verb, kind, record, name, fields) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.now.UnixMilli(), e.Actor, string(e.Account), string(e.Verb), string(e.Kind), e.Record, e.Name, toJSON(fields))
	return err
}

// save writes a record as it is to be.
func save(ctx context.Context, t tx, r provisioning.Record, actor string) error {
	switch r := r.(type) {
	case *provisioning.Account:
		return t.upsert(ctx, "accounts", "id, name, language, country, settings", string(r.ID), r.Name, r.Language, r.Country,
			toJSON(r.Settings))
	case *provisioning.User:
		return t.upsert(ctx, "users", userColumns,
			string(r.ID), string(r.Account), r.Name, r.Email, r.Extension, r.OutgoingOnly, r.NeverRing, r.CallWaiting, string(r.Availability),
			string(r.CallerID), toJSON(r.Voicemail), string(r.Password), toJSON(r.Settings))
	case *provisioning.Device:
		return t.upsert(ctx, "devices", "id, account, user_id, kind, aor, username, ha1_md5, ha1_sha256", string(r.ID), string(r.Account), string(r.User),
			string(r.Kind), r.AOR, r.Username, string(r.HA1MD5), string(r.HA1SHA256))
	case *provisioning.Team:
		err := t.upsert(ctx, "teams", "id, account, name, must_tag", string(r.ID), string(r.Account), r.Name, r.MustTag)
		return errors.Join(err, relate(ctx, t, relation{"team_users", "team_id", "user_id"}, string(r.ID), r.Users))
	case *provisioning.Number:
		err := t.upsert(ctx, "numbers", "id, account, e164, name, kind, flow_id, ring_before_answer_ms, settings", string(r.ID), string(r.Account), string(r.E164),
			r.Name, string(r.Kind), string(r.Flow), r.RingBeforeAnswer.Milliseconds(), toJSON(r.Settings))
		return errors.Join(err, relate(ctx, t, relation{"number_users", "number_id", "user_id"}, string(r.ID), r.Users),
			relate(ctx, t, relation{"number_teams", "number_id", "team_id"}, string(r.ID), r.Teams))
	case *provisioning.Trunk:
		return t.upsert(ctx, "trunks", trunkColumns, string(r.ID), string(r.Account), r.Name, toJSON(r.Sources), toJSON(r.Servers), r.InUsername,
			string(r.InHA1MD5), string(r.InHA1SHA256), r.OutUsername, string(r.OutPassword), r.OutRealm, r.Domain, r.Register,
			r.OptionsEvery.Milliseconds(), r.Country, string(r.Dial), r.Emergency, int64(r.Priority), toJSON(r.MediaAllow), int64(r.MaxCalls), r.TrustPAI,
			r.PresentsDirect, toJSON(r.TLS), toJSON(r.Terms))
	case *provisioning.Flow:
		return saveFlow(ctx, t, r, actor)
	case *provisioning.Audio:
		if r.Content == nil { // Its description alone changes.
			_, err := t.ExecContext(ctx, `UPDATE audio SET name = $2 WHERE id = $1`, string(r.ID), r.Name)
			return err
		}
		return t.upsert(ctx, "audio", "id, account, name, sha256, size, content", string(r.ID), string(r.Account), r.Name, r.SHA256, int64(r.Size), r.Content)
	case provisioning.Document:
		return saveDocument(ctx, t, r)
	}
	return fmt.Errorf("a record of the type %T", r)
}

// saveFlow writes the draft, and each published version once, for good (SPEC D11).
func saveFlow(ctx context.Context, t tx, f *provisioning.Flow, actor string) error {
	if err := t.upsert(ctx, "flows", "id, account, name, version, draft, base", string(f.ID), string(f.Account), f.Name, int64(f.Version), f.Draft,
		int64(f.Base)); err != nil {
		return err
	}
	if f.Published == "" {
		return nil
	}
	_, err := t.ExecContext(ctx, `INSERT INTO flow_versions (flow_id, version, body, published_at, published_by) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT DO NOTHING`, string(f.ID), int64(f.Version), f.Published, t.now.UnixMilli(), actor)
	return err
}

// remove deletes a record and what is only its own. The versions of a flow stay: the log of calls names them.
func remove(ctx context.Context, t tx, r provisioning.Record) error {
	id := r.Ref().ID
	switch r := r.(type) {
	case *provisioning.Account:
		return t.delete(ctx, "accounts", "id", id)
	case *provisioning.User:
		if err := rest(ctx, t, r); err != nil {
			return err
		}
		return errors.Join(t.delete(ctx, "team_users", "user_id", id), t.delete(ctx, "number_users", "user_id", id), t.delete(ctx, "users", "id", id))
	case *provisioning.Device:
		return t.delete(ctx, "devices", "id", id)
	case *provisioning.Team:
		return errors.Join(t.delete(ctx, "team_users", "team_id", id), t.delete(ctx, "number_teams", "team_id", id), t.delete(ctx, "teams", "id", id))
	case *provisioning.Number:
		return errors.Join(t.delete(ctx, "number_users", "number_id", id), t.delete(ctx, "number_teams", "number_id", id), t.delete(ctx, "numbers", "id", id))
	case *provisioning.Trunk:
		return t.delete(ctx, "trunks", "id", id)
	case *provisioning.Flow:
		return t.delete(ctx, "flows", "id", id)
	case *provisioning.Audio:
		return t.delete(ctx, "audio", "id", id)
	case provisioning.Document:
		return t.delete(ctx, "documents", "id", id)
	}
	return fmt.Errorf("a record of the type %T", r)
}

// rest remembers a deleted user's extension (SPEC X26).
func rest(ctx context.Context, t tx, u *provisioning.User) error {
	if u.Extension == "" {
		return nil
	}
	_, err := t.ExecContext(ctx, `INSERT INTO freed_extensions (account, extension, at) VALUES ($1, $2, $3)
 ON CONFLICT (account, extension) DO UPDATE SET at = excluded.at`, string(u.Account), u.Extension, t.now.UnixMilli())
	return err
}
