package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// entryKind says what an entry of the spool tells.
type entryKind byte

// The entries.
const (
	entryBegin   entryKind = 'b' // a call exists
	entryFinish  entryKind = 'f' // a call is over
	entryTell    entryKind = 't' // an event of a call
	entryShift   entryKind = 's' // a user's status changed
	entryNumbers entryKind = 'n' // call numbers below the one that follows may have been given out
)

// Limits of the spool.
const (
	frameHead    = 9        // length, CRC-32C of kind and payload, kind
	longestEntry = 16 << 20 // a longer one is not believed
	segmentSize  = 8 << 20  // a segment that is longer ends
)

// position is a place in the spool. Segments count from 1.
type position struct {
	segment int64
	offset  int64
}

func (p position) before(q position) bool {
	return p.segment < q.segment || (p.segment == q.segment && p.offset < q.offset)
}

// spool is the journal of calls that the database does not have yet: files to which entries are only ever appended, each by one write, so
// that what was acknowledged survives the end of this process at any moment.
type spool struct {
	dir   string
	crc   *crc32.Table
	wrote chan struct{} // holds one when there is something new

	mu   sync.Mutex
	file *os.File
	end  position // where the next entry goes
	buf  []byte
	err  error // what made the spool useless
}

// openSpool opens the journal in dir. The segments that are there stay for the reader; new entries go to a new one, after them and after
// the place up to which the database has everything.
func openSpool(dir string, committed position) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	segments, err := listSegments(dir)
	if err != nil {
		return nil, err
	}
	last := committed.segment
	if n := len(segments); n > 0 {
		last = max(last, segments[n-1])
	}
	s := &spool{dir: dir, crc: crc32.MakeTable(crc32.Castagnoli), wrote: make(chan struct{}, 1)}
	if err := s.turnLocked(last + 1); err != nil {
		return nil, err
	}
	return s, nil
}

func segmentPath(dir string, n int64) string {
	return filepath.Join(dir, fmt.Sprintf("%012d.calls", n))
}

// listSegments lists the numbers of the segments, in order.
func listSegments(dir string) ([]int64, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	var out []int64
	for _, f := range files {
		var n int64
		if _, err := fmt.Sscanf(f.Name(), "%d.calls", &n); err == nil && n > 0 && filepath.Join(dir, f.Name()) == segmentPath(dir, n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// turnLocked ends the present segment and begins segment n.
func (s *spool) turnLocked(n int64) error {
	f, err := os.OpenFile(segmentPath(s.dir, n), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if s.file != nil {
		_ = s.file.Close() // Everything in it was written; nothing is buffered in this process.
	}
	s.file, s.end = f, position{segment: n}
	return nil
}

// write appends an entry, whose payload fill appends, and returns when the kernel has it.
func (s *spool) write(kind entryKind, fill func([]byte) []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if s.end.offset >= segmentSize {
		if err := s.turnLocked(s.end.segment + 1); err != nil {
			return err
		}
	}
	buf := fill(append(s.buf[:0], 0, 0, 0, 0, 0, 0, 0, 0, byte(kind)))
	if cap(buf) <= 1<<20 {
		s.buf = buf
	}
	if len(buf)-frameHead > longestEntry {
		return fmt.Errorf("spool: an entry of %d bytes", len(buf))
	}
	binary.LittleEndian.PutUint32(buf, uint32(len(buf)-frameHead)) //nolint:gosec // Bounded above.
	binary.LittleEndian.PutUint32(buf[4:], crc32.Checksum(buf[8:], s.crc))
	if _, err := s.file.Write(buf); err != nil {
		return s.mendLocked(err)
	}
	s.end.offset += int64(len(buf))
	select {
	case s.wrote <- struct{}{}:
	default: // The reader is woken already.
	}
	return nil
}

// mendLocked takes back a write that was cut short (a full disk): an entry after half an entry would be lost.
func (s *spool) mendLocked(cause error) error {
	if err := s.file.Truncate(s.end.offset); err != nil {
		if err := s.turnLocked(s.end.segment + 1); err != nil {
			return errors.Join(cause, err)
		}
	}
	return fmt.Errorf("spool: %w", cause)
}

// tail is where the next entry goes.
func (s *spool) tail() position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// forget removes the segments that lie wholly before p.
func (s *spool) forget(p position) error {
	segments, err := listSegments(s.dir)
	if err != nil {
		return err
	}
	current := s.tail().segment
	for _, n := range segments {
		if n >= p.segment || n >= current {
			break
		}
		if err := os.Remove(segmentPath(s.dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("spool: %w", err)
		}
	}
	return nil
}

// close ends the journal; later writes fail.
func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil
	}
	s.err = errClosed
	return s.file.Close()
}

// entry is one entry as it was read.
type entry struct {
	kind    entryKind
	payload []byte
	end     position // right after it
}

// read returns entries from p on, about most bytes of them, and the place to go on from. An entry that is torn or damaged ends its segment: the
// process that wrote it ended before it was acknowledged. The entries are valid until buf is used again.
func (s *spool) read(p position, most int, buf *[]byte) ([]entry, position, error) {
	tail := s.tail()
	for p.before(tail) {
		size := int64(most)
		if p.segment == tail.segment {
			size = min(size, tail.offset-p.offset)
		}
		block, whole, err := readBlock(segmentPath(s.dir, p.segment), p.offset, size, buf)
		if err != nil {
			return nil, p, err
		}
		entries, next := frames(s.crc, block, p)
		if len(entries) > 0 {
			return entries, next, nil
		}
		if !whole && most < longestEntry+frameHead {
			most = longestEntry + frameHead // The entry is longer than the block.
			continue
		}
		if p.segment == tail.segment {
			return nil, tail, fmt.Errorf("spool: damaged at %d in segment %d: %w", p.offset, p.segment, errEntry)
		}
		p = position{segment: p.segment + 1}
	}
	return nil, p, nil
}

// readBlock reads up to size bytes of a segment; whole says that nothing follows them. A segment that is not there is empty.
func readBlock(path string, offset, size int64, buf *[]byte) (block []byte, whole bool, err error) {
	f, err := os.Open(path) //nolint:gosec // The path is ours.
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("spool: %w", err)
	}
	defer f.Close()
	if int64(cap(*buf)) < size {
		*buf = make([]byte, size)
	}
	block = (*buf)[:size]
	n, err := f.ReadAt(block, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("spool: %w", err)
	}
	return block[:n], errors.Is(err, io.EOF) || int64(n) < size, nil
}

// frames cuts a block into entries, up to the first that is not whole or not sound, and says where that is.
func frames(crc *crc32.Table, block []byte, at position) ([]entry, position) {
	var out []entry
	for len(block) >= frameHead {
		length := binary.LittleEndian.Uint32(block)
		if length > longestEntry || int(length) > len(block)-frameHead {
			break
		}
		end := frameHead + int(length)
		if crc32.Checksum(block[8:end], crc) != binary.LittleEndian.Uint32(block[4:]) {
			break
		}
		at.offset += int64(end)
		out = append(out, entry{kind: entryKind(block[8]), payload: block[frameHead:end:end], end: at})
		block = block[end:]
	}
	return out, at
}
