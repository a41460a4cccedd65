package routing

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"tandem/routing/desk"
)

// stage is where a call is in its life.
//
//	planning ─▶ alerting ─▶ talking ─▶ over
//	    │           ▲          │
//	    └▶ inFlow ──┴──────────┘ (a flow rings people; a transfer rings somebody else)
type stage int

const (
	planning stage = iota // an attempt; nothing was decided
	inFlow                // a flow runs; it may ring people
	alerting              // somebody is called without a flow
	talking               // caller and callee are bridged, or one holds the other
	over                  // the record is closed; the wire may still have something to say
)

// call is one conversation, from attempt to record. Its goroutine owns it; everyone else posts.
type call struct {
	// Settings: nobody changes these.
	sw      *Switch
	id      CallID
	key     uint64
	account AccountID
	box     *mailbox
	gone    chan struct{} // closed when the goroutine has ended

	// For others to read.
	info atomic.Pointer[CallInfo]

	// run owns the fields below.
	rec      CallRecord
	stage    stage
	lang     string // of announcements
	came     arrival
	legs     []*leg // by Ref
	opener   *leg   // whose call it is: the first caller
	caller   *leg   // who hears what the flow plays; the one who stays when the other transfers. nil: their own devices still ring
	callee   *leg   // who answered
	forks    []*fork
	flow     *flowRun
	transfer *transfer
	line     NumberID // whose flow ran last; empty: none did
	hops     int      // numbers whose flow ran: a guard against numbers that redirect to each other
	plays    int      // last PlayID
	sound    sound
	clocks   clocks
	record   *recording
	asking   map[int]context.CancelFunc // questions that a program outside has not answered yet, by the machine's id
	told     telling
	watched  []UserID          // whose status we are told
	declined []UserID          // who declined this call (SPEC R18)
	heads    map[string]string // of the caller's request: what trunks' rules hand on
	trunks   []trunkSeat
	awaited  []E164 // whose handsets we would ring if they were switched on
	linger   lingering
	panics   int
	unheard  bool // neither party is heard, and it was told

	guests       atomic.Int32 // attempts that wanted the place of a leg; whoever takes them counts
	wants        decision     // what follows once the devices of who wants the call were answered
	explained    *Cause       // why there is no conversation, while the caller hears of it
	fromDisplay  string       // the caller's name, as the carrier gave it
	toDisplay    string       // the name of who is called, where it is known
	voicemailFor []UserID     // whose message the caller leaves, where no number says so
}

// what a call's own goroutine is told.
type (
	// began is the first letter.
	began struct{ decision decision }
	// statusChanged says that a watched user became free, busy or unreachable.
	statusChanged struct{ user UserID }
	// ordered is a command from the API.
	ordered struct {
		command Command
		done    chan<- error
	}
	// gone says that the leg that another call lent us has ended.
	gone struct{ by *call }
)

func (began) own()         {}
func (statusChanged) own() {}
func (ordered) own()       {}
func (gone) own()          {}
func (tick) own()          {}
func (handOver) own()      {}
func (handed) own()        {}

// lingerMax is how long a call that is over waits for the wire: 64*T1 for a 2xx that crosses our CANCEL, and a little more (RFC 3261 section
// 13.2.2.4).
const lingerMax = 40 * time.Second

// lingering is what a call that is over still waits for.
type lingering struct {
	recorded bool // the record has been handed to the ledger
	short    bool // this process ends: the record is waited for, the wire is not
}

// run is the call's goroutine.
func (c *call) run() {
	defer c.leaveSwitch()
	stop := c.sw.stop
	for c.alive() {
		select {
		case <-c.box.wake:
		case <-stop:
			stop = nil
			c.linger.short = true
			c.safely(func() { c.end(shuttingDown(), "system") })
		}
		letters, burst := c.box.take()
		if burst {
			c.overrun()
		}
		for i := range letters {
			c.receive(&letters[i])
		}
		if c.stage == over && !c.linger.recorded && c.settled() {
			c.finish()
		}
	}
}

func shuttingDown() Cause {
	return Cause{Q850: q850OutOfOrder, SIP: statusNoService, Text: "Shutting down"}
}

// alive says whether the goroutine has more to do.
func (c *call) alive() bool { return !c.linger.recorded || (!c.quiet() && !c.linger.short) }

// quiet says that nothing of this call is left on the wire.
func (c *call) quiet() bool {
	for _, l := range c.legs {
		if l.line != nil && !l.line.Over() {
			return false
		}
	}
	return true
}

// settled says that nothing is missing from the record: the ladder has the last word of each leg, and a voicemail is complete on disk.
func (c *call) settled() bool {
	return c.record == nil && c.quiet()
}

// receive takes one letter. A panic in it ends this call and no other.
func (c *call) receive(l *letter) {
	defer c.rescue()
	switch {
	case l.wire != nil:
		if leg := c.leg(int(l.wire.Of())); leg != nil && leg.line != nil {
			for _, s := range leg.line.Step(l.wire) {
				c.signal(leg, s)
			}
		}
	case l.media != nil:
		if leg := c.leg(int(l.media.Of())); leg != nil {
			c.heard(leg, l.media)
		}
	case l.own != nil:
		c.hear(l.own)
	}
}

// safely runs what is not a letter.
func (c *call) safely(f func()) {
	defer c.rescue()
	f()
}

// rescue ends the call whose step went wrong.
func (c *call) rescue() {
	r := recover()
	if r == nil {
		return
	}
	c.panics++
	c.sw.counters.panics.Add(1)
	c.sw.log.Error("call step panicked",
		slog.String("call_id", string(c.id)), slog.String("err", fmt.Sprintf("%v\n%s", r, debug.Stack())))
	if c.panics > 1 {
		c.stage, c.linger.recorded = over, c.linger.recorded || c.panics > 2
		return
	}
	c.end(Cause{Q850: q850Temporary, SIP: statusServerError, Text: "Internal error"}, "system")
}

// overrun ends a call that is hopelessly behind.
func (c *call) overrun() {
	c.sw.counters.overruns.Add(1)
	c.box.reopen()
	c.safely(func() { c.end(causeOfQ850(q850Congestion), "system") })
}

// hear takes what the switchboard says.
func (c *call) hear(o own) {
	switch o := o.(type) {
	case began:
		c.begin(o.decision)
	case tick:
		c.ticked(o)
	case statusChanged:
		c.feedStatus(o.user)
	case ordered:
		o.done <- c.obey(o.command)
	case drafted:
		o.done <- c.draft()
	case gone:
		c.partnerGone(o.by)
	case handOver:
		c.giveAway(o)
	case handed:
		c.takeOver(o)
	case *guest:
		c.welcome(o)
	case told:
		c.answerAsked(o)
	case wanted:
		c.beginWanted(o)
	case phoneOn:
		c.joinLate(o.number)
	case arrived:
		if l := c.suspended(o.leg); l != nil {
			c.comeBack(l)
		}
	}
}

func (c *call) leg(ref int) *leg {
	if ref >= firstGuest {
		if i := slices.IndexFunc(c.legs, func(l *leg) bool { return l.guest == ref }); i >= 0 {
			return c.legs[i]
		}
		return nil
	}
	if ref < 0 || ref >= len(c.legs) {
		return nil
	}
	return c.legs[ref]
}

// other is the party that l talks to.
func (c *call) other(l *leg) *leg {
	switch l {
	case c.caller:
		return c.callee
	case c.callee:
		return c.caller
	}
	return nil
}

// end closes the call: every leg is told, the record gets its cause. It may be called twice; the first cause counts.
func (c *call) end(why Cause, by string) {
	if c.stage == over {
		return
	}
	if c.explained != nil {
		why, by = *c.explained, "callee" // Whoever hears why hangs up, or does not.
	}
	c.stage = over
	c.rec.EndedAt = time.Now()
	c.rec.Cause, c.rec.EndedBy = why, by
	c.note("hungup", nil, "by", by, "text", why.Text)
	c.clocks.stopAll()
	c.stopAsking()
	c.flow, c.transfer = nil, nil
	if c.record != nil {
		// Closing the leg's media ends the recording; it is complete only when media says so.
		c.after(clockRecordFlush, 0, recordFlush)
	}
	for _, f := range c.forks {
		c.giveTrunk(f)
	}
	c.forks = nil
	for _, l := range c.legs {
		l.hangup(why.reason(), why)
	}
	for _, u := range c.watched {
		c.sw.presence.unwatch(u, c)
	}
	for _, n := range c.awaited {
		c.sw.handsets.leave(n, c)
	}
	c.sw.loops.Ended(string(c.id))
	for _, t := range c.trunks {
		c.sw.board.give(t)
	}
	c.trunks = nil
	c.settle()
	c.publish()
	c.after(clockRecord, 0, recordGrace)
	c.after(clockLinger, 0, lingerMax)
}

// recordGrace is how long the record of a call that is over waits for the last requests and responses of its ladder; recordFlush how long
// for a voicemail to be complete.
const (
	recordGrace = 500 * time.Millisecond
	recordFlush = 2 * time.Second
)

// ticked takes a clock of ours that ran out.
func (c *call) ticked(t tick) {
	if !c.clocks.rang(t) {
		return
	}
	switch t.what {
	case clockFlow:
		c.feedTimer(t.id)
	case clockRingFirst:
		c.startFlow()
	case clockNoAnswer:
		c.unanswered(t.id)
	case clockDuration:
		c.end(Cause{Q850: q850TimerExpired, SIP: statusOK, Text: "Longest call time reached"}, "system")
	case clockRecord:
		if c.record == nil {
			c.finish()
		}
	case clockRecordFlush:
		c.record = nil
		c.finish()
	case clockLinger:
		c.abandonLegs()
	case clockHandset:
		c.handsetRangOut(c.leg(t.id))
	case clockProof:
		c.deflected(c.leg(t.id), signNoKey)
	case clockAway:
		c.leftAlone(c.leg(t.id))
	case clockListen:
		c.listen(c.leg(t.id))
	case clockHeir:
		c.heirLate(c.leg(t.id))
	}
}

// abandonLegs gives up on a wire that never came to rest.
func (c *call) abandonLegs() {
	c.record = nil
	c.finish()
	for _, l := range c.legs {
		l.line = nil
	}
}

// leaveSwitch is the goroutine's last act.
func (c *call) leaveSwitch() {
	c.finish()
	c.box.close()
	c.clocks.stopAll()
	c.sw.forget(c)
	c.sw.counters.active[c.rec.Direction.index()].Add(-1)
	close(c.gone)
}

// watch asks to be told of changes of a user's status, and says what they are doing in other calls.
func (c *call) watch(u UserID) desk.State {
	if c.stage == over {
		return c.sw.presence.state(u, c)
	}
	if !slices.Contains(c.watched, u) {
		c.watched = append(c.watched, u)
		return c.sw.presence.watch(u, c)
	}
	return c.sw.presence.state(u, c)
}
