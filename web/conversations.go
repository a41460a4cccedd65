package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

const (
	// conversationRounds is how often the book is asked for one page: a filter that picks little gets a page that is not full, and goes on.
	conversationRounds = 20
	// mostSoughtNumbers is of how many contacts' numbers the conversations are looked for at once.
	mostSoughtNumbers = 500
	nobody            = "none" // assigned to
)

// conversationsQuery picks conversations.
type conversationsQuery struct {
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor    string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	AccountID string `query:"account_id" maxLength:"64"`
	Status    string `query:"status" enum:"open,closed"`
	Assignee  string `query:"assignee" maxLength:"64" doc:"A user's id; none: those that nobody takes care of."`
	NumberID  string `query:"number_id" maxLength:"64" doc:"One of ours."`
	ContactID string `query:"contact_id" maxLength:"64"`
	Unread    bool   `query:"unread" doc:"Those alone with messages that nobody has read."`
	Q         string `query:"q" maxLength:"100" doc:"What words of the contact's name or company begin with, or digits of the other's number."`

	path  string     // of the request
	query url.Values // of the request
}

// Resolve notes the address of the request, for the link to the next page.
func (q *conversationsQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	q.path, q.query = u.Path, u.Query()
	return nil
}

type conversationAnswer struct{ Body conversationObject }

type conversationPatch struct {
	Status     string           `json:"status,omitempty" enum:"open,closed"`
	AssigneeID optional[string] `json:"assignee_id,omitzero" doc:"null: nobody takes care of it."`
	Read       *bool            `json:"read,omitempty" doc:"true: somebody has read it."`
}

type conversationPatchRequest struct {
	ID   string            `path:"id" maxLength:"64"`
	Body conversationPatch `contentType:"application/merge-patch+json"`
}

func (s *Server) conversationsAPI(a huma.API) {
	const at = "/api/v1/conversations"
	huma.Get(a, at, s.listConversations, operation("conversations", "list-conversations", "Lists the conversations, the one with the newest item first",
		provisioning.MessagesRead, http.StatusNotFound, http.StatusServiceUnavailable))
	huma.Get(a, at+"/{id}", s.showConversation, operation("conversations", "get-conversation", "Shows a conversation", provisioning.MessagesRead,
		http.StatusNotFound, http.StatusServiceUnavailable))
	huma.Patch(a, at+"/{id}", s.changeConversation, operation("conversations", "update-conversation",
		"Opens or closes a conversation, says who takes care of it, or that it was read", provisioning.MessagesWrite, http.StatusNotFound,
		http.StatusServiceUnavailable))
	huma.Get(a, at+"/{id}/items", s.listItems, operation("conversations", "list-conversation-items", "Lists the messages and calls of a conversation, newest first",
		provisioning.MessagesRead, http.StatusNotFound, http.StatusServiceUnavailable))
}

// conversationFilter is what the book is asked; false: there are none such.
func (s *Server) conversationFilter(ctx context.Context, q *conversationsQuery, st *provisioning.State) (messaging.ConversationFilter, everything, error) {
	f := messaging.ConversationFilter{Numbers: s.numbersSeen(who(ctx), q.NumberID), Unread: q.Unread, Limit: q.Limit}
	var err error
	if f.Account, err = s.accountSeen(ctx, q.AccountID); err != nil {
		return f, false, err
	}
	if f.Peers, err = s.peersAsked(ctx, q.ContactID, ""); err != nil {
		return f, false, err
	}
	if q.Status != "" {
		f.Open = new(q.Status == "open")
	}
	switch q.Assignee {
	case "":
	case nobody:
		f.Assignee = new(messaging.UserID(""))
	default:
		f.Assignee = new(messaging.UserID(q.Assignee))
	}
	if q.Q != "" {
		f = soughtIn(st, f, q.Q)
	}
	if f.Before, err = openMark(q.Cursor); err != nil {
		return f, false, err
	}
	none := (f.Numbers != nil && len(f.Numbers) == 0) || ((q.Q != "" || q.ContactID != "") && len(f.Peers) == 0 && f.Digits == "")
	return f, everything(!none), nil
}

// soughtIn narrows a filter to those whom somebody looks for by what they type.
func soughtIn(st *provisioning.State, f messaging.ConversationFilter, typed string) messaging.ConversationFilter {
	digits := strings.TrimLeft(strings.Map(onlyDigits, typed), "0")
	const least = 3 // digits, so that a name with a number in it is not everybody
	if len(digits) < least || strings.Trim(typed, "+0123456789 .-()") != "" {
		digits = ""
	}
	named := addressesOfNamed(st, routing.AccountID(f.Account), typed)
	if f.Peers == nil {
		f.Peers, f.Digits = named, digits
		return f
	}
	var out []messaging.Address // Of one contact: those numbers alone.
	for _, n := range f.Peers {
		if slices.Contains(named, n) || digits != "" && strings.Contains(string(n), digits) {
			out = append(out, n)
		}
	}
	f.Peers = out
	return f
}

// addressesOfNamed are the numbers of the contacts whose name or company somebody types, up to so many.
func addressesOfNamed(st *provisioning.State, account routing.AccountID, typed string) []messaging.Address {
	wanted := soughtFor(typed)
	var out []messaging.Address
	for _, c := range st.Contacts {
		if (account == "" || c.Account == account) && wanted.in(c.Name, c.Company) {
			out = append(out, addressesOf(c.Numbers)...)
		}
		if len(out) >= mostSoughtNumbers {
			break
		}
	}
	return out
}

func (s *Server) listConversations(ctx context.Context, q *conversationsQuery) (*pageAnswer[conversationObject], error) {
	book, err := s.book()
	if err != nil {
		return nil, err
	}
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	f, some, err := s.conversationFilter(ctx, q, st)
	if err != nil {
		return nil, err
	}
	out, t := &pageAnswer[conversationObject]{}, s.teller()
	out.Body.Data = []conversationObject{}
	more := bool(some)
	for round := 0; more && round < conversationRounds && len(out.Body.Data) < q.Limit; round++ {
		page, err := book.Conversations(ctx, f)
		if err != nil {
			return nil, s.failed(ctx, "list conversations", err)
		}
		more = page.More
		for i, row := range page.Conversations {
			if len(out.Body.Data) == q.Limit {
				more = true
				break
			}
			f.Before = messaging.Mark{At: row.LastAt, ID: row.ID}
			whole, err := s.whole(ctx, st, page.Conversations[i])
			if err != nil {
				return nil, err
			}
			if whole.stands(row, &f) {
				out.Body.Data = append(out.Body.Data, t.conversation(whole))
			}
		}
	}
	if more {
		next := sealCursor(markText(f.Before))
		out.Body.NextCursor = &next
		out.Link = nextLink(q.path, q.query, next, q.Limit)
	}
	return out, nil
}

// stands says whether a conversation stands in a list where a row of it does: it is what is asked for, and the row is the first that is.
func (c conversation) stands(row messaging.Conversation, f *messaging.ConversationFilter) everything {
	if len(c.rows) == 1 {
		return true
	}
	if f.Open != nil && *f.Open != bool(c.open()) || f.Assignee != nil && *f.Assignee != c.assignee() {
		return false
	}
	for _, r := range c.rows {
		asked := (f.Open == nil || *f.Open == r.Open) && (f.Assignee == nil || *f.Assignee == r.Assignee) && (!f.Unread || r.Unread > 0) &&
			(f.Peers == nil && f.Digits == "" || slices.Contains(f.Peers, r.Peer) || f.Digits != "" && strings.Contains(string(r.Peer), f.Digits))
		if asked {
			return everything(r.ID == row.ID)
		}
	}
	return false
}

// markText is a place in the list of conversations as a cursor has it.
func markText(m messaging.Mark) string {
	return strconv.FormatInt(m.At.UnixNano(), 10) + "." + string(m.ID)
}

func openMark(cursor string) (messaging.Mark, error) {
	text, err := openCursor(cursor)
	if err != nil || text == "" {
		return messaging.Mark{}, err
	}
	at, id, both := strings.Cut(text, ".")
	ns, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !both || id == "" {
		return messaging.Mark{}, badCursor()
	}
	return messaging.Mark{At: time.Unix(0, ns).UTC(), ID: messaging.ConversationID(id)}, nil
}

func (s *Server) showConversation(ctx context.Context, p *idRequest) (*conversationAnswer, error) {
	c, err := s.conversationFor(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return &conversationAnswer{Body: s.teller().conversation(c)}, nil
}

func (s *Server) changeConversation(ctx context.Context, r *conversationPatchRequest) (*conversationAnswer, error) {
	c, err := s.conversationFor(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	e, err := s.conversationEdit(c, &r.Body)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	e.IDs, e.By = c.ids(), who(ctx).actor()
	rows, err := s.rooms.Messages.EditConversations(ctx, e)
	if err != nil {
		return nil, s.failed(ctx, "change a conversation", err)
	}
	slices.SortFunc(rows, newest)
	return &conversationAnswer{Body: s.teller().conversation(conversation{rows: rows})}, nil
}

// conversationEdit reads what is to change.
func (s *Server) conversationEdit(c conversation, p *conversationPatch) (messaging.ConversationEdit, error) {
	var e messaging.ConversationEdit
	if p.Status != "" {
		e.Open = new(p.Status == "open")
	}
	if p.Read != nil {
		if !*p.Read {
			return e, &provisioning.Refusal{Code: "read_is_for_good", Location: "body.read", Text: "what was read stays read"}
		}
		e.Read = true
	}
	if !p.AssigneeID.Sent {
		return e, nil
	}
	e.Assignee = new(messaging.UserID(p.AssigneeID.Value))
	if *e.Assignee == "" {
		return e, nil
	}
	t, row := s.teller(), c.rows[0]
	u := t.names.Users[routing.UserID(*e.Assignee)]
	if u == nil || u.Account != routing.AccountID(row.Account) {
		return e, &provisioning.Refusal{
			Code: "unknown", Location: "body.assignee_id", Args: map[string]string{"kind": string(provisioning.KindUser), "id": string(*e.Assignee)},
			Text: "there is no user " + string(*e.Assignee),
		}
	}
	return e, nil
}
