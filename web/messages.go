package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// messagesQuery picks messages.
type messagesQuery struct {
	Limit          int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor         string    `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Order          string    `query:"order" enum:"asc,desc" default:"desc" doc:"By their one order: desc gives the newest first."`
	Count          bool      `query:"count" doc:"Counts all that match, in total_count."`
	CreatedAfter   time.Time `query:"created_after" doc:"Taken at this time or later."`
	CreatedBefore  time.Time `query:"created_before" doc:"Taken before this time."`
	UpdatedAfter   time.Time `query:"updated_after" doc:"Changed last at this time or later."`
	AccountID      string    `query:"account_id" maxLength:"64"`
	NumberID       string    `query:"number_id" maxLength:"64" doc:"One of ours."`
	ConversationID string    `query:"conversation_id" maxLength:"64"`
	ContactID      string    `query:"contact_id" maxLength:"64" doc:"From and to any of their numbers."`
	Peer           string    `query:"peer" maxLength:"64" doc:"The other: a whole number, a short code or a name."`
	Direction      string    `query:"direction" enum:"inbound,outbound"`
	State          []string  `query:"state" enum:"received,accepted,sent,unknown,delivered,failed" doc:"Any of these, separated by commas."`
	Channel        string    `query:"channel" enum:"network,native,workspace,cti,app,api,flow,sip_phone" doc:"That they came from."`
	UserID         string    `query:"user_id" maxLength:"64" doc:"Who wrote them."`

	path  string     // of the request
	query url.Values // of the request
}

// Resolve notes the address of the request, for the link to the next page.
func (q *messagesQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	q.path, q.query = u.Path, u.Query()
	return nil
}

type messageAnswer struct{ Body messageObject }

// messagesAPI mounts messages, conversations, and what belongs to them.
func (s *Server) messagesAPI(a huma.API) {
	const at = "/api/v1/messages"
	huma.Get(a, at, s.listMessages, operation("messages", "list-messages", "Lists the messages, newest first", provisioning.MessagesRead,
		http.StatusNotFound, http.StatusServiceUnavailable))
	huma.Get(a, at+"/{id}", s.showMessage, operation("messages", "get-message", "Shows a message with what became of it on each channel",
		provisioning.MessagesRead, http.StatusNotFound, http.StatusServiceUnavailable))
	huma.Post(a, at, s.sendMessage, operation("messages", "send-message", "Sends a message: once this is answered it will not be lost",
		provisioning.MessagesWrite, http.StatusConflict, http.StatusServiceUnavailable), accepted)
	huma.Post(a, at+"/preview", s.previewMessage, operation("messages", "preview-message", "Says what a text takes: its encoding and segments",
		provisioning.MessagesWrite), ok)
	s.conversationsAPI(a)
	s.numberMessagingAPI(a)
}

// book is the book of messages, where there is one.
func (s *Server) book() (messaging.Book, error) {
	if s.rooms.Messages == nil {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "messages are not kept here")
	}
	return s.rooms.Messages, nil
}

// numbersSeen are the numbers whose messages somebody sees (SPEC L16), of all or of the one that is asked for; nil: all of their account.
func (s *Server) numbersSeen(i identity, asked string) []messaging.NumberID {
	lines := s.linesOf(i)
	switch {
	case lines == nil && asked == "":
		return nil
	case lines == nil || asked != "" && slices.Contains(lines.Numbers, routing.NumberID(asked)):
		return []messaging.NumberID{messaging.NumberID(asked)}
	case asked != "":
		return []messaging.NumberID{}
	}
	return append([]messaging.NumberID{}, idsOf[messaging.NumberID](textsOf(lines.Numbers))...)
}

// accountSeen is the account whose messages somebody lists; empty: all.
func (s *Server) accountSeen(ctx context.Context, asked string) (messaging.AccountID, error) {
	me := who(ctx)
	if me.account == "" {
		return messaging.AccountID(asked), nil
	}
	if asked != "" && asked != string(me.account) {
		return "", s.refusal(ctx, provisioning.NotFound(provisioning.KindAccount, asked))
	}
	return messaging.AccountID(me.account), nil
}

func (s *Server) listMessages(ctx context.Context, q *messagesQuery) (*pageAnswer[MessageEntry], error) {
	book, err := s.book()
	if err != nil {
		return nil, err
	}
	f, err := s.messageFilter(ctx, q)
	if err != nil {
		return nil, err
	}
	page, err := book.Messages(ctx, f)
	if err != nil {
		return nil, s.failed(ctx, "list messages", err)
	}
	out, t := &pageAnswer[MessageEntry]{}, s.teller()
	out.Body.Data = make([]MessageEntry, 0, len(page.Messages))
	for i := range page.Messages {
		out.Body.Data = append(out.Body.Data, t.MessageEntry(&page.Messages[i]))
	}
	if q.Count {
		out.Body.TotalCount = &page.Total
	}
	if n := len(page.Messages); page.More && n > 0 {
		next := sealCursor(strconv.FormatInt(page.Messages[n-1].Place, 10))
		out.Body.NextCursor = &next
		out.Link = nextLink(q.path, q.query, next, q.Limit)
	}
	return out, nil
}

// messageFilter is what the book is asked.
func (s *Server) messageFilter(ctx context.Context, q *messagesQuery) (messaging.Filter, error) {
	f := messaging.Filter{
		Numbers: s.numbersSeen(who(ctx), q.NumberID), Direction: messaging.Direction(q.Direction), States: idsOf[messaging.State](q.State),
		Channel: messaging.Channel(q.Channel), User: messaging.UserID(q.UserID), Since: q.CreatedAfter, Until: q.CreatedBefore, Changed: q.UpdatedAfter,
		Oldest: q.Order == "asc", Count: q.Count, Limit: q.Limit,
	}
	var err error
	if f.Account, err = s.accountSeen(ctx, q.AccountID); err != nil {
		return f, err
	}
	if q.ConversationID != "" {
		whole, found := s.conversationFor(ctx, q.ConversationID)
		if found != nil {
			return f, found
		}
		f.Conversation = whole.ids()
	}
	if f.Peers, err = s.peersAsked(ctx, q.ContactID, q.Peer); err != nil {
		return f, err
	}
	if f.Peers != nil && len(f.Peers) == 0 {
		f.Numbers = []messaging.NumberID{} // Nobody: no message is with them.
	}
	place, err := openPlace(q.Cursor)
	if err != nil {
		return f, err
	}
	if f.Oldest {
		f.After = place
	} else {
		f.Before = place
	}
	return f, nil
}

// openPlace reads a cursor that is a place; 0 for none.
func openPlace(cursor string) (int64, error) {
	text, err := openCursor(cursor)
	if err != nil || text == "" {
		return 0, err
	}
	place, err := strconv.ParseInt(text, 10, 64)
	if err != nil || place < 1 {
		return 0, badCursor()
	}
	return place, nil
}

// peersAsked are the addresses that a contact has, or the one that is named; nil: neither was.
func (s *Server) peersAsked(ctx context.Context, contact, peer string) ([]messaging.Address, error) {
	var out []messaging.Address
	if contact != "" {
		_, c, err := look[*provisioning.Contact](ctx, s, provisioning.KindContact, contact)
		if err != nil {
			return nil, err
		}
		out = []messaging.Address{}
		for _, n := range c.Numbers {
			out = append(out, messaging.Address(n))
		}
	}
	if peer == "" {
		return out, nil
	}
	one := s.address(who(ctx).account, peer)
	if contact != "" && !slices.Contains(out, one) {
		return []messaging.Address{}, nil
	}
	return []messaging.Address{one}, nil
}

// address reads the other side of messages as somebody of an account writes it: a number becomes international, a short code or a name stays as it is.
func (s *Server) address(account routing.AccountID, written string) messaging.Address {
	const shortest = 7 // digits of a number that is no short code
	written = plus(written)
	t := s.teller()
	if account == "" && len(t.names.Accounts) == 1 {
		account = slices.Collect(maps.Keys(t.names.Accounts))[0] // There is no other country to read it in.
	}
	if strings.ContainsFunc(written, unicode.IsLetter) || len(strings.Map(onlyDigits, written)) < shortest {
		return messaging.Address(written)
	}
	return messaging.Address(dialled(written, t.country(account)))
}

// messageFor finds a message that who asks may see; any other is as if it were not there.
func (s *Server) messageFor(ctx context.Context, id string) (*messaging.Message, error) {
	book, err := s.book()
	if err != nil {
		return nil, err
	}
	m, err := book.Message(ctx, messaging.ID(id))
	switch {
	case errors.Is(err, messaging.ErrNotFound):
		return nil, noneSuch("message", id)
	case err != nil:
		return nil, s.failed(ctx, "find a message", err)
	case m.Class != messaging.ClassOrdinary, !bool(s.seesNumber(who(ctx), m.Account, m.Number)):
		return nil, noneSuch("message", id)
	}
	return m, nil
}

// seesNumber says whether the messages of a number are theirs to see.
func (s *Server) seesNumber(i identity, account messaging.AccountID, number messaging.NumberID) everything {
	if !i.sees(routing.AccountID(account)) {
		return false
	}
	lines := s.linesOf(i)
	return lines == nil || everything(slices.Contains(lines.Numbers, routing.NumberID(number)))
}

func (s *Server) showMessage(ctx context.Context, p *idRequest) (*messageAnswer, error) {
	m, err := s.messageFor(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return &messageAnswer{Body: s.teller().message(m, s.connectorNamed)}, nil
}

// noneSuch is the problem of what is not there.
func noneSuch(kind, id string) error {
	p := problem(http.StatusNotFound, codeNotFound, "there is no "+kind+" "+id)
	p.args = map[string]string{"kind": kind, "id": id}
	return p
}
