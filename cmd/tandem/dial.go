package main

import (
	"context"
	"fmt"
	"net/http"
)

// callCommand starts a call: the user's own phones ring first.
type callCommand struct {
	remote
	shown

	As   string `required:"" placeholder:"USER" help:"Whose phones ring: an e-mail address, an extension, a name or an id."`
	From string `placeholder:"NUMBER" help:"The number that is shown; else the user's default."`
	To   string `arg:"" help:"An extension, or a number as the account's users dial it."`
}

// Run starts the call.
func (d callCommand) Run(ctx context.Context, c console) error {
	return d.with(ctx, func(l *line) error {
		user, err := l.resolve(ctx, "user", d.As)
		if err != nil {
			return err
		}
		doc := map[string]any{"user_id": user, "to": d.To}
		if d.From != "" {
			if doc["number_id"], err = l.resolve(ctx, "number", d.From); err != nil {
				return err
			}
		}
		q := request{http.MethodPost, "/api/v1/calls", doc}
		if d.Output == "json" {
			return l.show(ctx, c.out, q, d.Output)
		}
		var call struct {
			ID string `json:"id"`
		}
		if err = l.send(ctx, q, &call); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s: the phones of %s ring.\n", call.ID, d.As)
		return err
	})
}
