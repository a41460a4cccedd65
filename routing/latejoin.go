package routing

import "slices"

// phoneOn says that a handset was switched on.
type phoneOn struct{ number E164 }

func (phoneOn) own() {}

// joinLate rings a handset that was switched on while its user's other devices ring: once, and only where it was off before.
func (c *call) joinLate(number E164) {
	if c.stage == over {
		return
	}
	for _, f := range slices.Clone(c.forks) {
		h := f.handset
		if h == nil || h.number.E164 != number || h.leg != nil || h.joined || slices.Contains(c.declined, h.user.ID) {
			continue
		}
		if h.state != HandsetOff && h.state != HandsetUnreachable {
			continue
		}
		h.joined = true
		c.addItem(TimelineItem{Type: "handset_joined", User: h.user.ID})
		c.dialHandset(f, h)
		c.publish()
	}
}
