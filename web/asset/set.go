package asset

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Set is files by their names.
type Set struct{ files map[string]*Asset }

// Read makes a set of every file of a tree.
func Read(tree fs.FS) (*Set, error) {
	s := &Set{files: map[string]*Asset{}}
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		body, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		s.files[name], err = New(name, body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	return s, nil
}

// Get finds a file; nil: there is none of this name.
func (s *Set) Get(name string) *Asset { return s.files[name] }

// Names lists the files in order.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.files)) }
