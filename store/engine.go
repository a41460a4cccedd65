package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // Registers the driver "sqlite".
)

// engine is what differs between the two databases; everything else is one text of SQL.
type engine struct {
	name      string
	fragments *strings.Replacer
	mark      func(n int) string // the n-th placeholder of a statement with many rows
	group     int                // jobs in one transaction of a writer
	writers   int
	shared    bool // other nodes may change the records
	readTx    sql.TxOptions
	catalogue string // the statement that lists every column
	// overriding lets an insert give what the database would count up.
	overriding string
}

func sqliteEngine() *engine {
	return &engine{
		name: "sqlite",
		fragments: strings.NewReplacer("{json}", "TEXT", "{bytes}", "BLOB", "{clustered}", "WITHOUT ROWID",
			"{identity}", "INTEGER PRIMARY KEY AUTOINCREMENT", "{skip}", "", "{lock}", ""),
		// A numbered parameter has a name in SQLite, which the driver looks up at each bind: that doubles the cost of a row.
		mark:      func(int) string { return "?" },
		catalogue: sqliteCatalogue,
		group:     128,
		writers:   1,
	}
}

func postgresEngine() *engine {
	return &engine{
		name: "postgres",
		fragments: strings.NewReplacer("{json}", "JSONB", "{bytes}", "BYTEA", "{clustered}", "",
			"{identity}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "{skip}", "FOR UPDATE SKIP LOCKED",
			"{lock}", "FOR UPDATE"),
		mark:       func(n int) string { return "$" + strconv.Itoa(n) },
		catalogue:  postgresCatalogue,
		overriding: " OVERRIDING SYSTEM VALUE",
		group:      1,
		writers:    4,
		shared:     true,
		readTx:     sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	}
}

// text puts the engine's fragments into a statement.
func (e *engine) text(s string) string { return e.fragments.Replace(s) }

// databases are the two ways into one database. With SQLite only one connection writes, so nobody ever waits for its lock.
type databases struct {
	engine *engine
	write  *sql.DB
	read   *sql.DB
}

// openDatabases opens the database that the configuration names, and waits until it answers.
func openDatabases(ctx context.Context, cfg Config) (*databases, error) {
	switch {
	case cfg.URL == "":
		return openSQLite(ctx, filepath.Join(cfg.DataDir, "tandem.db"))
	case strings.HasPrefix(cfg.URL, "postgres://"), strings.HasPrefix(cfg.URL, "postgresql://"):
		return openPostgres(ctx, cfg.URL)
	}
	return nil, fmt.Errorf("database url %q: want postgres://… or nothing", withoutPassword(cfg.URL))
}

func openSQLite(ctx context.Context, path string) (*databases, error) {
	common := "_pragma=page_size(8192)&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"
	file := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	// FULL syncs the log at each commit: what was promised survives the loss of power.
	write, err := sql.Open("sqlite", file+"?"+common+"&_txlock=immediate&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err = write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, closing(err, write))
	}
	read, err := sql.Open("sqlite", file+"?"+common+"&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, closing(err, write))
	}
	read.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	return &databases{engine: sqliteEngine(), write: write, read: read}, nil
}

func openPostgres(ctx context.Context, address string) (*databases, error) {
	connector, err := newPGConnector(address)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(8)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("reach %s: %w", withoutPassword(address), closing(err, db))
	}
	return &databases{engine: postgresEngine(), write: db, read: db}, nil
}

func (d *databases) close() error {
	err := d.write.Close()
	if d.read != d.write {
		if e := d.read.Close(); err == nil {
			err = e
		}
	}
	return err
}

// closing gives up a database that did not open.
func closing(err error, db *sql.DB) error {
	_ = db.Close()
	return err
}

// withoutPassword is an address that may be shown.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the database"
	}
	return u.Redacted()
}
