package store

import (
	"maps"
	"slices"
	"sync"

	"tandem/messaging"
)

// wakes are who wants to know of new deliveries.
type wakes struct {
	mu   sync.Mutex
	all  map[int]func(messaging.Route)
	next int
}

func newWakes() *wakes { return &wakes{all: map[int]func(messaging.Route){}} }

// add calls f with routes, until stop is called.
func (w *wakes) add(f func(messaging.Route)) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.next
	w.next++
	w.all[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, id)
	}
}

// tell calls everybody with each route, in the order in which they came.
func (w *wakes) tell(routes ...messaging.Route) {
	if len(routes) == 0 {
		return
	}
	w.mu.Lock()
	var told []func(messaging.Route)
	for _, id := range slices.Sorted(maps.Keys(w.all)) {
		told = append(told, w.all[id])
	}
	w.mu.Unlock()
	for _, r := range routes {
		for _, f := range told {
			f(r)
		}
	}
}

// OnDeliveries implements messaging.Waker.
func (m *Messages) OnDeliveries(f func(messaging.Route)) (stop func()) { return m.wakes.add(f) }
