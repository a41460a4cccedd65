package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tandem/messaging"
	"tandem/routing"
)

// The states of a set of segments.
const (
	setOpen    = "open"
	setOverdue = "overdue"
	setDone    = "done"
)

// partsKept is how long what a set was made of is remembered: what comes late waits a day itself before it is seen to be nothing.
const partsKept = 49 * time.Hour

// Assemble implements messaging.Store.
func (m *Messages) Assemble(
	ctx context.Context, p messaging.Part, complete func(parts []messaging.Part) ([]messaging.Draft, error),
) (messaging.Assembly, error) {
	var out messaging.Assembly
	var routes map[messaging.Route]bool
	err := m.jobs.ask(ctx, func(ctx context.Context, t tx) error {
		a := assembler{m: m, t: t, part: &p}
		err := a.take(ctx, complete)
		out, routes = a.out, a.routes
		return err
	})
	if err != nil {
		return messaging.Assembly{}, fmt.Errorf("keep a segment: %w", err)
	}
	if out.Complete {
		m.told(routes)
	}
	return out, nil
}

// assembler takes one part.
type assembler struct {
	m      *Messages
	t      tx
	part   *messaging.Part
	out    messaging.Assembly
	routes map[messaging.Route]bool
}

func (a *assembler) take(ctx context.Context, complete func(parts []messaging.Part) ([]messaging.Draft, error)) error {
	if _, err := a.m.last(ctx, a.t); err != nil { // Nobody else takes a part of it meanwhile.
		return err
	}
	var here bool
	var err error
	if here, a.out.Repeat, err = a.known(ctx); err != nil || here {
		return err
	}
	id, parts, err := a.open(ctx)
	if err != nil {
		return err
	}
	parts = append(parts, *a.part)
	if len(parts) < a.part.Segment.Total {
		return a.keep(ctx, id)
	}
	if again, failed := a.m.madeBefore(ctx, a.t, parts); again || failed != nil {
		if failed == nil { // All of it is late. It stays as it is until it is overdue: a part of another message may yet take the place of a late one.
			failed = a.keep(ctx, id)
		}
		return failed
	}
	drafts, err := complete(parts)
	if err != nil {
		return err
	}
	a.out.Complete, a.out.Repeat = true, false
	if id, err = a.begin(ctx, id); err != nil {
		return err
	}
	if err = a.write(ctx, id); err != nil {
		return err
	}
	a.out.Stored, a.routes, err = a.m.finish(ctx, a.t, id, drafts)
	return err
}

// known says whether the part is here, and whether it is, or was in a set that was done not long ago.
func (a *assembler) known(ctx context.Context) (here, once bool, err error) {
	const find = `SELECT COUNT(CASE WHEN s.state = 'open' THEN 1 END), COUNT(*) FROM message_sets s JOIN message_parts p ON p.set_id = s.id
 WHERE s.name = $1 AND p.number = $2 AND p.print = $3 AND (s.state = 'open' OR s.state = 'done' AND s.changed > $4)`
	var open, all int
	since := a.t.now.Add(-partsKept).UnixMilli()
	err = a.t.QueryRowContext(ctx, find, text(a.part.Set), a.part.Segment.Number, text(a.part.Print), since).Scan(&open, &all)
	return open > 0, all > 0, err
}

// madeBefore says whether a set that was done not long ago had all of these parts: they are late repeats then, as far as anybody can tell.
func (m *Messages) madeBefore(ctx context.Context, t tx, parts []messaging.Part) (again bool, err error) {
	const find = `SELECT s.id, p.number, p.print FROM message_sets s JOIN message_parts p ON p.set_id = s.id
 WHERE s.name = $1 AND s.state = 'done' AND s.changed > $2`
	type place struct {
		set    string
		number int
	}
	made, sets := map[place]string{}, map[string]bool{}
	err = each(ctx, t, find, []any{text(parts[0].Set), t.now.Add(-partsKept).UnixMilli()}, func(r *sql.Rows) error {
		var at place
		var says string
		failed := r.Scan(&at.set, &at.number, &says)
		made[at], sets[at.set] = says, true
		return failed
	})
	if err != nil {
		return false, err
	}
	for set := range sets {
		if !slices.ContainsFunc(parts, func(p messaging.Part) bool { return made[place{set, p.Segment.Number}] != text(p.Print) }) {
			return true, nil
		}
	}
	return false, nil
}

// drop forgets a set.
func drop(ctx context.Context, t tx, id string) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM message_parts WHERE set_id = $1`, id); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `DELETE FROM message_sets WHERE id = $1`, id)
	return err
}

// open is the set that the part belongs to, with what is there of it; empty: there is none. Where it has another part of that number, that one gives way if it is a
// late repeat, which has nothing to do with this message; else the set is over, since references come round.
func (a *assembler) open(ctx context.Context) (string, []messaging.Part, error) {
	var id string
	err := a.t.QueryRowContext(ctx, `SELECT id FROM message_sets WHERE name = $1 AND state = 'open'`, text(a.part.Set)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	parts, err := partsOf(ctx, a.t, id)
	if err != nil {
		return "", nil, err
	}
	if !slices.ContainsFunc(parts, func(p messaging.Part) bool { return a.part.Arrival.At.Sub(p.Arrival.At) <= messaging.LateFor }) {
		if late, failed := a.m.madeBefore(ctx, a.t, parts); late || failed != nil {
			if failed == nil {
				failed = drop(ctx, a.t, id)
			}
			return "", nil, failed
		}
	}
	i := slices.IndexFunc(parts, func(p messaging.Part) bool { return p.Segment.Number == a.part.Segment.Number })
	if i < 0 {
		return id, parts, nil
	}
	late, err := a.m.madeBefore(ctx, a.t, parts[i:i+1])
	if err != nil {
		return "", nil, err
	}
	if late {
		_, err = a.t.ExecContext(ctx, `DELETE FROM message_parts WHERE set_id = $1 AND number = $2`, id, a.part.Segment.Number)
		return id, slices.Delete(parts, i, i+1), err
	}
	a.out.Overdue = true
	return "", nil, setState(ctx, a.t, id, setOverdue)
}

func setState(ctx context.Context, t tx, id, state string) error {
	_, err := t.ExecContext(ctx, `UPDATE message_sets SET state = $1, changed = $2 WHERE id = $3`, state, t.now.UnixMilli(), id)
	return err
}

// keep writes a part that waits.
func (a *assembler) keep(ctx context.Context, id string) error {
	if id == "" {
		if err := a.room(ctx); err != nil {
			return err
		}
	}
	id, err := a.begin(ctx, id)
	if err != nil {
		return err
	}
	return a.write(ctx, id)
}

// begin makes the set, unless it is there.
func (a *assembler) begin(ctx context.Context, id string) (string, error) {
	if id != "" {
		return id, nil
	}
	id = routing.NewID("set", a.t.now)
	now := a.t.now.UnixMilli()
	_, err := a.t.ExecContext(ctx, `INSERT INTO message_sets (id, name, crowd, state, began, changed) VALUES ($1, $2, $3, $4, $5, $6)`, id, text(a.part.Set),
		text(a.part.Crowd), setOpen, now, now)
	return id, err
}

// room makes the oldest set of a crowd overdue where there is no room for another.
func (a *assembler) room(ctx context.Context) error {
	const find = `SELECT id FROM message_sets WHERE crowd = $1 AND state = 'open' ORDER BY began DESC, id DESC LIMIT 1 OFFSET $2`
	var id string
	err := a.t.QueryRowContext(ctx, find, text(a.part.Crowd), messaging.OpenSets-1).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		a.out.Overdue = true
		err = setState(ctx, a.t, id, setOverdue)
	}
	return err
}

func (a *assembler) write(ctx context.Context, id string) error {
	arrival, err := json.Marshal(a.part)
	if err != nil {
		return err
	}
	_, err = a.t.ExecContext(ctx, `INSERT INTO message_parts (set_id, number, print, arrival) VALUES ($1, $2, $3, $4)`, id, a.part.Segment.Number, text(a.part.Print), arrival)
	return err
}

// partsOf reads the parts of a set.
func partsOf(ctx context.Context, t tx, id string) ([]messaging.Part, error) {
	var out []messaging.Part
	err := each(ctx, t, `SELECT arrival FROM message_parts WHERE set_id = $1 ORDER BY number`, []any{id}, func(r *sql.Rows) error {
		var raw []byte
		if err := r.Scan(&raw); err != nil {
			return err
		}
		var p messaging.Part
		err := json.Unmarshal(raw, &p)
		out = append(out, p)
		return err
	})
	return out, err
}

// finish puts what a set makes. The set stays for a while, with the prints of its parts alone; where something was refused it goes.
func (m *Messages) finish(ctx context.Context, t tx, id string, drafts []messaging.Draft) ([]messaging.Stored, map[messaging.Route]bool, error) {
	p := &put{drafts: drafts}
	g, err := m.writePuts(ctx, t, []*put{p})
	if err != nil {
		return nil, nil, err
	}
	if _, err = t.ExecContext(ctx, `UPDATE message_parts SET arrival = $1 WHERE set_id = $2`, []byte{}, id); err != nil {
		return nil, nil, err
	}
	return p.stored, g.routes, setState(ctx, t, id, setDone)
}

// Overdue implements messaging.Store: each set is finished in a transaction of its own.
func (m *Messages) Overdue(
	ctx context.Context, before time.Time, limit int, finish func(parts []messaging.Part) ([]messaging.Draft, error),
) (int, error) {
	const find = `SELECT id FROM message_sets WHERE state = 'overdue' OR state = 'open' AND began < $1 ORDER BY began LIMIT $2`
	var ids []string
	err := each(ctx, m.store.db.read, find, []any{before.UnixMilli(), limit}, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	var errs []error
	n := 0
	for _, id := range ids {
		var routes map[messaging.Route]bool
		failed := m.jobs.ask(ctx, func(ctx context.Context, t tx) error {
			var gone error
			routes, gone = m.conclude(ctx, t, id, finish)
			return gone
		})
		if failed != nil {
			errs = append(errs, failed)
			continue
		}
		n++
		m.told(routes)
	}
	if err = errors.Join(append(errs, err)...); err != nil {
		return n, fmt.Errorf("finish sets of segments: %w", err)
	}
	return n, nil
}

// conclude finishes a set that waited long enough, unless somebody did meanwhile.
func (m *Messages) conclude(
	ctx context.Context, t tx, id string, finish func(parts []messaging.Part) ([]messaging.Draft, error),
) (map[messaging.Route]bool, error) {
	if _, err := m.last(ctx, t); err != nil {
		return nil, err
	}
	var state string
	err := t.QueryRowContext(ctx, `SELECT state FROM message_sets WHERE id = $1`, id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) || err == nil && state == setDone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(ctx, t, id)
	if err != nil {
		return nil, err
	}
	if late, failed := m.madeBefore(ctx, t, parts); late || failed != nil {
		if failed == nil {
			failed = drop(ctx, t, id)
		}
		return nil, failed
	}
	drafts, err := finish(parts)
	if err != nil {
		return nil, err
	}
	_, routes, err := m.finish(ctx, t, id, drafts)
	return routes, err
}
