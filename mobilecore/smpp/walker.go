package smpp

import (
	"bytes"
	"fmt"
	"strings"
)

// FieldError says which field of a PDU is wrong, and the status that answers it.
type FieldError struct {
	Command  Command
	Sequence uint32 // of the PDU
	Field    string // as the specification calls it
	Status   Status
	Text     string
}

// Error names the command and the field.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Command, e.Field, e.Text)
}

// field is one field of a layout: its name, its greatest length with the octet that ends it, and the status of a bad one.
type field struct {
	name string
	most int
	bad  Status
}

// walker goes through the fields of a PDU in their order. The same walk reads and writes, so that what is read is what is written.
type walker struct {
	reading bool
	in      []byte // what is left to read
	out     []byte // what is written
	err     *FieldError
}

// fail keeps the first thing that is wrong.
func (w *walker) fail(f field, text string) {
	if w.err == nil {
		w.err = &FieldError{Field: f.name, Status: f.bad, Text: text}
	}
}

// octet walks one octet.
func (w *walker) octet(v *uint8) {
	if !w.reading {
		w.out = append(w.out, *v)
		return
	}
	if w.err != nil {
		return
	}
	if len(w.in) == 0 {
		w.fail(field{"command_length", 0, RINVCMDLEN}, "the PDU ends too early")
		return
	}
	*v, w.in = w.in[0], w.in[1:]
}

// text walks a C-octet string (section 3.1).
func (w *walker) text(s *string, f field) {
	if !w.reading {
		if len(*s) >= f.most {
			w.fail(f, fmt.Sprintf("is longer than %d characters", f.most-1))
		}
		if strings.IndexByte(*s, 0) >= 0 {
			w.fail(f, "contains a zero octet")
		}
		w.out = append(append(w.out, *s...), 0)
		return
	}
	if w.err != nil {
		return
	}
	end := bytes.IndexByte(w.in[:min(len(w.in), f.most)], 0)
	switch {
	case end >= 0:
		*s, w.in = string(w.in[:end]), w.in[end+1:]
	case len(w.in) < f.most:
		w.fail(field{f.name, 0, RINVCMDLEN}, "the PDU ends within it")
	default:
		w.fail(f, fmt.Sprintf("is longer than %d characters", f.most-1))
	}
}

// moment walks a time (section 7.1.1): none, or 16 characters. What they say is whoever reads them's to judge.
func (w *walker) moment(s *string, f field) {
	const stated = 16
	f.most = stated + 1
	w.text(s, f)
	if len(*s) != 0 && len(*s) != stated {
		w.fail(f, "is neither empty nor 16 characters")
	}
}

// octets walks a length in one octet and that many octets.
func (w *walker) octets(b *[]byte, f field) {
	n := uint8(len(*b)) //nolint:gosec // Checked on the next line.
	if !w.reading {
		if len(*b) > f.most {
			w.fail(f, fmt.Sprintf("is longer than %d octets", f.most))
		}
		w.out = append(append(w.out, n), *b...)
		return
	}
	w.octet(&n)
	if w.err != nil {
		return
	}
	switch {
	case int(n) > f.most:
		w.fail(f, fmt.Sprintf("is longer than %d octets", f.most))
	case int(n) > len(w.in):
		w.fail(f, "is longer than the PDU")
	case n > 0:
		*b, w.in = bytes.Clone(w.in[:n]), w.in[n:]
	}
}
