package sim

import (
	"fmt"
	"strings"
	"time"

	"tandem/mobilecore/sms"
)

// short is one short message as the network carries it: a whole text, or a segment of a longer one.
type short struct {
	from, to  string // as whoever wrote them did
	scheme    sms.Scheme
	header    sms.Header // of the user data; nil: none
	octets    []byte     // user data behind it: septets one to an octet, or UTF-16
	reference uint16     // what its sender calls it: of a handset TP-MR, which has 8 bits
	report    Report
	at        time.Time // when the centre had it
}

// Report says whether whoever wrote a message hears what became of it.
type Report int

// Whether they do.
const (
	NoReport Report = iota
	WantsReport
)

// shortsOf makes the short messages of a text; those of a long one share a reference.
func shortsOf(from, to, text string, reference uint16) ([]short, error) {
	if to == "" || strings.Trim(strings.TrimPrefix(to, "+"), "0123456789") != "" {
		return nil, fmt.Errorf("a message to %q: %w", to, ErrText)
	}
	m, err := sms.Plan(text, sms.Options{Reference: reference})
	if err != nil {
		return nil, fmt.Errorf("a message of %d bytes: %w", len(text), err)
	}
	var all []short
	for _, s := range m.Segments {
		one := short{from: from, to: to, scheme: sms.Scheme{Coding: m.Coding}, octets: s.Octets}
		if s.Concat.Total > 1 {
			one.header = sms.Header{s.Concat.Element()}
		}
		all = append(all, one)
	}
	return all, nil
}

// reader puts the segments of long messages together, as a telephone does. It is guarded by whoever has it.
type reader struct {
	sets map[set]map[int]sms.Chunk
}

// set names a long message.
type set struct {
	from, to string
	concat   sms.Concat // without its number
}

// read takes a short message; whole is false while segments are missing. A segment that is here already changes nothing.
func (r *reader) read(s short) (text string, whole bool) {
	chunk := sms.Chunk{Coding: s.scheme.Coding, Octets: s.octets}
	c, is := s.header.Concat()
	if !is {
		return sms.Join(chunk), true
	}
	key := set{s.from, s.to, c}
	key.concat.Number = 0
	if r.sets == nil {
		r.sets = make(map[set]map[int]sms.Chunk)
	}
	parts := r.sets[key]
	if parts == nil {
		parts = make(map[int]sms.Chunk)
		r.sets[key] = parts
	}
	parts[c.Number] = chunk
	if len(parts) < c.Total {
		return "", false
	}
	delete(r.sets, key)
	chunks := make([]sms.Chunk, c.Total)
	for n, p := range parts {
		chunks[n-1] = p
	}
	return sms.Join(chunks...), true
}
