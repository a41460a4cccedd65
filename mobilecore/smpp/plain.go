package smpp

import "bytes"

// Plain is the body of a PDU that has none: unbind, enquire_link, generic_nack, the responses to cancel_sm and replace_sm.
type Plain struct {
	Command Command
	Rest    []byte // what stood there all the same
}

func (p *Plain) command() Command { return p.Command }
func (p *Plain) walk(w *walker)   { w.rest(&p.Rest) }

// Unknown is the body of a PDU whose command is not known.
type Unknown struct {
	Command Command
	Octets  []byte
}

func (u *Unknown) command() Command { return u.Command }
func (u *Unknown) walk(w *walker)   { w.rest(&u.Octets) }

// rest walks all that is left as it stands.
func (w *walker) rest(b *[]byte) {
	if !w.reading {
		w.out = append(w.out, *b...)
		return
	}
	if len(w.in) > 0 {
		*b, w.in = bytes.Clone(w.in), nil
	}
}
