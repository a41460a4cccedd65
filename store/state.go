package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

// State implements provisioning.Store. It lies in memory; where other nodes may change the records too, the database is asked whether they did.
func (s *Store) State(ctx context.Context) (*provisioning.State, error) {
	v := s.snapshot.Load()
	if v == nil || !s.db.engine.shared {
		return s.held(ctx)
	}
	version, err := s.version(ctx)
	if err != nil {
		return nil, err
	}
	if version > v.version {
		if err := s.reload(ctx); err != nil {
			return nil, err
		}
	}
	return s.held(ctx)
}

// held is the state in memory; before there is one it is read.
func (s *Store) held(ctx context.Context) (*provisioning.State, error) {
	if v := s.snapshot.Load(); v != nil {
		return v.state, nil
	}
	return s.readState(ctx)
}

// version is that of the records in the database.
func (s *Store) version(ctx context.Context) (int64, error) {
	var v int64
	if err := s.db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'state'`).Scan(&v); err != nil {
		return 0, fmt.Errorf("read the version of the records: %w", err)
	}
	return v, nil
}

// readState reads everything: all queries see one moment.
func (s *Store) readState(ctx context.Context) (*provisioning.State, error) {
	t, err := s.db.read.BeginTx(ctx, &s.db.engine.readTx)
	if err != nil {
		return nil, fmt.Errorf("read the records: %w", err)
	}
	defer t.Rollback() //nolint:errcheck // It only reads.
	st := &provisioning.State{}
	if err := t.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'state'`).Scan(&st.Version); err != nil {
		return nil, fmt.Errorf("read the records: %w", err)
	}
	for _, read := range []func(context.Context, *sql.Tx, *provisioning.State) error{
		readAccounts, readUsers, readDevices, readTeams, readNumbers, readTrunks, readFlows, readAudio, readFreed, readDocuments,
	} {
		if err := read(ctx, t, st); err != nil {
			return nil, fmt.Errorf("read the records: %w", err)
		}
	}
	return st, nil
}

// querier is a transaction or a database.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// each calls scan for every row.
func each(ctx context.Context, t querier, text string, args []any, scan func(*sql.Rows) error) error {
	rows, err := t.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func readAccounts(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	return each(ctx, t, `SELECT id, name, language, country, settings FROM accounts ORDER BY id`, nil, func(r *sql.Rows) error {
		var a provisioning.Account
		var settings string
		st.Accounts = append(st.Accounts, &a)
		if err := r.Scan(&a.ID, &a.Name, &a.Language, &a.Country, &settings); err != nil {
			return err
		}
		return json.Unmarshal([]byte(settings), &a.Settings)
	})
}

func readUsers(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	return each(ctx, t, `SELECT `+userColumns+` FROM users ORDER BY id`, nil, func(r *sql.Rows) error {
		var u provisioning.User
		var voicemail, settings string
		st.Users = append(st.Users, &u)
		if err := r.Scan(&u.ID, &u.Account, &u.Name, &u.Email, &u.Extension, &u.OutgoingOnly, &u.NeverRing, &u.CallWaiting, &u.Availability,
			&u.CallerID, &voicemail, &u.Password, &settings); err != nil {
			return err
		}
		return errors.Join(json.Unmarshal([]byte(voicemail), &u.Voicemail), json.Unmarshal([]byte(settings), &u.Settings))
	})
}

func readDevices(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	return each(ctx, t, `SELECT id, account, user_id, kind, aor, username, ha1_md5, ha1_sha256 FROM devices ORDER BY id`, nil, func(r *sql.Rows) error {
		var d provisioning.Device
		st.Devices = append(st.Devices, &d)
		return r.Scan(&d.ID, &d.Account, &d.User, &d.Kind, &d.AOR, &d.Username, &d.HA1MD5, &d.HA1SHA256)
	})
}

func readTeams(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	byID := map[string]*provisioning.Team{}
	err := each(ctx, t, `SELECT id, account, name, must_tag FROM teams ORDER BY id`, nil, func(r *sql.Rows) error {
		var team provisioning.Team
		if err := r.Scan(&team.ID, &team.Account, &team.Name, &team.MustTag); err != nil {
			return err
		}
		st.Teams = append(st.Teams, &team)
		byID[string(team.ID)] = &team
		return nil
	})
	if err != nil {
		return err
	}
	return pairs(ctx, t, `SELECT team_id, user_id FROM team_users ORDER BY team_id, position`, func(team, user string) {
		if found := byID[team]; found != nil {
			found.Users = append(found.Users, routing.UserID(user))
		}
	})
}

// pairs calls add for every row of two ids.
func pairs(ctx context.Context, t *sql.Tx, text string, add func(one, many string)) error {
	return each(ctx, t, text, nil, func(r *sql.Rows) error {
		var one, many string
		if err := r.Scan(&one, &many); err != nil {
			return err
		}
		add(one, many)
		return nil
	})
}

func readNumbers(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	byID := map[string]*provisioning.Number{}
	err := each(ctx, t, `SELECT id, account, e164, name, kind, flow_id, ring_before_answer_ms, settings FROM numbers ORDER BY id`, nil, func(r *sql.Rows) error {
		var n provisioning.Number
		var ring int64
		var settings string
		if err := r.Scan(&n.ID, &n.Account, &n.E164, &n.Name, &n.Kind, &n.Flow, &ring, &settings); err != nil {
			return err
		}
		n.RingBeforeAnswer = time.Duration(ring) * time.Millisecond
		st.Numbers = append(st.Numbers, &n)
		byID[string(n.ID)] = &n
		return json.Unmarshal([]byte(settings), &n.Settings)
	})
	if err != nil {
		return err
	}
	err = pairs(ctx, t, `SELECT number_id, user_id FROM number_users ORDER BY number_id, position`, func(number, user string) {
		if found := byID[number]; found != nil {
			found.Users = append(found.Users, routing.UserID(user))
		}
	})
	if err != nil {
		return err
	}
	return pairs(ctx, t, `SELECT number_id, team_id FROM number_teams ORDER BY number_id, position`, func(number, team string) {
		if found := byID[number]; found != nil {
			found.Teams = append(found.Teams, routing.TeamID(team))
		}
	})
}

func readTrunks(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	return each(ctx, t, `SELECT `+trunkColumns+` FROM trunks ORDER BY id`, nil, func(r *sql.Rows) error {
		var k provisioning.Trunk
		var sources, servers, media, secure, terms string
		var options int64
		if err := r.Scan(&k.ID, &k.Account, &k.Name, &sources, &servers, &k.InUsername, &k.InHA1MD5, &k.InHA1SHA256, &k.OutUsername,
			&k.OutPassword, &k.OutRealm, &k.Domain, &k.Register, &options, &k.Country, &k.Dial, &k.Emergency, &k.Priority, &media, &k.MaxCalls,
			&k.TrustPAI, &k.PresentsDirect, &secure, &terms); err != nil {
			return err
		}
		k.OptionsEvery = time.Duration(options) * time.Millisecond
		st.Trunks = append(st.Trunks, &k)
		for _, part := range []struct {
			text string
			to   any
		}{{sources, &k.Sources}, {servers, &k.Servers}, {media, &k.MediaAllow}, {secure, &k.TLS}, {terms, &k.Terms}} {
			if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
				return fmt.Errorf("trunk %s: %w", k.ID, err)
			}
		}
		return nil
	})
}

func readFlows(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	const text = `SELECT f.id, f.account, f.name, f.version, f.draft, f.base, COALESCE(v.body, '') FROM flows f
 LEFT JOIN flow_versions v ON v.flow_id = f.id AND v.version = f.version ORDER BY f.id`
	return each(ctx, t, text, nil, func(r *sql.Rows) error {
		var f provisioning.Flow
		st.Flows = append(st.Flows, &f)
		return r.Scan(&f.ID, &f.Account, &f.Name, &f.Version, &f.Draft, &f.Base, &f.Published)
	})
}

func readAudio(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	return each(ctx, t, `SELECT id, account, name, sha256, size FROM audio ORDER BY id`, nil, func(r *sql.Rows) error {
		var a provisioning.Audio
		st.Audio = append(st.Audio, &a)
		return r.Scan(&a.ID, &a.Account, &a.Name, &a.SHA256, &a.Size)
	})
}

func readFreed(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	return each(ctx, t, `SELECT account, extension, at FROM freed_extensions ORDER BY account, extension`, nil, func(r *sql.Rows) error {
		var f provisioning.FreedExtension
		var at int64
		err := r.Scan(&f.Account, &f.Extension, &at)
		f.At = moment(at)
		st.Freed = append(st.Freed, f)
		return err
	})
}

// view is the present state as it is handed out.
type view struct {
	version  int64
	state    *provisioning.State // of which the snapshot was made
	snapshot *routing.Snapshot
	post     *messaging.Snapshot
	audio    map[flow.AudioID]string // path by id
}
