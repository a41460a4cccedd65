package dialog

import (
	"errors"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// What a command on a leg can be refused for. None of them changes the leg.
var (
	ErrNotNow = errors.New("not possible in the state of this leg")
	ErrBusy   = errors.New("the peer's own offer is not settled yet")
	ErrTwice  = errors.New("a header that may stand once stands twice")
)

// phase is where a leg is in its life.
//
//	trying ──2xx──> talking ──BYE, 481, no ACK──> ended
//	   └──────────final failure, CANCEL──────────────┘
type phase int

const (
	trying  phase = iota + 1 // INVITE without a 2xx
	talking                  // 2xx sent or received
	ended                    // no dialog left; transactions may be
)

// Leg is one side of a call on the wire: an INVITE, the dialogs it made, and everything inside them until nothing is left to send or
// wait for. Its owner calls every method from one goroutine; there is no lock inside.
type Leg struct {
	// fixed at birth
	end  *Endpoint
	sink Sink
	ref  Ref
	call string // Call-ID
	en   *entry
	auth Authorizer

	outbound bool         // the Call-ID is ours
	invites  []*asking    // of the INVITEs that were sent last
	gone     *atomic.Bool // set when the leg is over: what comes later is dealt with without its owner

	// where it is
	phase   phase
	dialog  *dialog            // the dialog: an inbound leg's from birth, an outbound leg's from its 2xx
	early   map[string]*dialog // outbound: by To tag, until the 2xx
	forks   map[string]*dialog // outbound: 2xx of other branches, acknowledged and ended
	goodbye Ender              // why the dialog is ending, once a BYE of ours is on its way
	reason  message.Reason

	// what is under way
	setup    *setup    // outbound, until the final response
	invite   *invite   // our INVITE or re-INVITE
	waiting  *waiting  // inbound, until our final response
	asked    *asked    // a re-INVITE or UPDATE of the peer that the owner has not answered
	accepted *accepted // a 2xx of ours without ACK
	late     *late     // a 2xx with an offer that the owner has not acknowledged
	queued   *queued   // an offer of ours that waits its turn
	refer    Server    // a REFER of the peer that the owner has not answered
	watched  watched   // a REFER of the peer that it is told about
	lastAck  lastAck
	updating *queued     // an UPDATE of ours with an offer that has no answer
	reliable *reliable   // inbound: provisional responses with PRACK; nil: the caller knows nothing of them
	offered  *earlyOffer // outbound: an offer of the peer that waits for our PRACK

	// what was agreed
	ours    *message.Body // our last session description, for an INVITE that changes nothing
	theirs  *message.Body // the peer's
	keeper  keeper
	clocks  [clocks]ticking
	turns   int // early dialogs that have agreed
	pending int // requests of ours without a final response

	signals []Signal
}

// clock names a timer of a leg.
type clock int

const (
	clockC        clock = iota // Timer C: the INVITE only rings
	clockCancel                // the INVITE has been cancelled, and must end by now (RFC 3261 section 9.1)
	clockRepeat                // repeat a 2xx
	clockGlare                 // try a re-INVITE again after 491
	clockReliable              // repeat a provisional response that has no PRACK
	clockRefresh               // refresh the dialog
	clockExpiry                // the session timer runs out
	clockHop                   // a server says nothing to an INVITE: the next one is tried
	clocks
)

type ticking struct {
	timer *time.Timer
	gen   int
}

// start sets a clock, replacing what it was set to.
func (l *Leg) start(c clock, d time.Duration) {
	t := &l.clocks[c]
	l.stop(c)
	gen, sink, ref := t.gen, l.sink, l.ref
	t.timer = time.AfterFunc(d, func() { sink.Post(&rang{ref: ref, what: c, gen: gen}) })
}

// stop makes sure that a clock does not count, even if it has rung already.
func (l *Leg) stop(c clock) {
	t := &l.clocks[c]
	t.gen++
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
}

// Step takes one event of this leg and says what it meant, in order; most events mean nothing to the owner.
func (l *Leg) Step(e Event) []Signal {
	switch e := e.(type) {
	case *resolved:
		l.setOff(e.hops)
	case *replied:
		l.reply(e.req, e.reply)
	case *stray:
		l.again2xx(e.resp)
	case *requested:
		l.serve(e.tx)
	case *acked:
		l.ack(e.req)
	case *gaveUp:
		l.giveUp(e)
	case *parted:
		if l.phase == talking && l.goodbye == 0 {
			l.tell(Parted{})
		}
	case *rang:
		l.ring(e)
	}
	l.tidy()
	out := l.signals
	l.signals = nil
	return out
}

func (l *Leg) ring(e *rang) {
	if l.clocks[e.what].gen != e.gen || l.clocks[e.what].timer == nil {
		return // stopped or set anew after it rang
	}
	l.clocks[e.what].timer = nil
	switch e.what {
	case clockC:
		l.rangTooLong()
	case clockCancel:
		l.cancelledLongAgo()
	case clockRepeat:
		l.repeat2xx()
	case clockGlare:
		l.offerAgain()
	case clockReliable:
		l.repeatRing()
	case clockRefresh:
		l.refresh()
	case clockExpiry:
		l.expired()
	case clockHop:
		l.silent()
	case clocks:
	}
}

func (l *Leg) tell(s Signal) { l.signals = append(l.signals, s) }

// Over says that nothing is left on the wire: no transaction, no repeat, no late 2xx to end. Only then may the owner forget the leg.
// A 2xx of another branch that comes even later is ended without it.
func (l *Leg) Over() bool {
	return l.phase == ended && l.pending == 0 && l.accepted == nil && l.waiting == nil
}

// tidy forgets what is of no use any more.
func (l *Leg) tidy() {
	if !l.Over() || l.en == nil {
		return
	}
	for c := range clocks {
		l.stop(c)
	}
	l.gone.Store(true)
	for _, w := range l.invites {
		w.asker.Store(nil)
	}
	l.invites = nil
	l.end.Table.remove(l.en)
	l.en = nil
	l.early, l.forks = nil, nil
}

// CallID is the SIP Call-ID of this leg.
func (l *Leg) CallID() string { return l.call }

// respond answers a request inside the dialog with no body.
func (l *Leg) respond(tx Server, status int, extra ...gosip.Header) {
	l.end.Respond(tx, status, nil, extra...)
}
