package bysmpp

import (
	"context"
	"sync"

	"tandem/messaging"
	"tandem/mobilecore/smpp"
)

// Client is a connector that binds to an SMSC.
type Client struct {
	line *line
	smpp *smpp.Client
}

// NewClient makes one; Run makes it work. to says where it binds and as whom; its Settings and Log are those of c. The error names what is wrong with it.
func NewClient(c Config, to smpp.ClientConfig) (*Client, error) {
	l := newLine(c)
	client := &Client{line: l}
	to.Settings, to.Log = c.Settings, l.log
	made, err := smpp.NewClient(to, client)
	if err != nil {
		return nil, err
	}
	client.smpp, l.submit, l.binds = made, made.Submit, made.Binds
	return client, nil
}

// Run binds, takes and carries until ctx ends; then what is under way is finished, the binds drain, and it returns.
func (c *Client) Run(ctx context.Context) {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var working sync.WaitGroup
	working.Go(func() { c.smpp.Run(life) })
	c.line.attend(ctx)
	end()
	working.Wait()
}

// State is how the connector is.
func (c *Client) State() State { return c.line.state() }

// Take implements smpp.Handler.
func (c *Client) Take(ctx context.Context, b *smpp.Bind, m *smpp.SM) smpp.Answer {
	if m.IsReceipt() {
		return smpp.Answer{Status: c.line.receipt(ctx, b, m)}
	}
	_, status := c.line.take(ctx, b, m)
	return smpp.Answer{Status: status}
}

// Alert implements smpp.Handler: a handset can be reached, and what waits for it goes now.
func (c *Client) Alert(_ context.Context, _ *smpp.Bind, a *smpp.Alert) { reachable(c.line.cfg.Desk, a) }

// Changed implements smpp.Handler.
func (c *Client) Changed(_ context.Context, change smpp.Change) { c.line.changed(change) }

func reachable(d messaging.Desk, a *smpp.Alert) {
	who, _ := addressOf(a.Source)
	d.Reachable(who)
}
