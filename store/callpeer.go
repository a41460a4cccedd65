package store

import (
	"context"

	"tandem/messaging"
	"tandem/routing"
)

// laterConversation lets a later call touch a conversation, and leaves everything else of it as it is.
const laterConversation = `(pair) DO UPDATE SET last_at = excluded.last_at WHERE conversations.last_at < excluded.last_at`

// converse makes or touches the conversations of calls that are over: of each pair of a number of ours and somebody outside one (SPEC L18). They are written under the
// row that gives events their places, as all writers of conversations do: so none waits for another that waits for it.
func (b *book) converse(ctx context.Context, t tx, ended []finished) error {
	latest := map[string]*routing.CallRecord{}
	for _, f := range ended {
		pair := spokenPair(f.call)
		if before := latest[pair]; pair != "" && (before == nil || before.EndedAt.Before(f.call.EndedAt)) {
			latest[pair] = f.call
		}
	}
	if len(latest) == 0 {
		return nil
	}
	if _, err := b.log.hold(ctx, t); err != nil {
		return err
	}
	rows := make([]any, 0, len(latest)*b.conversations.table.width)
	for pair, c := range latest {
		rows = conversationRow(rows, pair, &conversation{Conversation: messaging.Conversation{
			ID: messaging.ConversationID(routing.NewID("conv", c.EndedAt)), Account: messaging.AccountID(c.Account), Number: messaging.NumberID(c.NumberID),
			Peer: callPeer(c), Open: true, LastAt: c.EndedAt, CreatedAt: c.StartedAt,
		}})
	}
	return b.conversations.insert(ctx, t, rows)
}

// callPeer is the party outside of a call.
func callPeer(c *routing.CallRecord) messaging.Address {
	if c.Direction == routing.Outbound {
		return messaging.Address(text(c.To))
	}
	return messaging.Address(text(c.From))
}

// spokenPair names the conversation that a call belongs to; empty: it belongs to none.
func spokenPair(c *routing.CallRecord) string {
	if c.NumberID == "" || c.Direction == routing.Internal || c.Anonymous && c.Direction == routing.Inbound {
		return ""
	}
	peer := callPeer(c)
	if peer.Kind() == messaging.AddressName {
		return ""
	}
	return pairOf(messaging.NumberID(c.NumberID), peer)
}
