package sip

import (
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/message"
)

// Bounds of what a mobile core may tell of a phone.
const (
	maxIdentity   = 255                // bytes of a public identity
	coreExpiry    = time.Hour          // where the REGISTER names none (RFC 3261 section 10.2.1.1)
	maxCoreExpiry = 7 * 24 * time.Hour // a core's own registrations last for about six days (TS 24.229 section 5.4.1.2)
)

// coreRegisters takes a third-party REGISTER from a trunk (TS 24.229 section 5.4.1.7); false leaves the REGISTER to our own registrar. It is one when the
// trunk's own address sends it, one party registers another (RFC 3261 section 10.2), and neither is a device of ours: those prove who they are.
func (s *Stack) coreRegisters(tx dialog.Server) bool {
	r := tx.Request()
	b := s.book.Load()
	id := s.trunkOf(b, tx.Flow())
	from, to := aorOf(r.From().Address), aorOf(r.To().Address)
	if s.cfg.Core == nil || id == "" || from == to || b.devices[from] != nil || b.devices[to] != nil {
		return false
	}
	who := message.PartyOf(r.To().DisplayName, r.To().Address)
	expires, ok := expiryOf(r)
	switch strings.ToLower(r.To().Address.Scheme) {
	case "sip", "sips", "tel":
	default:
		ok = false // no identity of a phone
	}
	if !ok || who.User == "" || len(who.User)+len(who.Host) > maxIdentity {
		s.end.Respond(tx, 400, nil, s.end.Warning("REGISTER without a public identity or with a wrong Expires")...)
		return true
	}
	s.end.Respond(tx, 200, nil, gosip.NewHeader("Expires", strconv.Itoa(int(expires/time.Second))))
	s.cfg.Core.CoreRegistered(CoreRegistration{Trunk: id, Who: who, Expires: expires, Head: dialog.HeadOf(r)})
	return true
}

// expiryOf is how long a REGISTER holds: what its Contact says, else Expires, else an hour (RFC 3261 section 10.2.1.1).
func expiryOf(r *gosip.Request) (time.Duration, bool) {
	text := message.Value(r, "Expires")
	if c := r.Contact(); c != nil && !c.Address.Wildcard {
		if v, found := c.Params.Get("expires"); found {
			text = v
		}
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return coreExpiry, true
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, false
	}
	return min(time.Duration(n)*time.Second, maxCoreExpiry), true
}
