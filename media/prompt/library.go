package prompt

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"
)

// ErrUnknown says that the library has no prompt of that name.
var ErrUnknown = errors.New("no such prompt")

// Language is a folder of prompts: "fr", "en". The empty one holds sounds that need none: music, tones.
type Language string

// Library keeps prompts by language and name. Every method may be called from any goroutine.
type Library struct {
	mu      sync.RWMutex
	prompts map[key]*Prompt
}

type key struct {
	lang Language
	name string
}

// NewLibrary makes an empty one.
func NewLibrary() *Library { return &Library{prompts: map[key]*Prompt{}} }

// Load reads every WAV file of a tree: "name.wav" needs no language, "fr/name.wav" is French. What it reads replaces what had the same
// language and name before, so the tree of uploads is loaded after the one that came with the program. With an error nothing is
// replaced.
func (l *Library) Load(tree fs.FS) error {
	fresh := map[key]*Prompt{}
	err := fs.WalkDir(tree, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".wav" {
			return err
		}
		k, err := keyOf(file)
		if err != nil {
			return err
		}
		fresh[k], err = open(tree, file)
		return err
	})
	if err != nil {
		return fmt.Errorf("load prompts: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.prompts, fresh)
	return nil
}

// Put adds one prompt, or replaces it.
func (l *Library) Put(lang Language, name string, p *Prompt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prompts[key{lang, name}] = p
}

// Find gives the prompt in the language, or the one that needs none. ErrUnknown says that there is neither.
func (l *Library) Find(lang Language, name string) (*Prompt, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, k := range []key{{lang, name}, {"", name}} {
		if p := l.prompts[k]; p != nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: %q in language %q", ErrUnknown, name, lang)
}

func keyOf(file string) (key, error) {
	dir, base := path.Split(file)
	lang := strings.TrimSuffix(dir, "/")
	if strings.Contains(lang, "/") {
		return key{}, fmt.Errorf("%s: want language/name.wav", file)
	}
	return key{Language(lang), strings.TrimSuffix(base, ".wav")}, nil
}

func open(tree fs.FS, file string) (*Prompt, error) {
	f, err := tree.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open prompt: %w", err)
	}
	defer f.Close()
	return Read(strings.TrimSuffix(file, ".wav"), f)
}
