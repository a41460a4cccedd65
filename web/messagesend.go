package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
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

// messageCreate is a message as somebody writes it.
type messageCreate struct {
	From    string   `json:"from,omitempty" maxLength:"64" doc:"The number that it leaves from: its id, or the number. Left out: the writer's own."`
	To      string   `json:"to" minLength:"1" maxLength:"64" doc:"As it is dialled in the country of that number; a short code, too."`
	Body    string   `json:"body" doc:"At most 1600 characters."`
	Media   []string `json:"media,omitempty" maxItems:"10" doc:"Not supported: an SMS has text alone."`
	Channel string   `json:"channel,omitempty" enum:"workspace,cti,app,api" doc:"The screen on which a person wrote it: workspace where it is left out. A program's is always api."`
}

type sendRequest struct{ Body messageCreate }

type sentAnswer struct {
	Location string `header:"Location"`
	Body     messageObject
}

type previewRequest struct {
	Body struct {
		Body string `json:"body" maxLength:"20000"`
	}
}

type previewAnswer struct{ Body previewObject }

// previewObject is what a text takes (SPEC L22).
type previewObject struct {
	Encoding   string   `json:"encoding" enum:"gsm7,ucs2"`
	Segments   int      `json:"segments"`
	Characters int      `json:"characters"`
	Most       int      `json:"most_characters" doc:"A message has no more: a longer one is refused."`
	Units      int      `json:"units" doc:"What the text takes: septets of gsm7, 16-bit units of ucs2."`
	Left       int      `json:"units_left" doc:"What is free in the last segment."`
	Room       int      `json:"units_in_segment"`
	Forcing    []string `json:"ucs2_characters" doc:"The characters that gsm7 does not have: without them the message is shorter."`
}

func (s *Server) previewMessage(_ context.Context, r *previewRequest) (*previewAnswer, error) {
	p := messaging.Preview(r.Body.Body)
	out := previewObject{
		Encoding: p.Encoding, Segments: p.Segments, Characters: p.Characters, Most: messaging.LongestBody, Units: p.Units, Left: p.Left, Room: p.Room,
		Forcing: make([]string, 0, len(p.Forcing)),
	}
	for _, c := range p.Forcing {
		out.Forcing = append(out.Forcing, string(c))
	}
	return &previewAnswer{Body: out}, nil
}

// sendMessage hands a message in. It answers once the message is kept for good.
func (s *Server) sendMessage(ctx context.Context, r *sendRequest) (*sentAnswer, error) {
	if s.rooms.Post == nil {
		return nil, problem(http.StatusServiceUnavailable, codeUnavailable, "messages are not sent here")
	}
	o, err := s.outgoing(ctx, &r.Body)
	if err != nil {
		return nil, s.refusal(ctx, err)
	}
	stored, err := s.rooms.Post.Send(ctx, o)
	if err != nil {
		return nil, s.notSent(ctx, o, err)
	}
	m := &stored.Message
	if stored.Repeat && (m.Body != o.Body || m.Number != o.Number) {
		return nil, problem(http.StatusUnprocessableEntity, codeRepeated, "this Idempotency-Key came with another body before: a new request needs a new key")
	}
	return &sentAnswer{Location: "/api/v1/messages/" + string(m.ID), Body: s.teller().message(m, s.connectorNamed)}, nil
}

// outgoing reads what was asked for, and who asks.
func (s *Server) outgoing(ctx context.Context, b *messageCreate) (messaging.Outgoing, error) {
	me := who(ctx)
	if len(b.Media) > 0 {
		return messaging.Outgoing{}, &provisioning.Refusal{Code: "media_not_supported", Location: "body.media", Text: "an SMS has text alone: put a link into it"}
	}
	channel, err := channelOf(me, b.Channel)
	if err != nil {
		return messaging.Outgoing{}, err
	}
	n, err := s.sender(me, b.From)
	if err != nil {
		return messaging.Outgoing{}, err
	}
	if strings.ContainsFunc(b.To, unicode.IsControl) {
		return messaging.Outgoing{}, &provisioning.Refusal{
			Code: messaging.CodeToInvalid, Location: "body.to", Text: "this is no number that messages go to",
		}
	}
	return messaging.Outgoing{
		Account: messaging.AccountID(n.Account), Number: messaging.NumberID(n.ID), To: messaging.Address(strings.TrimSpace(b.To)), Body: b.Body, Channel: channel,
		User: messaging.UserID(me.user), Key: repeatName(ctx),
	}, nil
}

// channelOf is the channel that a message comes from: a person says which screen it is, and everybody else is a program.
func channelOf(me identity, said string) (messaging.Channel, error) {
	usual, all := messaging.ChannelAPI, []messaging.Channel{messaging.ChannelAPI}
	if me.user != "" {
		usual, all = messaging.ChannelWorkspace, []messaging.Channel{messaging.ChannelWorkspace, messaging.ChannelCTI, messaging.ChannelApp}
	}
	channel := messaging.Channel(said)
	if said == "" {
		channel = usual
	}
	if !slices.Contains(all, channel) {
		return "", &provisioning.Refusal{
			Code: "channel_not_yours", Location: "body.channel", Args: map[string]string{"channel": said},
			Text: "people write on a screen (workspace, cti, app), and programs by api: " + said + " is not where this comes from",
		}
	}
	return channel, nil
}

// sender finds the number that a message leaves from: the one that is named, else the writer's own. People write from numbers that they may show to whom they
// call (SPEC O1), and a key from those that it is for.
func (s *Server) sender(me identity, named string) (*routing.Number, error) {
	t := s.teller()
	if named == "" {
		return s.ownNumber(t, me)
	}
	n := t.numbers[routing.NumberID(named)]
	if n == nil {
		e, _ := routing.ParseNumber(plus(named), t.country(me.account))
		n = t.names.Numbers[e]
	}
	if n == nil || !bool(s.seesNumber(me, messaging.AccountID(n.Account), messaging.NumberID(n.ID))) || me.user != "" && !t.names.MayShow(me.user, n) {
		return nil, &provisioning.Refusal{Code: messaging.CodeFromUnknown, Row: "O1", Location: "body.from", Text: "this is no number that you may write from"}
	}
	return n, nil
}

// ownNumber is the number that a person writes from where they name none: their direct number, else the one that their calls show.
func (s *Server) ownNumber(t teller, me identity) (*routing.Number, error) {
	var own *routing.Number
	for _, n := range t.names.Numbers {
		if me.user != "" && n.Kind == routing.Direct && slices.Contains(n.Users, me.user) && (own == nil || n.ID < own.ID) {
			own = n
		}
	}
	if own == nil && me.user != "" && s.rooms.Switchboard != nil {
		own = s.rooms.Switchboard.Shown(me.user)
	}
	if own == nil {
		return nil, &provisioning.Refusal{Code: "sender_needed", Location: "body.from", Text: "say which number it leaves from"}
	}
	return own, nil
}

// notSent makes a problem of why a message was not taken.
func (s *Server) notSent(ctx context.Context, o messaging.Outgoing, err error) error {
	r, refused := errors.AsType[*messaging.Refusal](err)
	if !refused {
		s.cfg.Log.LogAttrs(ctx, slog.LevelError, "a message is not taken", slog.String("account", string(o.Account)), slog.Any("err", err))
		return huma.ErrorWithHeaders(problem(http.StatusServiceUnavailable, codeUnavailable, "the message could not be kept, and was not taken: send it again"),
			http.Header{"Retry-After": {"5"}})
	}
	p := problem(http.StatusUnprocessableEntity, r.Code, r.Text)
	p.args = r.Args
	p.Errors = []Fault{{Location: r.Location, Message: r.Text, Code: r.Code, Row: r.Row, args: r.Args}}
	window := map[string]time.Duration{messaging.CodeRateHour: time.Hour, messaging.CodeRateDay: 24 * time.Hour, messaging.CodeRateMonth: month}[r.Code]
	switch {
	case r.Code == messaging.CodeNoRoute || r.Code == messaging.CodeEmergencyNoRoute:
		p.Status = http.StatusConflict
	case window > 0:
		p.Status = http.StatusTooManyRequests
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(s.freeIn(ctx, o.Number, window))}})
	}
	return p
}

// month is that of the guard: it slides (SPEC L21).
const month = 30 * 24 * time.Hour

// freeIn is the number of seconds after which the guard of a number lets another message through: when the oldest of its window leaves it.
func (s *Server) freeIn(ctx context.Context, n messaging.NumberID, window time.Duration) int {
	if s.rooms.Messages == nil {
		return 1
	}
	page, err := s.rooms.Messages.Messages(ctx, messaging.Filter{
		Numbers: []messaging.NumberID{n}, Direction: messaging.Outbound, Since: time.Now().Add(-window), Oldest: true, Limit: 1,
	})
	if err != nil || len(page.Messages) == 0 {
		return 1
	}
	return 1 + max(0, int(time.Until(page.Messages[0].At.Add(window)).Seconds()))
}
