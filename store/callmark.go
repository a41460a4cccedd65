package store

import (
	"context"
	"fmt"
	"strconv"

	"tandem/provisioning"
	"tandem/routing"
)

// MarkCall implements provisioning.CallLog.
func (s *Store) MarkCall(ctx context.Context, m provisioning.CallMark) error {
	mark := func() error {
		return s.writer.do(ctx, func(ctx context.Context, t tx) error { return s.mark(ctx, t, &m) })
	}
	err := mark()
	if isMissing(err) {
		// It may be in the spool still.
		if err = s.Flush(ctx); err == nil {
			err = mark()
		}
	}
	if err != nil {
		return fmt.Errorf("mark call %s: %w", m.Call, err)
	}
	s.events.waiting.tell()
	return nil
}

// marking is a call that is being marked.
type marking struct {
	tx

	call *routing.CallRecord
	mark *provisioning.CallMark
	told []routing.CallEvent
}

func (s *Store) mark(ctx context.Context, t tx, m *provisioning.CallMark) error {
	calls, err := scanCalls(t.QueryContext(ctx, `SELECT `+callColumns+` FROM calls WHERE id = $1 AND status = 'ended'`, string(m.Call)))
	if err != nil {
		return err
	}
	if len(calls) == 0 {
		return ErrNotFound
	}
	if err = label(ctx, t, calls); err != nil {
		return err
	}
	k := &marking{tx: t, call: calls[0], mark: m}
	for _, step := range []func(context.Context) error{k.assign, k.archive, k.tag, k.untag, k.comment} {
		if err = step(ctx); err != nil {
			return err
		}
	}
	if len(k.told) == 0 {
		return nil
	}
	var last int64
	const touch = `UPDATE calls SET updated_at = $1, seq = seq + $2 WHERE id = $3 RETURNING seq`
	if err = t.QueryRowContext(ctx, touch, t.now.UnixMilli(), int64(len(k.told)), string(m.Call)).Scan(&last); err != nil {
		return err
	}
	k.call.UpdatedAt = t.now
	all := make([]news, len(k.told))
	for i := range k.told {
		k.told[i].Seq = last - int64(len(k.told)) + int64(i) + 1
		all[i] = encodeCallNews(nil, &k.told[i], func(to []byte) []byte { return encodeHead(to, k.call) })
	}
	return s.events.append(ctx, t, all)
}

// tell adds an event of what was changed.
func (k *marking) tell(kind, name, value string) {
	k.told = append(k.told, routing.CallEvent{
		Type: "call." + kind, Status: routing.CallEnded, At: k.mark.At, User: k.mark.By, Args: map[string]string{name: value},
	})
}

// update sets a column of the call.
func (k *marking) update(ctx context.Context, column string, value any) error {
	_, err := k.ExecContext(ctx, "UPDATE calls SET "+column+" = $1 WHERE id = $2", value, string(k.call.ID))
	return err
}

func (k *marking) assign(ctx context.Context) error {
	to := k.mark.AssignedTo
	if to == nil || *to == k.call.AssignedTo {
		return nil
	}
	k.call.AssignedTo = *to
	k.tell("assigned", "to", string(*to))
	return k.update(ctx, "assigned_to", string(*to))
}

func (k *marking) archive(ctx context.Context) error {
	is := k.mark.Archived
	if is == nil || *is == k.call.Archived {
		return nil
	}
	k.call.Archived = *is
	k.tell("archived", "archived", strconv.FormatBool(*is))
	return k.update(ctx, "archived", *is)
}

func (k *marking) tag(ctx context.Context) error {
	if k.mark.Tag == "" {
		return nil
	}
	const text = `INSERT INTO call_labels (call_id, kind, label) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	n, err := k.changed(ctx, text, string(k.call.ID), labelTag, k.mark.Tag)
	if n > 0 {
		k.tell("tagged", "tag", k.mark.Tag)
		k.call.Tags = append(k.call.Tags, k.mark.Tag)
	}
	return err
}

func (k *marking) untag(ctx context.Context) error {
	if k.mark.Untag == "" {
		return nil
	}
	const text = `DELETE FROM call_labels WHERE call_id = $1 AND kind = $2 AND label = $3`
	n, err := k.changed(ctx, text, string(k.call.ID), labelTag, k.mark.Untag)
	if n > 0 {
		k.tell("untagged", "tag", k.mark.Untag)
		var left []string
		for _, t := range k.call.Tags {
			if t != k.mark.Untag {
				left = append(left, t)
			}
		}
		k.call.Tags = left
	}
	return err
}

func (k *marking) comment(ctx context.Context) error {
	m := k.mark.Comment
	if m == nil {
		return nil
	}
	const text = `INSERT INTO call_comments (call_id, id, at, by_user, text) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	n, err := k.changed(ctx, text, string(k.call.ID), m.ID, millis(m.At), string(m.By), m.Text)
	if n > 0 {
		k.tell("commented", "comment", m.ID)
		k.call.Comments = append(k.call.Comments, *m)
	}
	return err
}

// changed runs a statement and says how many rows it changed.
func (t tx) changed(ctx context.Context, text string, args ...any) (int64, error) {
	res, err := t.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
