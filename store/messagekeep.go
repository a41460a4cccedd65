package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// The states of a delivery.
const (
	sendWaiting    = "waiting"
	sendSubmitting = "submitting"
	sendInDoubt    = "in_doubt"
	sendSent       = "sent"
	sendDelivered  = "delivered"
	sendFailed     = "failed"
)

// keep adds a draft to what is written.
func (g *sheet) keep(d *messaging.Draft) (messaging.Stored, error) {
	msg := d.Message
	msg.Peer, msg.Body, msg.Reason = messaging.Address(text(string(msg.Peer))), text(msg.Body), messaging.Reason(text(string(msg.Reason)))
	msg.At, msg.UpdatedAt, msg.Place, msg.Seq = g.at(d), exact(g.t.now), 0, 0
	msg.Delivery = slices.Clone(msg.Delivery)
	first := len(msg.Delivery)
	for i := range d.Deliveries {
		n := &d.Deliveries[i]
		msg.Delivery = append(msg.Delivery, messaging.Attempted{Channel: n.Channel, Connector: connectorOf(n.Route), State: messaging.StateAccepted, At: msg.At})
	}
	kind := provisioning.MessageSent
	switch {
	case msg.Direction == messaging.Inbound:
		msg.State, kind = messaging.StateReceived, provisioning.MessageReceived
	case msg.State == "":
		msg.State = messaging.StateAccepted
	}
	out := messaging.Stored{}
	if msg.Class == messaging.ClassOrdinary {
		c := g.conversation(&msg)
		out.Existing = c.there || c.touched
		msg.Conversation = c.ID
		g.tellMessage(kind, &msg)
		g.touch(c, &msg)
	}
	for i := range d.Deliveries {
		if err := g.send(&msg, first+i, &d.Deliveries[i]); err != nil {
			return out, err
		}
	}
	g.messages = append(messageRow(g.messages, &msg), g.count(&msg))
	g.name(d, msg.ID)
	g.heed(d, &msg)
	out.Message = msg
	g.kept[msg.ID] = &out.Message
	return out, nil
}

// conversation is that of a message; where there is none it begins.
func (g *sheet) conversation(msg *messaging.Message) *conversation {
	pair := pairOf(msg.Number, msg.Peer)
	c := g.conversations[pair]
	if c == nil {
		c = &conversation{Conversation: messaging.Conversation{
			ID: messaging.ConversationID(routing.NewID("conv", msg.At)), Account: msg.Account, Number: msg.Number, Peer: msg.Peer, Open: true, CreatedAt: msg.At,
		}}
		g.conversations[pair] = c
	}
	return c
}

// touch makes a message the newest of its conversation. One that comes in opens it again.
func (g *sheet) touch(c *conversation, msg *messaging.Message) {
	c.touched, c.lastID, c.Last = true, msg.ID, msg
	if c.LastAt.Before(msg.At) {
		c.LastAt = msg.At
	}
	if msg.Direction == messaging.Outbound {
		if msg.Channel != messaging.ChannelFlow { // A flow's answer is nobody's.
			c.Unread = 0
		}
		return
	}
	c.Unread++
	if c.Open {
		return
	}
	c.Open = true
	c.OptedOut = g.stops[pairOf(c.Number, c.Peer)]
	g.tellConversation(provisioning.ConversationReopened, &c.Conversation)
}

// count is which message of its number an outbound one is, from 1; 0: it is inbound.
func (g *sheet) count(msg *messaging.Message) int64 {
	if msg.Direction != messaging.Outbound {
		return 0
	}
	y := g.tallies[msg.Number]
	if y == nil {
		y = &tally{}
		g.tallies[msg.Number] = y
	}
	y.now = append(y.now, msg.At)
	return y.before + int64(len(y.now))
}

// heed keeps what the other says of wanting messages.
func (g *sheet) heed(d *messaging.Draft, msg *messaging.Message) {
	pair := pairOf(msg.Number, msg.Peer)
	switch d.Stop {
	case messaging.StopNothing:
	case messaging.StopAdd:
		g.stops[pair] = true
		number, peer, word, at := string(msg.Number), string(msg.Peer), msg.Body, millis(msg.At)
		g.said = append(g.said, func(ctx context.Context) error { return g.m.stop.exec(ctx, g.t, pair, number, peer, word, at) })
	case messaging.StopRemove:
		delete(g.stops, pair)
		g.said = append(g.said, func(ctx context.Context) error { return g.m.start.exec(ctx, g.t, pair) })
	}
}

// send adds a delivery.
func (g *sheet) send(msg *messaging.Message, at int, n *messaging.NewDelivery) error {
	raw := []byte{}
	if n.Raw != nil {
		var err error
		if raw, err = json.Marshal(n.Raw); err != nil {
			return fmt.Errorf("delivery of %s: %w", msg.ID, err)
		}
	}
	lane := text(n.Lane)
	head := !g.heads[lane]
	g.heads[lane] = true
	g.routes[n.Route] = true
	now := g.t.now.UnixMilli()
	g.sends = append(
		g.sends, int64(0), string(msg.ID), int64(at), string(msg.Account), string(n.Channel), text(string(n.Route)), lane, text(string(n.From)),
		text(string(n.To)), n.IMSI, raw, n.Receipt, sendWaiting, head, "", int64(0), false, now, int64(0), "", millis(n.Until), now, int64(0), int64(0), int64(0),
		pendingOf(n.Route, n.To, n.From),
	)
	return nil
}

func messageRow(to []any, msg *messaging.Message) []any {
	return append(
		to, string(msg.ID), msg.Place, string(msg.Account), string(msg.Number), text(string(msg.Own)), string(msg.Peer), string(msg.Conversation),
		string(msg.Direction), string(msg.Channel), string(msg.User), msg.Call, msg.Body, msg.Encoding, string(msg.Class), int64(msg.Segments), int64(msg.Missing), msg.Emergency,
		string(msg.State), string(msg.Reason), attempts(msg), millis(msg.At), millis(msg.UpdatedAt), msg.Seq,
	)
}

func attempts(msg *messaging.Message) string {
	if len(msg.Delivery) == 0 {
		return "[]"
	}
	return toJSON(msg.Delivery)
}

func conversationRow(to []any, pair string, c *conversation) []any {
	return append(
		to, string(c.ID), pair, string(c.Account), string(c.Number), string(c.Peer), c.Open, string(c.Assignee), int64(c.Unread), string(c.lastID),
		millis(c.LastAt), millis(c.CreatedAt),
	)
}

// write writes everything; events come last.
func (g *sheet) write(ctx context.Context) error {
	var rows, sent []any
	for pair, c := range g.conversations {
		if c.touched {
			rows = conversationRow(rows, pair, c)
		}
	}
	for n, y := range g.tallies {
		if len(y.now) > 0 {
			sent = append(sent, string(n), y.before+int64(len(y.now)))
		}
	}
	if err := g.number(ctx); err != nil {
		return err
	}
	for _, part := range []struct {
		into   *inserter
		values []any
	}{
		{g.m.messages, g.messages},
		{g.m.conversations, rows},
		{g.m.keys, lastOf(g.names)},
		{g.m.prints, g.printRows()},
		{g.m.sends, g.sends},
		{g.m.tallies, sent},
	} {
		if err := part.into.insert(ctx, g.t, part.values); err != nil {
			return err
		}
	}
	for _, do := range g.said {
		if err := do(ctx); err != nil {
			return fmt.Errorf("list of those who want none: %w", err)
		}
	}
	return g.m.store.events.append(ctx, g.t, g.news)
}

// number gives the deliveries their ids.
func (g *sheet) number(ctx context.Context) error {
	width := g.m.sends.table.width
	n := int64(len(g.sends) / width)
	if n == 0 {
		return nil
	}
	var last int64
	if err := g.m.sendIDs.row(ctx, g.t, n).Scan(&last); err != nil {
		return fmt.Errorf("ids of deliveries: %w", err)
	}
	for i := range n {
		g.sends[int(i)*width] = last - n + 1 + i
	}
	return nil
}
