package flow

import "tandem/routing/calendar"

// ruleConfig writes the config of the nodes that decide, ask or keep something.
func (n *Node) ruleConfig(c map[string]any) {
	text := func(key, s string) {
		if s != "" {
			c[key] = s
		}
	}
	switch n.Kind() {
	case KindTimeRule:
		text("timezone", n.TimeRule.Timezone)
		c["branches"] = n.TimeRule.written()
	case KindDateRule:
		text("timezone", n.DateRule.Timezone)
		c["date"] = n.DateRule.Date
	case KindCallerRule:
		c["branches"] = n.CallerRule.written()
	case KindSplit:
		all := make([]map[string]any, 0, len(n.Split.Branches))
		for _, b := range n.Split.Branches {
			all = append(all, map[string]any{"id": b.ID, "title": b.Title, "percent": b.Percent})
		}
		c["branches"] = all
	case KindInput:
		v := n.Input
		c["audio"], c["timeout_seconds"], c["attempts"] = v.Audio, v.TimeoutSeconds, v.Attempts
		c["length"], c["display_to_agent"], c["end_key"] = v.Length, v.Display, "none"
		if v.EndKey != 0 {
			c["end_key"] = string(rune(v.EndKey))
		}
		text("retry", string(v.Retry))
	case KindRingToAPI:
		n.RingToAPI.write(c)
	case KindSendSMS:
		c["text"] = n.SendSMS.Text
		text("from", string(n.SendSMS.From))
		text("to", n.SendSMS.To)
	case KindSet:
		n.Set.write(c)
	case KindAudioMessage, KindIVR, KindWaiting, KindRingTo, KindRedirect, KindVoicemail, KindHangup:
	}
}

func (r *TimeRule) written() []map[string]any {
	all := make([]map[string]any, 0, len(r.Branches))
	for _, b := range r.Branches {
		slots := b.Slots
		if slots == nil {
			slots = []calendar.Slot{}
		}
		all = append(all, map[string]any{"id": b.ID, "title": b.Title, "slots": slots})
	}
	return all
}

func (r *CallerRule) written() []map[string]any {
	all := make([]map[string]any, 0, len(r.Branches))
	for _, b := range r.Branches {
		m := b.Match
		match := make(map[string]any)
		put := func(key string, said bool, v any) {
			if said {
				match[key] = v
			}
		}
		put("prefixes", len(m.Prefixes) > 0, m.Prefixes)
		put("countries", len(m.Countries) > 0, m.Countries)
		put("anonymous", m.Anonymous, true)
		put("tags", len(m.Tags) > 0, m.Tags)
		put("vip", m.VIP, true)
		put("blocked", m.Blocked, true)
		put("returns_in_days", m.ReturnsInDays != 0, m.ReturnsInDays)
		put("last_users", len(m.LastUsers) > 0, m.LastUsers)
		all = append(all, map[string]any{"id": b.ID, "title": b.Title, "match": match})
	}
	return all
}

func (r *RingToAPI) write(c map[string]any) {
	c["url"], c["timeout_seconds"], c["ring_for_seconds"], c["ring_even_if_busy"] = r.URL, r.TimeoutSeconds, r.RingForSeconds, r.EvenIfBusy
	target := make(map[string]any)
	for _, each := range []struct{ key, path string }{{"user", r.User}, {"team", r.Team}, {"number", r.Number}, {"external", r.External}} {
		if each.path != "" {
			target[each.key] = each.path
		}
	}
	if len(target) > 0 {
		c["target"] = target
	}
}

func (s *Set) write(c map[string]any) {
	if len(s.Tags) > 0 {
		c["tags"] = s.Tags
	}
	if len(s.Variables) > 0 {
		c["variables"] = s.Variables
	}
	if s.Priority != nil {
		c["priority"] = *s.Priority
	}
	if s.Language != "" {
		c["language"] = s.Language
	}
}
