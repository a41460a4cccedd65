package dialog

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/message"
)

// watched is a REFER of the peer that we carry out and report on. Only the last one of a dialog is.
type watched struct {
	id     uint32 // CSeq of the REFER: names the subscription (RFC 3515 section 2.4.6)
	active bool
}

// Info sends an INFO with the body.
func (l *Leg) Info(body *message.Body) error {
	if l.phase != talking || l.goodbye != 0 {
		return fmt.Errorf("info: %w", ErrNotNow)
	}
	l.ask(l.dialog, request{method: gosip.INFO, body: body, done: func(o outcome) {
		if o.status == 481 || o.status == 408 {
			l.lost(o.status)
		}
	}})
	return nil
}

// Refer asks the peer to call to (RFC 3515); ReferProgress follows. replaces, when not empty, is the text of a Replaces header
// (RFC 3891) for the INVITE that the peer will send.
func (l *Leg) Refer(to message.Party, replaces string) error {
	if l.phase != talking || l.goodbye != 0 {
		return fmt.Errorf("refer: %w", ErrNotNow)
	}
	uri := to.URI()
	target := uri.String()
	if replaces != "" {
		target += "?Replaces=" + url.QueryEscape(message.Clean(replaces))
	}
	extra := []gosip.Header{
		gosip.NewHeader("Refer-To", "<"+target+">"),
		gosip.NewHeader("Referred-By", "<"+l.dialog.local.URI.String()+">"),
	}
	l.ask(l.dialog, request{method: gosip.REFER, extra: extra, done: func(o outcome) {
		if o.status >= 300 {
			l.tell(ReferProgress{Status: o.status, Final: true})
		}
		if o.status == 481 || o.status == 408 {
			l.lost(o.status)
		}
	}})
	return nil
}

// peerRefer takes a REFER of the peer.
func (l *Leg) peerRefer(tx Server) {
	r := tx.Request()
	headers := r.GetHeaders("Refer-To")
	to := r.ReferTo()
	switch {
	case l.phase != talking:
		l.respond(tx, 481)
	case len(headers) != 1 || to == nil: // RFC 3515 section 2.4.2: exactly one
		l.respond(tx, 400)
	case l.refer != nil:
		l.respond(tx, 491)
	default:
		l.refer = tx
		by := ""
		if h := r.GetHeader("Referred-By"); h != nil {
			by = message.Clean(h.Value())
		}
		l.tell(Referred{To: message.PartyOf("", to.Address), Replaces: replacesOf(to.Address), By: by})
	}
}

// replacesOf is the Replaces header that a Refer-To URI carries, unescaped.
func replacesOf(u gosip.Uri) string {
	for _, h := range u.Headers {
		if strings.EqualFold(h.K, "Replaces") {
			if v, err := url.PathUnescape(h.V); err == nil {
				return message.Clean(v)
			}
		}
	}
	return ""
}

// AcceptRefer answers a REFER 202 and sends the first NOTIFY; or 200 and none, where the peer wants to hear nothing of it (RFC 4488).
func (l *Leg) AcceptRefer() error {
	if l.refer == nil {
		return fmt.Errorf("accept refer: %w", ErrNotNow)
	}
	tx := l.refer
	l.refer = nil
	if strings.EqualFold(strings.TrimSpace(headerOf(tx.Request(), "Refer-Sub")), "false") {
		l.end.Respond(tx, 200, nil, append(l.contact(), gosip.NewHeader("Refer-Sub", "false"))...)
		return nil
	}
	l.watched = watched{id: seqOf(tx.Request()), active: true}
	l.end.Respond(tx, 202, nil, l.contact()...)
	l.notify(100)
	return nil
}

// RefuseRefer refuses it.
func (l *Leg) RefuseRefer(status int) error {
	if l.refer == nil || status < 300 || status > 699 {
		return fmt.Errorf("refuse refer: %w", ErrNotNow)
	}
	l.respond(l.refer, status)
	l.refer = nil
	return nil
}

// ReportRefer tells the peer how the call it asked for goes; a status of 200 or more is the last word. It works for as long as the owner
// has the leg, also after a BYE: the subscription outlives the call (RFC 5057 section 4.1).
func (l *Leg) ReportRefer(status int) error {
	if !l.watched.active || status < 100 || status > 699 {
		return fmt.Errorf("report refer: %w", ErrNotNow)
	}
	l.notify(status)
	return nil
}

// notify sends the status line of the call that was asked for (RFC 3515 section 2.4.5).
func (l *Leg) notify(status int) {
	state := "active;expires=60"
	if status >= 200 {
		state = "terminated;reason=noresource"
		l.watched.active = false
	}
	l.ask(l.dialog, request{
		method: gosip.NOTIFY,
		body:   &message.Body{Type: sipfrag, Bytes: []byte("SIP/2.0 " + strconv.Itoa(status) + " " + message.Phrase(status) + "\r\n")},
		extra: []gosip.Header{
			gosip.NewHeader("Event", "refer;id="+strconv.FormatUint(uint64(l.watched.id), 10)),
			gosip.NewHeader("Subscription-State", state),
		},
		done: func(o outcome) {
			if o.status == 481 {
				l.watched.active = false
			}
		},
	})
}

const sipfrag = "message/sipfrag"

// peerNotify takes a NOTIFY about a REFER of ours.
func (l *Leg) peerNotify(tx Server) {
	r := tx.Request()
	event, _, _ := strings.Cut(headerOf(r, "Event"), ";")
	if !strings.EqualFold(strings.TrimSpace(event), "refer") {
		l.respond(tx, 489, gosip.NewHeader("Allow-Events", "refer"))
		return
	}
	l.respond(tx, 200)
	status := fragStatus(r.Body())
	state := strings.ToLower(headerOf(r, "Subscription-State"))
	final := status >= 200 || strings.HasPrefix(strings.TrimSpace(state), "terminated")
	if status != 0 || final {
		l.tell(ReferProgress{Status: status, Final: final})
	}
}

// fragStatus reads the status of a sipfrag (RFC 3420); 0 when there is none.
func fragStatus(body []byte) int {
	line, _, _ := strings.Cut(string(body), "\n")
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "SIP/2.0 ")
	if !ok || len(rest) < 3 {
		return 0
	}
	n, err := strconv.Atoi(rest[:3])
	if err != nil || n < 100 || n > 699 {
		return 0
	}
	return n
}

func headerOf(m gosip.Message, name string) string {
	if h := m.GetHeaders(name); len(h) > 0 {
		return h[0].Value()
	}
	return ""
}
