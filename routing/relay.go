package routing

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"tandem/mobilecore/ims"
	"tandem/sip"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// onward is a call that goes on as it came.
type onward struct {
	attempt *sip.Attempt
	tries   []sip.Dial // one after the other until one of them says something
	longest time.Duration
	keep    *relayRecord // nil: it is no call of ours, and kept nowhere
	handset bool         // it is a leg of ours to a handset, which the core handed to us again
}

// relay is a call that we only pass through: two legs on the wire, their bodies untouched, no media of ours. Its goroutine owns it; the wire posts.
type relay struct {
	sw   *Switch
	box  *mailbox
	plan onward

	// run owns the fields below.
	in, out line
	spent   []line // tries that failed
	watch   ims.Watch
	ended   bool
	talks   bool // the caller has been answered
	heard   bool // somebody behind the try has said something: no other is tried
	asked   line // whose offer the other side has to answer; nil: no offer is open
	blank   bool // it asks for an offer instead
	late    line // who sent its offer in a 2xx, and waits for the answer in an ACK
	clock   *time.Timer
}

// relay lets a call pass through. The caller has been answered 100 already.
func (s *Switch) relay(o onward, d door) {
	if hopsOf(o.attempt) <= 1 {
		d.refuse(statusTooManyHops, "this call goes round", 0)
		return
	}
	r := &relay{sw: s, box: newMailbox(), plan: o, clock: time.NewTimer(o.longest)}
	s.mu.Lock()
	s.relays++
	s.mu.Unlock()
	r.in = d.accept(wireBox{r.box}, 0)
	s.calls.Go(r.run)
}

// run is the relay's goroutine.
func (r *relay) run() {
	defer r.leave()
	if r.plan.keep != nil {
		r.plan.keep.begin(r.sw, r.plan.attempt)
	}
	r.safely(r.next)
	for r.alive() {
		select {
		case <-r.box.wake:
		case <-r.sw.stop:
			r.safely(func() { r.end(shuttingDown().reason(), causeOfStatus(statusNoService), "system") })
			return // the wire is closing too
		case <-r.clock.C:
			if r.ended {
				return // the wire never came to rest
			}
			r.safely(func() {
				r.end(message.Reason{}, Cause{Q850: q850TimerExpired, SIP: statusOK, Text: "Longest call time reached"}, "system")
			})
		}
		letters, burst := r.box.take()
		if burst {
			r.box.reopen()
			r.safely(func() { r.end(message.Reason{}, causeOfQ850(q850Congestion), "system") })
		}
		for i := range letters {
			r.safely(func() { r.receive(letters[i].wire) })
		}
	}
}

func (r *relay) alive() bool {
	if !r.ended || !r.in.Over() {
		return true
	}
	for _, l := range r.spent {
		if !l.Over() {
			return true
		}
	}
	return r.out != nil && !r.out.Over()
}

// leave is the goroutine's last act.
func (r *relay) leave() {
	r.clock.Stop()
	r.box.close()
	if r.plan.keep != nil {
		r.plan.keep.finish(r.sw)
	}
	r.sw.mu.Lock()
	defer r.sw.mu.Unlock()
	r.sw.relays--
	r.sw.restLocked()
}

// safely ends the relay whose step went wrong, and no other.
func (r *relay) safely(step func()) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		r.sw.counters.panics.Add(1)
		r.sw.log.Error("relay step panicked", slog.String("sip_call_id", r.plan.attempt.CallID), slog.String("err", fmt.Sprintf("%v\n%s", p, debug.Stack())))
		r.ended = true
		r.clock.Reset(lingerMax)
	}()
	step()
}

// next sends the call by the next way. Without one left the caller hears why.
func (r *relay) next() {
	for len(r.plan.tries) > 0 {
		d := r.plan.tries[0]
		r.plan.tries = r.plan.tries[1:]
		if r.out != nil {
			r.spent = append(r.spent, r.out)
		}
		d.Late = r.plan.attempt.Offer == nil && r.plan.attempt.Acknowledges
		out, err := r.sw.wire.dial(d, wireBox{r.box}, dialog.Ref(len(r.spent)+1))
		if err == nil {
			r.out = out
			r.plan.keep.goesBy(d.Trunk, out.CallID())
			return
		}
		r.out = nil
		r.sw.log.Warn("call cannot be passed on", slog.String("trunk", string(d.Trunk)), slog.String("sip_call_id", r.plan.attempt.CallID), slog.Any("err", err))
	}
	r.end(message.Reason{}, causeOfStatus(statusNoService), "system")
}

// receive takes one event of a leg.
func (r *relay) receive(e dialog.Event) {
	if e == nil {
		return
	}
	l := r.lineOf(int(e.Of()))
	if l == nil {
		return
	}
	for _, s := range l.Step(e) {
		if l == r.in || l == r.out {
			r.signal(l, s)
		}
	}
}

func (r *relay) lineOf(ref int) line {
	switch {
	case ref == 0:
		return r.in
	case ref <= len(r.spent):
		return r.spent[ref-1]
	}
	return r.out
}

// other is the leg on the other side; nil: there is none yet.
func (r *relay) other(l line) line {
	if l == r.in {
		return r.out
	}
	return r.in
}

// signal passes on what one side did. Commands fail only when their leg has gone already.
func (r *relay) signal(l line, s dialog.Signal) {
	other := r.other(l)
	switch s := s.(type) {
	case dialog.Progress:
		r.progress(s)
	case dialog.EarlyOffered:
		r.progress(dialog.Progress(s))
	case dialog.EarlyConfirmed:
		if other != nil {
			_ = other.AnswerEarly(s.Body)
		}
	case dialog.Answered:
		r.answered(s)
	case dialog.Failed:
		r.failed(s)
	case dialog.Cancelled:
		r.end(s.Reason, Cause{Q850: q850Normal, SIP: statusTerminated, Text: textOf(q850Normal)}, "caller")
	case dialog.Confirmed:
		r.acknowledge(s.Body)
	case dialog.OfferConfirmed:
		r.acknowledge(s.Body)
	case dialog.Offered:
		r.asked, r.blank = l, s.Body == nil
		if other == nil || other.Offer(s.Body) != nil {
			r.asked = nil
			_ = l.RefuseOffer(491, "")
		}
	case dialog.OfferEnded:
		r.offerEnded(l, s)
	case dialog.InfoReceived:
		if other != nil {
			_ = other.Info(s.Body)
		}
	case dialog.Referred:
		_ = l.RefuseRefer(statusForbidden)
	case dialog.ReferProgress, dialog.Refreshed, dialog.Parted:
	case dialog.Ended:
		by := "callee"
		if l == r.in {
			by = "caller"
		}
		r.end(s.Reason, causeOfReason(s.Reason), by)
	}
}

// progress passes a provisional response on. What the far end may still take back goes on as plainly as it came: a caller believes what it acknowledged.
func (r *relay) progress(s dialog.Progress) {
	r.heard = true
	r.watch.Saw(ims.Reply{Status: s.Status, Head: s.Head})
	r.in.Carry(farSays(s.Head)...)
	if len(s.Head.Values("RSeq")) > 0 {
		_ = r.in.Ring(s.Status, s.Body)
		return
	}
	_ = r.in.RingPlainly(s.Status, s.Body)
}

// answered gives the caller the far end's answer, or its offer where the caller made none.
func (r *relay) answered(s dialog.Answered) {
	r.heard = true
	if r.plan.handset && r.watch.Saw(ims.Reply{Status: statusOK, Head: s.Head}) == ims.SignContact {
		// Our own leg sees our Contact alone: what another one gives away, nobody else can see.
		r.sw.log.Info("handset's leg was deflected", slog.String("sip_call_id", r.plan.attempt.CallID), slog.String("cause", string(ims.SignContact)))
		r.end(message.Reason{Protocol: "Q.850", Cause: q850NoResponse}, causeOfStatus(statusUnavailable), "system")
		return
	}
	r.plan.keep.answered()
	r.in.Carry(farSays(s.Head)...)
	if r.plan.attempt.Offer == nil {
		r.late = r.out
	}
	if r.in.Answer(s.Body) != nil {
		r.end(message.Reason{}, causeOfQ850(q850Normal), "caller") // A CANCEL crossed the answer.
		return
	}
	r.talks = true
}

// acknowledge brings the answer of an ACK to who offered in a 2xx.
func (r *relay) acknowledge(body *message.Body) {
	if r.late != nil {
		_ = r.late.Acknowledge(body)
		r.late = nil
	}
}

// offerEnded brings the outcome of an offer that was passed on back to who made it.
func (r *relay) offerEnded(l line, s dialog.OfferEnded) {
	asked := r.asked
	r.asked = nil
	switch {
	case asked == nil || asked == l:
	case s.Status >= 300:
		_ = asked.RefuseOffer(s.Status, "")
	default:
		_ = asked.AnswerOffer(s.Body)
		if r.blank {
			r.late = l // The ACK brings the answer to its offer.
		}
	}
}

// failed tries the next way where this one was not even reached; else the caller gets what the far end said.
func (r *relay) failed(s dialog.Failed) {
	if !r.heard && !r.ended && tryNext(s.Status) && len(r.plan.tries) > 0 {
		r.next()
		return
	}
	why := causeOfStatus(s.Status)
	if s.Reason.Protocol == "Q.850" && s.Reason.Cause > 0 {
		why.Q850, why.Text = s.Reason.Cause, textOf(s.Reason.Cause)
	}
	r.in.Carry(failureSays(s.Head)...)
	r.end(s.Reason, why, "callee")
}

// farSays is what of a provisional response or an answer goes back with it: who answered, and by which way the call went (RFC 3325, 5009, 5806, 7044).
func farSays(h ims.Headers) []message.Field {
	return fieldsOf(h, "P-Asserted-Identity", "Privacy", "History-Info", "Diversion", "P-Early-Media", "P-Charging-Vector")
}

// failureSays is the same of a failure.
func failureSays(h ims.Headers) []message.Field {
	return fieldsOf(h, "Warning", "Retry-After", "History-Info", "Diversion")
}

func fieldsOf(h ims.Headers, names ...string) []message.Field {
	var list []message.Field
	for _, name := range names {
		for _, v := range h.Values(name) {
			list = append(list, message.Field{Name: name, Value: v})
		}
	}
	return list
}

// end ends both legs, once. Each is told why in the words of the other.
func (r *relay) end(reason message.Reason, why Cause, by string) {
	if r.ended {
		return
	}
	r.ended = true
	r.clock.Reset(lingerMax)
	r.plan.keep.ended(why, by)
	if r.out != nil && by != "callee" {
		_ = r.out.Hangup(reason)
	}
	switch {
	case by == "caller":
	case r.talks:
		_ = r.in.Hangup(reason)
	case why.SIP < 300:
		_ = r.in.Reject(statusUnavailable, reason, "")
	default:
		_ = r.in.Reject(why.SIP, reason, "")
	}
}
