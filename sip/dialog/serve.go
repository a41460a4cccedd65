package dialog

import (
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// serve takes a request of the peer inside the dialog. The checks come in the order of RFC 3261 section 12.2.2 and 8.2.
func (l *Leg) serve(tx Server) {
	r := tx.Request()
	d := l.dialogOf(fromTag(r))
	if d == nil || l.phase == ended && r.Method != gosip.BYE && r.Method != gosip.NOTIFY {
		l.respond(tx, 481)
		return
	}
	if d.heard && seqOf(r) <= d.remoteSeq {
		l.respond(tx, 500)
		return
	}
	d.remoteSeq, d.heard = seqOf(r), true
	if bad := Unsupported(r, Known(r.Method)...); bad != nil {
		l.respond(tx, 420, bad)
		return
	}
	switch string(r.Method) {
	case "BYE":
		l.peerBye(tx, reasonOf(r))
	case "INVITE", "UPDATE":
		l.peerOffer(tx, d)
	case "INFO":
		l.respond(tx, 200)
		l.tell(InfoReceived{Body: BodyOf(r)})
	case "REFER":
		l.peerRefer(tx)
	case "NOTIFY":
		l.peerNotify(tx)
	case "OPTIONS":
		l.respond(tx, 200, gosip.NewHeader("Allow", Allow), gosip.NewHeader("Accept", "application/sdp"))
	case "PRACK":
		l.peerPrack(tx)
	default:
		l.respond(tx, 405, gosip.NewHeader("Allow", Allow))
	}
}

// dialogOf finds the dialog by the peer's tag.
func (l *Leg) dialogOf(tag string) *dialog {
	if l.dialog != nil && l.dialog.remoteTag == tag {
		return l.dialog
	}
	return l.early[tag]
}

// Unsupported is the header that answers a Require which asks for an extension other than those known (RFC 3261 section 8.2.2.3); nil
// when there is nothing to refuse.
func Unsupported(r *gosip.Request, known ...string) gosip.Header {
	list := slices.DeleteFunc(tokens(r, "Require"), func(t string) bool { return slices.Contains(known, t) })
	if len(list) == 0 {
		return nil
	}
	return gosip.NewHeader("Unsupported", strings.Join(list, ", "))
}
