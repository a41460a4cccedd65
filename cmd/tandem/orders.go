package main

import (
	"context"
	"net/url"
)

// callsHangup ends a call.
type callsHangup struct {
	remote

	ID string `arg:"" help:"Its id, or its call number."`
}

// callsTransfer hands a call on.
type callsTransfer struct {
	remote

	User string `placeholder:"ID" help:"Who hands it on, where several users are in the call."`
	ID   string `arg:"" help:"Its id, or its call number."`
	To   string `arg:"" help:"An extension, or a number as the account's users dial it."`
}

// Run ends the call.
func (h callsHangup) Run(ctx context.Context) error {
	l, err := h.running(ctx)
	if err != nil {
		return err
	}
	return l.order(ctx, actionPath(h.ID, "hangup"), struct{}{})
}

// Run hands the call on.
func (t callsTransfer) Run(ctx context.Context) error {
	l, err := t.running(ctx)
	if err != nil {
		return err
	}
	return l.order(ctx, actionPath(t.ID, "transfer"), map[string]string{"to": t.To, "mode": "cold", "user": t.User})
}

func actionPath(id, action string) string {
	return "/api/v1/calls/" + url.PathEscape(id) + "/actions/" + action
}
