package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

// FlowVersions lists what was published of a flow, newest first, without the documents.
func (s *Store) FlowVersions(ctx context.Context, id flow.ID) ([]provisioning.FlowVersion, error) {
	rows, err := s.db.read.QueryContext(ctx, `SELECT version, published_at, published_by FROM flow_versions WHERE flow_id = $1 ORDER BY version DESC`, string(id))
	if err != nil {
		return nil, fmt.Errorf("list versions of flow %s: %w", id, err)
	}
	defer rows.Close()
	var out []provisioning.FlowVersion
	for rows.Next() {
		var v provisioning.FlowVersion
		var at int64
		if err := rows.Scan(&v.Version, &at, &v.Actor); err != nil {
			return nil, fmt.Errorf("read versions of flow %s: %w", id, err)
		}
		v.At = moment(at)
		out = append(out, v)
	}
	return out, rows.Err()
}

// FlowVersion finds one version of a flow with its document. It fails with a *provisioning.Refusal where there is none.
func (s *Store) FlowVersion(ctx context.Context, id flow.ID, version int) (provisioning.FlowVersion, error) {
	v := provisioning.FlowVersion{Version: version}
	var at int64
	err := s.db.read.QueryRowContext(ctx, `SELECT body, published_at, published_by FROM flow_versions WHERE flow_id = $1 AND version = $2`, string(id),
		int64(version)).Scan(&v.Document, &at, &v.Actor)
	if errors.Is(err, sql.ErrNoRows) {
		return v, provisioning.NotFound(provisioning.KindFlow, fmt.Sprintf("%s in version %d", id, version))
	}
	if err != nil {
		return v, fmt.Errorf("read version %d of flow %s: %w", version, id, err)
	}
	v.At = moment(at)
	return v, nil
}

// mostWalks is how many calls FlowWalks looks at.
const mostWalks = 5000

// timeChars is how much of an id is its time.
const timeChars = 10

// FlowWalks are the ways that calls took in a flow, of the newest that began since a time and are over: at most 5,000.
func (s *Store) FlowWalks(ctx context.Context, id flow.ID, since time.Time) ([]provisioning.Walk, error) {
	rows, err := s.db.read.QueryContext(ctx, `SELECT c.ended_by, c.answered_at, d.items FROM calls c JOIN details d ON d.call_id = c.id
 WHERE c.id >= $1 AND c.flow_id = $2 AND c.status = 'ended' ORDER BY c.id DESC LIMIT $3`, routing.NewID("call", since)[:len("call_")+timeChars], string(id), mostWalks)
	if err != nil {
		return nil, fmt.Errorf("list walks of flow %s: %w", id, err)
	}
	defer rows.Close()
	var out []provisioning.Walk
	for rows.Next() {
		var by string
		var answered int64
		var items []byte
		if err := rows.Scan(&by, &answered, &items); err != nil {
			return nil, fmt.Errorf("read walks of flow %s: %w", id, err)
		}
		var c routing.CallRecord
		if err := decodeDetails(items, &c); err != nil {
			return nil, fmt.Errorf("read walks of flow %s: %w", id, err)
		}
		w := provisioning.Walk{Dropped: by == "caller" && answered == 0}
		for _, t := range c.Timeline {
			if t.Type == flow.NoteNodeEntered && t.Node != "" {
				w.Nodes = append(w.Nodes, t.Node)
			}
		}
		out = append(out, w)
	}
	return out, rows.Err()
}
