package overip_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/messaging"
	"tandem/messaging/messagingtest"
	"tandem/messaging/overip"
	"tandem/mobilecore/sms"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

const (
	domain = "ims.example"
	centre = "+33609001390"
	alice  = messagingtest.Alice
	other  = messagingtest.Other
	outer  = time.Second // longer than anything takes that does not wait for somebody
)

// core is an operator's core around a link: what the link sends is kept, and answered by do.
type core struct {
	t      *testing.T
	house  *messagingtest.House
	store  *messagingtest.Memory
	office *messaging.Office
	link   *overip.Link
	do     func(m sip.Text, done func(sip.Answer)) // nil: 202, and nothing more

	mu    sync.Mutex
	sent  []sip.Text
	notes int
}

// SendMessage implements overip.Wire.
func (c *core) SendMessage(m sip.Text, done func(sip.Answer)) error {
	c.mu.Lock()
	c.sent = append(c.sent, m)
	c.mu.Unlock()
	if c.do != nil {
		c.do(m, done)
		return nil
	}
	done(sip.Answer{Status: 202})
	return nil
}

// texts is what the link sent.
func (c *core) texts() []sip.Text {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// inCore runs a story in a bubble: Alice is reached over IP first, then by SMPP, and her messages leave by a carrier.
func inCore(t *testing.T, story func(c *core)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &core{t: t, house: messagingtest.NewHouse(), store: messagingtest.NewMemory()}
		line := c.house.Post().Lines[alice]
		line.Route, line.Native.Ways = messagingtest.ByAir, []messaging.ConnectorID{messagingtest.ByIMS, messagingtest.ByCore}
		c.office = messagingtest.NewOffice(c.house, c.store)
		c.link = overip.New(overip.Config{
			Connector: messagingtest.ByIMS, Trunk: "core", Server: "sip:192.0.2.1:6060", Domain: domain, Centre: centre, Country: "FR",
			Desk: c.office, Directory: c.house, Wire: c, Emergency: messagingtest.Emergency, Normal: messagingtest.Normal,
		})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		if err := c.office.Start(ctx); err != nil {
			t.Fatal(err)
		}
		running.Go(func() { c.link.Run(ctx) })
		synctest.Wait()
		story(c)
		stop()
		running.Wait()
		if err := c.office.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
}

// answer is what became of a MESSAGE that came.
type answer struct {
	mu     sync.Mutex
	status int // 0: nothing yet; 1: it was passed on
}

func (a *answer) say(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Accept(status int, _ ...message.Field)           { a.say(status) }
func (a *answer) Refuse(status int, _ string, _ ...message.Field) { a.say(status) }
func (a *answer) Pass()                                           { a.say(passed) }

const passed = 1

func (a *answer) is() int {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

// note is a MESSAGE as the S-CSCF sends it to us.
func (c *core) note(rp sms.RP, served, sescase string, headers ...string) *sip.Note {
	c.t.Helper()
	b, err := rp.Append(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r := message.NewRequest(message.Head{Method: "MESSAGE"})
	message.Add(r, "P-Served-User", fmt.Sprintf("<sip:%s@%s>;sescase=%s;regstate=reg", served, domain, sescase))
	for i := 0; i+1 < len(headers); i += 2 {
		message.Add(r, headers[i], headers[i+1])
	}
	c.notes++
	n := &sip.Note{
		Trunk: "core", Reference: fmt.Sprintf("note%d@%s 1", c.notes, domain), Route: []string{"sip:odi@scscf.example;lr"}, Head: dialog.HeadOf(r),
		Body: &message.Body{Type: "application/vnd.3gpp.sms", Bytes: b}, RequestURI: message.Party{Scheme: "sip", User: centre, Host: domain},
	}
	if sescase == "term" {
		n.RequestURI.User = served
	}
	return n
}

// hears gives the link a MESSAGE.
func (c *core) hears(n *sip.Note) *answer {
	a := &answer{}
	c.link.Hear(n, a)
	return a
}

// writes is what a handset sends.
func (c *core) writes(to, text string, o sms.Options) (all []*sip.Note) {
	c.t.Helper()
	m, err := sms.Plan(text, o)
	if err != nil {
		c.t.Fatal(err)
	}
	for i, s := range m.Segments {
		data, err := sms.UserDataOf(m, s)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, c.mo(&sms.Submit{Reference: byte(c.notes + i), To: sms.AddressOf(to), Data: data}, byte(c.notes+i)))
	}
	return all
}

func (c *core) mo(u *sms.Submit, reference byte) *sip.Note {
	c.t.Helper()
	unit, err := u.Append(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.note(sms.RP{Kind: sms.RPData, Way: sms.ToCentre, Reference: reference, To: sms.AddressOf(centre), Unit: unit}, string(alice), "orig")
}

// comes is what the network sends a handset.
func (c *core) comes(u sms.TPDU) *sip.Note {
	c.t.Helper()
	unit, err := u.Append(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.note(sms.RP{Kind: sms.RPData, Way: sms.ToHandset, Reference: 7, From: sms.AddressOf(centre), Unit: unit}, string(alice), "term")
}

// messages are all that are in the store, oldest first.
func (c *core) messages() []messaging.Message {
	c.t.Helper()
	synctest.Wait()
	page, err := c.store.Messages(c.t.Context(), messaging.Filter{Account: messagingtest.Account, Limit: 200})
	if err != nil {
		c.t.Fatal(err)
	}
	slices.Reverse(page.Messages)
	for i := range page.Messages {
		m, err := c.store.Message(c.t.Context(), page.Messages[i].ID)
		if err != nil {
			c.t.Fatal(err)
		}
		page.Messages[i] = *m
	}
	return page.Messages
}

// handset answers what is sent to it, and keeps the text of it.
type handset struct {
	c     *core
	cause sms.Cause // 0: it takes everything
	mute  bool      // it never reports

	mu     sync.Mutex
	chunks []sms.Chunk
	from   []string
	times  []time.Time
}

// at makes a handset, or the operator's centre, the other end of what the link sends.
func (c *core) far() *handset {
	h := &handset{c: c}
	c.do = h.take
	return h
}

func (h *handset) take(m sip.Text, done func(sip.Answer)) {
	done(sip.Answer{Status: 202})
	rp, err := sms.ParseRP(m.Body.Bytes)
	if err != nil || rp.Kind != sms.RPData {
		return
	}
	unit, err := rp.TPDU()
	if err != nil {
		h.c.t.Error(err)
		return
	}
	answer := sms.RP{Kind: sms.RPAck, Way: 1 - rp.Way, Reference: rp.Reference}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cause != 0 {
		answer.Kind, answer.Cause = sms.RPError, h.cause
	}
	h.times = append(h.times, time.Now())
	served, sescase := m.To.User, "orig"
	switch u := unit.(type) {
	case *sms.Deliver:
		h.chunks, h.from = append(h.chunks, u.Data.Chunk()), append(h.from, u.From.String())
	case *sms.Submit:
		h.chunks, h.from = append(h.chunks, u.Data.Chunk()), append(h.from, m.From.User)
		served, sescase = m.From.User, "term"
		answer.Unit, _ = (&sms.SubmitReport{At: time.Now()}).Append(nil)
	case *sms.StatusReport, *sms.SubmitReport, *sms.DeliverReport, *sms.Command:
	}
	if !h.mute {
		go h.c.hears(h.c.note(answer, served, sescase, "In-Reply-To", m.CallID))
	}
}

func (h *handset) text() string {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	return sms.Join(h.chunks...)
}

// withDesk is another link in the same core.
func (c *core) withDesk(d messaging.Desk) *overip.Link {
	return overip.New(overip.Config{
		Connector: messagingtest.ByIMS, Trunk: "core", Server: "sip:192.0.2.1:6060", Domain: domain, Centre: centre, Country: "FR",
		Desk: d, Directory: c.house, Wire: c, Emergency: messagingtest.Emergency, Normal: messagingtest.Normal,
	})
}
