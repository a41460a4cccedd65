// Package configs holds the files that come with the program: the prompts in French and English, the waiting music and the tones.
package configs

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed prompts/*.wav prompts/*/*.wav
var prompts embed.FS

// Prompts is the tree of sounds that prompt.Library loads: "fr/welcome.wav" is spoken in French, "music.wav" needs no language. Each is
// an A-law WAV file at 8 kHz. The sentences are in prompts/fr.txt and prompts/en.txt, and scripts/prompts speaks them again.
func Prompts() (fs.FS, error) {
	tree, err := fs.Sub(prompts, "prompts")
	if err != nil {
		return nil, fmt.Errorf("open the built-in prompts: %w", err)
	}
	return tree, nil
}
