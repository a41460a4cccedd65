package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
	"tandem/provisioning"
	"tandem/web"
)

// connectors looks at every connector.
func (d doctor) connectors(ctx context.Context, state *provisioning.State) []web.Finding {
	looks := make([]func() []web.Finding, 0, len(state.Connectors))
	for _, c := range state.Connectors {
		looks = append(looks, func() []web.Finding { return []web.Finding{d.connector(ctx, c)} })
	}
	return together(looks)
}

// connector looks how one is, how much waits for it, and where we bind and are not bound, whether a bind is taken now.
func (d doctor) connector(ctx context.Context, c *provisioning.Connector) web.Finding {
	f := web.Finding{Check: "connector", About: c.Name, State: web.Fine, Account: c.Account}
	if c.Settings.Disabled {
		f.State, f.Text, f.Advice = web.Warn, "it is disabled: messages wait for it", "set disabled to false, or take it from its numbers"
		return f
	}
	now, runs := d.m.post.Connector(c.ID)
	waiting, err := d.m.post.Queue(ctx, c.ID)
	switch {
	case err != nil:
		f.State, f.Text = web.Warn, "it cannot be counted what waits for it: "+err.Error()
	case !runs:
		f.State, f.Text, f.Advice = web.Fail, "it does not run", "look in the log why"
	case now.Up:
		f.Text = fmt.Sprintf("up since %s, %d messages wait", now.Since.Format(time.DateTime), waiting)
	default:
		f.State, f.Text = web.Fail, fmt.Sprintf("down: %s; %d messages wait", now.Detail, waiting)
		f.Advice = d.bindAdvice(ctx, c)
	}
	return f
}

// bindAdvice says what to do about a connector that is down. Where we bind a bind is tried, so that the SMSC's own words are told.
func (d doctor) bindAdvice(ctx context.Context, c *provisioning.Connector) string {
	switch c.Settings.Kind {
	case messaging.KindSMPPClient:
	case messaging.KindSMPPServer:
		return "let the other bind to [messages] smpp with its system_id and the token as password"
	case messaging.KindHTTP:
		return "look at its password and its address"
	case messaging.KindSIP, messaging.KindIMS:
		return "look at its trunk"
	}
	to, err := smppTarget(c)
	if err != nil {
		return err.Error()
	}
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	to.Kinds, to.Log, to.Settings.Patience = []smpp.Command{smpp.BindTransmitter}, d.m.Log, patience
	b, err := smpp.Dial(ctx, to, unheard{})
	if refused, is := errors.AsType[*smpp.RefusedError](err); is {
		return fmt.Sprintf("the SMSC says %s: look at system_id, password and system_type", refused.Status)
	}
	if err != nil {
		return "look at its address: " + err.Error()
	}
	_ = b.Close(ctx)
	return "a bind is taken now: look again in a moment"
}

// unheard is the handler of a bind that is only tried, and by which nothing comes.
type unheard struct{}

// Take implements smpp.Handler.
func (unheard) Take(context.Context, *smpp.Bind, *smpp.SM) smpp.Answer {
	return smpp.Answer{Status: smpp.RXTAPPN}
}

// Alert implements smpp.Handler.
func (unheard) Alert(context.Context, *smpp.Bind, *smpp.Alert) {}

// Changed implements smpp.Handler.
func (unheard) Changed(context.Context, smpp.Change) {}
