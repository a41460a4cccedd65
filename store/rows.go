package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// rowCounts are how many rows one statement inserts where there are enough of them, the most first.
func rowCounts() []int { return []int{32, 8, 1} }

// table is where rows are inserted, many with one statement.
type table struct {
	name     string
	columns  string
	conflict string // what follows ON CONFLICT
	width    int
}

func newTable(name, columns, conflict string) table {
	return table{name, columns, conflict, strings.Count(columns, ",") + 1}
}

// insert is the statement for n rows.
func (t table) insert(e *engine, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", t.name, t.columns)
	for row := range n {
		if row > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for col := range t.width {
			if col > 0 {
				b.WriteByte(',')
			}
			b.WriteString(e.mark(row*t.width + col + 1))
		}
		b.WriteByte(')')
	}
	b.WriteString(" ON CONFLICT ")
	b.WriteString(t.conflict)
	return b.String()
}

// inserter inserts rows into one table.
type inserter struct {
	table table
	text  map[int]string // by number of rows
	// stmt holds the statements prepared on SQLite's one writing connection. With PostgreSQL each connection keeps what it prepared, by text.
	stmt map[int]*sql.Stmt
}

func newInserter(ctx context.Context, db *databases, t table) (*inserter, error) {
	in := &inserter{table: t, text: map[int]string{}, stmt: map[int]*sql.Stmt{}}
	for _, n := range rowCounts() {
		in.text[n] = t.insert(db.engine, n)
		if db.engine.shared {
			continue
		}
		stmt, err := db.write.PrepareContext(ctx, in.text[n]) //nolint:sqlclosecheck // close does.
		if err != nil {
			return nil, fmt.Errorf("prepare insert into %s: %w", t.name, err)
		}
		in.stmt[n] = stmt
	}
	return in, nil
}

func (in *inserter) close() {
	for _, s := range in.stmt {
		_ = s.Close()
	}
}

// insert inserts rows given as one run of values.
func (in *inserter) insert(ctx context.Context, t tx, values []any) error {
	for _, n := range rowCounts() {
		for len(values) >= n*in.table.width {
			if err := in.rows(ctx, t, n, values[:n*in.table.width]); err != nil {
				return fmt.Errorf("insert into %s: %w", in.table.name, err)
			}
			values = values[n*in.table.width:]
		}
	}
	return nil
}

// rows inserts as many rows as there is a statement for.
func (in *inserter) rows(ctx context.Context, t tx, n int, values []any) error {
	var err error
	if stmt := in.stmt[n]; stmt != nil {
		_, err = t.StmtContext(ctx, stmt).ExecContext(ctx, values...) //nolint:sqlclosecheck // The transaction's end does.
	} else {
		_, err = t.ExecContext(ctx, in.text[n], values...)
	}
	return err
}
