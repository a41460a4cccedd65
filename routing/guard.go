package routing

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tandem/media/sdp"
	"tandem/mobilecore/ims"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// verdict is who a leg's reply is from.
type verdict int

// The verdicts.
const (
	person  verdict = iota // as far as can be told
	suspect                // a machine, perhaps: neither wins nor stops anybody
	machine                // the leg is dropped
)

// What else betrays a machine: it was asked for a key.
const (
	signNoKey  ims.Sign = "no_key"  // and pressed none in its time
	signHungUp ims.Sign = "hung_up" // and hung up
)

// judge says what an answer is by the sign that it gave (SPEC E8). What the core itself says of a diversion is believed of every operator; what the clock says,
// not of one that was proven to have no voicemail.
func (o *Operator) judge(sign ims.Sign) verdict {
	switch sign {
	case ims.SignForwarded, ims.SignHistory, ims.SignDiversion, ims.SignIdentity, ims.SignContact, ims.SignMediaServer:
		return machine
	case ims.SignNoRinging, ims.SignTooSoon, ims.SignOnTimer:
		if o.ProvenClean {
			break
		}
		if o.Confirm == ConfirmNever {
			return machine
		}
		return suspect
	case ims.NoSign:
	}
	if o.Confirm == ConfirmAlways {
		return suspect
	}
	return person
}

// How networks wait for an answer before they divert: a multiple of five seconds, up to thirty (TS 22.030 annex B). What they divert to answers a moment
// later.
const (
	diversionStep  = 5 * time.Second
	diversionMost  = 30 * time.Second
	diversionEarly = 300 * time.Millisecond
	diversionLate  = 700 * time.Millisecond
)

// mayDivert says whether an answer came when a diversion on no reply has one: of an operator whose timer is known, that is any time after it, from the INVITE
// on, since the handset itself rings no more. Of another, it is every moment that a network can be set to, from the first ringing on.
func (o *Operator) mayDivert(after, rang time.Duration) (may bool) {
	if o.NoReplyTimer > 0 {
		return after >= o.NoReplyTimer-diversionEarly
	}
	at := (rang + diversionEarly) % diversionStep
	return rang > diversionStep/2 && rang < diversionMost+diversionStep/2 && at <= diversionEarly+diversionLate
}

// handsetSpoke takes a provisional response of a handset's leg. machine: the leg was dropped.
func (c *call) handsetSpoke(l *leg, p dialog.Progress) verdict {
	h := l.handset
	if sign := h.watch.Saw(h.reply(p.Status, p.Head, p.Body)); sign != ims.NoSign {
		c.deflected(l, sign)
		return machine
	}
	if h.rang.IsZero() && h.watch.Rang() == ims.Alerted {
		h.rang = time.Now()
		c.sw.handsets.woke(h.number.E164)
	}
	return person
}

// handsetAnswered takes the answer of a handset's leg: a person's wins the call, a machine's ends the leg, and what may be either's is asked.
func (c *call) handsetAnswered(l *leg, s dialog.Answered) verdict {
	h := l.handset
	c.clocks.stop(clockHandset, l.ref)
	after := time.Since(h.sent)
	sign := h.watch.Answered(h.reply(statusOK, s.Head, s.Body), after)
	if sign == ims.NoSign && h.operator.mayDivert(after, time.Since(h.rang)) {
		sign = ims.SignOnTimer
	}
	v := h.operator.judge(sign)
	switch v {
	case person:
	case suspect:
		c.askForKey(l, sign)
	case machine:
		c.deflected(l, sign)
	}
	return v
}

// deflected drops a leg that a machine has taken. The others go on as if it had not answered.
func (c *call) deflected(l *leg, sign ims.Sign) {
	if l == nil || l.fork == nil || l.state == legGone {
		return
	}
	h := l.handset
	h.state, h.because = HandsetDeflected, sign
	c.sw.counters.deflected(h.operator.ID)
	c.sw.log.Info("handset's leg was deflected", slog.String("call_id", string(c.id)), slog.String("leg_id", string(l.rec.ID)),
		slog.String("trunk", string(l.trunk.ID)), slog.String("cause", string(sign)))
	why := causeOfQ850(q850NoAnswer)
	l.hangup(message.Reason{}, why)
	c.lostTry(l, why)
}

// reply is a response as the guard reads it.
func (h *handset) reply(status int, head ims.Headers, body *message.Body) ims.Reply {
	return ims.Reply{Status: status, Head: unsaid{head, h.said}, Media: voiceAt(body)}
}

// unsaid is a head without the redirections that we sent ourselves: a response repeats them (RFC 7044 section 9.4), and they betray nobody.
type unsaid struct {
	ims.Headers

	said []string
}

// Values are those of the peer alone.
func (u unsaid) Values(name string) []string {
	all := u.Headers.Values(name)
	if len(u.said) == 0 || !strings.EqualFold(name, "History-Info") {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(v string) bool { return slices.Contains(u.said, entryURI(v)) })
}

// entryURI is what is between the angle brackets.
func entryURI(value string) string {
	_, rest, _ := strings.Cut(value, "<")
	uri, _, _ := strings.Cut(rest, ">")
	return uri
}

// voiceAt lists where a description takes the voice; none where it cannot be read.
func voiceAt(body *message.Body) []netip.Addr {
	if body == nil {
		return nil
	}
	d, err := sdp.Parse(body.Bytes)
	if err != nil {
		return nil // Media says what is wrong with it.
	}
	var list []netip.Addr
	for i := range d.Media {
		if d.Media[i].Addr.IsValid() {
			list = append(list, d.Media[i].Addr)
		}
	}
	return list
}
