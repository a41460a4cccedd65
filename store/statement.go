package store

import (
	"context"
	"strconv"
	"strings"
)

// upsert writes a row whose first column is its id. Names of tables and columns are constants of this package.
func (t tx) upsert(ctx context.Context, table, columns string, values ...any) error {
	names := strings.Split(columns, ",")
	marks := make([]string, len(values))
	var set []string
	for i := range values {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	for _, n := range names[1:] {
		n = strings.TrimSpace(n)
		set = append(set, n+" = excluded."+n)
	}
	text := "INSERT INTO " + table + " (" + columns + ") VALUES (" + strings.Join(marks, ", ") + ") ON CONFLICT (" + names[0] + ") DO UPDATE SET " +
		strings.Join(set, ", ")
	_, err := t.ExecContext(ctx, text, values...)
	return err
}

// delete deletes the rows with a value in a column.
func (t tx) delete(ctx context.Context, table, column, value string) error {
	_, err := t.ExecContext(ctx, "DELETE FROM "+table+" WHERE "+column+" = $1", value)
	return err
}

// relation is a table that ties one record to several, in an order.
type relation struct{ table, one, many string }

// relate writes whom a record is tied to, in place of whom it was.
func relate[T ~string](ctx context.Context, t tx, r relation, one string, many []T) error {
	if err := t.delete(ctx, r.table, r.one, one); err != nil {
		return err
	}
	text := "INSERT INTO " + r.table + " (" + r.one + ", " + r.many + ", position) VALUES ($1, $2, $3)"
	for i, m := range many {
		if _, err := t.ExecContext(ctx, text, one, string(m), i); err != nil {
			return err
		}
	}
	return nil
}
