package messaging

import (
	"maps"
	"slices"
	"time"
)

// PhoneRoute is the route of a registered SIP phone.
func PhoneRoute(aor string) Route { return Route(phonePrefix + aor) }

// phonePrefix begins the route, and the lane, of a SIP phone.
const phonePrefix = "phone:"

// NativeLane is the lane of everything that goes to the handset of a number.
func NativeLane(number Address) string { return "native:" + string(number) }

func networkLane(own, peer Address) string { return "net:" + string(own) + ":" + string(peer) }

// toNetwork is the delivery of an outbound message. It fails with a *Refusal.
func (r *rules) toNetwork(s *Snapshot, p *passage, c content, at time.Time) (NewDelivery, error) {
	n := NewDelivery{Channel: ChannelNetwork, Lane: networkLane(p.own.E164, p.peer), From: p.own.E164, To: p.peer, Receipt: true}
	var by *Connector
	switch {
	case p.urgent:
		if by = s.urgentWay(p); by == nil {
			return n, refuse(CodeEmergencyNoRoute, "O4", "body.to", "only the operator of the number carries this, and it has none", nil)
		}
		n.Raw = c.raw
	case c.class != ClassOrdinary:
		by, n.Raw = p.connector, c.raw // Only the operator understands what its handsets say beside texts.
	default:
		if by = s.way(p.own); by == nil {
			if by = p.connector; by == nil || by.Role != RoleOperator {
				return n, refuse(CodeNoRoute, "M1", "body.from", "this number has no connector that its messages could leave by", nil)
			}
		}
	}
	n.Route, n.Until = Route(by.ID), at.Add(by.keep())
	return n, nil
}

// way finds the connector that a number's messages leave by; nil: there is none.
func (s *Snapshot) way(l *Line) *Connector {
	if c := s.Connectors[l.Route]; c != nil && c.serves(l) {
		return c
	}
	return nil
}

// urgentWay finds the connector that an emergency number's messages leave by: the operator's own, never a carrier's, unless it is marked for it (SPEC O4).
func (s *Snapshot) urgentWay(p *passage) *Connector {
	candidates := []ConnectorID{p.own.Route}
	if p.connector != nil {
		candidates = []ConnectorID{p.connector.ID, p.own.Route}
	}
	if p.own.Native != nil {
		candidates = append(candidates, p.own.Native.Ways...)
	}
	for _, id := range candidates {
		if c := s.Connectors[id]; c != nil && c.serves(p.own) && (c.Role == RoleOperator || c.Emergency) {
			return c
		}
	}
	return nil
}

// deliveries are those of an inbound message, as a rule says. by is the connector that it came by; nil: none.
func (r *rules) deliveries(s *Snapshot, l *Line, m *Message, rule Rule, by *Connector) []NewDelivery {
	var out []NewDelivery
	base := NewDelivery{From: m.Peer, To: l.E164}
	for _, c := range rule.To {
		n := base
		n.Channel = c
		switch c {
		case ChannelNative:
			out = appendNative(out, s, l, n, by, m.At)
		case ChannelSIPPhone:
			for _, aor := range l.Phones {
				n.Route, n.Lane, n.Until = PhoneRoute(aor), phonePrefix+aor, m.At.Add(defaultKeep)
				out = append(out, n)
			}
		case ChannelAPI:
			out = appendPrograms(out, s, l, n, m.At)
		case ChannelNetwork, ChannelWorkspace, ChannelCTI, ChannelApp, ChannelFlow: // Read the store, or are nobody's of an inbound message.
		}
	}
	return out
}

func appendNative(out []NewDelivery, s *Snapshot, l *Line, n NewDelivery, by *Connector, at time.Time) []NewDelivery {
	if l.Native == nil {
		return out
	}
	c := s.nextWay(l, "")
	if c == nil && by != nil && by.Role == RoleOperator {
		c = by
	}
	if c == nil {
		return out
	}
	n.Route, n.Lane, n.IMSI, n.Until, n.Receipt = Route(c.ID), NativeLane(l.E164), l.Native.IMSI, at.Add(c.keep()), true
	return append(out, n)
}

// nextWay finds the way to a handset that is tried after one; after "" the first. nil: there is no other.
func (s *Snapshot) nextWay(l *Line, after ConnectorID) *Connector {
	ways := l.Native.Ways
	if i := slices.Index(ways, after); after != "" && i < 0 {
		return nil
	} else if after != "" {
		ways = ways[i+1:]
	}
	for _, id := range ways {
		if c := s.Connectors[id]; c != nil && c.serves(l) {
			return c
		}
	}
	return nil
}

// appendPrograms adds the programs that read for a number by a connector of their own.
func appendPrograms(out []NewDelivery, s *Snapshot, l *Line, n NewDelivery, at time.Time) []NewDelivery {
	for _, id := range slices.Sorted(maps.Keys(s.Connectors)) {
		c := s.Connectors[id]
		if c.Role != RoleProgram || !c.serves(l) || !c.has(l.Number) {
			continue
		}
		n.Route, n.Lane, n.Until = Route(id), "api:"+string(id)+":"+string(l.E164), at.Add(c.keep())
		out = append(out, n)
	}
	return out
}

// keep is for how long a message is tried.
func (c *Connector) keep() time.Duration {
	if c.Keep <= 0 {
		return defaultKeep
	}
	return c.Keep
}
