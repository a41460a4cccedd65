package routing

import (
	"fmt"
	"strings"

	"tandem/sip/message"
)

// move calls another device of a user so that it takes their place in the call. It returns once that device is called: until it picks up, the call goes on where
// it is.
func (c *call) move(m Move) error {
	var err error
	found := c.withLeg(m.By, func(l *leg) { err = c.moveLeg(l, m) })
	if found != nil {
		return found
	}
	return err
}

func (c *call) moveLeg(l *leg, m Move) error {
	if l.heir != nil {
		return ErrMoving
	}
	u := c.sw.dir.Snapshot().Users[m.By]
	if u == nil || c.other(l) == nil {
		return ErrNotTheirs
	}
	for _, d := range u.Devices {
		if d.ID != m.Device {
			continue
		}
		for _, contact := range c.sw.wire.contacts(message.AOR(strings.ToLower(d.AOR))) {
			if m.Instance != "" && !strings.EqualFold(contact.Instance, m.Instance) {
				continue
			}
			if err := c.callHeir(l, target{d, contact}); err != nil {
				return fmt.Errorf("%w: it cannot be called", ErrRefused)
			}
			return nil
		}
	}
	return ErrNoDevice
}
