package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/messaging"
	"tandem/provisioning"
	"tandem/routing"
)

// numberMessagingObject is how messages of a number go.
type numberMessagingObject struct {
	Connector *reference   `json:"connector" doc:"By which its messages leave, as it was set; null: by the route."`
	Route     *reference   `json:"route" doc:"By which they do leave; null: by nothing, and none can be sent."`
	Path      *string      `json:"path" enum:"in_path,copy" doc:"Where we stand between the handset and the network; null: there is no handset."`
	Native    bool         `json:"native" doc:"true: native messaging of the handset sends and gets its messages."`
	Guard     guardObject  `json:"guard" doc:"How many messages it may send; the windows slide. 0: no limit."`
	GuardSet  bool         `json:"guard_is_set" doc:"false: the guard that every such number has."`
	Sent      *guardObject `json:"sent" doc:"How many it has sent in those windows."`
}

// guardObject is a number for each window of a guard (SPEC L21).
type guardObject struct {
	Hour  int `json:"hour" minimum:"0" maximum:"1000000"`
	Day   int `json:"day" minimum:"0" maximum:"1000000"`
	Month int `json:"month" minimum:"0" maximum:"1000000" doc:"30 days."`
}

// numberMessagingPut says how messages of a number go; what is left out is as most have it.
type numberMessagingPut struct {
	ConnectorID string       `json:"connector_id,omitempty" maxLength:"64" doc:"Left out: of an eSIM its operator's, else none."`
	Path        string       `json:"path,omitempty" enum:"in_path,copy" doc:"Of a direct number on an eSIM; left out: in_path."`
	Guard       *guardObject `json:"guard,omitempty" doc:"Left out: of a French mobile number 100 an hour, 1000 a day, 10000 a month; of any other none."`
}

type numberMessagingRequest struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"100"`
	Body    numberMessagingPut
}

// optOutObject is somebody who wants no messages from a number (SPEC L20).
type optOutObject struct {
	Peer    string     `json:"peer"`
	Display string     `json:"peer_display"`
	Contact *reference `json:"contact"`
	Word    *string    `json:"word" doc:"That they sent; null: it was put down by hand."`
	At      string     `json:"at" format:"date-time"`
}

type optOutsQuery struct {
	Paged

	ID string `path:"id" maxLength:"64"`
}

type optOutRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Peer string `path:"peer" maxLength:"64" doc:"The other's number."`
}

func (s *Server) numberMessagingAPI(a huma.API) {
	const at = "/api/v1/numbers/{id}"
	huma.Get(a, at+"/messaging", s.showNumberMessaging, operation("numbers", "get-number-messaging", "Shows how messages of a number go, and how many it has sent",
		provisioning.NumbersRead, http.StatusNotFound))
	huma.Put(a, at+"/messaging", s.setNumberMessaging, operation("numbers", "set-number-messaging", "Says how messages of a number go", provisioning.NumbersWrite,
		http.StatusNotFound, http.StatusPreconditionFailed))
	huma.Get(a, at+"/opt-outs", s.listOptOuts, operation("messages", "list-opt-outs", "Lists who said STOP to a number", provisioning.MessagesRead,
		http.StatusNotFound, http.StatusServiceUnavailable))
	huma.Put(a, at+"/opt-outs/{peer}", s.addOptOut, operation("messages", "add-opt-out", "Puts somebody down who wants no messages from a number",
		provisioning.MessagesWrite, http.StatusNotFound, http.StatusServiceUnavailable))
	huma.Delete(a, at+"/opt-outs/{peer}", s.removeOptOut, operation("messages", "remove-opt-out", "Takes somebody off that list, who asked for it",
		provisioning.NumbersWrite, http.StatusNotFound, http.StatusServiceUnavailable))
}

func (s *Server) showNumberMessaging(ctx context.Context, q *idRequest) (*objectAnswer[numberMessagingObject], error) {
	st, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, q.ID)
	if err != nil {
		return nil, err
	}
	return s.numberMessaging(ctx, st, n)
}

// numberMessaging tells how messages of a number go.
func (s *Server) numberMessaging(ctx context.Context, st *provisioning.State, n *provisioning.Number) (*objectAnswer[numberMessagingObject], error) {
	line := st.Line(n)
	out := numberMessagingObject{Route: connectorIn(st, line.Route), Native: line.Native != nil, Guard: guardObject(line.Guard)}
	if m := n.Settings.Messaging; m != nil {
		out.Connector, out.GuardSet = connectorIn(st, m.Connector), m.Guard != nil
	}
	if e := n.Settings.ESIM; e != nil && n.Kind == routing.Direct {
		out.Path = new(string(line.Path))
	}
	if s.rooms.Messages != nil {
		sent, err := s.sentOf(ctx, line.Number)
		if err != nil {
			return nil, s.failed(ctx, "count the messages of a number", err)
		}
		out.Sent = &sent
	}
	return &objectAnswer[numberMessagingObject]{ETag: etag(n), Body: out}, nil
}

// connectorIn finds a connector in the records; nil: none is named.
func connectorIn(st *provisioning.State, id messaging.ConnectorID) *reference {
	if id == "" {
		return nil
	}
	out := &reference{ID: string(id)}
	if c, is := st.Find(provisioning.KindConnector, string(id)).(*provisioning.Connector); is {
		out.Name = c.Name
	}
	return out
}

// sentOf counts what a number sent in each window of its guard.
func (s *Server) sentOf(ctx context.Context, n messaging.NumberID) (guardObject, error) {
	now, out := time.Now(), guardObject{}
	for _, w := range []struct {
		length time.Duration
		count  *int
	}{{time.Hour, &out.Hour}, {24 * time.Hour, &out.Day}, {month, &out.Month}} {
		page, err := s.rooms.Messages.Messages(ctx, messaging.Filter{
			Numbers: []messaging.NumberID{n}, Direction: messaging.Outbound, Since: now.Add(-w.length), Count: true, Limit: 1,
		})
		if err != nil {
			return out, err
		}
		*w.count = int(page.Total)
	}
	return out, nil
}

func (s *Server) setNumberMessaging(ctx context.Context, q *numberMessagingRequest) (*objectAnswer[numberMessagingObject], error) {
	m := &provisioning.NumberMessaging{Connector: messaging.ConnectorID(q.Body.ConnectorID), Path: messaging.Path(q.Body.Path)}
	if q.Body.Guard != nil {
		m.Guard = new(messaging.Guard(*q.Body.Guard))
	}
	if *m == (provisioning.NumberMessaging{}) {
		m = nil
	}
	st, err := s.act(ctx, target{provisioning.KindNumber, q.ID, q.IfMatch}, func(st *provisioning.State) ([]provisioning.Change, error) {
		before, err := theirs[*provisioning.Number](ctx, st, provisioning.KindNumber, q.ID)
		if err != nil {
			return nil, err
		}
		next := *before
		next.Settings.Messaging = m
		return st.Put(&next)
	})
	if err != nil {
		return nil, atTop(err)
	}
	n, _ := st.Find(provisioning.KindNumber, q.ID).(*provisioning.Number)
	return s.numberMessaging(ctx, st, n)
}

// atTop names the fields of a problem as this body has them, which is one part of a number.
func atTop(err error) error {
	if p, is := errors.AsType[*ProblemError](err); is {
		for i := range p.Errors {
			p.Errors[i].Location = strings.Replace(p.Errors[i].Location, "body.messaging.", "body.", 1)
		}
	}
	return err
}

// lineFor finds a number whose messages who asks may see; any other is as if it were not there.
func (s *Server) lineFor(ctx context.Context, id string) (messaging.Book, *provisioning.Number, error) {
	book, err := s.book()
	if err != nil {
		return nil, nil, err
	}
	_, n, err := look[*provisioning.Number](ctx, s, provisioning.KindNumber, id)
	if err != nil {
		return nil, nil, err
	}
	if !bool(s.seesNumber(who(ctx), messaging.AccountID(n.Account), messaging.NumberID(n.ID))) {
		return nil, nil, s.refusal(ctx, provisioning.NotFound(provisioning.KindNumber, id))
	}
	return book, n, nil
}

func (s *Server) listOptOuts(ctx context.Context, q *optOutsQuery) (*pageAnswer[optOutObject], error) {
	book, n, err := s.lineFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	all, err := book.OptOuts(ctx, messaging.NumberID(n.ID))
	if err != nil {
		return nil, s.failed(ctx, "list who opted out", err)
	}
	t, items := s.teller(), make([]item[optOutObject], 0, len(all))
	for _, o := range all {
		items = append(items, item[optOutObject]{id: string(o.Peer), value: func() optOutObject { return t.optOut(n.Account, o) }})
	}
	return cut(&q.Paged, items)
}

func (t teller) optOut(account routing.AccountID, o messaging.OptOut) optOutObject {
	out := optOutObject{
		Peer: string(o.Peer), Display: display(string(o.Peer), t.country(account)), Contact: t.contactAt(messaging.AccountID(account), o.Peer), At: *stamp(o.At),
	}
	if o.Word != "" {
		out.Word = &o.Word
	}
	return out
}

func (s *Server) addOptOut(ctx context.Context, q *optOutRequest) (*objectAnswer[optOutObject], error) {
	book, n, err := s.lineFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	peer := s.address(n.Account, q.Peer)
	if peer.Kind() == messaging.AddressName {
		return nil, s.refusal(ctx, &provisioning.Refusal{
			Code: messaging.CodeToInvalid, Location: "path.peer", Args: map[string]string{"number": q.Peer}, Text: "this is no number that messages go to",
		})
	}
	o := messaging.OptOut{Number: messaging.NumberID(n.ID), Peer: peer, At: time.Now().UTC()}
	if err = book.SetOptOut(ctx, o, messaging.StopAdd); err != nil {
		return nil, s.failed(ctx, "keep who opted out", err)
	}
	return &objectAnswer[optOutObject]{Body: s.teller().optOut(n.Account, o)}, nil
}

func (s *Server) removeOptOut(ctx context.Context, q *optOutRequest) (*struct{}, error) {
	book, n, err := s.lineFor(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	peer := s.address(n.Account, q.Peer)
	all, err := book.OptOuts(ctx, messaging.NumberID(n.ID))
	if err != nil {
		return nil, s.failed(ctx, "list who opted out", err)
	}
	for _, o := range all {
		if o.Peer == peer {
			if err = book.SetOptOut(ctx, o, messaging.StopRemove); err != nil {
				return nil, s.failed(ctx, "forget who opted out", err)
			}
			return nil, nil
		}
	}
	return nil, noneSuch("opt-out", q.Peer)
}
