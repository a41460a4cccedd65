package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// finder reads the rows of many keys with few statements.
type finder struct {
	text map[int]string // by number of keys
	stmt map[int]*sql.Stmt
}

// newFinder makes a statement ready whose (*) stands for the keys, or {rows} for each as a row.
func newFinder(ctx context.Context, db *databases, text string) (*finder, error) {
	f := &finder{text: map[int]string{}, stmt: map[int]*sql.Stmt{}}
	for _, n := range rowCounts() {
		marks := make([]string, n)
		for i := range marks {
			marks[i] = db.engine.mark(i + 1)
		}
		list := strings.Replace(text, "(*)", "("+strings.Join(marks, ",")+")", 1)
		for i, mark := range marks {
			marks[i] = "(CAST(" + mark + " AS TEXT))"
		}
		f.text[n] = freshPlan + db.engine.text(strings.Replace(list, "{rows}", strings.Join(marks, ","), 1))
		if db.engine.shared {
			continue
		}
		stmt, err := db.write.PrepareContext(ctx, f.text[n]) //nolint:sqlclosecheck // close does.
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", text, err)
		}
		f.stmt[n] = stmt
	}
	return f, nil
}

func (f *finder) close() {
	if f == nil {
		return
	}
	for _, s := range f.stmt {
		_ = s.Close()
	}
}

// each reads the rows of the keys, in no order.
func (f *finder) each(ctx context.Context, t tx, keys []any, scan func(*sql.Rows) error) error {
	counts := rowCounts()
	for len(keys) > 0 {
		n := counts[0]
		for _, c := range counts {
			if c >= len(keys) {
				n = c
			}
		}
		some := make([]any, n)
		for i := range some {
			some[i] = keys[min(i, len(keys)-1)] // The last one fills up.
		}
		keys = keys[min(n, len(keys)):]
		if err := f.run(ctx, t, n, some, scan); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) run(ctx context.Context, t tx, n int, keys []any, scan func(*sql.Rows) error) error {
	var rows *sql.Rows
	var err error
	if stmt := f.stmt[n]; stmt != nil {
		rows, err = t.StmtContext(ctx, stmt).QueryContext(ctx, keys...) //nolint:sqlclosecheck // The transaction's end does.
	} else {
		rows, err = t.QueryContext(ctx, f.text[n], keys...)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err = scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
