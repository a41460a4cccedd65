package media

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"tandem/media/prompt"
)

const (
	// writeEvery is how much of a recording a crash may cost.
	writeEvery = 500 * time.Millisecond
	// pendingMost is how far the disk may fall behind, in bytes: two minutes.
	pendingMost = 1 << 20
)

var errSlowDisk = errors.New("media: the disk is too slow for the recording")

// writer is the one goroutine that writes recordings, so that no disk ever holds up a packet. Its mutex is a leaf lock.
type writer struct {
	wake chan struct{}
	quit chan struct{}
	done chan struct{}

	mu    sync.Mutex
	files []*recordFile
}

func newWriter() *writer {
	w := &writer{wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

// recordFile is one WAV file that is being written. What is on disk can be read at any time: the header is put right with every write.
type recordFile struct {
	w    *writer
	s    *Session
	id   RecordID
	path string
	law  prompt.Law

	mu      sync.Mutex
	pending []byte
	why     RecordEnd // 0: it goes on

	file  *os.File // the writer's own, from here on
	codes int
	err   error
}

// open makes a recording known; the file is made by the writer.
func (w *writer) open(s *Session, r Record, law kind) *recordFile {
	f := &recordFile{w: w, s: s, id: r.ID, path: r.Path, law: prompt.ALaw}
	if law == kindMuLaw {
		f.law = prompt.MuLaw
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files = append(w.files, f)
	return f
}

// write keeps codes for the writer; false when it is hopelessly behind.
func (f *recordFile) write(codes []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending)+len(codes) > pendingMost {
		return false
	}
	f.pending = append(f.pending, codes...)
	return true
}

// finish has the writer complete the file and tell.
func (f *recordFile) finish(why RecordEnd) {
	f.mu.Lock()
	f.why = why
	f.mu.Unlock()
	select {
	case f.w.wake <- struct{}{}:
	default:
	}
}

// stop completes what has been finished.
func (w *writer) stop() {
	close(w.quit)
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	ticker := time.NewTicker(writeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-w.wake:
		case <-w.quit:
			w.sweep()
			return
		}
		w.sweep()
	}
}

// sweep writes what every file has waiting.
func (w *writer) sweep() {
	w.mu.Lock()
	all := slices.Clone(w.files)
	w.mu.Unlock()
	for _, f := range all {
		if !f.flush() {
			continue
		}
		w.mu.Lock()
		w.files = slices.DeleteFunc(w.files, func(x *recordFile) bool { return x == f })
		w.mu.Unlock()
	}
}

// flush writes what waits; it says whether the file is complete.
func (f *recordFile) flush() bool {
	f.mu.Lock()
	b, why := f.pending, f.why
	f.pending = nil
	f.mu.Unlock()
	if f.err == nil {
		f.err = f.append(b, why)
	}
	if why == 0 {
		return false
	}
	f.tell(why)
	return true
}

// append writes codes and puts the header right.
func (f *recordFile) append(b []byte, why RecordEnd) error {
	if f.file == nil {
		file, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err != nil {
			return fmt.Errorf("begin recording: %w", err)
		}
		f.file = file
	} else if len(b) == 0 && why == 0 {
		return nil
	}
	if _, err := f.file.WriteAt(b, int64(prompt.HeaderSize+f.codes)); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	f.codes += len(b)
	if f.codes%2 != 0 {
		if _, err := f.file.WriteAt([]byte{0}, int64(prompt.HeaderSize+f.codes)); err != nil {
			return fmt.Errorf("pad recording: %w", err)
		}
	}
	if _, err := f.file.WriteAt(prompt.Header(f.law, f.codes), 0); err != nil {
		return fmt.Errorf("write recording's header: %w", err)
	}
	return nil
}

// tell completes the file and tells the Session's owner.
func (f *recordFile) tell(why RecordEnd) {
	if f.err == nil && why == RecordFailed {
		f.err = errSlowDisk
	}
	if f.file != nil {
		f.err = errors.Join(f.err, f.file.Sync(), f.file.Close())
	}
	e := RecordEnded{Leg: f.s.o.Ref, Record: f.id, Why: why, Err: f.err}
	e.Length = time.Duration(f.codes) * (time.Second / samplesPerSecond)
	if f.err != nil {
		e.Why = RecordFailed
	}
	f.s.post(e)
}
