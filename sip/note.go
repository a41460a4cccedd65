package sip

import (
	"errors"
	"log/slog"
	"net/netip"
	"strconv"
	"sync"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
	"tandem/sip/resolve"
	"tandem/sip/transaction"
	"tandem/sip/transport"
)

// maxNote is how many bytes of a body are taken: the longest message that may be kept, in UTF-8 and in an envelope.
const maxNote = 16 << 10

// Note is a MESSAGE outside any dialog, from a trunk or from a device that proved who it is.
type Note struct {
	Trunk       TrunkID     // who sent it: a trunk, or
	Device      message.AOR // a device
	Reference   string      // Call-ID and CSeq: of another with the same, this one is a repeat
	Returned    bool        // SendMessage sent it, and it has come back: an answer by SendMessage would go round for ever
	From, To    message.Party
	Asserted    []message.Party // P-Asserted-Identity of a trunk, P-Preferred-Identity of a device (RFC 3325)
	Asked       string          // the Request-URI as it came
	RequestURI  message.Party
	Route       []string // of a trunk: the Route below our own entry, as it came
	OwnRoute    string   // of a trunk: our own entry of it
	MaxForwards int
	Head        dialog.Head
	Body        *message.Body // nil: none; of its parameters Head tells
	Source      netip.AddrPort

	stack *Stack
	tx    dialog.Server
	once  sync.Once
}

// message hands a MESSAGE to the listener (RFC 3428).
func (s *Stack) message(tx dialog.Server) {
	who := s.identify(tx)
	switch {
	case who == nil:
		return
	case s.cfg.Notes == nil:
		s.notAllowed(tx)
		return
	}
	r := tx.Request()
	way, hops := s.pathOf(r, who.trunk), hopsOf(r)
	bad := dialog.Unsupported(r)
	switch {
	case who.trunk == "" && bad != nil: // of a trunk's the next one may know what we do not: it is he who is asked (RFC 3261 section 8.2.2.3)
		s.end.Respond(tx, 420, nil, bad)
	case hops == 0:
		s.end.Respond(tx, 483, nil)
	case way.long:
		s.end.Respond(tx, 400, nil, s.end.Warning("Route with too many entries")...)
	case len(r.Body()) > maxNote:
		s.end.Respond(tx, 413, nil)
	default:
		s.cfg.Notes.Message(s.newNote(tx, *who, way))
	}
}

func (s *Stack) newNote(tx dialog.Server, who caller, way path) *Note {
	r := tx.Request()
	n := &Note{
		Trunk: who.trunk, Device: who.device, Asked: r.Recipient.String(), RequestURI: message.PartyOf("", r.Recipient),
		From: message.PartyOf(r.From().DisplayName, r.From().Address), To: message.PartyOf(r.To().DisplayName, r.To().Address),
		MaxForwards: hopsOf(r), Head: dialog.HeadOf(r), Body: dialog.BodyOf(r), Source: tx.Flow().Remote, stack: s, tx: tx,
	}
	callID := string(*r.CallID())
	tag, _ := r.From().Params.Get("tag")
	n.Reference = callID + " " + strconv.FormatUint(uint64(r.CSeq().SeqNo), 10)
	n.Returned = s.end.Tags.Ours([]byte(tag), []byte(callID))
	if who.trunk == "" {
		n.Asserted = parties(r, "P-Preferred-Identity")
		return n
	}
	n.Asserted, n.Route, n.OwnRoute = parties(r, "P-Asserted-Identity"), way.rest, way.own
	return n
}

// Accept answers 200 or 202, without a body. Of Accept, Pass and Refuse only the first call counts.
func (n *Note) Accept(status int, headers ...message.Field) {
	n.once.Do(func() { n.respond(status, headers, nil) })
}

// Refuse answers with a final failure. Of Accept, Pass and Refuse only the first call counts.
func (n *Note) Refuse(status int, warning string, headers ...message.Field) {
	n.once.Do(func() { n.respond(status, headers, n.stack.end.Warning(warning)) })
}

func (n *Note) respond(status int, fields []message.Field, headers []gosip.Header) {
	for _, f := range fields {
		headers = append(headers, gosip.NewHeader(f.Name, message.Clean(f.Value)))
	}
	n.stack.end.Respond(n.tx, status, nil, headers...)
}

// Pass sends the MESSAGE on along the rest of its Route, or to its trunk's servers where there is none, unchanged but for what every hop changes, and brings
// the final answer back: 408 when none comes, 503 when nobody can be reached. A device's is refused: it has no way to go on. Of Accept, Pass and Refuse only the
// first call counts.
func (n *Note) Pass() {
	n.once.Do(func() {
		if n.Trunk == "" {
			n.respond(404, nil, nil)
			return
		}
		find, err := n.way()
		if err != nil {
			n.stack.cfg.Log.Warn("message not passed on", slog.String("trunk", string(n.Trunk)), slog.Any("err", err))
			n.stack.end.Respond(n.tx, 503, nil)
			return
		}
		find(n.send)
	})
}

// way finds where the MESSAGE goes.
func (n *Note) way() (func(deliver func([]dialog.Hop)), error) {
	uri := n.tx.Request().Recipient
	ask := func(resolve.Server) gosip.Uri { return uri }
	if len(n.Route) > 0 {
		return n.stack.along(n.Route, ask)
	}
	t, _ := n.stack.trunk(n.Trunk)
	if t == nil {
		return nil, ErrNoTrunk
	}
	return n.stack.byServers(t, ask), nil
}

// send tries one server after the other until one can be reached; one that was reached is not followed by another, so that nothing is delivered twice.
func (n *Note) send(hops []dialog.Hop) {
	for i, h := range hops {
		r := n.forward(h)
		_, err := n.stack.layer.Send(r, h.Target, func(reply transaction.Reply) { n.replied(hops[i+1:], reply) })
		if err == nil {
			return
		}
	}
	n.stack.end.Respond(n.tx, 503, nil)
}

// forward is the MESSAGE as it goes on (RFC 3261 section 16.6).
func (n *Note) forward(h dialog.Hop) *gosip.Request {
	came := n.tx.Request()
	r := gosip.NewRequest(came.Method, came.Recipient)
	for _, v := range h.Along {
		r.AppendHeader(gosip.NewHeader("Route", v))
	}
	hops := gosip.MaxForwardsHeader(n.MaxForwards - 1) //nolint:gosec // 1 to 255 came
	r.AppendHeader(&hops)
	for _, header := range came.Headers() {
		switch header.Name() {
		case "Via", "Route", "Max-Forwards", "Content-Length":
		case "To": // ours carries a tag already
			r.AppendHeader(&gosip.ToHeader{DisplayName: came.To().DisplayName, Address: came.To().Address, Params: untagged(came.To().Params)})
		default:
			r.AppendHeader(header)
		}
	}
	r.SetBody(came.Body())
	return r
}

func untagged(params gosip.HeaderParams) gosip.HeaderParams {
	var left gosip.HeaderParams
	for _, p := range params {
		if p.K != "tag" {
			left = append(left, p)
		}
	}
	return left
}

// replied brings the answer back.
func (n *Note) replied(left []dialog.Hop, reply transaction.Reply) {
	switch resp := reply.Response; {
	case resp != nil && resp.IsProvisional():
	case resp != nil:
		_ = n.tx.Respond(n.answer(resp)) // lost, the peer asks again
	case errors.Is(reply.Err, transport.ErrNoConnection) && len(left) > 0: // it was not reached
		n.send(left)
	default:
		n.stack.end.Respond(n.tx, dialog.StatusOf(reply.Err), nil)
	}
}

// answer is a response to the MESSAGE that we sent on, as the response to the one that came.
func (n *Note) answer(resp *gosip.Response) *gosip.Response {
	out := message.NewResponse(n.tx.Request(), resp.StatusCode, resp.Reason, nil)
	out.RemoveHeader("To")
	out.RemoveHeader("Content-Length")
	for _, header := range resp.Headers() {
		switch header.Name() {
		case "Via", "From", "Call-ID", "CSeq", "Record-Route", "Content-Length":
		default:
			out.AppendHeader(header)
		}
	}
	out.SetBody(resp.Body())
	return out
}
