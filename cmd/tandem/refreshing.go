package main

import (
	"tandem/cmd/tandem/config"
	"tandem/sip/dialog"
)

// refreshing is the session timer that the configuration asks for.
func refreshing(c *config.SIP) dialog.Refresh {
	if c.SessionExpires <= 0 {
		return dialog.Refresh{Every: -1}
	}
	return dialog.Refresh{Every: c.SessionExpires, Least: c.SessionLeast}
}
