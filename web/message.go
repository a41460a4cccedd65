package web

import (
	"tandem/messaging"
	"tandem/routing"
)

// MessageEntry is a message in a list.
type MessageEntry struct {
	ID             string     `json:"id" example:"msg_01JD3Q4V9M6Z0Y8K2T7RBN5XHC"`
	AccountID      string     `json:"account_id"`
	ConversationID string     `json:"conversation_id" doc:"One of the ids of its conversation."`
	Number         *reference `json:"number" doc:"Ours."`
	Contact        *reference `json:"contact" doc:"The account's contact with the other number."`
	Direction      string     `json:"direction" enum:"inbound,outbound"`
	Channel        string     `json:"channel" enum:"network,native,workspace,cti,app,api,flow,sip_phone" doc:"That it came from: network is somebody outside, native the handset's own messaging."`
	User           *reference `json:"user" doc:"Who wrote it; null: somebody outside, or a program."`
	CallID         *string    `json:"call_id" doc:"The call whose flow sent it."`
	From           string     `json:"from"`
	To             string     `json:"to"`
	FromDisplay    string     `json:"from_display" doc:"From, for people."`
	ToDisplay      string     `json:"to_display" doc:"To, for people."`
	Body           string     `json:"body"`
	Encoding       string     `json:"encoding" enum:"gsm7,ucs2"`
	Segments       int        `json:"segments"`
	Missing        int        `json:"missing_segments" doc:"Segments that never came: the text has a gap."`
	Emergency      bool       `json:"emergency" doc:"To an emergency number."`
	State          string     `json:"state" enum:"received,accepted,sent,unknown,delivered,failed" doc:"accepted: we have it, for good; sent: the network has it; delivered: the other's phone has it; unknown: it was perhaps sent when a line went down."`
	Reason         *string    `json:"reason" doc:"Why it failed, or is in doubt: a word of ours such as absent or expired, or a network's own such as smpp_0x00000045."`
	CreatedAt      string     `json:"created_at" format:"date-time"`
	UpdatedAt      string     `json:"updated_at" format:"date-time"`
	Place          int64      `json:"place" doc:"In the one order of messages that every channel agrees on."`
	Seq            int64      `json:"seq" doc:"Rises with each event about it."`
}

// messageObject is one message with everything.
type messageObject struct {
	MessageEntry

	Deliveries []deliveredObject `json:"deliveries" doc:"What became of it on each channel that it is delivered to. Screens and programs are not: they read it here, and hear of it by events."`
}

// deliveredObject is what became of a message on one channel.
type deliveredObject struct {
	Channel   string     `json:"channel" enum:"network,native,sip_phone"`
	Connector *reference `json:"connector" doc:"By which it goes."`
	State     string     `json:"state" enum:"received,accepted,sent,unknown,delivered,failed"`
	Reason    *string    `json:"reason"`
	At        string     `json:"at" format:"date-time"`
	Tries     int        `json:"tries"`
	Repeated  bool       `json:"repeated" doc:"It was in doubt and was sent again: the other may have it twice."`
}

// messageChange is what an event says happened to a message.
type messageChange struct {
	State  string  `json:"state" doc:"Its state since then."`
	Reason *string `json:"reason"`
}

// contactAt is the account's contact with a number.
func (t teller) contactAt(account messaging.AccountID, peer messaging.Address) *reference {
	if a := t.names.Accounts[routing.AccountID(account)]; a != nil {
		if c := a.Contacts[routing.E164(peer)]; c != nil {
			return &reference{ID: c.ID, Name: c.Name}
		}
	}
	return nil
}

// MessageEntry tells a message for a list.
func (t teller) MessageEntry(m *messaging.Message) MessageEntry {
	country := t.country(routing.AccountID(m.Account))
	from, to := m.Own, m.Peer
	if m.Direction == messaging.Inbound {
		from, to = m.Peer, m.Own
	}
	out := MessageEntry{
		ID: string(m.ID), AccountID: string(m.Account), ConversationID: string(m.Conversation), Number: t.numberNamed(routing.NumberID(m.Number)),
		Contact: t.contactAt(m.Account, m.Peer), Direction: string(m.Direction), Channel: string(m.Channel), User: t.userNamed(routing.UserID(m.User)),
		From: string(from), To: string(to), FromDisplay: display(string(from), country), ToDisplay: display(string(to), country), Body: m.Body,
		Encoding: m.Encoding, Segments: m.Segments, Missing: m.Missing, Emergency: m.Emergency, State: string(m.State), Reason: reasonOf(m.Reason),
		CreatedAt: *stamp(m.At), UpdatedAt: *stamp(first(m.UpdatedAt, m.At)), Place: m.Place, Seq: m.Seq,
	}
	if m.Call != "" {
		out.CallID = &m.Call
	}
	return out
}

// message tells a message with everything. connectors are names by id.
func (t teller) message(m *messaging.Message, connectors func(messaging.ConnectorID) *reference) messageObject {
	out := messageObject{MessageEntry: t.MessageEntry(m), Deliveries: make([]deliveredObject, 0, len(m.Delivery))}
	for _, d := range m.Delivery {
		out.Deliveries = append(out.Deliveries, deliveredObject{
			Channel: string(d.Channel), Connector: connectors(d.Connector), State: string(d.State), Reason: reasonOf(d.Reason), At: *stamp(first(d.At, m.At)),
			Tries: d.Tries, Repeated: d.Repeated,
		})
	}
	return out
}

func reasonOf(r messaging.Reason) *string {
	if r == "" {
		return nil
	}
	return new(string(r))
}

// connectorNamed finds a connector by its id.
func (s *Server) connectorNamed(id messaging.ConnectorID) *reference {
	if id == "" {
		return nil
	}
	out := &reference{ID: string(id)}
	if s.rooms.Lines == nil {
		return out
	}
	if c := s.rooms.Lines.Post().Connectors[id]; c != nil {
		out.Name = c.Name
	}
	return out
}
