package sim

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tandem/mobilecore/smpp"
	"tandem/mobilecore/sms"
)

// Passed is a short message that passed between the centre and a program, as the centre saw it.
type Passed struct {
	ESME      string // its system id
	Way       Passing
	From, To  string // as on the wire, with a plus before what is international
	Text      string // of that segment
	Part      sms.Concat
	Reference int    // user_message_reference; -1: none
	ID        string // that the centre gave it; empty: none
	Receipt   bool   // it is a receipt
	Status    uint32 // that it was answered with, or Unanswered
	At        time.Time
}

// Passing says which way something passed.
type Passing int

// The ways.
const (
	Given     Passing = iota // to the program
	Submitted                // by it
)

// Passed lists what passed between the centre and its programs, oldest first, repeats included.
func (c *SMSC) Passed() []Passed {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Passed, len(c.passed))
	for i, p := range c.passed {
		all[i] = *p
	}
	return all
}

// Pass waits until something passed, and gives everything.
func (c *SMSC) Pass(ctx context.Context, what string, is func(Passed) bool) error {
	return c.until(ctx, what+" did not pass", func() bool { return slices.ContainsFunc(c.passed, func(p *Passed) bool { return is(*p) }) })
}

// Bound waits until there have been that many binds.
func (c *SMSC) Bound(ctx context.Context, n int) error {
	return c.until(ctx, "nobody binds", func() bool { return c.binds >= n })
}

// say notes what is in a message.
func (p *Passed) say(b *smpp.SM) {
	p.From, p.To, p.Reference = plused(b.Source), plused(b.Destination), b.Reference()
	p.Receipt = b.ESMClass.Type() == smpp.TypeReceipt
	if s, err := shortOf(b); err == nil {
		p.Text = sms.Decode(s.scheme.Coding, s.octets)
		p.Part, _ = s.header.Concat()
	}
}

// gave notes what a program is given.
func (c *SMSC) gave(e *esme, b *smpp.SM) *Passed {
	p := &Passed{ESME: e.cfg.SystemID, Way: Given, Status: Unanswered, At: time.Now()}
	p.say(b)
	c.set(func() { c.passed = append(c.passed, p) })
	return p
}

// receipt tells a program what became of a message that it submitted (SMPP 3.4 appendix B).
func (e *esme) receipt(h *held, cause Cause) {
	k := e.c.quirk()
	state, delivered := smpp.StateDelivered, 1
	switch cause {
	case causeNone:
	case causeExpired:
		state, delivered = smpp.StateExpired, 0
	case CauseRefused:
		state, delivered = smpp.StateRejected, 0
	case CauseUnassigned, CauseFull, CauseAbsent, CauseNetwork, CauseTemporary, causeSilence:
		state, delivered = smpp.StateUndeliverable, 0
	}
	id, code := h.id, int(cause)&0xff
	if k.IDs == IDsNone {
		n, _ := strconv.Atoi(id) // it is one
		id = fmt.Sprintf("%08x", n)
	}
	const stamp = "0601021504"
	submitted, done := h.at.Format(stamp), time.Now().Format(stamp)
	if k.Receipts == ReceiptsLiteral {
		submitted, done, delivered = "YYMMDDhhmm", "YYMMDDhhmm", 0
	}
	b := &smpp.SM{
		Command: smpp.DeliverSM, Source: addressed(h.to), Destination: addressed(h.from), ESMClass: smpp.TypeReceipt,
		Short: fmt.Appendf(nil, "id:%s sub:%03d dlvrd:%03d submit date:%s done date:%s stat:%s err:%03d text:", id, delivered, delivered, submitted, done, state, code),
	}
	if k.Receipts == ReceiptsAsMost && k.IDs == IDsDecimal {
		b.TLVs.SetText(smpp.TagReceiptedMessageID, id)
		b.TLVs.SetOctet(smpp.TagMessageState, uint8(state))
	}
	e.give(&gift{short: h.short, origin: originCentre, body: b, done: func(Cause) {}})
}

// alert tells the programs in the path that a handset can be reached again.
func (c *SMSC) alert(h *Handset) {
	e := c.of(h.number, PathIn)
	if e == nil {
		return
	}
	b := &smpp.Alert{Source: smpp.Address{TON: smpp.TONSubscriber, NPI: smpp.NPILandMobile, Number: h.imsi}}
	b.TLVs.SetOctet(smpp.TagMSAvailabilityStatus, 0)
	for range c.quirk().Alerts {
		e.tell(b)
	}
}

// tell sends something that nobody answers to one bind.
func (e *esme) tell(b smpp.Body) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.links) > 0 {
		_ = e.links[0].ask(b, nil) // lost, it is lost
	}
}

// Hand takes short messages from outside in the order in which they are given; some long ones come out of order where the centre shuffles.
func (c *SMSC) hand(all []short) {
	if len(all) > 1 && c.dice.intn(100) < c.quirk().Shuffle {
		for i := len(all) - 1; i > 0; i-- {
			j := c.dice.intn(i + 1)
			all[i], all[j] = all[j], all[i]
		}
	}
	for _, s := range all {
		c.arrive(s)
	}
}
