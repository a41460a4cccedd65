package routing

import (
	"context"
	"errors"
	"log/slog"

	"tandem/routing/flow"
)

// Asker asks programs outside where a call goes (API.md section 7, ring_to_api).
type Asker interface {
	// Ask posts what is known of a call and gives the body of the answer. ctx ends with the time of the question, or with the call.
	Ask(ctx context.Context, q Question) (answer []byte, err error)
}

// Question is what a program outside is asked.
type Question struct {
	Account AccountID
	URL     string
	Call    *CallRecord       // as it is now, without legs, timeline and ladder; a copy
	Status  CallStatus        // of the call
	Inputs  map[string]string // what the caller typed, by the title of its node
	Contact *Contact          // nil: the caller is nobody whom the account knows
}

// Texts sends the SMS of flows. Send must not block: what becomes of a text later is told elsewhere.
type Texts interface{ Send(t Text) error }

// Text is one SMS.
type Text struct {
	Account AccountID
	From    E164
	To      E164
	Body    string
	Call    CallID // of whose flow it is
	Node    string // of that flow: what a call passes twice is one text
}

// told is what came of a question.
type told struct {
	id     int
	node   *flow.RingToAPI
	answer []byte
	err    error
}

func (told) own() {}

var errNobodyToAsk = errors.New("this system asks nobody")

// ask puts a question for the machine. The call goes on meanwhile, and hears of the answer by its mailbox.
func (c *call) ask(a flow.Ask) {
	if c.sw.asker == nil {
		c.answerAsked(told{id: a.ID, err: errNobodyToAsk})
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), a.Within) //nolint:forbidigo // A call has no context: stopAsking ends the question with it.
	if c.asking == nil {
		c.asking = map[int]context.CancelFunc{}
	}
	c.asking[a.ID] = cancel
	rec := c.outline()
	q := Question{Account: c.account, URL: a.URL, Call: &rec, Status: c.status(), Inputs: a.Inputs}
	if account := c.sw.dir.Snapshot().Accounts[c.account]; account != nil && !c.rec.Anonymous {
		q.Contact = account.Contacts[E164(c.rec.From)]
	}
	box, asker := c.box, c.sw.asker
	c.sw.calls.Go(func() {
		defer cancel()
		answer, err := asker.Ask(ctx, q)
		box.post(letter{own: told{a.ID, a.Node, answer, err}})
	})
}

// answerAsked tells the machine what the program said.
func (c *call) answerAsked(t told) {
	if cancel := c.asking[t.id]; cancel != nil {
		cancel()
		delete(c.asking, t.id)
	}
	if c.flow == nil || c.stage == over {
		return
	}
	c.feed(c.readAnswer(t))
}

// stopAsking gives up every question.
func (c *call) stopAsking() {
	for _, cancel := range c.asking {
		cancel()
	}
	clear(c.asking)
}

// send sends a text for the machine, and says on the timeline what became of it.
func (c *call) send(s flow.Send) {
	if c.sw.texts == nil {
		c.note("sms_not_sent", nil, "text", "no message channel is connected")
		return
	}
	snap := c.sw.dir.Snapshot()
	id := s.From
	if id == "" {
		id = c.rec.NumberID
	}
	to := s.To
	if to == "" && !c.rec.Anonymous {
		to = c.rec.From
	}
	from := c.sw.numberByID(snap, id, c.account)
	if from == nil || !E164(to).valid() {
		c.note("sms_not_sent", nil, "text", "there is no number to send it from, or none to send it to")
		return
	}
	err := c.sw.texts.Send(Text{Account: c.account, From: from.E164, To: E164(to), Body: s.Text, Call: c.id, Node: string(s.Node)})
	if err != nil {
		c.sw.log.Warn("text of a flow is not sent", slog.String("call_id", string(c.id)), slog.Any("err", err))
		c.note("sms_not_sent", nil, "text", "the message channel did not take it")
		return
	}
	c.note("sms_sent", nil)
}

// outline is the record as it is now, without its lists of what happened. Whoever gets it may keep it.
func (c *call) outline() CallRecord {
	r := c.rec
	r.Legs, r.Timeline, r.Ladder = nil, nil, nil
	return r
}

// readAnswer makes of an answer what the machine understands.
func (c *call) readAnswer(t told) flow.Told {
	if t.err != nil {
		return flow.Told{ID: t.id, Failed: t.err.Error()}
	}
	node := c.flow.flow.Nodes[c.flow.machine.Node()]
	if node == nil || node.RingToAPI == nil {
		return flow.Told{ID: t.id, Failed: "the call is elsewhere by now"}
	}
	out, err := flow.TargetOf(node.RingToAPI, t.answer)
	out.ID = t.id
	if err != nil {
		out.Failed = err.Error()
	}
	return out
}
