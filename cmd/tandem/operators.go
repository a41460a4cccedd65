package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// operatorCommand is the commands of operators.
type operatorCommand struct {
	verbs

	IFC   operatorIFC   `cmd:"" name:"ifc" help:"Print the initial filter criteria that the operator loads, as XML."`
	Probe operatorProbe `cmd:"" help:"Call the operator's test number, which nobody answers, and keep who did."`
	State operatorState `cmd:"" name:"status" help:"Show how an operator is."`
}

type operatorIFC struct {
	remote

	Ref      string `arg:"" help:"Its id, or its name."`
	Number   string `placeholder:"+33…" help:"For this subscriber alone."`
	Server   string `placeholder:"SIP-URI" help:"Where the core reaches us; without it as we listen."`
	Messages bool   `help:"Messages (SMS over IP) come to us too."`
}

// Run prints the filter criteria.
func (v operatorIFC) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, "operator", v.Ref)
		if err != nil {
			return err
		}
		query := url.Values{}
		for name, value := range map[string]string{"number": v.Number, "server": v.Server} {
			if value != "" {
				query.Set(name, value)
			}
		}
		if v.Messages {
			query.Set("messages", strconv.FormatBool(true))
		}
		var text string
		if err = l.ask(ctx, http.MethodGet, "/api/v1/operators/"+url.PathEscape(id)+"/filter-criteria?"+query.Encode(), nil, &text); err != nil {
			return err
		}
		_, err = io.WriteString(c.out, text)
		return err
	})
}

type operatorProbe struct {
	remote
	shown

	Ref string `arg:"" help:"Its id, or its name."`
}

// Run probes.
func (v operatorProbe) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, "operator", v.Ref)
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodPost, "/api/v1/operators/" + url.PathEscape(id) + "/probe", nil}, v.Output)
	})
}

type operatorState struct {
	remote
	shown

	Ref string `arg:"" help:"Its id, or its name."`
}

// Run shows how an operator is.
func (v operatorState) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, "operator", v.Ref)
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodGet, "/api/v1/operators/" + url.PathEscape(id) + "/status", nil}, v.Output)
	})
}
