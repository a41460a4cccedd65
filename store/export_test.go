package store

import (
	"context"
	"database/sql"
	"strings"

	"tandem/provisioning"
)

// Explain says how the database finds the first page of a filter.
func (s *Store) Explain(ctx context.Context, f provisioning.CallFilter) (string, error) {
	f.Limit = usualPage
	p := callSpans(&f)[0]
	q := newCallQuery(&f, p)
	if q == nil {
		return "one index for each line", nil
	}
	read, _ := q.statement(&f, p)
	explain, want := "EXPLAIN QUERY PLAN ", 4
	if s.db.engine.shared {
		explain, want = "EXPLAIN ", 1
	}
	var out []string
	err := each(ctx, s.db.read, explain+read.text, read.args, func(r *sql.Rows) error {
		var a, b, c any
		var line string
		into := []any{&a, &b, &c, &line}
		err := r.Scan(into[4-want:]...)
		out = append(out, line)
		return err
	})
	return strings.Join(out, "\n"), err
}

// Analyze lets the planner know the tables.
func (s *Store) Analyze(ctx context.Context) error {
	_, err := s.db.write.ExecContext(ctx, "ANALYZE")
	return err
}
