package softphone

import (
	"strings"

	"tandem/media/srtp"
)

// secrecy encrypts the media of one call under keys that SDP brings (RFC 4568). A nil one leaves all as it is.
type secrecy struct {
	key   srtp.Crypto
	seen  []string // every key of this call, of both sides, as SDP writes them
	proto string   // of the peer's description; empty: it is we who offer
	seal  srtp.Seal
}

func newSecrecy(s srtp.Suite) *secrecy {
	if s == "" {
		return nil
	}
	x := &secrecy{}
	x.renew(s)
	return x
}

// renew takes a new key, which is in force once the peer has answered.
func (x *secrecy) renew(s srtp.Suite) {
	x.key = srtp.New(max(x.key.Tag, 1), s)
	x.see(x.key.Line())
}

// see notes a key.
func (x *secrecy) see(line string) {
	_, key, _ := strings.Cut(line, "inline:")
	key, _, _ = strings.Cut(key, "|")
	x.seen = append(x.seen, key)
}

// take reads the peer's key of our suite.
func (x *secrecy) take(sdp string) {
	if x == nil {
		return
	}
	for line := range strings.Lines(sdp) {
		line = strings.TrimSpace(line)
		if f := strings.Fields(line); strings.HasPrefix(line, "m=audio ") && len(f) > 2 {
			x.proto = f[2]
		}
		value, is := strings.CutPrefix(line, "a=crypto:")
		if !is {
			continue
		}
		if theirs, err := srtp.Parse(value); err == nil && theirs.Suite == x.key.Suite {
			x.key.Tag = theirs.Tag
			x.see(value)
			_ = x.seal.Install(x.key, theirs) // without keys nothing is heard, which a test sees
			return
		}
	}
}

// describe puts our key into a description.
func (x *secrecy) describe(sdp string) string {
	if x == nil {
		return sdp
	}
	proto := x.proto
	if proto == "" {
		proto = "RTP/SAVP"
	}
	return strings.Replace(sdp, "RTP/AVP", proto, 1) + "a=crypto:" + x.key.Line() + "\r\n"
}

func (x *secrecy) send(b []byte, send func([]byte) error) {
	if x == nil {
		_ = send(b)
		return
	}
	if x.seal.InForce() {
		_ = x.seal.SendRTP(b, send)
	}
}

// open gives a packet in the clear; nil: it is none of the peer's.
func (x *secrecy) open(b []byte) []byte {
	if x == nil {
		return b
	}
	plain, err := x.seal.OpenRTP(b)
	if err != nil {
		return nil
	}
	return plain
}
