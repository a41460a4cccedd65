// Package prompt reads and keeps the sounds that Tandem plays: prepared once, so that playing one costs a copy. It also writes the WAV
// files of recordings.
package prompt

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"tandem/media/codec/g711"
	"tandem/media/resample"
)

// Rate is how many samples a second a prepared prompt has.
const Rate = 8000

// MaxSize is the largest file that Read takes, in bytes: 16 minutes of 8 kHz PCM, or half an hour of G.711.
const MaxSize = 32 << 20

// Refusals of a sound file. Read wraps them with what it found.
var (
	ErrNotWAV    = errors.New("not a RIFF WAV file")
	ErrFormat    = errors.New("sound format not supported")
	ErrTruncated = errors.New("sound file is cut short")
	ErrEmpty     = errors.New("sound file holds no sound")
	ErrTooLarge  = errors.New("sound file is too large")
)

// Prompt is a sound, prepared for every codec that the product plays in. It never changes.
type Prompt struct {
	name string
	pcm  []int16 // 8 kHz, one channel
	a, u []byte  // G.711
}

// Name is what it is called in logs and timelines.
func (p *Prompt) Name() string { return p.name }

// Duration is its length.
func (p *Prompt) Duration() time.Duration { return time.Duration(len(p.pcm)) * time.Second / Rate }

// PCM is the sound at 8 kHz; nobody writes to it.
func (p *Prompt) PCM() []int16 { return p.pcm }

// ALaw is the same sound in G.711 A-law; nobody writes to it.
func (p *Prompt) ALaw() []byte { return p.a }

// MuLaw is the sound in µ-law; nobody writes to it.
func (p *Prompt) MuLaw() []byte { return p.u }

// Read takes a RIFF WAV file: 8 to 48 kHz, 16-bit PCM or G.711, one or two channels (two are mixed to one). It reads at most MaxSize
// bytes. The error wraps one of this package's refusals, or is the reader's own.
func Read(name string, r io.Reader) (*Prompt, error) {
	file, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read prompt %s: %w", name, err)
	}
	if len(file) > MaxSize {
		return nil, fmt.Errorf("read prompt %s: %w: more than %d bytes", name, ErrTooLarge, MaxSize)
	}
	p, err := parse(name, file)
	if err != nil {
		return nil, fmt.Errorf("read prompt %s: %w", name, err)
	}
	return p, nil
}

// FromPCM prepares samples at 8 kHz. It keeps a copy.
func FromPCM(name string, pcm []int16) *Prompt {
	return prepare(name, slices.Clone(pcm))
}

func prepare(name string, pcm []int16) *Prompt {
	p := &Prompt{name: name, pcm: pcm, a: make([]byte, len(pcm)), u: make([]byte, len(pcm))}
	g711.EncodeALaw(p.a, pcm)
	g711.EncodeMuLaw(p.u, pcm)
	return p
}

func parse(name string, file []byte) (*Prompt, error) {
	w, err := parseWAV(file)
	if err != nil {
		return nil, err
	}
	pcm, err := resample.All(w.mono(), w.rate, Rate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return prepare(name, pcm), nil
}
