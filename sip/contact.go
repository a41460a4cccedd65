package sip

import (
	"fmt"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/registrar"
)

// Contacts lists where a device can be reached now, newest first. Several ways to one device (RFC 5626) are one Contact: it rings once.
func (s *Stack) Contacts(aor message.AOR) []Contact {
	var list []Contact
	first := map[string]int{}
	for _, b := range s.registrar.Contacts(aor) {
		c := contactOf(aor, b)
		if !b.Numbered() {
			list = append(list, c)
			continue
		}
		if i, known := first[b.Instance]; known {
			list[i].Others = append(list[i].Others, c)
			continue
		}
		first[b.Instance] = len(list)
		list = append(list, c)
	}
	return list
}

func contactOf(aor message.AOR, b registrar.Binding) Contact {
	return Contact{AOR: aor, URI: b.URI, Target: b.Target, Expires: b.Expires, Agent: b.Agent, Path: b.Path, Instance: b.Instance, Since: b.Since}
}

// hopTo is the way to a contact: by its Path (RFC 3327 section 5.2), on the flow that it registered by. The flow is kept here under a number that no message
// ever carries, as we are the registrar and its only edge: there is no token of ours that could be forged (RFC 5626 section 5.2). What a Path says is a Route for
// whoever is at the other end of that flow; it never chooses where the request is sent.
func hopTo(c Contact) (dialog.Hop, error) {
	uri, err := message.ParseURI(c.URI)
	if err != nil {
		return dialog.Hop{}, fmt.Errorf("contact: %w", err)
	}
	var route []gosip.Uri
	for _, p := range c.Path {
		u, err := message.ParseURI(p)
		if err != nil {
			return dialog.Hop{}, fmt.Errorf("path: %w", err)
		}
		route = append(route, u)
	}
	return dialog.Hop{Target: c.Target, URI: uri, Route: route}, nil
}
