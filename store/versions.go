package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/provisioning"
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
