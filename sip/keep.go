package sip

import (
	"tandem/sip/dialog"
	"tandem/sip/transport"
)

// refreshOf is the session timer of a call with a trunk, or, with none, with a device of that network. A browser has none: its page may sleep, and the end of
// its connection tells more.
func (s *Stack) refreshOf(id TrunkID, n transport.Network) dialog.Refresh {
	if n == transport.WS || n == transport.WSS {
		return dialog.Refresh{Every: -1}
	}
	if t := s.book.Load().trunks[id]; t != nil && t.Refresh != (dialog.Refresh{}) {
		return t.Refresh
	}
	return s.cfg.Refresh
}
