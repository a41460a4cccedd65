package media

import (
	"sync"
	"time"
)

// The wheel: 20 slots of a millisecond, so that Sessions which began at the same moment do not all send at the same moment.
const (
	slots    = 20
	slotTime = time.Millisecond
	// behind is how far the wheel may fall behind before it gives up the frames in between: the machine was asleep.
	behind = 500 * time.Millisecond
	// share is how many Sessions have their turn at once before another slot is begun: while there are few of them it is the waking that costs.
	share = 8
)

// worker makes the sound of the Sessions that need sound made. Each of them has a slot, and every 20 ms its turn. Due times are absolute:
// the next is the last one plus 20 ms, never now plus 20 ms, so nothing drifts. While no Session needs it, it sleeps.
type worker struct {
	now  func() int64
	wake chan struct{}
	quit chan struct{}
	done chan struct{}
	late lateness
	buf  [rtpBuffer]byte // what is being sent; run's own

	mu     sync.Mutex
	wheel  [slots][]*Session
	riders int   // on the wheel
	tick   int64 // the next millisecond that has not had its turn
	turn   []*Session
}

// rtpBuffer holds the longest packet that we make.
const rtpBuffer = 256

// place is where a Session stands on the wheel.
type place struct {
	on   bool
	slot int
}

func newWorker(now func() int64) *worker {
	return &worker{
		now: now, wake: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
}

// join gives a Session its turns, the first within 20 ms.
func (w *worker) join(s *Session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.place.on {
		return
	}
	if w.riders == 0 { // else the turns that are late would be lost
		w.tick = max(w.tick, w.now()/int64(slotTime)+1)
	}
	w.riders++
	s.place = place{on: true, slot: w.roomLocked()}
	w.wheel[s.place.slot] = append(w.wheel[s.place.slot], s)
	if len(w.wheel[s.place.slot]) > 1 {
		return // run comes by there anyhow
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// roomLocked is the next slot that has something to do and less than its share, else the next with as little to do as any.
func (w *worker) roomLocked() int {
	best := 0
	for i := range slots {
		n := len(w.wheel[w.slot(i)])
		if n > 0 && n < share {
			return w.slot(i)
		}
		if n < len(w.wheel[w.slot(best)]) {
			best = i
		}
	}
	return w.slot(best)
}

// slot is the one that comes i milliseconds after the next.
func (w *worker) slot(i int) int { return int((w.tick + int64(i)) % slots) }

// leave takes a Session off the wheel. It may have one more turn, which is on its way.
func (w *worker) leave(s *Session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !s.place.on {
		return
	}
	s.place.on = false
	w.riders--
	all := w.wheel[s.place.slot]
	for i := range all {
		if all[i] == s {
			last := len(all) - 1
			all[i], all[last] = all[last], nil
			w.wheel[s.place.slot] = all[:last]
			return
		}
	}
}

func (w *worker) stop() {
	close(w.quit)
	<-w.done
}

func (w *worker) run() {
	defer close(w.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		due, some := w.next()
		if !some {
			select {
			case <-w.wake:
				continue
			case <-w.quit:
				return
			}
		}
		if wait := due - w.now(); wait > 0 {
			timer.Reset(time.Duration(wait))
			select {
			case <-timer.C:
			case <-w.wake:
				continue
			case <-w.quit:
				return
			}
		}
		w.serve(due)
	}
}

// next is when the next slot with Sessions in it is due.
func (w *worker) next() (due int64, some bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now()-w.tick*int64(slotTime) > int64(behind) {
		w.tick = w.now() / int64(slotTime)
	}
	for i := range slots {
		if len(w.wheel[w.slot(i)]) > 0 {
			w.tick += int64(i)
			return w.tick * int64(slotTime), true
		}
	}
	return 0, false
}

// serve gives every Session of the slot its turn.
func (w *worker) serve(due int64) {
	w.mu.Lock()
	if w.tick*int64(slotTime) != due {
		w.mu.Unlock()
		return
	}
	w.turn = append(w.turn[:0], w.wheel[w.slot(0)]...)
	w.tick++
	w.mu.Unlock()
	for _, s := range w.turn {
		w.late.add(w.now()-due, due)
		s.turn(due, w.buf[:])
	}
	clear(w.turn)
}
