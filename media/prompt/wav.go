package prompt

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"tandem/media/codec/g711"
)

// Law is one of the two encodings of G.711.
type Law int

// The laws.
const (
	ALaw Law = iota + 1
	MuLaw
)

// Encodings of a WAV file (the registry of RFC 2361, appendix A).
const (
	wavPCM        = 0x0001
	wavALaw       = 0x0006
	wavMuLaw      = 0x0007
	wavExtensible = 0xFFFE
)

// subFormat is the end of every sub-format of wavExtensible that stands for an old encoding; its first two bytes are that encoding.
const subFormat = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71"

// HeaderSize is the length of what Header makes.
const HeaderSize = 58

// Header is the beginning of a mono WAV file at 8 kHz that holds so many G.711 codes. An odd number of codes is followed by one byte of
// padding that it does not count. A recorder writes a header for 0 first and the true one at the end.
func Header(law Law, codes int) []byte {
	size := uint32(max(0, min(codes, math.MaxUint32-HeaderSize-1)) & math.MaxUint32)
	encoding := uint16(wavALaw)
	if law == MuLaw {
		encoding = wavMuLaw
	}
	le := binary.LittleEndian
	b := make([]byte, 0, HeaderSize)
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, HeaderSize-8+size+size&1)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 18)
	b = le.AppendUint16(b, encoding)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 8)
	b = le.AppendUint16(b, 0)
	b = append(b, "fact"...)
	b = le.AppendUint32(b, 4)
	b = le.AppendUint32(b, size)
	b = append(b, "data"...)
	return le.AppendUint32(b, size)
}

// Write writes a whole mono WAV file of G.711 codes at 8 kHz.
func Write(w io.Writer, law Law, codes []byte) error {
	file := append(Header(law, len(codes)), codes...)
	if len(codes)%2 == 1 {
		file = append(file, 0)
	}
	if _, err := w.Write(file); err != nil {
		return fmt.Errorf("write sound: %w", err)
	}
	return nil
}

// wav is a file's sound and how to read it.
type wav struct {
	encoding, channels, bits int
	rate                     int
	sound                    []byte
}

// parseWAV finds the format and the sound; it skips the chunks that it does not know. The length in the RIFF header is not looked at:
// many programs write a wrong one.
func parseWAV(file []byte) (*wav, error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return nil, ErrNotWAV
	}
	w := &wav{}
	for rest := file[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if id == "data" {
			return w, w.setSound(rest, size)
		}
		if size > int64(len(rest)) {
			return nil, fmt.Errorf("%w: in chunk %q", ErrTruncated, id)
		}
		if id == "fmt " {
			if err := w.setFormat(rest[:size]); err != nil {
				return nil, err
			}
		}
		rest = rest[min(size+size&1, int64(len(rest))):]
	}
	return nil, fmt.Errorf("%w: no data chunk", ErrTruncated)
}

// setFormat reads the chunk "fmt " and refuses what we do not read.
func (w *wav) setFormat(chunk []byte) error {
	if len(chunk) < 16 {
		return fmt.Errorf("%w: in chunk \"fmt \"", ErrTruncated)
	}
	if w.encoding != 0 {
		return fmt.Errorf("%w: two format chunks", ErrFormat)
	}
	le := binary.LittleEndian
	w.encoding, w.channels = int(le.Uint16(chunk)), int(le.Uint16(chunk[2:]))
	w.bits = int(le.Uint16(chunk[14:]))
	rate, align := le.Uint32(chunk[4:]), int(le.Uint16(chunk[12:]))
	if w.encoding == wavExtensible && len(chunk) >= 40 && string(chunk[26:40]) == subFormat {
		w.encoding = int(le.Uint16(chunk[24:]))
	}
	want := 8
	switch w.encoding {
	case wavPCM:
		want = 16
	case wavALaw, wavMuLaw:
	default:
		return fmt.Errorf("%w: encoding %#04x, want 16-bit PCM, A-law or mu-law", ErrFormat, w.encoding)
	}
	if w.bits != want {
		return fmt.Errorf("%w: %d bits, want %d", ErrFormat, w.bits, want)
	}
	if w.channels != 1 && w.channels != 2 {
		return fmt.Errorf("%w: %d channels, want 1 or 2", ErrFormat, w.channels)
	}
	if align != w.channels*want/8 {
		return fmt.Errorf("%w: %d bytes a sample, want %d", ErrFormat, align, w.channels*want/8)
	}
	if rate < 8000 || rate > 48000 {
		return fmt.Errorf("%w: %d samples a second, want 8000 to 48000", ErrFormat, rate)
	}
	w.rate = int(rate)
	return nil
}

// setSound takes the chunk "data". A program that writes to a pipe does not know the size and leaves the largest: then it is what
// follows.
func (w *wav) setSound(rest []byte, size int64) error {
	if w.encoding == 0 {
		return fmt.Errorf("%w: sound before its format", ErrFormat)
	}
	frame := w.channels * w.bits / 8
	if size >= 0x7FFFF000 {
		size = int64(len(rest) / frame * frame)
	}
	if size > int64(len(rest)) {
		return fmt.Errorf("%w: %d bytes of sound, want %d", ErrTruncated, len(rest), size)
	}
	if size%int64(frame) != 0 {
		return fmt.Errorf("%w: ends within a sample", ErrTruncated)
	}
	if size == 0 {
		return ErrEmpty
	}
	w.sound = rest[:size]
	return nil
}

// mono is the sound as samples of one channel.
func (w *wav) mono() []int16 {
	pcm := make([]int16, len(w.sound)*8/w.bits)
	switch w.encoding {
	case wavALaw:
		g711.DecodeALaw(pcm, w.sound)
	case wavMuLaw:
		g711.DecodeMuLaw(pcm, w.sound)
	default:
		// The lengths agree, so this cannot fail.
		_, _ = binary.Decode(w.sound, binary.LittleEndian, pcm)
	}
	if w.channels == 2 {
		for i := range len(pcm) / 2 {
			pcm[i] = pcm[2*i]/2 + pcm[2*i+1]/2
		}
		pcm = pcm[:len(pcm)/2]
	}
	return pcm
}
