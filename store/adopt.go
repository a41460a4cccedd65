package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tandem/provisioning"
	"tandem/routing"
)

// adopt brings the events of the first version, which lay in a table of their own, into the log, once.
func (s *Store) adopt(ctx context.Context) error {
	err := s.writer.do(ctx, func(ctx context.Context, t tx) error {
		var left int64
		err := t.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'outbox'`).Scan(&left)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		var all []news
		const text = `SELECT type, account, subject, seq, at, data FROM outbox ORDER BY at, subject, seq`
		err = each(ctx, t, text, nil, func(r *sql.Rows) error {
			n, bad := adopted(r)
			all = append(all, n)
			return bad
		})
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `DROP TABLE outbox`); err != nil {
			return err
		}
		if err := t.delete(ctx, "meta", "key", "outbox"); err != nil {
			return err
		}
		return s.events.append(ctx, t, all)
	})
	if err != nil {
		return fmt.Errorf("events of the first version: %w", err)
	}
	return nil
}

// firstCall is what an event of the first version told of its call.
type firstCall struct {
	Number     int64             `json:"call_number"`
	Direction  routing.Direction `json:"direction"`
	Status     string            `json:"status"`
	Outcome    routing.Outcome   `json:"outcome"`
	From       string            `json:"from"`
	To         string            `json:"to"`
	NumberID   routing.NumberID  `json:"number_id"`
	User       routing.UserID    `json:"user_id"`
	StartedAt  int64             `json:"started_at_ms"`
	AnsweredAt int64             `json:"answered_at_ms"`
	EndedAt    int64             `json:"ended_at_ms"`
	Q850       int               `json:"q850"`
	SIP        int               `json:"sip_code"`
	EndedBy    string            `json:"ended_by"`
	Notified   []routing.UserID  `json:"notified"`
}

// adopted reads one event of the first version.
func adopted(r *sql.Rows) (news, error) {
	var e provisioning.Event
	var at int64
	var data string
	if err := r.Scan(&e.Type, &e.Account, &e.Subject, &e.Seq, &at, &data); err != nil {
		return nil, err
	}
	e.At, e.Data = moment(at), json.RawMessage(data)
	if !strings.HasPrefix(e.Type, "call.") {
		return encodeNews(&e), nil
	}
	var f firstCall
	if err := json.Unmarshal(e.Data, &f); err != nil {
		return nil, fmt.Errorf("event of %s: %w", e.Subject, err)
	}
	c := &routing.CallRecord{
		ID: routing.CallID(e.Subject), Account: e.Account, Number: f.Number, Direction: f.Direction, Status: f.Status, Outcome: f.Outcome, From: f.From,
		To: f.To, NumberID: f.NumberID, User: f.User, StartedAt: moment(f.StartedAt), AnsweredAt: moment(f.AnsweredAt), EndedAt: moment(f.EndedAt),
		Cause: routing.Cause{Q850: f.Q850, SIP: f.SIP}, EndedBy: f.EndedBy, Notified: f.Notified,
	}
	told := &routing.CallEvent{Type: e.Type, Status: routing.CallStatus(f.Status), Seq: e.Seq, At: e.At}
	return encodeCallNews(nil, told, func(to []byte) []byte { return encodeHead(to, c) }), nil
}
