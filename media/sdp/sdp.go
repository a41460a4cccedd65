// Package sdp reads session descriptions (RFC 8866) as far as audio needs it. It is strict where a mistake would send audio to the wrong
// place, bounded in every direction, and ignores what it does not know. It decides nothing: that is offer and answer.
package sdp

import (
	"errors"
	"net/netip"
)

// Limits of what is read. Beyond them a description is refused rather than cut.
const (
	MaxSize    = 128 << 10 // bytes
	MaxMedia   = 32        // m= lines
	maxFormats = 64        // of one m= line
	maxMaps    = 128       // a=rtpmap lines of one m= line
	maxPrints  = 16        // a=fingerprint lines of one m= line
	maxKeys    = 16        // a=crypto lines of one m= line
	maxPlaces  = 256       // a=candidate lines of one m= line
	maxToken   = 256       // bytes of a name or password of ICE, of a=mid and of a=fingerprint
)

// What can be wrong with a description.
var (
	ErrNotSDP    = errors.New("sdp: does not begin with v=0")
	ErrTooMuch   = errors.New("sdp: too large or too many media")
	errOrder     = errors.New("sdp: a line is not of the form x=value")
	errOrigin    = errors.New("sdp: o= is missing or malformed")
	errConnected = errors.New("sdp: c= is malformed")
	errMedia     = errors.New("sdp: m= is malformed")
	errNoMedia   = errors.New("sdp: no m= line")
	errMap       = errors.New("sdp: a=rtpmap is malformed")
	errControl   = errors.New("sdp: a=rtcp is malformed")
)

// Direction is what a description says of its sender's side (RFC 3264 section 5.1).
type Direction int

// The directions.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// Description is a session description.
type Description struct {
	Media []Media
}

// Media is one m= line with what belongs to it; what the session level says is filled in.
type Media struct {
	Kind      string // "audio"
	Port      uint16 // 0: refused or removed
	Proto     string // "RTP/AVP"
	Formats   []string
	Addr      netip.Addr // zero where Host is a name
	Host      string     // what c= says; empty when there is no c= at all
	Direction Direction
	Maps      []Map
	Ptime     int // ms; 0 when not said
	MaxPtime  int // the same
	RTCPPort  uint16
	RTCPMux   bool
	Metrics   bool // a=rtcp-xr asks for VoIP metrics of what its sender sends (RFC 3611 section 5.1)

	Cryptos []string // values of a=crypto (RFC 4568), keys included: never to be logged

	// What a browser says: how it is reached (RFC 8839), who it is (RFC 8122, RFC 8842) and what the line is called (RFC 5888).
	Ufrag, Pwd   string
	Candidates   []string
	Fingerprints []string
	Setup        string
	Mid          string
}

// Map is one a=rtpmap (RFC 8866 section 6.6).
type Map struct {
	PayloadType uint8
	Name        string
	Rate        int
	Channels    int
}

// Held says that the sender asks for hold the old way, with the unspecified address (RFC 3264 section 8.4).
func (m *Media) Held() bool { return m.Addr.IsValid() && m.Addr.IsUnspecified() }

// Map finds the mapping of a payload type: the one that is written, else the fixed one (RFC 3551 section 6).
func (m *Media) Map(pt uint8) (Map, bool) {
	for _, x := range m.Maps {
		if x.PayloadType == pt {
			return x, true
		}
	}
	switch pt {
	case 0:
		return Map{PayloadType: 0, Name: "PCMU", Rate: 8000, Channels: 1}, true
	case 8:
		return Map{PayloadType: 8, Name: "PCMA", Rate: 8000, Channels: 1}, true
	case 9:
		return Map{PayloadType: 9, Name: "G722", Rate: 8000, Channels: 1}, true
	case 13:
		return Map{PayloadType: 13, Name: "CN", Rate: 8000, Channels: 1}, true
	}
	return Map{}, false
}

// PayloadTypes are the formats of an RTP m= line that are numbers from 0 to 127, in order.
func (m *Media) PayloadTypes() []uint8 {
	var all []uint8
	for _, f := range m.Formats {
		if n, ok := number(f, 127); ok {
			all = append(all, uint8(n&0x7F))
		}
	}
	return all
}
