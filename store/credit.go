package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/mobilecore/charging"
)

// errUntouched takes a page back on which nothing was written.
var errUntouched = errors.New("nothing to write")

const (
	balanceColumns = `id, account, begins, ends, package, topped_up, used, reserved, told`
	sessionColumns = `peer, name, balance, point, memo, roaming, free, opened, heard, until, closed, swept, highest, missing, used, held`
)

// Credit is the ledger of mobile data: it implements charging.Ledger.
type Credit struct {
	store *Store

	balance, session, answer                         *prepared // read one
	newBalance, putBalance, putSession, putAnswer    *prepared
	dropAnswer, addDay, forgetSession, forgetAnswers *prepared
}

var _ charging.Ledger = (*Credit)(nil)

// Credit is the ledger of mobile data.
func (s *Store) Credit() *Credit { return s.credit }

func newCredit(ctx context.Context, s *Store) (*Credit, error) {
	c := &Credit{store: s}
	for _, x := range []struct {
		into **prepared
		text string
	}{
		{&c.balance, `SELECT ` + balanceColumns + ` FROM charging_balances WHERE id = $1 {lock}`},
		{&c.session, `SELECT ` + sessionColumns + ` FROM charging_sessions WHERE peer = $1 AND name = $2`},
		{&c.answer, `SELECT answer FROM charging_answers WHERE peer = $1 AND name = $2 AND number = $3`},
		{&c.newBalance, `INSERT INTO charging_balances (` + balanceColumns + `) VALUES ($1, '', 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING`},
		{&c.putBalance, `INSERT INTO charging_balances (` + balanceColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET
 account = excluded.account, begins = excluded.begins, ends = excluded.ends, package = excluded.package, topped_up = excluded.topped_up,
 used = excluded.used, reserved = excluded.reserved, told = excluded.told`},
		{&c.putSession, `INSERT INTO charging_sessions (` + sessionColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
 ON CONFLICT (peer, name) DO UPDATE SET memo = excluded.memo, roaming = excluded.roaming, heard = excluded.heard, until = excluded.until,
 closed = excluded.closed, swept = excluded.swept, highest = excluded.highest, missing = excluded.missing, used = excluded.used, held = excluded.held`},
		{&c.putAnswer, `INSERT INTO charging_answers (peer, name, number, answer) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`},
		{&c.dropAnswer, `DELETE FROM charging_answers WHERE peer = $1 AND name = $2 AND number = $3`},
		{&c.addDay, `INSERT INTO charging_days (balance, day, used) VALUES ($1, $2, $3) ON CONFLICT (balance, day) DO UPDATE SET
 used = charging_days.used + excluded.used`},
		{&c.forgetSession, `DELETE FROM charging_sessions WHERE peer = $1 AND name = $2`},
		{&c.forgetAnswers, `DELETE FROM charging_answers WHERE peer = $1 AND name = $2`},
	} {
		var err error
		if *x.into, err = prepare(ctx, s.db, x.text); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *Credit) close() {
	for _, p := range []*prepared{
		c.balance, c.session, c.answer, c.newBalance, c.putBalance, c.putSession, c.putAnswer, c.dropAnswer, c.addDay, c.forgetSession, c.forgetAnswers,
	} {
		p.close()
	}
}

// Turn implements charging.Ledger: one transaction, which other turns may share.
func (c *Credit) Turn(ctx context.Context, at charging.Place, do func(*charging.Page) error) error {
	told := false
	err := c.store.writer.do(ctx, func(ctx context.Context, t tx) error {
		p, err := c.open(ctx, t, at)
		if err == nil {
			err = do(p)
		}
		if err == nil && !p.Touched {
			err = errUntouched
		}
		if err == nil {
			err = c.write(ctx, t, at, p)
		}
		told = err == nil && len(p.News) > 0
		return err
	})
	if errors.Is(err, errUntouched) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ledger of credit: %w", err)
	}
	if told {
		c.store.events.waiting.tell()
	}
	return nil
}

// open reads a page. The balance is locked first: its pages are turned one at a time.
func (c *Credit) open(ctx context.Context, t tx, at charging.Place) (*charging.Page, error) {
	p := &charging.Page{Balance: charging.Balance{ID: at.Balance}}
	err := c.readSession(ctx, t, at, p)
	if err != nil {
		return nil, err
	}
	if p.Session != nil {
		p.Balance.ID = p.Session.Balance
	}
	if err = c.lock(ctx, t, p); err != nil {
		return nil, err
	}
	if t.engine.shared {
		// Who had the balance before us may have written the session.
		if err = c.readSession(ctx, t, at, p); err != nil {
			return nil, err
		}
	}
	if p.Session == nil {
		return p, nil
	}
	var text string
	err = c.answer.row(ctx, t, at.Peer, at.Session, int64(at.Number)).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return p, nil
	case err != nil:
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	p.Before = &charging.Answer{}
	if err = json.Unmarshal([]byte(text), p.Before); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return p, nil
}

func (c *Credit) readSession(ctx context.Context, t tx, at charging.Place, p *charging.Page) error {
	if at.Session == "" {
		return nil
	}
	s, err := scanSession(c.session.row(ctx, t, at.Peer, at.Session))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		p.Session = nil
	case err != nil:
		return fmt.Errorf("read a session: %w", err)
	default:
		p.Session = &s
	}
	return nil
}

// lock reads the balance of a page, and keeps others from it until the transaction ends.
func (c *Credit) lock(ctx context.Context, t tx, p *charging.Page) error {
	id := p.Balance.ID
	if id == "" {
		return nil
	}
	b, err := scanBalance(c.balance.row(ctx, t, id))
	if errors.Is(err, sql.ErrNoRows) && t.engine.shared {
		if err = c.newBalance.exec(ctx, t, id); err == nil {
			b, err = scanBalance(c.balance.row(ctx, t, id))
		}
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("read a balance: %w", err)
	}
	p.Balance = b
	return nil
}

// write writes what was left on a page. Events come last.
func (c *Credit) write(ctx context.Context, t tx, at charging.Place, p *charging.Page) error {
	if b := &p.Balance; b.ID != "" {
		err := c.putBalance.exec(ctx, t, b.ID, b.Account, millis(b.Start), millis(b.End), int64(b.Package), int64(b.ToppedUp), int64(b.Used), int64(b.Reserved), b.Told)
		if err != nil {
			return fmt.Errorf("write a balance: %w", err)
		}
	}
	if err := c.writeSession(ctx, t, at, p); err != nil {
		return err
	}
	for _, d := range p.Days {
		if err := c.addDay.exec(ctx, t, p.Balance.ID, d.Day, int64(d.Used)); err != nil {
			return fmt.Errorf("write a day: %w", err)
		}
	}
	if len(p.News) == 0 {
		return nil
	}
	all := make([]news, len(p.News))
	for i := range p.News {
		e, err := creditEvent(&p.News[i])
		if err != nil {
			return err
		}
		all[i] = encodeNews(&e)
		if err := c.auditTopUp(ctx, t, &p.News[i]); err != nil {
			return err
		}
	}
	return c.store.events.append(ctx, t, all)
}

func (c *Credit) writeSession(ctx context.Context, t tx, at charging.Place, p *charging.Page) error {
	s := p.Session
	if s == nil {
		return nil
	}
	held, err := json.Marshal(s.Groups)
	if err != nil {
		return fmt.Errorf("write a session: %w", err)
	}
	err = c.putSession.exec(ctx, t, s.Peer, s.Name, s.Balance, s.Point, s.Memo, int64(s.Roaming), s.Free, millis(s.Opened), millis(s.Heard), millis(s.Until),
		millis(s.Closed), s.Swept, int64(s.Highest), int64(s.Missing), int64(s.Used), string(held))
	if err != nil {
		return fmt.Errorf("write a session: %w", err)
	}
	if p.Answer == nil {
		return nil
	}
	answer, err := json.Marshal(p.Answer)
	if err == nil {
		err = c.putAnswer.exec(ctx, t, at.Peer, at.Session, int64(at.Number), string(answer))
	}
	if err == nil && at.Number >= charging.Remembered {
		err = c.dropAnswer.exec(ctx, t, at.Peer, at.Session, int64(at.Number-charging.Remembered))
	}
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	return nil
}

// scanner is a row to be read.
type scanner interface{ Scan(into ...any) error }

func scanBalance(r scanner) (charging.Balance, error) {
	var b charging.Balance
	var begins, ends int64
	err := r.Scan(&b.ID, &b.Account, &begins, &ends, &b.Package, &b.ToppedUp, &b.Used, &b.Reserved, &b.Told)
	b.Start, b.End = moment(begins), moment(ends)
	return b, err
}

func scanSession(r scanner) (charging.Session, error) {
	var s charging.Session
	var opened, heard, until, closed int64
	var held string
	err := r.Scan(&s.Peer, &s.Name, &s.Balance, &s.Point, &s.Memo, &s.Roaming, &s.Free, &opened, &heard, &until, &closed, &s.Swept, &s.Highest, &s.Missing, &s.Used, &held)
	if err != nil {
		return s, err
	}
	s.Opened, s.Heard, s.Until, s.Closed = moment(opened), moment(heard), moment(until), moment(closed)
	if err = json.Unmarshal([]byte(held), &s.Groups); err != nil {
		return s, fmt.Errorf("what a session has in hand: %w", err)
	}
	return s, nil
}

// Look implements charging.Ledger.
func (c *Credit) Look(ctx context.Context, balance, from string) (charging.Overview, error) {
	var out charging.Overview
	t, err := c.store.db.read.BeginTx(ctx, &c.store.db.engine.readTx)
	if err != nil {
		return out, fmt.Errorf("look at a balance: %w", err)
	}
	defer t.Rollback() //nolint:errcheck // It only reads.
	out.Balance, err = scanBalance(t.QueryRowContext(ctx, `SELECT `+balanceColumns+` FROM charging_balances WHERE id = $1`, balance))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return out, fmt.Errorf("look at a balance: %w", err)
	}
	out.Open, err = sessions(ctx, t, `SELECT `+sessionColumns+` FROM charging_sessions WHERE balance = $1 AND closed = 0 ORDER BY opened, peer, name`, balance)
	if err == nil {
		const days = `SELECT day, used FROM charging_days WHERE balance = $1 AND day >= $2 ORDER BY day`
		err = each(ctx, t, days, []any{balance, from}, func(r *sql.Rows) error {
			var d charging.Day
			failed := r.Scan(&d.Day, &d.Used)
			out.Days = append(out.Days, d)
			return failed
		})
	}
	if err != nil {
		return out, fmt.Errorf("look at a balance: %w", err)
	}
	return out, nil
}

// sessions reads sessions.
func sessions(ctx context.Context, from querier, text string, args ...any) ([]charging.Session, error) {
	var out []charging.Session
	err := each(ctx, from, text, args, func(r *sql.Rows) error {
		s, err := scanSession(r)
		out = append(out, s)
		return err
	})
	return out, err
}

// Session implements charging.Ledger.
func (c *Credit) Session(ctx context.Context, peer, name string) (charging.Session, error) {
	s, err := scanSession(c.store.db.read.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM charging_sessions WHERE peer = $1 AND name = $2`, peer, name))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return s, charging.ErrNoSession
	case err != nil:
		return s, fmt.Errorf("find a data session: %w", err)
	}
	return s, nil
}

// Due implements charging.Ledger.
func (c *Credit) Due(ctx context.Context, at time.Time, limit int) ([]charging.Session, error) {
	const text = `SELECT ` + sessionColumns + ` FROM charging_sessions WHERE closed = 0 AND until <= $1 ORDER BY until, peer, name LIMIT $2`
	out, err := sessions(ctx, c.store.db.read, text, at.UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("find data sessions: %w", err)
	}
	return out, nil
}

// Ended implements charging.Ledger.
func (c *Credit) Ended(ctx context.Context, at time.Time, limit int) ([]string, error) {
	var out []string
	const text = `SELECT id FROM charging_balances WHERE ends <= $1 ORDER BY ends, id LIMIT $2`
	err := each(ctx, c.store.db.read, text, []any{at.UnixMilli(), limit}, func(r *sql.Rows) error {
		var id string
		failed := r.Scan(&id)
		out = append(out, id)
		return failed
	})
	if err != nil {
		return nil, fmt.Errorf("find balances: %w", err)
	}
	return out, nil
}

// Forget implements charging.Ledger.
func (c *Credit) Forget(ctx context.Context, closed time.Time, day string) error {
	const few = 500
	err := c.store.writer.do(ctx, func(ctx context.Context, t tx) error {
		const (
			text = `SELECT ` + sessionColumns + ` FROM charging_sessions WHERE closed > 0 AND closed < $1 ORDER BY closed LIMIT $2`
			days = `DELETE FROM charging_days WHERE day < $1 AND balance IN (SELECT balance FROM charging_days WHERE day < $2 LIMIT $3)`
		)
		old, err := sessions(ctx, t, text, closed.UnixMilli(), few)
		if err != nil {
			return err
		}
		for i := range old {
			if err = c.forgetAnswers.exec(ctx, t, old[i].Peer, old[i].Name); err != nil {
				return err
			}
			if err = c.forgetSession.exec(ctx, t, old[i].Peer, old[i].Name); err != nil {
				return err
			}
		}
		_, err = t.ExecContext(ctx, days, day, day, few)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget data sessions: %w", err)
	}
	return nil
}
