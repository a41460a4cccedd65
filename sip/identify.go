package sip

import (
	"net/netip"

	gosip "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/digest"
	"tandem/sip/message"
)

// caller is who sent a request: a trunk or a device, never both.
type caller struct {
	trunk  TrunkID
	device message.AOR
	auth   dialog.Authorizer // what answers the challenges of requests that we send back
}

// identify finds out who sent a request outside any dialog: a browser by its connection, a trunk by where it came from, or a trunk or device by what it proved. Nil
// means that the request has been answered: everybody else gets the same 401, whether there is such a user or not.
func (s *Stack) identify(tx dialog.Server) *caller {
	if seat := tx.Flow().Seat.AOR; seat != "" {
		return s.seated(tx, seat)
	}
	r := tx.Request()
	b := s.book.Load()
	remote := tx.Flow().Remote.Addr().Unmap()
	_, device := b.devices[aorOf(r.From().Address)]
	if !device && r.Method != gosip.REGISTER { // who calls as one of our devices has to prove it, wherever it comes from
		if id := s.trunkOf(b, tx.Flow()); id != "" {
			return s.asTrunk(id)
		}
	}
	why := digest.Forged
	for _, c := range credentialsOf(r) {
		if c.Realm != s.cfg.Realm {
			continue
		}
		who, verdict := s.proved(b, c, r, remote)
		if verdict == digest.Proved {
			return s.entitled(tx, who)
		}
		why = verdict
	}
	s.challenge(tx, why)
	return nil
}

// entitled refuses a device that calls or registers as somebody else.
func (s *Stack) entitled(tx dialog.Server, who *caller) *caller {
	if who.device != "" && aorOf(tx.Request().From().Address) != who.device {
		s.end.Respond(tx, 403, nil, s.end.Warning("These credentials are of another address")...)
		return nil
	}
	return who
}

// proved verifies credentials. One that tries too many passwords for a user is not listened to for a while.
func (s *Stack) proved(b *book, c digest.Credentials, r *gosip.Request, from netip.Addr) (*caller, digest.Verdict) {
	asked := digest.Asked{Method: string(r.Method), URI: r.Recipient.String(), Source: from}
	device, trunk := b.logins[c.Username], b.callers[c.Username]
	var ha1 digest.HA1
	switch {
	case s.locks.locked(c.Username, from):
		device, trunk = nil, nil
	case device != nil:
		ha1 = device.HA1.digest()
	case trunk != nil:
		ha1 = trunk.HA1.digest()
	}
	verdict := s.auth.Verify(c, asked, ha1)
	if verdict == digest.Wrong {
		s.wrong(c.Username, from)
	}
	switch {
	case verdict != digest.Proved:
		return nil, verdict
	case device != nil:
		return &caller{device: device.AOR}, verdict
	}
	return s.asTrunk(trunk.ID), verdict
}

func (s *Stack) asTrunk(id TrunkID) *caller {
	who := &caller{trunk: id}
	if t, line := s.trunk(id); t != nil {
		who.auth = s.credentials(t, line)
	}
	return who
}

// trunkAt finds the trunk that an address belongs to: by the operator's list, or as one of its servers.
func (s *Stack) trunkAt(b *book, a netip.Addr) TrunkID {
	if id := b.bySource(a); id != "" {
		return id
	}
	return s.serverAt(a)
}

// challenge answers 401. Both algorithms are offered, SHA-256 first (RFC 8760 section 2.4).
func (s *Stack) challenge(tx dialog.Server, why digest.Verdict) {
	var extra []gosip.Header
	for _, v := range s.auth.Challenges(tx.Flow().Remote.Addr(), why) {
		extra = append(extra, gosip.NewHeader("WWW-Authenticate", v))
	}
	s.end.Respond(tx, 401, nil, extra...)
}

// credentialsOf reads all credentials of a request; what is no digest is left out.
func credentialsOf(r *gosip.Request) []digest.Credentials {
	var list []digest.Credentials
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		for _, h := range r.GetHeaders(name) {
			if c, err := digest.ParseCredentials(h.Value()); err == nil {
				list = append(list, c)
			}
		}
	}
	return list
}

// aorOf is the address of record that a URI names.
func aorOf(u gosip.Uri) message.AOR { return message.PartyOf("", u).AOR() }
