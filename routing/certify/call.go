package certify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cancelWithin is how long a peer may take to answer a cancelled INVITE with 487.
const cancelWithin = 5 * time.Second

// leastPackets is the share of the packets that were due from which voice counts as coming.
const leastPackets = 0.5

// refusal is how a call was refused, in words.
func (c *CallSeen) refusal() string {
	switch c.Status {
	case 0:
		return "nobody answered within the time"
	case statusSilence:
		return "nothing came in answer to the INVITE (408)"
	}
	return strings.TrimSpace(fmt.Sprintf("it was refused with %d %s", c.Status, c.Phrase))
}

func (c *CallSeen) answer() Result {
	if !c.Answered {
		return fail("let the test number answer, and take calls of this trunk to it", "%s", c.refusal())
	}
	return pass("answered after %.1f s", c.AnsweredIn.Seconds())
}

func (c *CallSeen) ringing() Result {
	switch {
	case c.Ringing != 0 && c.Early:
		return pass("%d with early media after %.1f s", c.Ringing, c.RangIn.Seconds())
	case c.Ringing != 0:
		return pass("%d after %.1f s", c.Ringing, c.RangIn.Seconds())
	case c.Answered:
		return notOffered("it answered without ringing")
	case c.Status != 0 && c.Status != statusSilence:
		return skipped("%s", c.refusal())
	}
	return fail("send 180 while the called phone rings, or 183 with early media", "nothing but 100 came before the end: %s", c.refusal())
}

func (c *CallSeen) codecs() Result {
	const advice = "answer with codecs of our offer alone, each by the payload type that the offer gives it"
	if c.Media != "" {
		return fail(advice, "its answer cannot be taken: %s (offered: %s)", c.Media, list(c.Offer))
	}
	for _, p := range c.Picked {
		if !slices.Contains(c.Offer, p) {
			return fail(advice, "it answered with %s, and %s was offered", p, list(c.Offer))
		}
	}
	if len(c.Picked) == 0 {
		return fail(advice, "its answer has no codec")
	}
	return pass("it took %s of %s", list(c.Picked), list(c.Offer))
}

func list(all []string) string { return strings.Join(all, ", ") }

func (c *CallSeen) audio() Result {
	a := c.Audio
	if a == nil {
		return skipped("it was not listened to")
	}
	const packet = 20 * time.Millisecond
	due := float64(a.For / packet)
	switch {
	case a.Received == 0:
		return fail("send RTP to the address and port of our description from the answer on, and let ours through", "%d packets were sent and none came in %.1f s", a.Sent, a.For.Seconds())
	case float64(a.Received) < due*leastPackets && a.Received < minimumPackets:
		return fail("send RTP without gaps, also while nobody speaks", "only %d packets came in %.1f s", a.Received, a.For.Seconds())
	}
	text := fmt.Sprintf("%d packets of %s came in %.1f s, %d were lost, jitter %s", a.Received, a.Codec, a.For.Seconds(), a.Lost, milliseconds(a.Jitter))
	if a.MOS > 0 {
		text += fmt.Sprintf(", MOS %.2f", a.MOS)
	}
	if share := float64(a.Lost) / float64(a.Lost+a.Received); share > mostLost {
		return fail("find where packets are lost on the way", "%s", text)
	}
	return pass("%s", text)
}

const (
	minimumPackets = 30   // of three seconds in packets of 60 ms, and less
	mostLost       = 0.02 // a share from which voice is heard to suffer
)

func (c *CallSeen) callerID() Result {
	const advice = "allow this number as caller ID on the trunk, in this form"
	refused := slices.Contains([]int{403, 428, 433, 436, 437, 438, 607, 608}, c.Status)
	switch {
	case refused:
		return fail(advice, "a call showing %s was refused with %d %s", c.Shown, c.Status, c.Phrase)
	case !c.Answered:
		return skipped("the call was not answered")
	case c.Asserted != "":
		return pass("a call showing %s was taken; the answer names %s", c.Shown, c.Asserted)
	}
	return pass("a call showing %s was taken", c.Shown)
}

func (c *CallSeen) digits() Result {
	d := c.Digits
	if d == nil {
		return skipped("nothing was typed")
	}
	echo := ""
	if d.Echo != "" {
		echo = "; " + d.Echo + " came back"
	}
	switch {
	case c.Terms.Digits == "rfc4733" && !d.Events:
		return fail("answer with telephone-event: digits_out is rfc4733", "telephone-event was offered and not taken: digits do not arrive")
	case c.Terms.Digits == "info" && c.Allows != nil && !oneOf(c.Allows, "INFO"):
		return fail("allow INFO: digits_out is info", "its Allow has no INFO: digits do not arrive")
	case c.Terms.Digits == "info":
		return pass("%s was sent by INFO%s", d.Sent, echo)
	case c.Terms.Digits == "inband", !d.Events:
		return pass("%s was sent as tones in the voice%s", d.Sent, echo)
	}
	return pass("%s was sent as telephone events%s", d.Sent, echo)
}

func (c *CallSeen) reliable() Result {
	switch {
	case c.Terms.ReliableOff:
		return skipped("the trunk's terms say reliable = off")
	case c.Reliable:
		return pass("its %d wanted a PRACK and was acknowledged", c.Ringing)
	case c.Terms.ReliableRequired:
		return fail("send provisional responses reliably: the trunk's terms require it", "100rel was required, and its %d wanted no PRACK", c.Ringing)
	case oneOf(c.Supports, "100rel"):
		return notOffered("it supports 100rel and did not use it")
	}
	return notOffered("100rel was offered and not used")
}

func (c *CallSeen) timer() Result {
	const least = 90
	if c.Terms.TimerOff {
		return skipped("the trunk's terms say session_timer = off")
	}
	if c.Expires == "" {
		return notOffered("its answer has no Session-Expires")
	}
	value, rest, _ := strings.Cut(c.Expires, ";")
	seconds, err := strconv.Atoi(strings.TrimSpace(value))
	switch {
	case err != nil:
		return fail("write Session-Expires as seconds", "its Session-Expires cannot be read: %s", c.Expires)
	case seconds < least:
		return fail("refresh every 90 s at the most often", "its Session-Expires is %d s, below the least of 90 s", seconds)
	case !strings.Contains(strings.ToLower(rest), "refresher="):
		return fail("say in the answer's Session-Expires who refreshes", "its Session-Expires names no refresher: %s", c.Expires)
	}
	return pass("Session-Expires: %s", c.Expires)
}

func (c *CallSeen) update() Result {
	if oneOf(c.Allows, "UPDATE") {
		return pass("its Allow has UPDATE")
	}
	return notOffered("its Allow has no UPDATE")
}

func (c *CallSeen) hold() Result {
	const advice = "take a re-INVITE with a=sendonly and answer a=recvonly or a=inactive"
	switch h := c.Hold; {
	case h == nil:
		return skipped("no hold was tried")
	case h.changed(advice) != nil:
		return *h.changed(advice)
	case h.Direction != "recvonly" && h.Direction != "inactive":
		return fail(advice, "it answered %s to sendonly", h.Direction)
	default:
		return pass("it answered %s to sendonly", h.Direction)
	}
}

func (c *CallSeen) resume() Result {
	const advice = "take a re-INVITE with a=sendrecv after a hold, and send voice again"
	switch r := c.Resume; {
	case r == nil:
		return skipped("no resume was tried")
	case r.changed(advice) != nil:
		return *r.changed(advice)
	case r.Direction != "sendrecv":
		return fail(advice, "it answered %s to sendrecv", r.Direction)
	case r.Received == 0 && c.Audio != nil && c.Audio.Received > 0:
		return fail(advice, "it answered sendrecv, and no voice came any more")
	default:
		return pass("it answered sendrecv, and %d packets came", r.Received)
	}
}

// changed is why a re-INVITE failed; nil: it did not.
func (h *ChangeSeen) changed(advice string) *Result {
	var r Result
	switch {
	case h.Status == 0:
		r = fail(advice, "no answer to the re-INVITE came in time")
	case h.Over:
		r = fail(advice, "the call ended with the re-INVITE (%d)", h.Status)
	case h.Status >= 300:
		r = fail(advice, "the re-INVITE was refused with %d", h.Status)
	case h.Media != "":
		r = fail(advice, "its answer to the re-INVITE cannot be taken: %s", h.Media)
	default:
		return nil
	}
	return &r
}

func (c *CallSeen) fax() Result {
	const advice = "answer a re-INVITE for T.38 with 200 or with 488, and let the call go on"
	f := c.Fax
	switch {
	case f == nil:
		return skipped("no re-INVITE for T.38 was tried")
	case f.Status == 0:
		return fail(advice, "no answer to the re-INVITE came in time")
	case f.Over:
		return fail(advice, "the call ended with the re-INVITE (%d)", f.Status)
	case f.Status < 300 && f.Image:
		return pass("T.38 was taken")
	case f.Status < 300:
		return pass("T.38 was refused in the answer")
	case slices.Contains([]int{415, 488, 606}, f.Status):
		return pass("T.38 was refused with %d, and the call went on", f.Status)
	}
	return fail(advice, "the re-INVITE was refused with %d", f.Status)
}

func (c *CallSeen) hangup() Result {
	switch {
	case c.PeerLeft:
		return fail("let the test number hold the call until we end it", "it ended the call before we did")
	case !c.Left:
		return skipped("the call was not ended by us")
	case !c.Ended:
		return fail("answer BYE with 200", "no answer to BYE came in time")
	}
	return pass("BYE was answered in %s", milliseconds(c.EndedIn))
}

func (c *CallSeen) cancelled() Result {
	const advice = "end a cancelled INVITE with 487 at once"
	switch {
	case !c.Left && c.Answered:
		return skipped("it answered before it could be cancelled")
	case !c.Left:
		return skipped("it did not ring: %s", c.refusal())
	case c.Answered:
		return fail(advice, "it answered the call though it was cancelled")
	case !c.Ended, c.EndedIn > cancelWithin:
		return fail(advice, "no 487 came within %.0f s of the CANCEL", cancelWithin.Seconds())
	case c.Status != statusTerminated:
		return fail(advice, "the cancelled INVITE ended with %d instead of 487", c.Status)
	}
	return pass("487 came %s after the CANCEL", milliseconds(c.EndedIn))
}

const statusTerminated = 487

func (c *CallSeen) largeTaken() Result {
	const advice = "take INVITEs beyond 1,300 bytes: datagrams in fragments, or TCP, must pass"
	if c.Ringing == 0 && !c.Answered {
		return fail(advice, "an INVITE with %d bytes of headers and body beyond the usual was not taken: %s", c.Size, c.refusal())
	}
	return pass("an INVITE with more than %d bytes was taken", c.Size)
}

func (c *CallSeen) wrongRefused() Result {
	const advice = "refuse numbers that are nobody's with 404, 484 or 604"
	switch {
	case c.Answered:
		return fail(advice, "it answered the call: an announcement belongs into early media")
	case c.Status == statusSilence, c.Status == 0:
		return fail(advice, "no refusal came: %s", c.refusal())
	case c.Status >= 400 && c.Status < 500, c.Status >= 600:
		return pass("refused with %d %s", c.Status, c.Phrase)
	}
	return fail(advice, "%s", c.refusal())
}
