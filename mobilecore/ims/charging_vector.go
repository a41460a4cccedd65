package ims

import (
	"strings"
	"unicode/utf8"
)

// Vector is a P-Charging-Vector (RFC 7315 section 4.6): what the records of every node that saw a call are joined by.
type Vector struct {
	ICID        string // icid-value
	GeneratedAt string // icid-generated-at; empty: not told
	OrigIOI     string // the originating side's operator
	TermIOI     string // the terminating side's
}

// ReadVector reads it; false where there is none with an icid-value, or more than one, or one that is not UTF-8 as SIP has it.
func ReadVector(h Headers) (Vector, bool) {
	values := h.Values("P-Charging-Vector")
	if len(values) != 1 || len(values[0]) > longest || !utf8.ValidString(values[0]) {
		return Vector{}, false
	}
	p := parseParams(values[0])
	var v Vector
	v.ICID, _ = p.get("icid-value")
	v.GeneratedAt, _ = p.get("icid-generated-at")
	v.OrigIOI, _ = p.get("orig-ioi")
	v.TermIOI, _ = p.get("term-ioi")
	return v, v.ICID != ""
}

// Onward is the vector for the next leg of the same call: the same identifier, and our own operator on the originating side alone, for that is who we are to
// the next hop (RFC 7315 section 5.6). What other networks wrote of themselves stays with us.
func (v Vector) Onward(ours string) Vector {
	return Vector{ICID: v.ICID, GeneratedAt: v.GeneratedAt, OrigIOI: ours}
}

// Field writes it; false where it has nothing that can be written.
func (v Vector) Field() (Field, bool) {
	if v.ICID == "" || len(v.ICID) > 256 {
		return Field{}, false
	}
	var b strings.Builder
	b.WriteString("icid-value=" + quote(v.ICID))
	for _, p := range []param{{"icid-generated-at", v.GeneratedAt}, {"orig-ioi", v.OrigIOI}, {"term-ioi", v.TermIOI}} {
		if p.value != "" {
			b.WriteString(";" + p.name + "=" + quote(p.value))
		}
	}
	return Field{"P-Charging-Vector", b.String()}, b.Len() <= longest
}

// quote writes a quoted-string, without what none can hold.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !isControl(r):
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
