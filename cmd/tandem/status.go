package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tandem/web"
)

// statusCommand shows the running program on one screen.
type statusCommand struct {
	remote

	JSON  bool `name:"json" help:"As JSON."`
	Quiet bool `help:"Say nothing: the exit code tells whether it runs."`
}

// situation is what status shows.
type situation struct {
	Info   web.Info   `json:"info"`
	Trunks []trunkRow `json:"trunks"`
	Live   []callRow  `json:"live"`

	Connectors []connectorRow `json:"connectors"`
}

type connectorRow struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Disabled bool   `json:"disabled"`
	Status   *struct {
		Up     bool   `json:"up"`
		Binds  int    `json:"binds"`
		Detail string `json:"detail"`
	} `json:"status"`
}

// words is how a connector is, for people.
func (r *connectorRow) words() string {
	switch {
	case r.Disabled:
		return "disabled"
	case r.Status == nil:
		return "does not run"
	case r.Status.Up:
		return fmt.Sprintf("up, %s", r.Kind)
	}
	return strings.TrimSpace("down: " + r.Status.Detail)
}

type trunkRow struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status *struct {
		Up         bool    `json:"up"`
		LastStatus int     `json:"last_status"`
		RTTMS      float64 `json:"rtt_ms"`
		Detail     string  `json:"detail"`
	} `json:"status"`
}

// Run asks the running program.
func (s statusCommand) Run(ctx context.Context, c console) (err error) {
	l, err := s.running(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	var now situation
	if err := l.ask(ctx, "GET", "/api/v1/system/info", nil, &now.Info); err != nil {
		return err
	}
	var trunks struct{ Data []trunkRow }
	var live struct{ Data []callRow }
	var connectors struct{ Data []connectorRow }
	if err := errors.Join(l.ask(ctx, "GET", "/api/v1/connectors", nil, &connectors),
		l.ask(ctx, "GET", "/api/v1/trunks", nil, &trunks), l.ask(ctx, "GET", "/api/v1/calls/live", nil, &live)); err != nil {
		return err
	}
	now.Trunks, now.Live, now.Connectors = trunks.Data, live.Data, connectors.Data
	switch {
	case s.Quiet:
		return nil
	case s.JSON:
		return printJSON(c.out, now)
	}
	return now.print(c.out)
}

func (s situation) print(w io.Writer) error {
	var b strings.Builder
	state := "running"
	if s.Info.Draining {
		state = "draining"
	}
	fmt.Fprintf(&b, "tandem %s, %s since %s, %s\n", s.Info.Version, state, s.Info.StartedAt.Local().Format("2006-01-02 15:04:05"), s.Info.Database)
	fmt.Fprintf(&b, "listening  %s\n", strings.Join(s.Info.Listeners, ", "))
	n := s.Info.Counts
	fmt.Fprintf(&b, "records    %d accounts, %d users, %d devices (%d registered), %d numbers, %d flows, %d calls\n",
		n.Accounts, n.Users, n.Devices, s.Info.Devices, n.Numbers, n.Flows, n.Calls)
	for _, t := range s.Trunks {
		state := "not on the wire"
		if st := t.Status; st != nil {
			state = fmt.Sprintf("down, last status %d %s", st.LastStatus, st.Detail)
			if st.Up {
				state = fmt.Sprintf("up, %.1f ms", st.RTTMS)
			}
		}
		fmt.Fprintf(&b, "trunk      %s: %s\n", t.Name, state)
	}
	for i := range s.Connectors {
		fmt.Fprintf(&b, "connector  %s: %s\n", s.Connectors[i].Name, s.Connectors[i].words())
	}
	fmt.Fprintf(&b, "calls      %d in progress\n", len(s.Live))
	for _, call := range s.Live {
		fmt.Fprintf(&b, "  %s  %-8s  %s -> %s  %s  %s\n", call.ID, call.Direction, call.FromDisplay, call.ToDisplay, call.Status,
			time.Duration(call.DurationSeconds*float64(time.Second)).Round(time.Second))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
