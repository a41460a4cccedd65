package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a text fit for a header value: control characters, line and paragraph separators and bidirectional overrides become one
// blank, ill-formed UTF-8 is dropped, blanks at both ends are trimmed. It is applied to everything that comes from an API, a database or
// a peer and goes out again: one CR LF in a name would be a header of the attacker's choice.
func Clean(s string) string {
	if isPlain(s) {
		return strings.Trim(s, " ")
	}
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', isBidi(r):
			blank = true
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteRune(r)
		}
	}
	return strings.Trim(b.String(), " ")
}

// isPlain says that every byte is printable ASCII: nothing to clean.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// isBidi says that a rune turns the reading direction: it can make a log or a screen show another number than the one called.
func isBidi(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// Quote makes a quoted-string of a text (RFC 3261 section 25.1), cleaned first.
func Quote(s string) string {
	return `"` + escapeQuoted(Clean(s)) + `"`
}

// escapeQuoted puts a backslash before what would end or bend a quoted-string.
func escapeQuoted(s string) string {
	if !strings.ContainsAny(s, `"\`) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Unquote takes the quotes and the backslashes of quoted pairs off a quoted-string; any other text comes back as it is.
func Unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return unescapeQuoted(s[1 : len(s)-1])
}

func unescapeQuoted(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// token keeps the token characters of RFC 3261 section 25.1 and drops the rest.
func token(s string) string {
	if isToken(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if isTokenByte(s[i]) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	return isAlphanum(c) || strings.IndexByte("-.!%*_+`'~", c) >= 0
}

func isAlphanum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// splitQuoted cuts at sep, but not inside quoted strings nor inside angle brackets. It always gives at least one part.
func splitQuoted(s string, sep byte) []string {
	var parts []string
	start, quoted, angle := 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == sep && !angle:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}
