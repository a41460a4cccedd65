package sim

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tandem/mobilecore/sms"
	"tandem/sip/message"
)

// Bearer is what carries messages between handsets and their centre.
type Bearer int

// The bearers.
const (
	BearerIMS   Bearer = iota // SMS over IP (TS 24.341), through the filters of the S-CSCF; with AttachTrunk it is the radio all the same
	BearerRadio               // as ever, past the IMS
)

const rpType = "application/vnd.3gpp.sms"

// pending is RP-DATA that waits for its report (TS 24.011 section 5.3.2).
type pending struct {
	number    string // of the handset that sent it, or that it is for
	side      side   // originating: the handset sent it
	reference byte   // RP-MR
	done      func(Cause)
	timer     *time.Timer
}

func (c *Core) overIP() bool { return c.cfg.Attachment == AttachISC && c.cfg.Bearer == BearerIMS }

// writes sends a short message of a handset to the centre; done is told how it went.
func (c *Core) writes(h *Handset, s short, done func(Cause)) {
	if !c.overIP() {
		if rest(c.ctx, c.cfg.Timing.Message) != nil {
			return
		}
		c.smsc.write(s, done)
		return
	}
	const tries = 2 // TS 24.011 section 6.3.1: a handset repeats it once, by the same TP-MR
	c.submits(h, s, tries, done)
}

// submits sends RP-DATA to the centre, again where no report comes.
func (c *Core) submits(h *Handset, s short, tries int, done func(Cause)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.messageID()
	mr := c.nextReport()
	body, err := rpSubmit(s, mr)
	if err != nil {
		c.wg.Go(func() { done(CauseRefused) })
		return
	}
	c.awaitLocked(id, &pending{number: h.number, side: originating, reference: mr, done: func(cause Cause) {
		if cause == causeSilence {
			if tries > 1 {
				c.submits(h, s, tries-1, done)
				return
			}
			cause = CauseTemporary
		}
		done(cause)
	}})
	c.handsetSends(h, c.centre(), id, body)
}

// reach brings a short message to a handset, and says how that went.
func (c *Core) reach(ctx context.Context, h *Handset, s short) Cause {
	if c.overIP() {
		return c.delivers(ctx, h, s)
	}
	switch {
	case h.Power() == PowerOff:
		_ = rest(ctx, c.cfg.Timing.Off)
		return CauseAbsent
	case h.covered() == Uncovered:
		_ = rest(ctx, c.cfg.Timing.NoCoverage)
		return CauseAbsent
	case rest(ctx, c.cfg.Timing.Message) != nil:
		return CauseTemporary
	}
	return h.receive(s)
}

// delivers sends RP-DATA to a handset through the terminating filter, and waits for its report.
func (c *Core) delivers(ctx context.Context, h *Handset, s short) Cause {
	came := make(chan Cause, 1)
	c.mu.Lock()
	id, mr := c.messageID(), c.nextReport()
	body, err := rpDeliver(s, mr)
	if err == nil {
		c.awaitLocked(id, &pending{number: h.number, side: terminating, reference: mr, done: func(cause Cause) { came <- cause }})
		c.centreSends(h, id, "", body)
	}
	c.mu.Unlock()
	if err != nil {
		return CauseRefused
	}
	select {
	case cause := <-came:
		if cause == causeSilence {
			return CauseAbsent
		}
		return cause
	case <-ctx.Done():
		return CauseTemporary
	}
}

// causeSilence is that of RP-DATA which nobody reported on in time.
const causeSilence Cause = -1

// messageID names a MESSAGE; the mutex is held.
func (c *Core) messageID() string {
	c.count++
	return "message-" + strconv.Itoa(c.count) + "@" + c.addr.String()
}

// nextReport is the next RP-MR; the mutex is held.
func (c *Core) nextReport() byte {
	c.report++
	return c.report
}

// awaitLocked waits for the report of the RP-DATA in a MESSAGE.
func (c *Core) awaitLocked(id string, p *pending) {
	c.pending[id] = p
	p.timer = time.AfterFunc(c.cfg.Timing.Report, func() { c.reportLate(id) })
}

func (c *Core) reportLate(id string) {
	c.mu.Lock()
	p := c.pending[id]
	delete(c.pending, id)
	c.mu.Unlock()
	if p != nil {
		p.done(causeSilence)
	}
}

// reportedLocked ends the wait for a report: it names the MESSAGE that it is about, or the reference of that one's RP-DATA.
func (c *Core) reportedLocked(number string, s side, replyTo string, reference byte, cause Cause) {
	if c.pending[replyTo] == nil {
		for id, p := range c.pending {
			if p.number == number && p.side == s && p.reference == reference {
				replyTo = id
			}
		}
	}
	p := c.pending[replyTo]
	if p == nil || p.number != number || p.side != s {
		return
	}
	delete(c.pending, replyTo)
	p.timer.Stop()
	c.wg.Go(func() { p.done(cause) }) // the mutex is held
}

// centre is the public service identity of the centre, that the handsets have on their cards.
func (c *Core) centre() string { return "sip:smsc@" + c.cfg.Domain }

func (c *Core) identity(h *Handset) string { return "sip:" + h.number + "@" + c.cfg.Domain }

// newMessage is a MESSAGE (RFC 3428) of the network's own.
func (c *Core) newMessage(from, to, id string, body []byte) *datagram {
	m := &datagram{first: "MESSAGE " + to + " SIP/2.0", body: body}
	for _, f := range [][2]string{
		{"Max-Forwards", "70"},
		{"From", "<" + from + ">;tag=" + strings.NewReplacer("@", "", ":", "").Replace(id)},
		{"To", "<" + to + ">"},
		{"Call-ID", id},
		{"CSeq", "1 MESSAGE"},
		{"Content-Type", rpType},
	} {
		m.add(message.Field{Name: f[0], Value: f[1]})
	}
	return m
}

// handsetSends sends a MESSAGE of a handset through the originating filter; where the product does not answer it goes on without it. The mutex is held.
func (c *Core) handsetSends(h *Handset, to, id string, body []byte, more ...message.Field) {
	m := c.newMessage(c.identity(h), to, id, body)
	m.add(more...)
	out := c.toServer(originating, h, m)
	out.setURI(m.uri())
	out.set("To", m.get("To"))
	c.ask(out, c.cfg.Server, func(status int) {
		switch {
		case status == 408 || status/100 == 5: // DefaultHandling 0
			c.toCentre(h.number, m)
		case status >= 300:
			c.reportedLocked(h.number, originating, id, 0, CauseRefused)
		}
	})
}

// centreSends sends a MESSAGE of the centre to a handset through the terminating filter; where the product does not answer it goes on without it.
func (c *Core) centreSends(h *Handset, id, replyTo string, body []byte) {
	m := c.newMessage(c.centre(), c.identity(h), id, body)
	m.add(message.Field{Name: "P-Asserted-Identity", Value: "<" + c.centre() + ">"}, message.Field{Name: "Accept-Contact", Value: "*;+g.3gpp.smsip"},
		message.Field{Name: "Request-Disposition", Value: "no-fork"})
	if replyTo != "" {
		m.add(message.Field{Name: "In-Reply-To", Value: replyTo})
	}
	out := c.toServer(terminating, h, m)
	c.ask(out, c.cfg.Server, func(status int) {
		if status == 408 || status == 503 || status == 500 { // DefaultHandling 0
			status = c.toHandset(h, m)
		}
		if status >= 300 {
			c.reportedLocked(h.number, terminating, id, 0, CauseAbsent)
		}
	})
}

// takeMessage takes a MESSAGE that came back from the product along its original dialog id; the mutex is held.
func (c *Core) takeMessage(id odi, d *datagram, from netip.AddrPort) {
	c.sighted("message", id.served, d)
	status := 202
	switch id.side {
	case originating:
		c.toCentre(id.served, d)
	case terminating:
		status = c.toHandset(c.handsets[id.served], d)
	}
	c.replyOnce(d, status, from)
}

// newFromProduct takes a MESSAGE that the product itself wrote: to a handset, which no filter is asked about since it would lead back, or to the centre for one of
// its subscribers.
func (c *Core) newFromProduct(d *datagram, from netip.AddrPort) {
	number := international(userOf(d.uri()))
	c.sighted("message", number, d)
	status := 404
	switch h := c.handsets[number]; {
	case h != nil:
		status = c.toHandset(h, d)
	default:
		asserted := d.get("P-Asserted-Identity")
		if asserted == "" {
			asserted = d.get("From")
		}
		if h = c.handsets[international(userOf(inAngles(asserted)))]; h != nil {
			status = 202
			c.toCentre(h.number, d)
		}
	}
	c.replyOnce(d, status, from)
}

// replyOnce answers; a repeat gets the same.
func (c *Core) replyOnce(d *datagram, status int, from netip.AddrPort) {
	r := d.reply(status)
	h := &hop{key: d.branch() + d.method(), last: r, out: d}
	c.hops[h.key] = h
	c.fade(h)
	c.send(r, from)
}

// toCentre is a MESSAGE of a handset that reached the centre; the mutex is held.
func (c *Core) toCentre(number string, d *datagram) {
	m, err := readRP(d.body)
	if err != nil {
		c.fault("a message that nobody can read: " + err.Error())
		return
	}
	h, id := c.handsets[number], d.get("Call-ID")
	switch m.Kind {
	case sms.RPData:
		m.short.from = number
		c.wg.Go(func() { c.smsc.write(m.short, func(cause Cause) { c.reports(h, id, m.Reference, cause) }) })
	case sms.RPAck, sms.RPError:
		c.reportedLocked(number, terminating, d.get("In-Reply-To"), m.Reference, m.cause())
	case sms.RPMemory:
		c.wg.Go(func() {
			c.reports(h, id, m.Reference, causeNone)
			c.smsc.hasten(h)
		})
	}
}

// reports sends RP-ACK or RP-ERROR of the centre to a handset.
func (c *Core) reports(h *Handset, replyTo string, reference byte, cause Cause) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.centreSends(h, c.messageID(), replyTo, rpReport(sms.ToHandset, reference, cause))
	}
}

// toHandset is a MESSAGE that reached a handset, with what it answers; the mutex is held.
func (c *Core) toHandset(h *Handset, d *datagram) int {
	if h.Power() == PowerOff {
		return 480
	}
	if h.covered() == Uncovered {
		return 408
	}
	m, err := readRP(d.body)
	if err != nil {
		c.fault("a message that no handset can read: " + err.Error())
		return 415
	}
	switch m.Kind {
	case sms.RPData:
		cause := h.hears(m)
		to := c.centre()
		if sender := inAngles(d.get("P-Asserted-Identity")); sender != "" {
			to = sender
		}
		c.handsetSends(h, to, c.messageID(), rpReport(sms.ToCentre, m.Reference, cause), message.Field{Name: "In-Reply-To", Value: d.get("Call-ID")})
	case sms.RPAck, sms.RPError:
		c.reportedLocked(h.number, originating, d.get("In-Reply-To"), m.Reference, m.cause())
	case sms.RPMemory:
	}
	return 200
}

// hears takes a message, or what became of one that was written here.
func (h *Handset) hears(m heard) Cause {
	if m.report == nil {
		return h.receive(m.short)
	}
	switch m.report.Status.Outcome() {
	case sms.Delivered:
		h.reported(m.report.Reference, causeNone)
	case sms.Failed:
		h.reported(m.report.Reference, CauseUnassigned)
	case sms.Trying:
	}
	return causeNone
}

// tellsWriter brings a handset the receipt of what it wrote (SMS-STATUS-REPORT).
func (c *Core) tellsWriter(h *held, cause Cause) {
	if !c.overIP() {
		h.writer.reported(byte(h.reference), cause) //nolint:gosec // a handset's has 8 bits
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if body, err := rpStatus(h, c.nextReport(), cause); err == nil && !c.closed {
		c.centreSends(h.writer, c.messageID(), "", body)
	}
}

// hasRoom tells the centre that a handset has room again (RP-SMMA, TS 24.011 section 7.3.2).
func (c *Core) hasRoom(h *Handset) {
	if !c.overIP() {
		c.smsc.hasten(h)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || h.Power() == PowerOff {
		return
	}
	c.handsetSends(h, c.centre(), c.messageID(), rpMemory(c.nextReport()))
}

// rest lets time pass.
func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
