//go:build linux && (amd64 || arm64)

package opus

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// From opus_defines.h.
const (
	applicationVoIP  = 2048
	setBitrate       = 4002
	setComplexity    = 4010
	setInbandFEC     = 4012
	setPacketLossPct = 4014
	setDTX           = 4016
)

// Library is libopus. What it is given is addressed within the argument lists, where Go keeps it alive and in its place. It may be used from any goroutine.
type Library struct {
	encoderSize, encoderInit, encode, encoderCtl uintptr
	decoderSize, decoderInit, decode             uintptr
}

// Load opens the library. It fails with ErrAbsent.
func Load() (*Library, error) {
	lib, err := purego.Dlopen("libopus.so.0", purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	l := new(Library)
	for name, to := range map[string]*uintptr{
		"opus_encoder_get_size": &l.encoderSize, "opus_encoder_init": &l.encoderInit, "opus_encode": &l.encode, "opus_encoder_ctl": &l.encoderCtl,
		"opus_decoder_get_size": &l.decoderSize, "opus_decoder_init": &l.decoderInit, "opus_decode": &l.decode,
	} {
		at, errSym := purego.Dlsym(lib, name)
		*to, err = at, errors.Join(err, errSym)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return l, nil
}

// Encoder makes packets of one stream. Its owner locks it. Its memory is Go's: the library keeps offsets in it and no addresses.
type Encoder struct {
	lib   *Library
	state []uint64
}

// Encoder makes one.
func (l *Library) Encoder() (*Encoder, error) {
	e := &Encoder{lib: l, state: room(l.encoderSize)}
	if r, _, _ := purego.SyscallN(l.encoderInit, uintptr(unsafe.Pointer(&e.state[0])), Rate, 1, applicationVoIP); code(r) != 0 { //nolint:gosec // see Library
		return nil, code(r)
	}
	for _, s := range [][2]uintptr{{setBitrate, bitrate}, {setComplexity, complexity}, {setInbandFEC, 1}, {setPacketLossPct, assumeLoss}, {setDTX, 0}} {
		if r, _, _ := purego.SyscallN(l.encoderCtl, uintptr(unsafe.Pointer(&e.state[0])), s[0], s[1]); code(r) != 0 { //nolint:gosec // see Library
			return nil, code(r)
		}
	}
	return e, nil
}

// Encode makes a packet of 20 ms, and says how many bytes of dst it fills.
func (e *Encoder) Encode(dst []byte, pcm []int16) (int, error) {
	switch {
	case len(pcm) != FrameSize:
		return 0, errSize
	case len(dst) == 0:
		return 0, errPacket
	}
	r, _, _ := purego.SyscallN(e.lib.encode, uintptr(unsafe.Pointer(&e.state[0])), uintptr(unsafe.Pointer(&pcm[0])), FrameSize, uintptr(unsafe.Pointer(&dst[0])), uintptr(len(dst))) //nolint:gosec // see Library
	return samples(r)
}

// Decoder reads packets of one stream. Its owner locks it.
type Decoder struct {
	lib   *Library
	state []uint64
}

// Decoder makes one.
func (l *Library) Decoder() (*Decoder, error) {
	d := &Decoder{lib: l, state: room(l.decoderSize)}
	if r, _, _ := purego.SyscallN(l.decoderInit, uintptr(unsafe.Pointer(&d.state[0])), Rate, 1); code(r) != 0 { //nolint:gosec // see Library
		return nil, code(r)
	}
	return d, nil
}

// Decode reads a packet, and says how many samples of dst it fills; dst must hold MostFrames. For what it repeats of the packet before it,
// dst is as long as what is missing.
func (d *Decoder) Decode(dst []int16, packet []byte, c Correction) (int, error) {
	if len(packet) == 0 || len(packet) > 1500 || len(dst) == 0 {
		return 0, errPacket
	}
	r, _, _ := purego.SyscallN(d.lib.decode, uintptr(unsafe.Pointer(&d.state[0])), //nolint:gosec // see Library
		uintptr(unsafe.Pointer(&packet[0])), uintptr(len(packet)), uintptr(unsafe.Pointer(&dst[0])), uintptr(len(dst)), uintptr(c)) //nolint:gosec // see Library
	return samples(r)
}

// Conceal invents what is missing, as many samples as dst holds.
func (d *Decoder) Conceal(dst []int16) (int, error) {
	if len(dst) == 0 {
		return 0, errSize
	}
	r, _, _ := purego.SyscallN(d.lib.decode, uintptr(unsafe.Pointer(&d.state[0])), 0, 0, uintptr(unsafe.Pointer(&dst[0])), uintptr(len(dst)), 0) //nolint:gosec // see Library
	return samples(r)
}

func samples(r uintptr) (int, error) {
	if code(r) < 0 {
		return 0, code(r)
	}
	return int(code(r)), nil
}

// room is memory for a state, whose size the library tells.
func room(size uintptr) []uint64 {
	n, _, _ := purego.SyscallN(size, 1)
	return make([]uint64, (int(code(n))+7)/8)
}

// code is what a function of the library returns: an int.
func code(r uintptr) codecError { return codecError(int32(r & 0xFFFFFFFF)) } //nolint:gosec // the lower half, with its sign
