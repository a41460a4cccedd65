package webrtc

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// replayWindow is how far behind the newest a packet may come, in packets.
const replayWindow = 128

// sealed is one direction of SRTP and SRTCP. Its mutex is a leaf lock.
type sealed struct {
	mu     sync.Mutex
	keys   *srtp.Context // nil: not agreed yet
	header rtp.Header
	buf    []byte
}

// sealRoom is what SRTP adds to a packet, at most.
const sealRoom = 64

// install takes the keys that DTLS has agreed on (RFC 5764 section 4.2).
func (l *Leg) install(c *dtls.Conn) error {
	chosen, ok := c.SelectedSRTPProtectionProfile()
	if !ok {
		return fmt.Errorf("webrtc: no SRTP profile in common")
	}
	state, ok := c.ConnectionState()
	if !ok {
		return errNoKeys
	}
	cfg := srtp.Config{Profile: srtp.ProtectionProfile(chosen)}
	if err := cfg.ExtractSessionKeysFromDTLS(&state, l.client); err != nil {
		return fmt.Errorf("webrtc: %w", err)
	}
	in, err := srtp.CreateContext(cfg.Keys.RemoteMasterKey, cfg.Keys.RemoteMasterSalt, cfg.Profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return fmt.Errorf("webrtc: %w", err)
	}
	out, err := srtp.CreateContext(cfg.Keys.LocalMasterKey, cfg.Keys.LocalMasterSalt, cfg.Profile)
	if err != nil {
		return fmt.Errorf("webrtc: %w", err)
	}
	l.in.begin(in)
	l.out.begin(out)
	return nil
}

func (s *sealed) begin(keys *srtp.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
}

// takeVoice opens a packet and delivers it. One that does not open was not sent by the peer.
func (l *Leg) takeVoice(b []byte, at int64) {
	s := &l.in
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil || len(b) < 2 {
		l.refused.Add(1)
		return
	}
	if b[1] >= 192 && b[1] <= 223 { // RFC 5761 section 4
		plain, err := s.keys.DecryptRTCP(nil, b, nil)
		if err != nil {
			l.refused.Add(1)
			return
		}
		l.to.ReceiveRTCP(plain, Peer(), at)
		return
	}
	plain, err := s.keys.DecryptRTP(b[:0], b, &s.header)
	if err != nil {
		l.refused.Add(1)
		return
	}
	l.to.ReceiveRTP(plain, Peer(), at)
}

// SendRTP seals a packet and sends it to where the peer is, whatever address is given.
func (l *Leg) SendRTP(b []byte, _ netip.AddrPort) error {
	s := &l.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		return errNoKeys
	}
	if l.path.Load() == nil {
		return errNoPath
	}
	s.room(len(b))
	sealedPacket, err := s.keys.EncryptRTP(s.buf, b, &s.header)
	if err != nil {
		return fmt.Errorf("webrtc: %w", err)
	}
	return l.send(sealedPacket)
}

// SendRTCP does the same for reports.
func (l *Leg) SendRTCP(b []byte, _ netip.AddrPort) error {
	s := &l.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		return errNoKeys
	}
	sealedPacket, err := s.keys.EncryptRTCP(nil, b, nil)
	if err != nil {
		return fmt.Errorf("webrtc: %w", err)
	}
	return l.send(sealedPacket)
}

// room makes sure that a packet fits in.
func (s *sealed) room(n int) {
	if cap(s.buf) < n+sealRoom {
		s.buf = make([]byte, 0, n+2*sealRoom)
	}
}
