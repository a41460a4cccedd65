package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// valueKind is how a value is read and compared, whichever engine holds it.
type valueKind int

const (
	kindText valueKind = iota
	kindInt
	kindTruth
	kindBytes
	kindJSON
)

// column is a column of a table.
type column struct {
	name     string
	kind     valueKind
	identity bool // the database counts it up
}

// catalogue is every table of a database with its columns, by name, as the database itself says.
func catalogue(ctx context.Context, db querier, e *engine) (map[string][]column, error) {
	out := map[string][]column{}
	err := each(ctx, db, e.catalogue, nil, func(r *sql.Rows) error {
		var table, name, declared, identity string
		if err := r.Scan(&table, &name, &declared, &identity); err != nil {
			return err
		}
		out[table] = append(out[table], column{name: name, kind: kindOf(declared), identity: strings.EqualFold(identity, "yes")})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	return out, nil
}

// kindOf is the kind of a declared type of either engine.
func kindOf(declared string) valueKind {
	switch d := strings.ToLower(declared); {
	case strings.Contains(d, "int"):
		return kindInt
	case strings.HasPrefix(d, "bool"):
		return kindTruth
	case d == "blob" || d == "bytea":
		return kindBytes
	case strings.HasPrefix(d, "json"):
		return kindJSON
	}
	return kindText
}

// The statements that list table, column, declared type, and whether the database counts it up.
const (
	sqliteCatalogue = `SELECT t.name, c.name, c.type, CASE WHEN c.pk = 1 AND t.sql LIKE '%AUTOINCREMENT%' THEN 'yes' ELSE 'no' END
 FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.cid`
	postgresCatalogue = `SELECT c.table_name, c.column_name, c.data_type, c.is_identity FROM information_schema.columns c
 JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
 WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position`
)
