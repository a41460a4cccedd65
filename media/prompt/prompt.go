// Package prompt reads and keeps the sounds that Tandem plays: prepared once, so that playing one costs a copy.
package prompt

import (
	"errors"
	"io"
	"time"
)

var errBuilding = errors.New("not built yet")

// Prompt is a sound, prepared for every codec that the product plays in. It never changes.
type Prompt struct {
	name string
	pcm  []int16 // 8 kHz, one channel
	a, u []byte  // G.711
}

// Name is what it is called in logs and timelines.
func (p *Prompt) Name() string { return p.name }

// Duration is its length.
func (p *Prompt) Duration() time.Duration { return time.Duration(len(p.pcm)) * time.Second / 8000 }

// PCM is the sound at 8 kHz; nobody writes to it.
func (p *Prompt) PCM() []int16 { return p.pcm }

// ALaw and MuLaw are the same sound in G.711; nobody writes to them.
func (p *Prompt) ALaw() []byte { return p.a }

// MuLaw is the sound in µ-law.
func (p *Prompt) MuLaw() []byte { return p.u }

// Read takes a RIFF WAV file: 8 to 48 kHz, 16-bit PCM or G.711, one or two channels.
func Read(name string, r io.Reader) (*Prompt, error) { return nil, errBuilding }

// FromPCM prepares samples at 8 kHz.
func FromPCM(name string, pcm []int16) *Prompt { return nil }
