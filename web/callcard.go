package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// cardHistory is how many things that passed with somebody a card shows.
const cardHistory = 3

// callCard is what one wants to know of a call before one answers it.
type callCard struct {
	CallID    string       `json:"call_id"`
	Number    *reference   `json:"number" doc:"Ours, that was called or is shown."`
	Peer      string       `json:"peer" doc:"The other's number, or extension."`
	Display   string       `json:"peer_display"`
	Anonymous bool         `json:"anonymous"`
	Contact   *cardContact `json:"contact" doc:"null: not known, or not for who asks."`
	Colleague *reference   `json:"colleague" doc:"The user who is at the other end of an internal call."`

	Path      []ivrChoice `json:"path" doc:"What they chose in menus, in turn."`
	Inputs    []callInput `json:"inputs" doc:"What they typed; dots where it is sensitive."`
	QueuedAt  *string     `json:"queued_at" format:"date-time"`
	Waited    float64     `json:"wait_seconds" doc:"In the queue, or else since the call began, up to the answer or to now."`
	StartedAt string      `json:"started_at" format:"date-time"`

	History        []itemObject `json:"history" doc:"The last three things that passed with them before this call, on any line that who asks sees: newest first."`
	ConversationID *string      `json:"conversation_id" doc:"Theirs with this number; null: there is none."`
}

// cardContact is a contact as a card shows it.
type cardContact struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Company string   `json:"company"`
	VIP     bool     `json:"vip"`
	TagIDs  []string `json:"tag_ids"`
	Note    string   `json:"note"`
}

type cardAnswer struct{ Body callCard }

func (s *Server) cardAPI(a huma.API) {
	huma.Get(a, "/api/v1/calls/{id}/card", s.showCard,
		operation("calls", "get-call-card", "Shows what one wants to know of a call before one answers", provisioning.CallsRead, http.StatusNotFound))
}

func (s *Server) showCard(ctx context.Context, p *callPath) (*cardAnswer, error) {
	c, err := s.detail(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	t, r := s.teller(), c.Record
	whole := t.object(c, time.Now())
	out := callCard{
		CallID: whole.ID, Number: whole.Number, Peer: r.From, Display: whole.FromDisplay, Anonymous: r.Anonymous, Path: whole.IVR, Inputs: whole.Inputs, QueuedAt: whole.QueuedAt,
		Waited: whole.WaitSeconds, StartedAt: whole.StartedAt, History: []itemObject{},
	}
	if r.Direction == routing.Outbound {
		out.Peer, out.Display = r.To, whole.ToDisplay
	}
	switch {
	case r.Direction == routing.Internal:
		out.Colleague = numberAsTyped(st, r.Account, out.Peer).User
	case r.Anonymous && r.Direction == routing.Inbound: // nobody may know who it is
		out.Peer, out.Display = "", ""
	default:
		if err := s.fillCard(ctx, st, r, &out); err != nil {
			return nil, err
		}
	}
	return &cardAnswer{Body: out}, nil
}

// fillCard adds what is known of somebody outside.
func (s *Server) fillCard(ctx context.Context, st *provisioning.State, r *routing.CallRecord, out *callCard) error {
	me := who(ctx)
	peers := []routing.E164{routing.E164(out.Peer)}
	if c := st.Contact(r.Account, peers[0]); c != nil {
		const most = 5
		peers = c.Numbers[:min(len(c.Numbers), most)]
		if bool(me.may(provisioning.ContactsRead)) {
			out.Contact = &cardContact{ID: c.ID, Name: c.Name, Company: c.Company, VIP: c.VIP, TagIDs: texts(c.Tags), Note: c.Note}
		}
	}
	var err error
	if out.History, err = s.callsWith(ctx, r, peers); err != nil {
		return err
	}
	if s.rooms.Messages != nil && bool(me.may(provisioning.MessagesRead)) {
		if err = s.cardMessages(ctx, r, peers, out); err != nil {
			return err
		}
	}
	slices.SortFunc(out.History, func(a, b itemObject) int {
		if a.At < b.At {
			return 1
		}
		return -1
	})
	out.History = out.History[:min(len(out.History), cardHistory)]
	return nil
}

// callsWith are the last calls with somebody before a call, on the lines that who asks sees (SPEC L16).
func (s *Server) callsWith(ctx context.Context, r *routing.CallRecord, peers []routing.E164) ([]itemObject, error) {
	out, t, now := []itemObject{}, s.teller(), time.Now()
	for _, p := range peers {
		f := provisioning.CallFilter{Account: r.Account, Within: s.linesOf(who(ctx)), Until: r.StartedAt, Limit: cardHistory + 1}
		from, to := f, f
		from.From, to.To = string(p), string(p)
		for _, one := range []provisioning.CallFilter{from, to} {
			page, err := s.rooms.Book.Calls(ctx, one)
			if err != nil {
				return nil, s.failed(ctx, "list the last calls", err)
			}
			for _, c := range page.Calls {
				if c.ID != r.ID && (!c.Anonymous || c.Direction != routing.Inbound) {
					out = append(out, itemObject{Type: "call", At: *stamp(c.StartedAt), Call: new(t.summary(c, c.Status, now))})
				}
			}
		}
	}
	return out, nil
}

// cardMessages adds the last messages, and the conversation.
func (s *Server) cardMessages(ctx context.Context, r *routing.CallRecord, peers []routing.E164, out *callCard) error {
	account, seen := messaging.AccountID(r.Account), s.numbersSeen(who(ctx), "")
	page, err := s.rooms.Messages.Messages(ctx, messaging.Filter{Account: account, Numbers: seen, Peers: addressesOf(peers), Until: r.StartedAt, Limit: cardHistory})
	if err != nil {
		return s.failed(ctx, "list the last messages", err)
	}
	t := s.teller()
	for i := range page.Messages {
		m := &page.Messages[i]
		out.History = append(out.History, itemObject{Type: "message", At: *stamp(m.At), Message: new(t.MessageEntry(m))})
	}
	if r.NumberID == "" || seen != nil && !slices.Contains(seen, messaging.NumberID(r.NumberID)) {
		return nil
	}
	talks, err := s.rooms.Messages.Conversations(ctx, messaging.ConversationFilter{
		Account: account, Numbers: []messaging.NumberID{messaging.NumberID(r.NumberID)}, Peers: addressesOf(peers), Limit: cardHistory,
	})
	if err != nil {
		return s.failed(ctx, "find the conversation of a call", err)
	}
	if len(talks.Conversations) > 0 {
		out.ConversationID = new(string(talks.Conversations[0].ID))
	}
	return nil
}
