package routing

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tandem/media"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// An heir is a new dialog that takes the place of a leg: of the same page after a reload, or of another device of the same user. It is no leg of the record: the
// leg stays one, with a gap.
//
//	leg(ref 1) ══ page, whose connection went          leg(ref 2) ══ the page again
//	heir(ref 2) ── INVITE, X-Resume ──▶ 200  ⇒ succeed  husk(ref 1): what the old dialog still has to say

// Types of notes on the timeline.
const (
	noteSuspended = "suspended"
	noteSilent    = "path_lost"
	noteResumed   = "resumed" // seconds
	noteMoved     = "moved"   // device
)

// dialogue is a dialog that a leg had, or was to have.
type dialogue struct {
	sipCallID string
	leg       LegID
}

// resumeHeader tells a page which leg an INVITE is for, so that it answers by itself.
const resumeHeader = "X-Resume"

// callHeir calls a device so that it takes the place of l.
func (c *call) callHeir(l *leg, t target) error {
	h := c.newLeg(legTrying, time.Now())
	h.heirOf, h.device = l, t.device
	h.rec.ID, h.rec.Kind, h.rec.Device = l.rec.ID, kindOf(t.device.Kind, t.contact.Target.Network), t.device.Kind
	h.page = pageOf(&t.contact)
	h.source = endpoint{addr: t.contact.Target.Addr.Addr().Unmap(), latch: media.LatchNAT}
	user, realm, _ := strings.Cut(string(t.contact.AOR), "@")
	d := sip.Dial{
		Contact: t.contact, To: message.Party{Scheme: "sip", User: user, Host: realm, Display: l.user.Name}, From: c.partnerOf(l, realm),
		AutoAnswer: true, Headers: []message.Field{{Name: resumeHeader, Value: string(l.rec.ID)}},
	}
	ln, err := c.invite(h, d)
	if err != nil {
		c.sw.log.Warn("leg cannot be taken over", slog.String("call_id", string(c.id)), slog.String("leg_id", string(l.rec.ID)), slog.Any("err", err))
		h.gone(causeOfQ850(q850Temporary))
		return err
	}
	h.line = ln
	h.rec.SIPCallID = ln.CallID()
	c.sw.index(h.rec.SIPCallID, c)
	l.heir = h
	c.after(clockHeir, h.ref, pickUpWithin)
	return nil
}

// partnerOf is the other party as the user's device shows it.
func (c *call) partnerOf(l *leg, realm string) message.Party {
	o := c.other(l)
	if o == nil {
		return c.shownTo(realm)
	}
	if c.rec.Anonymous && o == c.opener {
		return message.Party{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid", Display: "Anonymous"}
	}
	p := message.Party{Scheme: "sip", User: c.shown(o), Host: realm, Display: c.toDisplay}
	if o.user != nil || o == c.opener {
		p.Display = o.display()
	}
	return p
}

// heirSaid takes what the wire says of an heir.
func (c *call) heirSaid(h *leg, s dialog.Signal) {
	switch s := s.(type) {
	case dialog.Answered:
		c.heirAnswered(h, s.Body)
	case dialog.Failed:
		c.heirGone(h, causeOfStatus(s.Status))
	case dialog.Ended:
		c.heirGone(h, causeOfReason(s.Reason))
	case dialog.Offered:
		_ = h.line.RefuseOffer(491, "") // It fails only when the peer has gone already.
	case dialog.Referred:
		_ = h.line.RefuseRefer(statusForbidden)
	case dialog.EarlyOffered, dialog.EarlyConfirmed, dialog.Refreshed:
	case dialog.Progress, dialog.Cancelled, dialog.Confirmed, dialog.OfferConfirmed, dialog.OfferEnded, dialog.InfoReceived, dialog.ReferProgress, dialog.Parted:
	}
}

func (c *call) heirAnswered(h *leg, body *message.Body) {
	l := h.heirOf
	if h.state == legGone || l.heir != h || c.stage != talking {
		h.hangup(causeOfQ850(q850Normal).reason(), causeOfQ850(q850Normal))
		return
	}
	if status, warning := h.accept(body); status != 0 {
		c.note("unusable_answer", l, "text", warning)
		h.hangup(Cause{Q850: q850Incompatible}.reason(), causeOfStatus(status))
		l.heir = nil
		return
	}
	c.succeed(l, h)
}

// heirGone forgets an heir that did not pick up: the leg goes on as it was, or waits on.
func (c *call) heirGone(h *leg, why Cause) {
	c.clocks.stop(clockHeir, h.ref)
	h.gone(why)
	if l := h.heirOf; l.heir == h {
		l.heir = nil
	}
}

// heirLate takes that nobody picked up.
func (c *call) heirLate(h *leg) {
	if h != nil && h.heirOf != nil && h.state != legGone {
		h.hangup(message.Reason{}, causeOfQ850(q850NoAnswer))
		h.heirOf.heir = nil
	}
}

// succeed puts the heir in the place of its leg, which stays who it is: same id, same user, one entry in the log.
func (c *call) succeed(l, h *leg) {
	was, old := l.page, l.line
	c.clocks.stop(clockHeir, h.ref)
	c.clocks.stop(clockAway, l.ref)
	c.clocks.stop(clockListen, l.ref)
	c.sw.lobby.leave(l.rec.ID)
	l.closeVoice()
	husk := &leg{call: c, ref: l.ref, guest: l.guest, state: legGone, line: old, heirOf: l}
	husk.rec.ID, husk.rec.SIPCallID = l.rec.ID, l.rec.SIPCallID
	c.legs[husk.ref], c.legs[h.ref] = husk, l
	l.guest = h.guest
	l.ref, l.line, l.voice, l.source, l.page, l.heir = h.ref, h.line, h.voice, h.source, h.page, nil
	l.rec.SIPCallID, l.rec.Kind = h.rec.SIPCallID, h.rec.Kind
	l.late, l.early, l.holds = false, false, false
	moved := l.device != h.device
	l.device, l.rec.Device = h.device, h.rec.Device
	if old != nil {
		_ = old.Hangup(message.CompletedElsewhere) // It fails only when the peer has gone already.
	}
	if was != nil && !was.lost.IsZero() {
		c.note(noteResumed, l, "seconds", secondsText(time.Since(was.lost)))
	}
	if moved || was == nil || was.lost.IsZero() {
		c.note(noteMoved, l, "device", string(l.rec.Device))
		c.sw.presence.talk(l.user.ID, c, l.rec.Device)
	}
	c.bridge()
	c.publish()
}

// isHeir says that a leg is none of the record's: it is called to take another one's place, or has left its own to another one.
func (l *leg) isHeir() bool { return l.heirOf != nil }

// inOrder lists the legs as they came to be: one that was taken over is where it was.
func (c *call) inOrder() []*leg {
	if !slices.ContainsFunc(c.legs, (*leg).isHeir) {
		return c.legs
	}
	list := slices.Clone(c.legs)
	slices.SortStableFunc(list, func(a, b *leg) int { return cmp.Compare(a.born, b.born) })
	return list
}
