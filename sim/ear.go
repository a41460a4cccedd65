package sim

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tandem/media"
	"tandem/media/prompt"
)

// ear listens to what a party hears, a little at a time.
type ear struct {
	p    *party
	dir  string
	last []int16
	n    int
	next func()
}

const glance = 240 * time.Millisecond

// open begins to listen; next is told of each glance, on the party's goroutine.
func (e *ear) open(next func()) error {
	dir, err := os.MkdirTemp("", "tandem-ear-")
	if err != nil {
		return err
	}
	e.dir, e.next = dir, next
	e.listen()
	return nil
}

func (e *ear) listen() {
	e.n++
	e.p.voice.Record(media.Record{ID: media.RecordID(e.n), Path: e.path(), Max: glance})
}

func (e *ear) path() string { return filepath.Join(e.dir, strconv.Itoa(e.n)+".wav") }

func (e *ear) take(r media.RecordEnded) {
	if e.dir == "" || r.Why == media.RecordFailed {
		return
	}
	if f, err := os.Open(e.path()); err == nil {
		if heard, err := prompt.Read("ear", f); err == nil {
			e.last = heard.PCM()
		}
		_ = f.Close()
		_ = os.Remove(e.path())
	}
	e.next()
	e.listen()
}

// close stops listening.
func (e *ear) close() {
	if e.dir != "" {
		e.p.voice.StopRecord()
		_ = os.RemoveAll(e.dir)
		e.dir = ""
	}
}

// hears says whether that tone is most of what was heard last (Goertzel's algorithm).
func (e *ear) hears(hz float64) bool {
	k := 2 * math.Cos(2*math.Pi*hz/prompt.Rate)
	var s1, s2, total float64
	for _, v := range e.last {
		x := float64(v)
		s1, s2 = x+k*s1-s2, s1
		total += x * x
	}
	n := float64(len(e.last))
	if n == 0 || total/n < 100*100 {
		return false
	}
	return 2*(s1*s1+s2*s2-k*s1*s2)/(total*n) > 0.7
}
