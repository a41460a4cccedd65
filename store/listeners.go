package store

import (
	"maps"
	"slices"
	"sync"
)

// listeners are who wants to be called when something changed.
type listeners struct {
	mu   sync.Mutex
	all  map[int]func()
	next int
}

func newListeners() *listeners { return &listeners{all: map[int]func(){}} }

// add calls f at each tell, until stop is called.
func (l *listeners) add(f func()) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.next
	l.next++
	l.all[id] = f
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.all, id)
	}
}

// tell calls everybody, in the order in which they came.
func (l *listeners) tell() {
	l.mu.Lock()
	var told []func()
	for _, id := range slices.Sorted(maps.Keys(l.all)) {
		told = append(told, l.all[id])
	}
	l.mu.Unlock()
	for _, f := range told {
		f()
	}
}
