package media

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"math"
	"time"

	"tandem/media/codec/opus"
	"tandem/media/rtp"
)

// wide is how many ticks of Opus's clock one of ours is.
const wide = opus.Clock / rtp.Rate

// loadOpus loads the library where it may be used, the first time that a leg asks for it; nil: it is not spoken.
func (e *Engine) loadOpus() *opus.Library {
	e.opusOnce.Do(func() {
		if e.cfg.Opus == OpusOff {
			return
		}
		lib, err := opus.Load()
		switch {
		case errors.Is(err, opus.ErrAbsent):
			e.cfg.Log.Info("libopus is not installed: opus is not spoken")
		case err != nil:
			e.cfg.Log.Warn("libopus cannot be used: opus is not spoken", slog.Any("err", err))
		default:
			e.opus = lib
		}
	})
	return e.opus
}

// opusEncoder makes an encoder for one leg.
func (e *Engine) opusEncoder() (*opus.Encoder, error) {
	lib := e.loadOpus()
	if lib == nil {
		return nil, opus.ErrAbsent
	}
	return lib.Encoder()
}

// opusDecoder makes a decoder for one leg.
func (e *Engine) opusDecoder() (*opus.Decoder, error) {
	lib := e.loadOpus()
	if lib == nil {
		return nil, opus.ErrAbsent
	}
	return lib.Decoder()
}

// inside is the law in which a leg plays and records.
func inside(k kind) kind {
	if !k.isPlain() {
		return kindALaw
	}
	return k
}

// widen puts a telephone-event on Opus's clock.
func widen(m *rtp.Mark, event []byte) {
	m.Timestamp *= wide
	d := uint32(binary.BigEndian.Uint16(event[2:])) * wide
	binary.BigEndian.PutUint16(event[2:], uint16(min(d, math.MaxUint16)))
}

// wideLongest is the longest key on Opus's clock, whose 16 bits last 1.36 s.
const wideLongest = 1300 * time.Millisecond

// longest is how long a key may be.
func (t *sender) longest(d time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind != kindOpus {
		return d
	}
	return min(d, wideLongest)
}

// isWide says that the stream runs on Opus's clock.
func (t *sender) isWide() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kind == kindOpus
}

// asIs says that packets of digits can go from one leg to the other as they are: both have one clock, and the voice between them is not made
// anew, which would come in between.
func (s *Session) asIs(peer *Session) bool {
	return !s.rx.decodes() && !s.tx.isWide() && !peer.tx.isWide()
}
