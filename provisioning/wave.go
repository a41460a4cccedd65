package provisioning

import (
	"encoding/binary"
	"fmt"
)

// Encodings of a WAV file (the registry of RFC 2361, appendix A).
const (
	wavePCM        = 0x0001
	waveALaw       = 0x0006
	waveMuLaw      = 0x0007
	waveExtensible = 0xFFFE
)

// waveFormat is the chunk that says how the sound is to be read.
type waveFormat struct{ encoding, channels, rate, bits int }

// checkWave says why a file is no sound that calls can play: WAV of 8 to 48 kHz, one or two channels, 16-bit PCM or G.711.
func checkWave(file []byte) error {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return errNotWAV
	}
	var format *waveFormat
	for rest := file[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		switch {
		case id == "data" && format == nil:
			return fmt.Errorf("%w: nothing says how its sound is to be read", errNotWAV)
		case id == "data" && min(size, int64(len(rest))) < int64(format.channels*format.bits/8):
			return fmt.Errorf("%w: there is no sound in it", errNotWAV)
		case id == "data":
			return format.check()
		case size > int64(len(rest)):
			return fmt.Errorf("%w: it ends in the middle", errNotWAV)
		case id == "fmt " && format != nil:
			return fmt.Errorf("%w: it says twice how its sound is to be read", errNotWAV)
		case id == "fmt ":
			var err error
			if format, err = readWaveFormat(rest[:size]); err != nil {
				return err
			}
		}
		rest = rest[min(size+size&1, int64(len(rest))):]
	}
	return fmt.Errorf("%w: there is no sound in it", errNotWAV)
}

func readWaveFormat(chunk []byte) (*waveFormat, error) {
	if len(chunk) < 16 {
		return nil, fmt.Errorf("%w: it ends in the middle", errNotWAV)
	}
	le := binary.LittleEndian
	f := &waveFormat{
		encoding: int(le.Uint16(chunk)), channels: int(le.Uint16(chunk[2:])), rate: int(le.Uint32(chunk[4:])), bits: int(le.Uint16(chunk[14:])),
	}
	if f.encoding == waveExtensible && len(chunk) >= 40 {
		f.encoding = int(le.Uint16(chunk[24:]))
	}
	if align := int(le.Uint16(chunk[12:])); align != f.channels*f.bits/8 {
		return nil, fmt.Errorf("%w: %d bytes a sample are not %d channels of %d bits", errNotWAV, align, f.channels, f.bits)
	}
	return f, nil
}

func (f *waveFormat) check() error {
	want := 8
	switch f.encoding {
	case wavePCM:
		want = 16
	case waveALaw, waveMuLaw:
	default:
		return fmt.Errorf("%w in 16-bit PCM, A-law or mu-law, not in encoding %d", errNotWAV, f.encoding)
	}
	switch {
	case f.bits != want:
		return fmt.Errorf("%w of %d bits a sample, not %d", errNotWAV, want, f.bits)
	case f.channels != 1 && f.channels != 2:
		return fmt.Errorf("%w of 1 or 2 channels, not %d", errNotWAV, f.channels)
	case f.rate < 8000 || f.rate > 48000:
		return fmt.Errorf("%w of 8000 to 48000 Hz, not %d", errNotWAV, f.rate)
	}
	return nil
}
