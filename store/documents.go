package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"tandem/provisioning"
)

// saveDocument writes a record that is kept as JSON, with its secrets beside it.
func saveDocument(ctx context.Context, t tx, d provisioning.Document) error {
	ref := d.Ref()
	if ref.Kind == provisioning.KindWebhook {
		if err := beginWebhooks(ctx, t); err != nil {
			return err
		}
	}
	secrets := map[string]string{}
	for name, s := range d.Secrets() {
		secrets[name] = string(*s)
	}
	return t.upsert(ctx, "documents", "id, kind, account, name, body, secrets", ref.ID, string(ref.Kind), string(ref.Account), ref.Name, toJSON(d),
		toJSON(secrets))
}

func readDocuments(ctx context.Context, t *sql.Tx, st *provisioning.State) error {
	return each(ctx, t, `SELECT kind, body, secrets FROM documents ORDER BY id`, nil, func(r *sql.Rows) error {
		var kind, body, secrets string
		if err := r.Scan(&kind, &body, &secrets); err != nil {
			return err
		}
		d := provisioning.NewDocument(provisioning.Kind(kind))
		if d == nil {
			return fmt.Errorf("a document of the kind %q", kind)
		}
		if err := readDocument(d, body, secrets); err != nil {
			return fmt.Errorf("%s %s: %w", kind, d.Ref().ID, err)
		}
		st.Add(d)
		return nil
	})
}

// readDocument fills a document from what is kept of it.
func readDocument(d provisioning.Document, body, secrets string) error {
	kept := map[string]string{}
	if err := errors.Join(json.Unmarshal([]byte(body), d), json.Unmarshal([]byte(secrets), &kept)); err != nil {
		return err
	}
	for name, s := range d.Secrets() {
		*s = provisioning.Secret(kept[name])
	}
	return nil
}
