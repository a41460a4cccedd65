package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// pgConnector makes database/sql connections of pgx connections. It is what pgx's own adapter does, without the pool that comes with it:
// database/sql has one.
type pgConnector struct{ config *pgx.ConnConfig }

func newPGConnector(address string) (*pgConnector, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	return &pgConnector{config: config}, nil
}

// Connect implements driver.Connector.
func (c *pgConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, c.config.Copy())
	if err != nil {
		return nil, err
	}
	return &pgConn{conn: conn, used: time.Now()}, nil
}

// Driver implements driver.Connector.
func (c *pgConnector) Driver() driver.Driver { return pgDriver{} }

// pgDriver is asked for by database/sql, and opens nothing itself.
type pgDriver struct{}

// Open implements driver.Driver.
func (pgDriver) Open(string) (driver.Conn, error) { return nil, errors.New("open by the connector") }

// pgConn is one connection; pgx prepares each text at its first use and keeps it.
type pgConn struct {
	conn *pgx.Conn
	used time.Time
}

// broken lets database/sql try again on another connection, where nothing reached the server; a connection that broke is not taken again.
func (c *pgConn) broken(err error) error {
	if err != nil && pgconn.SafeToRetry(err) {
		return errors.Join(driver.ErrBadConn, err)
	}
	return err
}

// ResetSession implements driver.SessionResetter: a connection that lay idle is asked whether it still lives.
func (c *pgConn) ResetSession(ctx context.Context) error {
	const trusted = time.Second
	was := c.used
	c.used = time.Now()
	if c.conn.IsClosed() || (c.used.Sub(was) > trusted && c.conn.Ping(ctx) != nil) {
		return driver.ErrBadConn
	}
	return nil
}

// ready refuses a connection that died while it lay idle: nothing was sent yet, so another may be tried.
func (c *pgConn) ready() error {
	if c.conn.IsClosed() {
		return driver.ErrBadConn
	}
	return nil
}

// Ping implements driver.Pinger.
func (c *pgConn) Ping(ctx context.Context) error { return c.broken(c.conn.Ping(ctx)) }

// IsValid implements driver.Validator.
func (c *pgConn) IsValid() bool { return !c.conn.IsClosed() }

// Close implements driver.Conn.
func (c *pgConn) Close() error { return c.conn.Close(context.Background()) } //nolint:forbidigo // The interface has no context to give.

// Begin implements driver.Conn.
func (c *pgConn) Begin() (driver.Tx, error) {
	return nil, errors.New("begin with a context")
}

// BeginTx implements driver.ConnBeginTx; the two levels are those the store asks for.
func (c *pgConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	o := pgx.TxOptions{}
	if opts.Isolation != 0 {
		o.IsoLevel = pgx.RepeatableRead
	}
	if opts.ReadOnly {
		o.AccessMode = pgx.ReadOnly
	}
	t, err := c.conn.BeginTx(ctx, o)
	if err != nil {
		return nil, c.broken(err)
	}
	return pgTx{t}, nil
}

// pgTx ends a transaction; database/sql ends it early when its context does.
type pgTx struct{ tx pgx.Tx }

// Commit implements driver.Tx.
func (t pgTx) Commit() error { return t.tx.Commit(context.Background()) } //nolint:forbidigo // The interface has no context to give.

// Rollback implements driver.Tx.
func (t pgTx) Rollback() error { return t.tx.Rollback(context.Background()) } //nolint:forbidigo // The interface has no context to give.

// Prepare implements driver.Conn.
func (c *pgConn) Prepare(query string) (driver.Stmt, error) { return &pgStmt{c, query}, nil }

// freshPlan begins a statement that PostgreSQL plans anew each time. It keeps the plan of another one until its tables are analysed, a minute later or more: one
// that was made when they were empty reads all of them.
const freshPlan = "/* fresh plan */ "

// planned are the arguments of a statement, behind what says how it is planned.
func planned(query string, args []driver.NamedValue) []any {
	if strings.HasPrefix(query, freshPlan) {
		return append([]any{pgx.QueryExecModeCacheDescribe}, plain(args)...)
	}
	return plain(args)
}

// ExecContext implements driver.ExecerContext.
func (c *pgConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	tag, err := c.conn.Exec(ctx, query, planned(query, args)...)
	if err != nil {
		return nil, c.broken(err)
	}
	return driver.RowsAffected(tag.RowsAffected()), nil
}

// QueryContext implements driver.QueryerContext. Bytes come as they are, everything else as text.
func (c *pgConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	formats := pgx.QueryResultFormatsByOID{pgtype.ByteaOID: pgx.BinaryFormatCode}
	rows, err := c.conn.Query(ctx, query, append([]any{formats}, planned(query, args)...)...)
	if err != nil {
		return nil, c.broken(err)
	}
	// The first row is read here, so that an error of the statement comes from the call that made it.
	r := &pgRows{conn: c, rows: rows, more: rows.Next()}
	if !r.more && rows.Err() != nil {
		return nil, c.broken(rows.Err())
	}
	return r, nil
}

func plain(args []driver.NamedValue) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a.Value
	}
	return out
}

// pgStmt is a text: pgx knows which it has prepared.
type pgStmt struct {
	conn  *pgConn
	query string
}

// Close implements driver.Stmt.
func (s *pgStmt) Close() error { return nil }

// NumInput implements driver.Stmt: the server counts.
func (s *pgStmt) NumInput() int { return -1 }

// Exec implements driver.Stmt.
func (s *pgStmt) Exec([]driver.Value) (driver.Result, error) {
	return nil, errors.New("exec with a context")
}

// Query implements driver.Stmt.
func (s *pgStmt) Query([]driver.Value) (driver.Rows, error) {
	return nil, errors.New("query with a context")
}

// ExecContext implements driver.StmtExecContext.
func (s *pgStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.query, args)
}

// QueryContext implements driver.StmtQueryContext.
func (s *pgStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.query, args)
}

// pgRows walks a result; one row is always read ahead.
type pgRows struct {
	conn *pgConn
	rows pgx.Rows
	more bool
}

// Columns implements driver.Rows.
func (r *pgRows) Columns() []string {
	fields := r.rows.FieldDescriptions()
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.Name
	}
	return out
}

// Close implements driver.Rows.
func (r *pgRows) Close() error {
	r.rows.Close()
	return nil
}

// Next implements driver.Rows.
func (r *pgRows) Next(dest []driver.Value) error {
	if !r.more {
		if err := r.rows.Err(); err != nil {
			return r.conn.broken(err)
		}
		return io.EOF
	}
	for i, raw := range r.rows.RawValues() {
		v, err := pgValue(r.rows.FieldDescriptions()[i].DataTypeOID, raw)
		if err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
		dest[i] = v
	}
	r.more = r.rows.Next()
	return nil
}

// pgValue reads one column.
func pgValue(oid uint32, raw []byte) (driver.Value, error) {
	if raw == nil {
		return nil, nil // NULL is a value.
	}
	switch oid {
	case pgtype.ByteaOID:
		return append([]byte{}, raw...), nil
	case pgtype.BoolOID:
		return string(raw) == "t", nil
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return strconv.ParseInt(string(raw), 10, 64)
	case pgtype.Float4OID, pgtype.Float8OID:
		return strconv.ParseFloat(string(raw), 64)
	}
	return string(raw), nil
}
