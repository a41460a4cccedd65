package store

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
)

// prepared is a statement that is run often. With SQLite it is prepared on the one connection that writes; with PostgreSQL each connection keeps what it
// prepared, by text.
type prepared struct {
	text string
	stmt *sql.Stmt
}

// prepare makes a statement ready; its parameters $1, $2 and so on come in this order, each once.
func prepare(ctx context.Context, db *databases, text string) (*prepared, error) {
	text = db.engine.text(text)
	if db.engine.shared {
		return &prepared{text: text}, nil
	}
	text = regexp.MustCompile(`\$\d+`).ReplaceAllStringFunc(text, func(string) string { return db.engine.mark(0) })
	stmt, err := db.write.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", text, err)
	}
	return &prepared{text: text, stmt: stmt}, nil
}

func (p *prepared) close() {
	if p != nil && p.stmt != nil {
		_ = p.stmt.Close()
	}
}

// exec runs the statement in a transaction.
func (p *prepared) exec(ctx context.Context, t tx, args ...any) error {
	var err error
	if p.stmt != nil {
		_, err = t.StmtContext(ctx, p.stmt).ExecContext(ctx, args...) //nolint:sqlclosecheck // The transaction's end does.
	} else {
		_, err = t.ExecContext(ctx, p.text, args...)
	}
	return err
}

// rows reads rows in a transaction.
func (p *prepared) rows(ctx context.Context, t tx, args ...any) (*sql.Rows, error) {
	if p.stmt != nil {
		return t.StmtContext(ctx, p.stmt).QueryContext(ctx, args...) //nolint:sqlclosecheck // The transaction's end does.
	}
	return t.QueryContext(ctx, p.text, args...)
}

// row reads one row in a transaction.
func (p *prepared) row(ctx context.Context, t tx, args ...any) *sql.Row {
	if p.stmt != nil {
		return t.StmtContext(ctx, p.stmt).QueryRowContext(ctx, args...) //nolint:sqlclosecheck // The transaction's end does.
	}
	return t.QueryRowContext(ctx, p.text, args...)
}
