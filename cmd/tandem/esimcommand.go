package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// numberCommand is the commands of numbers.
type numberCommand struct {
	verbs

	ESIM      esimCommand     `cmd:"" name:"esim" help:"The eSIM of a direct number."`
	Messaging numberMessaging `cmd:"" help:"How its messages go."`
	Usage     usageShow       `cmd:"" help:"Show what is used of the package of its eSIM."`
}

type usageShow struct {
	remote
	shown

	Number string `arg:"" placeholder:"+33…" help:"The number, or its id."`
}

// Run shows how a package stands.
func (v usageShow) Run(ctx context.Context, c console) error {
	return v.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, "number", v.Number)
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodGet, "/api/v1/numbers/" + url.PathEscape(id) + "/usage", nil}, v.Output)
	})
}

// esimCommand is what is done with an eSIM.
type esimCommand struct {
	Show    esimShow    `cmd:"" help:"Show it, with the code that a phone scans once it is released."`
	Assign  esimAssign  `cmd:"" help:"Give the number's user an eSIM, or another package."`
	Suspend esimSuspend `cmd:"" help:"Have the operator suspend it."`
	Resume  esimResume  `cmd:"" help:"Have the operator enable it again."`
	Remove  esimRemove  `cmd:"" help:"End it."`
}

// onESIM finds the eSIM of a number, and does something there.
func (r remote) onESIM(ctx context.Context, number string, do func(l *line, at string) error) error {
	return r.with(ctx, func(l *line) error {
		id, err := l.resolve(ctx, "number", number)
		if err != nil {
			return err
		}
		return do(l, "/api/v1/numbers/"+url.PathEscape(id)+"/esim")
	})
}

type esimShow struct {
	remote
	shown

	Number string `arg:"" placeholder:"+33…" help:"The number, or its id."`
}

// Run shows an eSIM, and draws its code.
func (v esimShow) Run(ctx context.Context, c console) error {
	return v.onESIM(ctx, v.Number, func(l *line, at string) error {
		var e struct {
			Activation *struct{} `json:"activation"`
		}
		if err := l.show(ctx, c.out, request{http.MethodGet, at, nil}, v.Output); err != nil || v.Output == "json" {
			return err
		}
		if err := l.ask(ctx, http.MethodGet, at, nil, &e); err != nil || e.Activation == nil {
			return err
		}
		var drawing string
		if err := l.ask(ctx, http.MethodGet, at+"/qr.txt", nil, &drawing); err != nil {
			return err
		}
		_, err := io.WriteString(c.out, "\n"+drawing)
		return err
	})
}

type esimAssign struct {
	remote
	shown

	Number   string `arg:"" placeholder:"+33…" help:"The number, or its id."`
	Package  int    `enum:"0,20,50" default:"0" help:"GB a month: 0, 20 or 50."`
	User     string `placeholder:"EMAIL" help:"The number's user, where it is to be checked; without it whoever that is."`
	Operator string `placeholder:"NAME" help:"Whose eSIM it is, where there are several operators."`
}

// Run assigns an eSIM.
func (v esimAssign) Run(ctx context.Context, c console) error {
	return v.onESIM(ctx, v.Number, func(l *line, at string) error {
		body := map[string]any{"package": v.Package}
		var err error
		if v.User != "" {
			body["user_id"], err = l.resolve(ctx, "user", v.User)
		} else {
			body["user_id"], err = l.userOf(ctx, at)
		}
		if err == nil && v.Operator != "" {
			body["operator_id"], err = l.resolve(ctx, "operator", v.Operator)
		}
		if err != nil {
			return err
		}
		return l.show(ctx, c.out, request{http.MethodPut, at, body}, v.Output)
	})
}

// userOf is the user of the number whose eSIM is at a path; of one with none, or several, the program says what is wrong.
func (l *line) userOf(ctx context.Context, at string) (string, error) {
	var n struct {
		Users []struct{ ID string } `json:"users"`
	}
	if err := l.ask(ctx, http.MethodGet, at[:len(at)-len("/esim")], nil, &n); err != nil {
		return "", err
	}
	if len(n.Users) == 0 {
		return "", nil
	}
	return n.Users[0].ID, nil
}

type esimSuspend struct {
	remote
	shown

	Number string `arg:"" placeholder:"+33…" help:"The number, or its id."`
}

// Run has an eSIM suspended.
func (v esimSuspend) Run(ctx context.Context, c console) error {
	return v.onESIM(ctx, v.Number, func(l *line, at string) error {
		return l.show(ctx, c.out, request{http.MethodPost, at + "/suspend", nil}, v.Output)
	})
}

type esimResume struct {
	remote
	shown

	Number string `arg:"" placeholder:"+33…" help:"The number, or its id."`
}

// Run has an eSIM enabled again.
func (v esimResume) Run(ctx context.Context, c console) error {
	return v.onESIM(ctx, v.Number, func(l *line, at string) error {
		return l.show(ctx, c.out, request{http.MethodPost, at + "/resume", nil}, v.Output)
	})
}

type esimRemove struct {
	remote

	Number string `arg:"" placeholder:"+33…" help:"The number, or its id."`
}

// Run ends an eSIM.
func (v esimRemove) Run(ctx context.Context, c console) error {
	return v.onESIM(ctx, v.Number, func(l *line, at string) error {
		if err := l.send(ctx, request{http.MethodDelete, at, nil}, nil); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.out, "The eSIM of %s comes to its end.\n", v.Number)
		return err
	})
}
