package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// banCommand is the commands of what SIP does not listen to.
type banCommand struct {
	List banListVerb `cmd:"" help:"List the addresses that are banned, and the users whose passwords were tried too often from one."`
	Add  banAddVerb  `cmd:"" help:"Ban an address or a network."`
	Lift banLiftVerb `cmd:"" help:"Listen again: lift a ban or a lock-out."`
}

type banListVerb struct {
	remote
	shown

	Address string `placeholder:"ADDRESS" help:"Only what concerns this address."`
}

type banAddVerb struct {
	remote
	shown

	Address string        `arg:"" help:"An IP address, or a network such as 203.0.113.0/24."`
	For     time.Duration `default:"1h" help:"For how long: 1m to 720h."`
	Note    string        `help:"Why, for whoever reads the list."`
}

type banLiftVerb struct {
	remote

	Ref string `arg:"" help:"Its id; or an address or network: everything that is on the list of the very same is lifted."`
}

const bansPath = "/api/v1/system/bans"

// banRow is a ban as the API tells it.
type banRow struct {
	ID       string  `json:"id"`
	Address  string  `json:"address"`
	Username *string `json:"username"`
}

// Run lists them.
func (v banListVerb) Run(ctx context.Context, c console, _ *kong.Context) error {
	return v.while(ctx, func(l *line) error {
		query := url.Values{}
		if v.Address != "" {
			query.Set("address", v.Address)
		}
		columns := []string{"address", "username", "cause", "tries", "since", "until", "by", "note", "id"}
		all, err := l.all(ctx, noun{path: bansPath, columns: columns}, query, 0)
		if err != nil {
			return err
		}
		if v.Output == "json" {
			if all == nil {
				all = []map[string]any{}
			}
			return printJSON(c.out, all)
		}
		return printTable(c.out, columns, all)
	})
}

// Run bans an address.
func (v banAddVerb) Run(ctx context.Context, c console) error {
	return v.while(ctx, func(l *line) error {
		doc := map[string]any{"address": v.Address, "duration_seconds": v.For.Seconds(), "note": v.Note}
		return l.show(ctx, c.out, request{http.MethodPost, bansPath, doc}, v.Output)
	})
}

// Run lifts a ban, or all that is on the list of an address.
func (v banLiftVerb) Run(ctx context.Context, c console) error {
	return v.while(ctx, func(l *line) error {
		ids, err := v.ids(ctx, l)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := l.send(ctx, request{http.MethodDelete, bansPath + "/" + url.PathEscape(id), nil}, nil); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(c.out, "Lifted %s.\n", id); err != nil {
				return err
			}
		}
		return nil
	})
}

// ids are those of what is to be lifted.
func (v banLiftVerb) ids(ctx context.Context, l *line) ([]string, error) {
	if strings.HasPrefix(v.Ref, "ban_") {
		return []string{v.Ref}, nil
	}
	var list struct{ Data []banRow }
	if err := l.ask(ctx, http.MethodGet, bansPath+"?limit=200&address="+url.QueryEscape(v.Ref), nil, &list); err != nil {
		return nil, err
	}
	var ids []string
	for _, b := range list.Data {
		if b.Address == v.Ref {
			ids = append(ids, b.ID)
		}
	}
	if len(ids) == 0 {
		return nil, inputError{fmt.Errorf("%s is not on the list", v.Ref)}
	}
	return ids, nil
}

// while opens the API of the running program, does something, and closes it.
func (r remote) while(ctx context.Context, do func(*line) error) (err error) {
	l, err := r.running(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	return do(l)
}
