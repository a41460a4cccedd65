package routing

import "time"

// timelineMost bounds the timeline of a call: a caller can press keys for hours.
const timelineMost = 500

// note puts what happened on the timeline, for people; pairs are the names and values of its arguments.
func (c *call) note(kind string, l *leg, pairs ...string) {
	item := TimelineItem{Type: kind}
	if l != nil {
		item.Leg = l.rec.ID
		if l.user != nil {
			item.User = l.user.ID
		}
	}
	if len(pairs) > 1 {
		item.Args = make(map[string]string, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			item.Args[pairs[i]] = pairs[i+1]
		}
	}
	c.addItem(item)
}

func (c *call) addItem(item TimelineItem) {
	if len(c.rec.Timeline) >= timelineMost || c.linger.recorded {
		return
	}
	if c.rec.Timeline == nil {
		const usual = 8
		c.rec.Timeline = make([]TimelineItem, 0, usual)
	}
	item.At, item.Seq = time.Now(), len(c.rec.Timeline)+1
	c.rec.Timeline = append(c.rec.Timeline, item)
	c.tell(&c.rec.Timeline[len(c.rec.Timeline)-1])
}
