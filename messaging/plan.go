package messaging

import (
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// arrived makes the drafts of an arrival: one, or two when both parties are ours. It fails with a *Refusal.
func (r *rules) arrived(s *Snapshot, p *passage, a *Arrival, c content) ([]Draft, error) {
	if c.class != ClassOrdinary && p.channel == ChannelAPI {
		return nil, refuse(CodeClassNotSupported, "T67", "body.class", "only texts are sent for programs", nil)
	}
	d := r.draft(p.own, p.direction, p.peer, c, a.At)
	d.Message.Channel, d.Message.Emergency = p.channel, p.urgent
	d.Key = p.key(p.direction, p.own, p.peer, a, keyText(&c))
	rule := r.table.of(p.direction, p.channel, p.path)
	if p.direction == Inbound {
		return r.inbound(s, p, a, d, c, rule)
	}
	if p.channel == ChannelAPI && !p.urgent {
		d.Guard, d.HeedStop = p.own.guard(), true
		if err := r.sendable(p.peer, p.own); err != nil {
			return nil, err
		}
	}
	if p.peerLine != nil {
		return r.between(s, p, a, d, c)
	}
	d.Message.State = StateSent // Where nothing is left to do the network has it.
	if slices.Contains(rule.To, ChannelNetwork) && a.Passes != ChannelNetwork {
		n, err := r.toNetwork(s, p, c, a.At)
		if err != nil {
			return nil, err
		}
		d.Message.State, d.Deliveries = StateAccepted, []NewDelivery{n}
	}
	return []Draft{d}, nil
}

// inbound completes the draft of what came in.
func (r *rules) inbound(s *Snapshot, p *passage, a *Arrival, d Draft, c content, rule Rule) ([]Draft, error) {
	d.Message.State = StateReceived
	d.Deliveries = r.deliveries(s, p.own, &d.Message, rule, p.connector)
	if c.class == ClassOrdinary {
		d.Stop = stopOf(c.text)
	} else {
		d.Deliveries = unchanged(d.Deliveries, c.raw, p.connector)
		if len(d.Deliveries) == 0 && p.path == PathInPath && a.Passes == "" {
			return nil, refuse(CodeClassNotSupported, "M6", "body.class", "this number has no handset that could take it", nil)
		}
	}
	d.Deliveries = slices.DeleteFunc(d.Deliveries, func(n NewDelivery) bool { return n.Channel == a.Passes })
	return []Draft{d}, nil
}

// unchanged keeps the deliveries to a handset, of what only a handset understands: it goes as it came, and where it came from an operator by that one.
func unchanged(ds []NewDelivery, raw *Body, by *Connector) []NewDelivery {
	ds = slices.DeleteFunc(ds, func(n NewDelivery) bool { return n.Channel != ChannelNative })
	for i := range ds {
		ds[i].Raw = raw
		if by.Role == RoleOperator {
			ds[i].Route = Route(by.ID)
		}
	}
	return ds
}

// between makes the two drafts of what a number of ours writes to another: nothing leaves.
func (r *rules) between(s *Snapshot, p *passage, a *Arrival, out Draft, c content) ([]Draft, error) {
	out.Message.State, out.Deliveries = StateDelivered, nil
	q := *p
	q.own, q.peer, q.direction, q.channel = p.peerLine, p.own.E164, Inbound, ChannelNetwork
	if !p.own.copied() || !p.peerLine.copied() || p.channel != ChannelNative {
		q.path = PathInPath // Somebody has to deliver it, and the operator will not.
	}
	in := r.draft(q.own, Inbound, q.peer, c, a.At)
	in.Message.Channel, in.Key = ChannelNetwork, p.key(Inbound, q.own, q.peer, a, keyText(&c))
	ins, err := r.inbound(s, &q, &Arrival{Passes: passedOn(a.Passes)}, in, c, r.table.of(Inbound, ChannelNetwork, q.path))
	return append([]Draft{out}, ins...), err
}

// passedOn is what a connector that passes a message on to the network passes it on to, when the network's end is a handset of ours.
func passedOn(c Channel) Channel {
	if c == ChannelNetwork {
		return ChannelNative
	}
	return c
}

// written makes the drafts of what somebody of ours wrote. It fails with a *Refusal.
func (r *rules) written(s *Snapshot, o *Outgoing, at time.Time) ([]Draft, error) {
	own := s.Line(o.Number)
	if own == nil || own.Account != o.Account || !r.table.writes(o.Channel) {
		return nil, refuse(CodeFromUnknown, "T67", "body.from", "this account has no such number to write from", nil)
	}
	to := r.address(o.To, own.Country)
	p := &passage{own: own, direction: Outbound, channel: o.Channel, path: PathInPath, peer: to, urgent: r.emergency(to, own.Country)}
	if err := r.readable(o.Body); err != nil {
		return nil, err
	}
	c := withText(content{}, o.Body)
	d := r.draft(own, Outbound, to, c, at)
	d.Message.Channel, d.Message.User, d.Message.Call, d.Message.Emergency = o.Channel, o.User, o.Call, p.urgent
	d.Message.State, d.Key = StateAccepted, o.key(Outbound, own, to, at)
	if !p.urgent {
		if err := r.sendable(to, own); err != nil {
			return nil, err
		}
		d.Guard, d.HeedStop, p.peerLine = own.guard(), true, s.Lines[to]
	}
	if p.peerLine != nil {
		return r.ours(s, p, o, d)
	}
	n, err := r.toNetwork(s, p, content{}, at)
	if err != nil {
		return nil, err
	}
	d.Deliveries = []NewDelivery{n}
	return []Draft{d}, nil
}

// ours makes the two drafts of what was written to another number of ours: nothing leaves.
func (r *rules) ours(s *Snapshot, p *passage, o *Outgoing, out Draft) ([]Draft, error) {
	at := out.Message.At
	in := r.draft(p.peerLine, Inbound, p.own.E164, withText(content{}, o.Body), at)
	in.Message.Channel, in.Message.State, in.Stop = ChannelNetwork, StateReceived, stopOf(o.Body)
	in.Key = o.key(Inbound, p.peerLine, p.own.E164, at)
	in.Deliveries = r.deliveries(s, p.peerLine, &in.Message, r.table.of(Inbound, ChannelNetwork, PathInPath), nil)
	out.Message.State, out.Key.Expects = StateDelivered, in.Key.Expects // Only the other handset's operator may tell of it.
	return []Draft{out, in}, nil
}

// readable refuses what is no text to send (SPEC L23).
func (r *rules) readable(body string) error {
	switch n := utf8.RuneCountInString(body); {
	case !utf8.ValidString(body) || containsControl(body):
		return refuse(CodeBodyInvalid, "M6", "body.body", "the text has characters that no message has", nil)
	case body == "":
		return refuse(CodeBodyRequired, "M1", "body.body", "the text is empty", nil)
	case n > longestBody:
		return refuse(CodeBodyTooLong, "L23", "body.body", "the text has "+strconv.Itoa(n)+" characters; 1600 are allowed",
			map[string]string{"characters": strconv.Itoa(n), "allowed": strconv.Itoa(longestBody)})
	}
	return nil
}

func containsControl(s string) bool {
	return slices.ContainsFunc([]rune(s), func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' && c != '\f' })
}

// sendable refuses whom nobody can write to.
func (r *rules) sendable(to Address, own *Line) error {
	if to == own.E164 {
		return refuse(CodeToSelf, "M1", "body.to", "a number does not write to itself", nil)
	}
	const shortest, longest = 3, 8 // of short codes; E.164 has up to 15 digits
	n := len(to)
	if k := to.Kind(); k == AddressName || k == AddressShort && (n < shortest || n > longest) || k == AddressInternational && (n < longest || n > 16) {
		return refuse(CodeToInvalid, "M1", "body.to", "nobody can be reached by this address", nil)
	}
	return nil
}

// draft is what all drafts have.
func (r *rules) draft(own *Line, d Direction, peer Address, c content, at time.Time) Draft {
	return Draft{Message: Message{
		ID: ID(r.newID("msg", at)), Account: own.Account, Number: own.Number, Own: own.E164, Peer: peer, Direction: d,
		Body: c.text, Encoding: c.encoding, Segments: max(c.segments, 1), Missing: c.missing, Class: c.class, At: at, UpdatedAt: at,
	}}
}

// keyText is what tells a message from others of the same parties.
func keyText(c *content) string {
	if c.class != ClassOrdinary && c.raw != nil {
		return string(c.raw.Octets) + "\x00" + string(c.raw.Raw)
	}
	return c.text
}

func (l *Line) guard() *Guard {
	if l.Guard == (Guard{}) {
		return nil
	}
	return new(l.Guard)
}
