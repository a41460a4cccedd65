package media

import (
	"testing"
	"time"
)

// A wheel that nobody turns, at a time set by hand.
func stillWheel(at *time.Duration) *worker {
	return newWorker(func() int64 { return int64(*at) })
}

// turnsOf is how many slots have Sessions in them, and the fullest one's number of them.
func turnsOf(w *worker) (used, most int) {
	for _, all := range w.wheel {
		if len(all) > 0 {
			used++
		}
		most = max(most, len(all))
	}
	return used, most
}

func TestFewSessionsShareTheirTurnsAndManyAreSpread(t *testing.T) {
	at := time.Second
	w := stillWheel(&at)
	for _, c := range []struct{ riders, used, most int }{
		{1, 1, 1}, {share, 1, share}, {share + 1, 2, share}, {slots * share, slots, share}, {2 * slots * share, slots, 2 * share},
	} {
		for w.riders < c.riders {
			w.join(&Session{})
		}
		if used, most := turnsOf(w); used != c.used || most != c.most {
			t.Errorf("%d Sessions have %d slots, %d of them in one, want %d and %d", c.riders, used, most, c.used, c.most)
		}
	}
}

func TestSessionThatComesWhileTheWheelIsLateTakesNobodysTurn(t *testing.T) {
	at := time.Second
	w := stillWheel(&at)
	w.join(&Session{})
	due, some := w.next()
	at += 10 * time.Millisecond
	w.join(&Session{})
	if again, still := w.next(); !some || !still || again != due {
		t.Errorf("the turn was due at %v (%v), then at %v (%v)", time.Duration(due), some, time.Duration(again), still)
	}
}
