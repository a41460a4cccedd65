package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNotEmpty says that a database that is moved to holds something.
var ErrNotEmpty = errors.New("database is not empty")

// errProof says that what arrived is not what left.
var errProof = errors.New("what arrived is not what left")

// Moved is the proof for one table: how many rows it has, and a digest of all of them that both engines give alike.
type Moved struct {
	Table  string
	Rows   int64
	Digest string // hexadecimal
}

// Move copies everything from one database to another one, which must be empty: all of it in one transaction, or nothing, so that it can be tried again. It
// fails with ErrInUse while a program has the data directory, and with ErrNotEmpty. What the spool of calls still holds is brought to the database first. Each
// table is read back and compared before it counts. The data directory stays as it is: its spool goes on with the new database. told, which may be nil, is
// called as tables are done.
func Move(ctx context.Context, from, to Config, told func(Moved)) ([]Moved, error) {
	s, err := Open(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("open what is moved: %w", err)
	}
	if err := errors.Join(s.Flush(ctx), s.Close()); err != nil {
		return nil, fmt.Errorf("bring the spool to the database: %w", err)
	}
	m := &mover{told: told}
	defer func() { _ = m.close() }()
	if err := m.open(ctx, from, to); err != nil {
		return nil, err
	}
	if err := m.prepare(ctx); err != nil {
		return nil, err
	}
	return m.run(ctx)
}

// mover is a move on its way.
type mover struct {
	told     func(Moved)
	from, to *databases
	opened   []io.Closer // what close closes, last first
	tables   map[string][]column
}

func (m *mover) close() error {
	var errs []error
	for _, c := range slices.Backward(m.opened) {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// open takes the data directories, and opens both databases.
func (m *mover) open(ctx context.Context, from, to Config) error {
	dirs := []string{filepath.Clean(from.DataDir)}
	if other := filepath.Clean(to.DataDir); to.DataDir != "" && other != dirs[0] {
		dirs = append(dirs, other)
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
		held, err := lock(dir)
		if err != nil {
			return err
		}
		m.opened = append(m.opened, held)
	}
	var err error
	if m.from, err = openDatabases(ctx, from); err != nil {
		return err
	}
	m.opened = append(m.opened, m.from)
	if m.to, err = openDatabases(ctx, to); err != nil {
		return err
	}
	m.opened = append(m.opened, m.to)
	return nil
}

// Close closes both ways into a database.
func (d *databases) Close() error { return d.close() }

// seeded are the tables that a new database has rows in: how it was made, and its counters.
func seeded() []string { return []string{"migrations", "meta"} }

// prepare makes the tables of the empty database, and learns what is to be moved.
func (m *mover) prepare(ctx context.Context) error {
	err := m.empty(ctx)
	if err != nil {
		return err
	}
	if err = migrate(ctx, m.to, migrationFiles, time.Now()); err != nil {
		return err
	}
	left, err := catalogue(ctx, m.from.read, m.from.engine)
	if err != nil {
		return err
	}
	there, err := catalogue(ctx, m.to.write, m.to.engine)
	if err != nil {
		return err
	}
	for table := range there {
		// What an old step makes and a later one has no use for is gone in a database that works.
		if _, is := left[table]; !is {
			if _, err = m.to.write.ExecContext(ctx, "DROP TABLE "+table); err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
		}
	}
	m.tables = map[string][]column{}
	for table, columns := range left {
		if table != "migrations" {
			m.tables[table], err = shared(columns, there[table])
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	return nil
}

// empty says that the database that is moved to holds nothing.
func (m *mover) empty(ctx context.Context) error {
	there, err := catalogue(ctx, m.to.write, m.to.engine)
	if err != nil {
		return err
	}
	for _, table := range slices.Sorted(maps.Keys(there)) {
		if slices.Contains(seeded(), table) {
			continue
		}
		var rows int64
		if err = m.to.write.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&rows); err != nil {
			return fmt.Errorf("look into %s: %w", table, err)
		}
		if rows > 0 {
			return fmt.Errorf("%w: its table %s has %d rows", ErrNotEmpty, table, rows)
		}
	}
	return nil
}

// shared are the columns of a table in both databases, each of the kind of which either says more.
func shared(from, to []column) ([]column, error) {
	out := slices.Clone(from)
	if len(from) != len(to) {
		return nil, fmt.Errorf("%d columns here, %d there: %w", len(from), len(to), errProof)
	}
	for i, c := range from {
		at := slices.IndexFunc(to, func(o column) bool { return o.name == c.name })
		if at < 0 {
			return nil, fmt.Errorf("the column %s is not there: %w", c.name, errProof)
		}
		out[i].identity = to[at].identity
		out[i].kind = max(c.kind, to[at].kind) // SQLite says text of what PostgreSQL knows to be JSON.
	}
	return out, nil
}

// run copies and compares every table in one transaction.
func (m *mover) run(ctx context.Context) ([]Moved, error) {
	source, err := m.from.read.BeginTx(ctx, &m.from.engine.readTx)
	if err != nil {
		return nil, fmt.Errorf("read what is moved: %w", err)
	}
	defer source.Rollback() //nolint:errcheck // It only reads.
	target, err := m.to.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer target.Rollback() //nolint:errcheck // After a commit there is nothing to roll back.
	var out []Moved
	for _, table := range slices.Sorted(maps.Keys(m.tables)) {
		done, err := m.table(ctx, source, target, table)
		if err != nil {
			return nil, fmt.Errorf("move %s: %w", table, err)
		}
		out = append(out, done)
		if m.told != nil {
			m.told(done)
		}
	}
	if err := target.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return out, nil
}

// table copies one table, reads it back, and compares.
func (m *mover) table(ctx context.Context, source, target *sql.Tx, table string) (Moved, error) {
	columns := m.tables[table]
	if _, err := target.ExecContext(ctx, "DELETE FROM "+table); err != nil { //nolint:gosec // The seeds; the catalogue names the table.
		return Moved{}, err
	}
	const atOnce = 50
	var left digest
	var rows []any
	write := func() error {
		if len(rows) == 0 {
			return nil
		}
		_, err := target.ExecContext(ctx, insertRows(m.to.engine, table, columns, len(rows)/len(columns)), rows...)
		rows = rows[:0]
		return err
	}
	err := eachRow(ctx, source, table, columns, func(row []any) error {
		if err := left.add(columns, row); err != nil {
			return err
		}
		if rows = append(rows, row...); len(rows) < atOnce*len(columns) {
			return nil
		}
		return write()
	})
	if err == nil {
		err = write()
	}
	if err == nil {
		err = m.count(ctx, target, table)
	}
	if err != nil {
		return Moved{}, err
	}
	var arrived digest
	if err := eachRow(ctx, target, table, columns, func(row []any) error { return arrived.add(columns, row) }); err != nil {
		return Moved{}, err
	}
	if left != arrived {
		return Moved{}, fmt.Errorf("%d rows left, %d arrived: %w", left.rows, arrived.rows, errProof)
	}
	return Moved{Table: table, Rows: arrived.rows, Digest: arrived.String()}, nil
}

// insertRows is the statement that writes n rows with the values that they had.
func insertRows(e *engine, table string, columns []column, n int) string {
	names := make([]string, len(columns))
	overriding := ""
	for i, c := range columns {
		names[i] = c.name
		if c.identity {
			overriding = e.overriding
		}
	}
	t := newTable(table, strings.Join(names, ", "), "")
	text, _ := strings.CutSuffix(t.insert(e, n), " ON CONFLICT ")
	return strings.Replace(text, ") VALUES ", ")"+overriding+" VALUES ", 1)
}

// count lets the database count on after the highest row that was written.
func (m *mover) count(ctx context.Context, target *sql.Tx, table string) error {
	if m.to.engine.overriding == "" {
		return nil // SQLite does by itself.
	}
	for _, c := range m.tables[table] {
		if !c.identity {
			continue
		}
		var last int64
		if err := target.QueryRowContext(ctx, "SELECT COALESCE(MAX("+c.name+"), 0) FROM "+table).Scan(&last); err != nil {
			return err
		}
		//nolint:gosec // The catalogue names both.
		text := "ALTER TABLE " + table + " ALTER COLUMN " + c.name + " RESTART WITH " + strconv.FormatInt(last+1, 10)
		if _, err := target.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// eachRow reads a table row by row, its values in Go's own types.
func eachRow(ctx context.Context, t *sql.Tx, table string, columns []column, do func(row []any) error) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return each(ctx, t, "SELECT "+strings.Join(names, ", ")+" FROM "+table, nil, func(r *sql.Rows) error {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i, c := range columns {
			switch c.kind {
			case kindInt:
				into[i] = new(int64)
			case kindTruth:
				into[i] = new(bool)
			case kindBytes:
				into[i] = new([]byte)
			case kindText, kindJSON:
				into[i] = new(string)
			}
		}
		if err := r.Scan(into...); err != nil {
			return err
		}
		for i, v := range into {
			switch v := v.(type) {
			case *int64:
				row[i] = *v
			case *bool:
				row[i] = *v
			case *[]byte:
				row[i] = append([]byte{}, *v...)
			case *string:
				row[i] = *v
			}
		}
		return do(row)
	})
}

// digest is the sum of the digests of rows: their order, in which engines differ, means nothing.
type digest struct {
	rows int64
	sum  [4]uint64
}

func (d *digest) add(columns []column, row []any) error {
	h := sha256.New()
	var head [9]byte
	for i, v := range row {
		var text []byte
		switch v := v.(type) {
		case int64:
			text = strconv.AppendInt(nil, v, 10)
		case bool:
			text = strconv.AppendBool(nil, v)
		case []byte:
			text = v
		case string:
			text = []byte(v)
		}
		if columns[i].kind == kindJSON {
			var err error
			if text, err = canonical(text); err != nil {
				return fmt.Errorf("column %s: %w", columns[i].name, err)
			}
		}
		head[0] = byte(columns[i].kind) //nolint:gosec // There are five.
		binary.BigEndian.PutUint64(head[1:], uint64(len(text)))
		h.Write(head[:])
		h.Write(text)
	}
	sum := h.Sum(nil)
	for i := range d.sum {
		d.sum[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
	d.rows++
	return nil
}

// String is the digest in hexadecimal.
func (d *digest) String() string {
	var b [32]byte
	for i, v := range d.sum {
		binary.BigEndian.PutUint64(b[8*i:], v)
	}
	return hex.EncodeToString(b[:])
}

// canonical is JSON as both engines give it: keys sorted, numbers as they are computed with, no blanks.
func canonical(text []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
