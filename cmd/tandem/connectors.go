package main

import (
	"context"
	"net/http"
	"net/url"
)

// connectorCommand is the commands of connectors.
type connectorCommand struct {
	verbs

	State connectorState `cmd:"" name:"status" help:"Show how a connector is: whether it is bound, since when, what failed last, how much waits for it."`
}

type connectorState struct {
	remote
	shown

	Ref string `arg:"" help:"Its id, or its name."`
}

// Run shows how a connector is.
func (v connectorState) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, "connector", v.Ref)
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodGet, "/api/v1/connectors/" + url.PathEscape(id) + "/status", nil}, v.Output)
	})
}
