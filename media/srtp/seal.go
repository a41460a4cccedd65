package srtp

import (
	"errors"
	"fmt"
	"sync"

	"github.com/pion/rtp"
	pion "github.com/pion/srtp/v3"
)

// replayWindow is how far behind the newest a packet may come, in packets.
const replayWindow = 128

// room is what a packet grows by, at most.
const room = 64

var errOpen = errors.New("srtp: no keys are agreed on")

// Seal encrypts what one leg sends and opens what it receives, from its first Install on. Its methods may be called from any goroutine.
type Seal struct {
	out way
	in  way
}

// way is one direction. Its mutex is a leaf lock.
type way struct {
	mu     sync.Mutex
	key    Crypto
	keys   *pion.Context // nil: not agreed yet
	header rtp.Header
	buf    []byte
	ssrc   uint32
}

// Install puts keys in force. The ones that are in force already change nothing. New ones go on with the packets' index where the old ones
// were, since a change of keys begins no new stream (RFC 3711 section 3.3.1).
func (s *Seal) Install(ours, theirs Crypto) error {
	if err := s.out.install(ours); err != nil {
		return err
	}
	return s.in.install(theirs, pion.SRTPReplayProtection(replayWindow), pion.SRTCPReplayProtection(replayWindow))
}

func (w *way) install(c Crypto, opts ...pion.ContextOption) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys != nil && w.key.Same(c) {
		return nil
	}
	next, err := c.context(opts...)
	if err != nil {
		return err
	}
	if w.keys != nil {
		if roc, ok := w.keys.ROC(w.ssrc); ok {
			next.SetROC(w.ssrc, roc)
		}
	}
	w.key, w.keys = c, next
	return nil
}

// Remove takes the keys out of force: the next packets are plain.
func (s *Seal) Remove() {
	for _, w := range [...]*way{&s.out, &s.in} {
		w.mu.Lock()
		w.keys, w.key = nil, Crypto{}
		w.mu.Unlock()
	}
}

// InForce says whether packets are encrypted.
func (s *Seal) InForce() bool {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	return s.out.keys != nil
}

// SendRTP seals a packet and gives it to send, for as long as send lasts.
func (s *Seal) SendRTP(b []byte, send func([]byte) error) error {
	w := &s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil {
		return send(b)
	}
	if cap(w.buf) < len(b)+room {
		w.buf = make([]byte, 0, len(b)+2*room)
	}
	sealed, err := w.keys.EncryptRTP(w.buf, b, &w.header)
	if err != nil {
		return fmt.Errorf("srtp: %w", err)
	}
	w.ssrc = w.header.SSRC
	return send(sealed)
}

// SendRTCP does the same with reports.
func (s *Seal) SendRTCP(b []byte, send func([]byte) error) error {
	w := &s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil {
		return send(b)
	}
	sealed, err := w.keys.EncryptRTCP(nil, b, nil)
	if err != nil {
		return fmt.Errorf("srtp: %w", err)
	}
	return send(sealed)
}

// OpenRTP opens a packet in place. One that does not open, or has come before, was not sent by the peer now.
func (s *Seal) OpenRTP(b []byte) ([]byte, error) {
	w := &s.in
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil {
		return nil, errOpen
	}
	plain, err := w.keys.DecryptRTP(b[:0], b, &w.header)
	if err != nil {
		return nil, fmt.Errorf("srtp: %w", err)
	}
	w.ssrc = w.header.SSRC
	return plain, nil
}

// OpenRTCP does the same with reports.
func (s *Seal) OpenRTCP(b []byte) ([]byte, error) {
	w := &s.in
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil {
		return nil, errOpen
	}
	plain, err := w.keys.DecryptRTCP(nil, b, nil)
	if err != nil {
		return nil, fmt.Errorf("srtp: %w", err)
	}
	return plain, nil
}
