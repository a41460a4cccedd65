package provisioning

import (
	"encoding/json"
	"strings"

	"tandem/messaging"
	"tandem/routing"
)

// The types of the events of messages and conversations.
const (
	MessageSent          = "message.sent"     // one that goes out was taken
	MessageReceived      = "message.received" // one came in
	MessageUpdated       = "message.status_updated"
	ConversationAssigned = "conversation.assigned"
	ConversationClosed   = "conversation.closed"
	ConversationReopened = "conversation.reopened"
	ConversationRead     = "conversation.read"
)

// MessageNews is an event of a message, as the message is then.
func MessageNews(eventType string, m *messaging.Message) Event {
	data, err := json.Marshal(m)
	if err != nil {
		data = json.RawMessage("{}") // It has nothing that does not marshal.
	}
	return Event{
		Type: eventType, Account: routing.AccountID(m.Account), Subject: string(m.ID), Seq: m.Seq, At: m.UpdatedAt, Data: data, message: m,
	}
}

// ConversationNews is an event of a conversation, as the conversation is then. Its time is for the caller to say.
func ConversationNews(eventType string, c *messaging.Conversation) Event {
	data, err := json.Marshal(c)
	if err != nil {
		data = json.RawMessage("{}")
	}
	return Event{Type: eventType, Account: routing.AccountID(c.Account), Subject: string(c.ID), Data: data, conversation: c}
}

// Message is the message that the event is about, as it was then; false: it is about none. Nobody may change it. One that the log gave its place with this
// very event does not know it yet: its place is the event's.
func (e Event) Message() (*messaging.Message, bool) {
	if e.message == nil && strings.HasPrefix(e.Type, "message.") {
		m := &messaging.Message{}
		if err := json.Unmarshal(e.Data, m); err == nil && m.ID != "" {
			e.message = m
		}
	}
	return e.message, e.message != nil
}

// Conversation is the conversation that the event is about, as it was then; false: it is about none. Nobody may change it.
func (e Event) Conversation() (*messaging.Conversation, bool) {
	if e.conversation == nil && strings.HasPrefix(e.Type, "conversation.") {
		c := &messaging.Conversation{}
		if err := json.Unmarshal(e.Data, c); err == nil && c.ID != "" {
			e.conversation = c
		}
	}
	return e.conversation, e.conversation != nil
}

// Opened is the event with what it says read once for all who ask it.
func (e Event) Opened() Event {
	e.message, _ = e.Message()
	e.conversation, _ = e.Conversation()
	return e
}
