package overip

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"tandem/messaging"
	"tandem/mobilecore/sms"
	"tandem/sip"
)

// mark begins the Call-ID of what begins with us, so that a report that comes after we stopped waiting is not sent on to somebody who never heard of it.
const mark = "sms-"

// exchange is a MESSAGE of ours that carries RP-DATA, until the report on it.
type exchange struct {
	line      messaging.Address // whose handset is at one end
	reference byte
	report    chan sms.RP // capacity 1: the first counts
}

// ended is what came of an exchange: an RP message, or the final answer to the MESSAGE when that was none to wait on after.
type ended struct {
	answer sip.Answer
	rp     *sms.RP // nil: no report came
	err    error   // it could not be sent at all
}

// begin opens an exchange. Its reference is one that no other exchange with this handset has.
func (l *Link) begin(line messaging.Address) (string, *exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 256 {
		l.next++
		if !l.takenLocked(line, l.next) {
			break
		}
	}
	id := mark + rand.Text()
	x := &exchange{line: line, reference: l.next, report: make(chan sms.RP, 1)}
	l.pending[id] = x
	return id, x
}

func (l *Link) takenLocked(line messaging.Address, reference byte) bool {
	for _, x := range l.pending {
		if x.line == line && x.reference == reference {
			return true
		}
	}
	return false
}

func (l *Link) finish(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pending, id)
}

// ask sends a MESSAGE and waits for the report on it.
func (l *Link) ask(ctx context.Context, m sip.Text, x *exchange) ended {
	answers := make(chan sip.Answer, 1) // so that whoever answers never waits
	if err := l.cfg.Wire.SendMessage(m, func(a sip.Answer) { answers <- a }); err != nil {
		return ended{err: err}
	}
	patience := time.NewTimer(l.cfg.Report)
	defer patience.Stop()
	var answer sip.Answer
	for {
		select {
		case rp := <-x.report:
			return ended{answer: answer, rp: &rp}
		case answer = <-answers:
			if answer.Status >= 300 {
				return ended{answer: answer}
			}
			patience.Reset(l.cfg.Report)
		case <-patience.C:
			return ended{answer: answer}
		case <-ctx.Done():
			return ended{answer: answer}
		}
	}
}

// reported takes a report: it is on something of ours, or goes on.
func (l *Link) reported(h *heard) {
	x, ours := l.awaited(h)
	if !ours {
		h.answer.Pass()
		return
	}
	h.answer.Accept(202)
	if x == nil {
		return
	}
	select {
	case x.report <- h.rp:
	default: // there is one already
	}
}

// awaited finds the exchange that a report is on: by the Call-ID that it names (TS 24.341 section 5.3.1.3), else by the handset and the reference. ours is true of
// a report that comes too late, too.
func (l *Link) awaited(h *heard) (x *exchange, ours bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	named := h.note.Head.Values("In-Reply-To")
	for _, id := range named {
		if x = l.pending[id]; x != nil {
			return x, true
		}
		ours = ours || strings.HasPrefix(id, mark)
	}
	if len(named) > 0 || h.line == nil {
		return nil, ours
	}
	for _, x = range l.pending {
		if x.line == h.line.E164 && x.reference == h.rp.Reference {
			return x, true
		}
	}
	return nil, false
}
