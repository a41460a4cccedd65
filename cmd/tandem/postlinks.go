package main

import (
	"context"

	"tandem/messaging"
	"tandem/messaging/byhttp"
	"tandem/messaging/bysip"
	"tandem/provisioning"
	"tandem/sip"
)

// openTrunkLink carries the messages of a connector by its trunk, until it is closed.
func (m *Main) openTrunkLink(ctx context.Context, c *provisioning.Connector, desk messaging.Desk) *bysip.Trunk {
	return bysip.OpenTrunk(ctx, bysip.TrunkConfig{
		Connector: c.ID, Trunk: sip.TrunkID(c.Settings.Trunk), Desk: desk, Wire: m.stack, Sorter: m.sorter, Log: m.Log,
	})
}

// openHTTPLink carries the messages of a connector by HTTP, until it is closed. Its requests go where webhooks may go.
func (m *Main) openHTTPLink(c *provisioning.Connector, desk messaging.Desk) *byhttp.Link {
	return byhttp.Open(byhttp.Config{
		Connector: c.ID, Settings: *c.Settings.HTTP, Password: string(c.Password), Token: string(c.Token), Desk: desk,
		Transport: m.hooks.transport, Door: m.carriers, UserAgent: "Tandem", Log: m.Log,
	})
}
