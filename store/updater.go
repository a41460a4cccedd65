package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// updater changes rows of a table, many with one statement.
type updater struct {
	table string
	width int
	text  map[int]string // by number of rows
	stmt  map[int]*sql.Stmt
}

// newUpdater makes the statements ready; columns are each with its type, the first being the key.
func newUpdater(ctx context.Context, db *databases, table, columns string) (*updater, error) {
	var names, types []string
	for c := range strings.SplitSeq(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(c), " ")
		names, types = append(names, name), append(types, db.engine.text(kind))
	}
	u := &updater{table: table, width: len(names), text: map[int]string{}, stmt: map[int]*sql.Stmt{}}
	var changes []string
	for _, n := range names[1:] {
		changes = append(changes, n+" = v."+n)
	}
	for _, n := range rowCounts() {
		rows := make([]string, n)
		for i := range rows {
			marks := make([]string, len(types))
			for j, kind := range types {
				marks[j] = "CAST(" + db.engine.mark(i*len(types)+j+1) + " AS " + kind + ")"
			}
			rows[i] = "(" + strings.Join(marks, ",") + ")"
		}
		u.text[n] = freshPlan + "WITH v(" + strings.Join(names, ", ") + ") AS (VALUES " + strings.Join(rows, ", ") + ") UPDATE " + table + " SET " + strings.Join(changes, ", ") +
			" FROM v WHERE " + table + "." + names[0] + " = v." + names[0]
		if db.engine.shared {
			continue
		}
		stmt, err := db.write.PrepareContext(ctx, u.text[n]) //nolint:sqlclosecheck // close does.
		if err != nil {
			return nil, fmt.Errorf("prepare update of %s: %w", table, err)
		}
		u.stmt[n] = stmt
	}
	return u, nil
}

func (u *updater) close() {
	if u == nil {
		return
	}
	for _, s := range u.stmt {
		_ = s.Close()
	}
}

// update changes rows given as one run of values; none may be in it twice.
func (u *updater) update(ctx context.Context, t tx, values []any) error {
	for _, n := range rowCounts() {
		for len(values) >= n*u.width {
			var err error
			if stmt := u.stmt[n]; stmt != nil {
				_, err = t.StmtContext(ctx, stmt).ExecContext(ctx, values[:n*u.width]...) //nolint:sqlclosecheck // The transaction's end does.
			} else {
				_, err = t.ExecContext(ctx, u.text[n], values[:n*u.width]...)
			}
			if err != nil {
				return fmt.Errorf("update %s: %w", u.table, err)
			}
			values = values[n*u.width:]
		}
	}
	return nil
}
