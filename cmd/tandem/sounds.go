package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"tandem/configs"
	"tandem/media/prompt"
	"tandem/provisioning"
	"tandem/routing"
	"tandem/routing/flow"
)

// sounds finds what callers hear, from memory: the sounds of accounts first, then those that came with the program. A sound of an account
// takes the place of one of the program's that has its name.
type sounds struct {
	prompts *prompt.Library
	own     atomic.Pointer[map[ownSound]*prompt.Prompt]
	log     *slog.Logger
}

// ownSound names a sound of an account. sha tells one content from another under the same id.
type ownSound struct {
	account routing.AccountID
	id      flow.AudioID
}

// archive is what the sounds ask of the records.
type archive interface {
	State(ctx context.Context) (*provisioning.State, error)
	AudioFile(id flow.AudioID) string
}

func newSounds(log *slog.Logger) (*sounds, error) {
	tree, err := configs.Prompts()
	if err != nil {
		return nil, err
	}
	s := &sounds{prompts: prompt.NewLibrary(), log: log}
	if err := s.prompts.Load(tree); err != nil {
		return nil, fmt.Errorf("built-in prompts: %w", err)
	}
	s.own.Store(&map[ownSound]*prompt.Prompt{})
	return s, nil
}

// Prompt finds a sound; nil: there is none.
func (s *sounds) Prompt(account routing.AccountID, language string, id flow.AudioID) *prompt.Prompt {
	if p := (*s.own.Load())[ownSound{account, id}]; p != nil {
		return p
	}
	p, err := s.prompts.Find(prompt.Language(language), string(id))
	if err != nil {
		return nil // the call notes it on its timeline
	}
	return p
}

// reload reads the sounds of all accounts again. One that cannot be read is left out, and logged: calls go on without it.
func (s *sounds) reload(ctx context.Context, a archive) error {
	state, err := a.State(ctx)
	if err != nil {
		return fmt.Errorf("list sounds: %w", err)
	}
	fresh := make(map[ownSound]*prompt.Prompt, len(state.Audio))
	for _, audio := range state.Audio {
		p, err := readSound(a.AudioFile(audio.ID), audio.Name)
		if err != nil {
			s.log.LogAttrs(ctx, slog.LevelWarn, "a sound cannot be read", slog.String("account", string(audio.Account)), slog.Any("err", err))
			continue
		}
		fresh[ownSound{audio.Account, audio.ID}] = p
		fresh[ownSound{audio.Account, flow.AudioID(audio.Name)}] = p
	}
	s.own.Store(&fresh)
	return nil
}

func readSound(file, name string) (*prompt.Prompt, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open sound %q: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	p, err := prompt.Read(name, f)
	if err != nil {
		return nil, fmt.Errorf("sound %q: %w", name, err)
	}
	return p, nil
}

// soundNames lists the sounds that came with the program, as flows name them.
func soundNames() ([]flow.AudioID, error) {
	tree, err := configs.Prompts()
	if err != nil {
		return nil, err
	}
	names := map[flow.AudioID]struct{}{}
	err = fs.WalkDir(tree, ".", func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names[flow.AudioID(strings.TrimSuffix(path.Base(file), ".wav"))] = struct{}{}
		}
		return err
	})
	return slices.Sorted(maps.Keys(names)), err
}
