package asset

import (
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// Live is a set of files that somebody is working on: they are read again when they have changed.
type Live struct {
	tree fs.FS

	mu    sync.Mutex
	stamp string
	set   *Set
}

// Watch makes a live set of a tree.
func Watch(tree fs.FS) *Live { return &Live{tree: tree} }

// Set is the files as they are now. It fails where they cannot be read.
func (l *Live) Set() (*Set, error) {
	stamp, err := l.Stamp()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.set != nil && l.stamp == stamp {
		return l.set, nil
	}
	set, err := Read(l.tree)
	if err != nil {
		return nil, err
	}
	l.set, l.stamp = set, stamp
	return set, nil
}

// Stamp is another text whenever a file was added, removed or written.
func (l *Live) Stamp() (string, error) {
	files, newest, size := 0, time.Time{}, int64(0)
	err := fs.WalkDir(l.tree, ".", func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		is, err := e.Info()
		if err != nil {
			return err
		}
		files++
		size += is.Size()
		if is.ModTime().After(newest) {
			newest = is.ModTime()
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("look at the pages: %w", err)
	}
	return fmt.Sprintf("%d files, %d bytes, %d", files, size, newest.UnixNano()), nil
}
