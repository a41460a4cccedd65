package bysip

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"tandem/messaging"
	"tandem/sip"
	"tandem/sip/message"
)

// TrunkConfig is what a link by a trunk needs.
type TrunkConfig struct {
	Connector messaging.ConnectorID
	Trunk     sip.TrunkID
	Desk      messaging.Desk
	Wire      Wire
	Sorter    *Sorter
	Log       *slog.Logger // nil: nothing is logged
}

// Trunk is a connector of messaging.KindSIP at work.
type Trunk struct {
	TrunkConfig

	crew *crew
	stop func() // no more come from the trunk
	left func() // no more go out
}

// OpenTrunk begins to take and to carry messages by a trunk, until Close. What is under way when ctx ends is given up.
func OpenTrunk(ctx context.Context, c TrunkConfig) *Trunk {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	t := &Trunk{TrunkConfig: c, crew: newCrew()}
	t.stop = c.Sorter.Trunk(c.Trunk, func(n *sip.Note) { t.crew.take(ctx, n, t.take) })
	t.left = c.Desk.Attach(messaging.Route(c.Connector), t)
	return t
}

// Close ends it, once what is under way has ended.
func (t *Trunk) Close() {
	t.stop()
	t.crew.wg.Wait()
	t.left()
}

// take keeps what the trunk sent, and only then answers.
func (t *Trunk) take(ctx context.Context, n *sip.Note) {
	if n.Returned {
		n.Refuse(482, "this was sent from here")
		return
	}
	said, err := contentOf(n)
	if err != nil {
		t.Log.LogAttrs(ctx, slog.LevelInfo, "a message that cannot be read", slog.String("trunk", string(t.Trunk)), slog.Any("err", err))
		refuseBody(n, err)
		return
	}
	from, to := n.From, callee(n)
	if len(n.Asserted) > 0 {
		from = n.Asserted[0]
	}
	if said.notice != nil {
		t.receipt(ctx, n, said.notice)
		return
	}
	taken, err := t.Desk.Take(ctx, messaging.Arrival{
		Connector: t.Connector, Bind: "sip:" + n.Source.Addr().String(), From: numberOf(from), To: numberOf(to), Reference: n.Reference, Body: bodyOf(said.text), At: time.Now(),
	})
	if err != nil {
		t.Log.LogAttrs(ctx, slog.LevelInfo, "a message was not taken", slog.String("trunk", string(t.Trunk)), slog.Any("err", err))
		refuse(n, err)
		return
	}
	accepted(n, taken.Message)
}

// callee is the number that is written to: a trunk that we register with may put our account's name in the Request-URI, and the number into To.
func callee(n *sip.Note) message.Party {
	if numberOf(n.RequestURI).Kind() == messaging.AddressName && numberOf(n.To).Kind() != messaging.AddressName {
		return n.To
	}
	return n.RequestURI
}

// receipt keeps a notification. Who sends it is who had the message.
func (t *Trunk) receipt(ctx context.Context, n *sip.Note, said *notice) {
	if said.state != "" {
		err := t.Desk.Receipt(ctx, messaging.Receipt{
			Connector: t.Connector, IDs: []string{said.message}, From: numberOf(n.From), To: numberOf(callee(n)), State: said.state, Reason: said.reason, At: time.Now(),
		})
		if err != nil {
			refuse(n, err)
			return
		}
	}
	n.Accept(200)
}

// Carry implements messaging.Carrier. The Call-ID is the same at each try, so that the other can know a repeat.
func (t *Trunk) Carry(ctx context.Context, d *messaging.Delivery) messaging.Outcome {
	id := string(d.Message) + "-" + strconv.FormatInt(d.ID, 10)
	answers := make(chan sip.Answer, 1)
	err := t.Wire.SendMessage(sip.Text{
		Trunk: t.Trunk, To: message.Party{User: string(d.To)}, From: message.Party{User: string(d.From)}, Body: plain(d.Body), CallID: id,
	}, func(a sip.Answer) { answers <- a })
	if err != nil { // the trunk is gone, or takes nothing out: somebody may mend it while the message waits
		t.Log.LogAttrs(ctx, slog.LevelWarn, "a message cannot be sent", slog.String("trunk", string(t.Trunk)), slog.String("message_id", string(d.Message)), slog.Any("err", err))
		return messaging.Outcome{Delivery: d.ID, Result: messaging.ResultAgain, Reason: messaging.ReasonNoRoute}
	}
	out := messaging.Outcome{Result: messaging.ResultUnknown}
	select {
	case a := <-answers:
		out = outcome(a)
	case <-ctx.Done():
	}
	out.Delivery = d.ID
	if out.Result == messaging.ResultSent {
		out.IDs = []string{id}
	}
	return out
}

// plain is a text as MESSAGE carries it.
func plain(text string) *message.Body {
	return &message.Body{Type: "text/plain;charset=UTF-8", Bytes: []byte(text)}
}
