package routing

import (
	"errors"
	"net/netip"
	"strconv"
	"time"

	"tandem/media"
	"tandem/mobilecore/ims"
	"tandem/sip/dialog"
	"tandem/sip/message"
)

// legState is where a leg is in its life.
type legState int

const (
	legArriving legState = iota + 1 // the caller's, not answered yet
	legTrying                       // our INVITE is out
	legRinging                      // and it rings
	legAsked                        // answered, and asked for a sign that a person did
	legUp                           // answered
	legGone                         // hung up by either side; its line may still have to say something
)

// leg is one party of a call. Its call's goroutine owns it.
type leg struct {
	call  *call
	ref   int
	line  line  // nil: a party that another call lent us, and legs that were given up
	voice voice // nil until it is needed, and after the end
	state legState
	rec   LegRecord

	user   *User    // who is at the other end; nil: outside
	trunk  *Trunk   // which way it goes
	via    TrunkID  // whose place it has taken for itself: a forwarded leg's, a handset's
	fork   *fork    // that tries it; nil: none
	offer  []byte   // the caller's, until it is answered
	answer []byte   // ours to it, once made
	early  bool     // our answer went out in a 183, or the peer's came in one
	branch string   // of several early dialogs behind it, the one whose answer it was
	late   bool     // our offer is in our 2xx: nothing can be heard before its ACK
	holds  bool     // the peer put us on hold
	heldBy UserID   // the API put it on hold for this user
	lender *call    // whose party this is, where another call lent it
	source endpoint // where its signalling is

	access  ims.Access // where a handset that calls is; it stays in the record
	handset *handset   // that it reaches through a mobile core; nil: another device
	device  *Device    // of the user; nil: a phone outside, or a handset
	page    *page      // the browser at the other end; nil: another device
	heir    *leg       // is called to take its place; nil: nobody is
	guest   int        // the ref by which the wire knows it, where it came into a call that there was; 0: its ref
	born    int        // its first ref: the record has them in that order
	heirOf  *leg       // whose place it shall take, or has left: it is in no record; nil: a leg as others are
}

// endpoint is where a leg's signalling comes from, for media's latch.
type endpoint struct {
	addr  netip.Addr
	allow []netip.Prefix
	latch media.Latch

	sealed bool // its signalling comes over TLS
}

// newLeg puts a leg into the call, with the next Ref.
func (c *call) newLeg(state legState, at time.Time) *leg {
	l := &leg{call: c, ref: len(c.legs), born: len(c.legs), state: state}
	l.rec = LegRecord{ID: LegID("leg_" + string(c.id[len("call_"):]) + "." + strconv.Itoa(l.ref)), StartedAt: at}
	c.legs = append(c.legs, l)
	return l
}

// openVoice gives the leg its media.
func (l *leg) openVoice(formats []media.Format) error {
	if l.voice != nil {
		return nil
	}
	kind := media.Plain
	if l.page != nil {
		kind = media.Browser
	}
	o := media.Opening{
		Kind: kind, Key: l.call.key, Latch: l.source.latch, Signalled: l.source.addr, Allow: l.source.allow, Formats: formats,
		Offer: l.offer, SRTP: l.secrecy(), Sink: mediaBox{l.call.box}, Ref: media.Ref(l.ref),
	}
	if l.trunk != nil {
		l.trunk.sounds(&o)
	}
	v, err := l.call.sw.studio.open(o)
	if err != nil {
		return err
	}
	l.voice = v
	return nil
}

// describe makes the SDP that goes to the caller: the answer to their offer, or our offer where they made none.
func (l *leg) describe() ([]byte, error) {
	if l.answer != nil {
		return l.answer, nil
	}
	var (
		sdp []byte
		err error
	)
	if l.offer != nil {
		sdp, err = l.voice.Answer(l.offer)
	} else {
		sdp, err = l.voice.Offer(media.SendRecv)
		l.late = true
	}
	if err != nil {
		return nil, err
	}
	l.answer = sdp
	return sdp, nil
}

// refusalOf reads why an SDP cannot be used, as a SIP status and a text for the peer.
func refusalOf(err error) (status int, warning string) {
	if r, ok := errors.AsType[*media.Refusal](err); ok {
		return r.Status, r.Warning
	}
	return statusNotAcceptable, "the session description cannot be used"
}

// hangup ends the leg in whatever state it is. It may be called twice.
func (l *leg) hangup(r message.Reason, why Cause) {
	if l.state == legGone {
		return
	}
	state := l.state
	l.gone(why)
	switch {
	case l.lender != nil:
		lender := l.lender
		l.lender = nil
		lender.box.post(letter{own: gone{l.call}})
	case l.line == nil:
	case state == legArriving:
		_ = l.line.Reject(finalStatus(why), r, "") // It fails only when the caller has gone already.
	default:
		_ = l.line.Hangup(r) // It fails only when the peer has gone already.
	}
}

// finalStatus is the SIP status for a caller who was not answered.
func finalStatus(why Cause) int {
	if why.SIP >= statusBadRequest {
		return why.SIP
	}
	return statusUnavailable
}

// gone notes that the leg is over, takes its figures and frees its media.
func (l *leg) gone(why Cause) {
	if l.state == legGone {
		return
	}
	l.state = legGone
	l.rec.EndedAt = time.Now()
	l.rec.Cause = why
	l.closeVoice()
	if l.via != "" {
		l.call.sw.board.give(trunkSeat{l.via, outward})
		l.via = ""
	}
	if l.handset != nil {
		l.call.handsetOver(l)
	}
	if l.page != nil && !l.page.lost.IsZero() {
		l.call.sw.lobby.leave(l.rec.ID)
	}
	if h := l.heir; h != nil {
		l.heir = nil
		h.hangup(message.Reason{}, why)
	}
	if l.user != nil {
		l.call.freeUser(l.user.ID)
	}
}

// closeVoice takes the figures of the leg's media and frees it.
func (l *leg) closeVoice() {
	if l.voice == nil || l.lender != nil {
		return
	}
	s := l.voice.Stats()
	l.rec.figures(&s)
	l.voice.Close()
	l.voice = nil
}

// signal takes what an event on the wire meant.
func (c *call) signal(l *leg, s dialog.Signal) {
	if l.isHeir() {
		c.heirSaid(l, s)
		return
	}
	switch s := s.(type) {
	case dialog.Progress:
		c.progress(l, s)
	case dialog.EarlyOffered: // Only an INVITE without an offer asks for one, and we send none.
	case dialog.EarlyConfirmed:
		c.confirmed(l, s.Body)
	case dialog.Answered:
		c.answered(l, s)
	case dialog.Failed:
		c.failed(l, s)
	case dialog.Cancelled:
		c.cancelled(l, s.Reason)
	case dialog.Confirmed:
		c.confirmed(l, s.Body)
	case dialog.Offered:
		c.offered(l, s)
	case dialog.OfferConfirmed:
		c.offerConfirmed(l, s.Body)
	case dialog.OfferEnded:
		c.offerEnded(l, s)
	case dialog.Refreshed:
		c.refreshed(l, s.Body)
	case dialog.InfoReceived:
		c.infoReceived(l, s.Body)
	case dialog.Referred:
		c.referred(l, s)
	case dialog.ReferProgress:
	case dialog.Parted:
		c.parted(l)
	case dialog.Ended:
		c.hungUp(l, s)
	}
}

// cancelled is the caller who gave up before an answer.
func (c *call) cancelled(l *leg, r message.Reason) {
	why := causeOfReason(r)
	why.SIP = statusTerminated
	l.gone(why)
	if l == c.caller {
		c.end(why, "caller")
	}
}

// confirmed is the ACK of our 2xx. With a late offer it carries the answer, and only now can anything be heard.
func (c *call) confirmed(l *leg, body *message.Body) {
	if !l.late || l.voice == nil || c.stage == over {
		return
	}
	l.late = false
	if body == nil {
		c.end(Cause{Q850: q850Incompatible, SIP: statusNotAcceptable, Text: "No answer in the ACK"}, "system")
		return
	}
	if err := l.voice.Accept(body.Bytes); err != nil {
		_, warning := refusalOf(err)
		c.end(Cause{Q850: q850Incompatible, SIP: statusNotAcceptable, Text: warning}, "system")
		return
	}
	if c.stage == talking {
		c.bridge()
		return
	}
	c.replay()
}

// hungUp is the end of a dialog.
func (c *call) hungUp(l *leg, e dialog.Ended) {
	why := causeOfReason(e.Reason)
	if e.By == dialog.EndedByTimeout {
		why = Cause{Q850: q850TimerExpired, SIP: statusTimeout, Text: textOf(q850TimerExpired)}
	}
	if l.state == legGone {
		return
	}
	if l.page != nil && c.stage == talking && e.By != dialog.EndedByPeer {
		c.parted(l) // What was sent to a page that is away has failed: it is waited for.
		return
	}
	known := l == c.caller || l == c.callee
	transferred := c.transfer != nil && c.transfer.by == l
	if l.state == legAsked && l.fork != nil {
		c.deflected(l, signHungUp) // Whoever answered the handset left without a sign of being somebody.
		return
	}
	l.gone(why)
	switch {
	case transferred:
		// Who transferred a call may hang up: the target goes on ringing (SPEC C7).
	case known:
		c.end(why, c.sideOf(l))
	case l.fork != nil:
		c.lostTry(l, why)
	}
}

// sideOf says in the words of the record who ended the call.
func (c *call) sideOf(l *leg) string {
	if l == c.opener {
		return "caller"
	}
	return "callee"
}
