package media

import (
	"net/netip"
	"slices"
	"strings"

	"tandem/media/sdp"
	"tandem/media/srtp"
	"tandem/media/transport"
)

// The protocols of the m= lines of plain legs (RFC 3551, RFC 3711 section 11).
const (
	protoPlain  = "RTP/AVP"
	protoSealed = "RTP/SAVP"
)

// isSealed says that a protocol is encrypted.
func isSealed(proto string) bool { return strings.HasPrefix(proto, protoSealed) }

// secrecy is how the media of a plain leg are encrypted. Session.mu guards it but for the seal, which guards itself.
type secrecy struct {
	seal srtp.Seal
	ours []srtp.Crypto // what we offer, or have answered with: one key for each suite, for the whole call
}

// keyFor is our key for a suite, under the tag that an exchange gives it.
func (x *secrecy) keyFor(s srtp.Suite, tag int) srtp.Crypto {
	i := slices.IndexFunc(x.ours, func(c srtp.Crypto) bool { return c.Suite == s })
	if i < 0 {
		x.ours = append(x.ours, srtp.New(tag, s))
		return x.ours[len(x.ours)-1]
	}
	c := x.ours[i]
	c.Tag = tag
	return c
}

// offers are the lines of an offer of ours: none where nothing is to be encrypted.
func (s *Session) offers() []srtp.Crypto {
	if s.o.SRTP == SRTPOff || s.leg != nil {
		return nil
	}
	var all []srtp.Crypto
	for i, suite := range srtp.Suites() {
		all = append(all, s.secret.keyFor(suite, i+1))
	}
	return all
}

// keys are those of one exchange. The zero value: nothing is encrypted.
type keys struct{ ours, theirs *srtp.Crypto }

// lines are what an answer says.
func (k keys) lines() []srtp.Crypto {
	if k.ours == nil {
		return nil
	}
	return []srtp.Crypto{*k.ours}
}

// unlock finds the keys of an offer: the first line that we can use.
func (s *Session) unlock(m *sdp.Media) (keys, *Refusal) {
	if s.leg != nil || s.o.SRTP == SRTPOff {
		return keys{}, nil
	}
	for _, line := range m.Cryptos {
		theirs, err := srtp.Parse(line)
		if err != nil {
			continue
		}
		ours := s.secret.keyFor(theirs.Suite, theirs.Tag)
		return keys{ours: &ours, theirs: &theirs}, nil
	}
	return keys{}, s.unsealed(m)
}

// unlocks says whether the keys of an m= line are enough for us; of two lines, one sealed and one plain, the other may be.
func (s *Session) unlocks(m *sdp.Media) bool {
	return s.leg != nil || s.unsealed(m) == nil || slices.ContainsFunc(m.Cryptos, func(line string) bool {
		_, err := srtp.Parse(line)
		return err == nil
	})
}

// accept finds the key of an answer: it names one of our lines.
func (s *Session) accept(m *sdp.Media) (keys, *Refusal) {
	if s.leg != nil || s.o.SRTP == SRTPOff {
		return keys{}, nil
	}
	if len(m.Cryptos) == 0 {
		return keys{}, s.unsealed(m)
	}
	theirs, err := srtp.Parse(m.Cryptos[0])
	if err != nil || len(m.Cryptos) > 1 {
		return keys{}, refuse(statusNotAcceptable, "the answer's a=crypto cannot be used")
	}
	for _, ours := range s.offers() {
		if ours.Tag == theirs.Tag && ours.Suite == theirs.Suite {
			return keys{ours: &ours, theirs: &theirs}, nil
		}
	}
	return keys{}, refuse(statusNotAcceptable, "the answer's a=crypto was not offered")
}

// unsealed refuses what must be encrypted, and has no key.
func (s *Session) unsealed(m *sdp.Media) *Refusal {
	if s.o.SRTP == SRTPRequired || isSealed(m.Proto) {
		return refuse(statusNotAcceptable, "no a=crypto that can be used: the media must be encrypted")
	}
	return nil
}

// lock puts the keys of an exchange in force.
func (s *Session) lock(k keys) error {
	if k.ours == nil {
		s.secret.seal.Remove()
		return nil
	}
	return s.secret.seal.Install(*k.ours, *k.theirs)
}

// takesProto says whether a plain leg may speak a protocol.
func (s *Session) takesProto(proto string) bool {
	switch proto {
	case protoPlain, "RTP/AVPF":
		return true
	case protoSealed, "RTP/SAVPF":
		return s.o.SRTP != SRTPOff
	}
	return false
}

// sealedPort is the port of a leg whose media may be encrypted.
type sealedPort struct {
	transport.Port

	seal *srtp.Seal
}

// SendRTP sends a packet, sealed where keys are in force.
func (p sealedPort) SendRTP(b []byte, to netip.AddrPort) error {
	return p.seal.SendRTP(b, func(sealed []byte) error { return p.Port.SendRTP(sealed, to) })
}

// SendRTCP does the same with reports.
func (p sealedPort) SendRTCP(b []byte, to netip.AddrPort) error {
	return p.seal.SendRTCP(b, func(sealed []byte) error { return p.Port.SendRTCP(sealed, to) })
}

// unseal opens a packet of a leg whose media are encrypted; nil: it is not the peer's. An address that cannot matter costs no decryption.
func (s *Session) unseal(b []byte, from netip.AddrPort, at int64) []byte {
	if s.o.SRTP == SRTPOff || s.leg != nil || !s.secret.seal.InForce() {
		return b
	}
	if s.rx.strange(from, at) {
		return nil
	}
	plain, err := s.secret.seal.OpenRTP(b)
	if err != nil {
		s.rx.refuse()
		return nil
	}
	return plain
}

// unsealReport does the same with RTCP.
func (s *Session) unsealReport(b []byte) []byte {
	if s.o.SRTP == SRTPOff || s.leg != nil || !s.secret.seal.InForce() {
		return b
	}
	plain, err := s.secret.seal.OpenRTCP(b)
	if err != nil {
		s.rx.refuse()
		return nil
	}
	return plain
}

// strange counts a packet of an address that is past every doubt not the peer's.
func (r *receiver) strange(from netip.AddrPort, at int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.latch.Settled(from, at) {
		r.refused++
		r.doubt.elsewhere(from)
		return true
	}
	return false
}

func (r *receiver) refuse() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused++
	r.doubt.sealed++
}
