package ims

import (
	"slices"
	"strconv"
	"strings"
)

// longest is what one header value may measure before it is taken for an attack and left unread.
const longest = 4096

// Field is one header that is sent as it stands. Its name is a token, and its value has no line break.
type Field struct{ Name, Value string }

// address is a name-addr or addr-spec with its parameters (RFC 3261 section 20.10).
type address struct {
	uri    uri
	params params
}

// uri is a SIP or tel URI, as far as it is read here.
type uri struct {
	text    string // as it came
	scheme  string // in lower case
	user    string // unescaped, without the parameters that a telephone-subscriber carries in it
	host    string // in lower case, without port; empty: tel
	params  params // of the URI, and of the telephone-subscriber in it
	headers params // after "?"
}

// param is a name, in lower case, and its value, unquoted.
type param struct{ name, value string }

type params []param

func (p params) get(name string) (string, bool) {
	i := slices.IndexFunc(p, func(one param) bool { return one.name == name })
	if i < 0 {
		return "", false
	}
	return p[i].value, true
}

func (p params) has(name string) bool {
	_, has := p.get(name)
	return has
}

// number reads a parameter that is a count: -1 where it is none.
func (p params) number(name string) int {
	text, _ := p.get(name)
	return natural(text)
}

// natural reads digits: -1 where there is anything else.
func natural(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || text[0] == '+' {
		return -1
	}
	return n
}

// parseAddress reads one value. It fails on an unfinished quote or bracket, control characters, and what is no URI.
func parseAddress(text string) (address, bool) {
	if len(text) > longest || strings.ContainsFunc(text, isControl) {
		return address{}, false
	}
	text = strings.TrimSpace(text)
	if i := openBracket(text); i >= 0 {
		inside, rest, closed := strings.Cut(text[i+1:], ">")
		u, is := parseURI(inside)
		rest = strings.TrimSpace(rest)
		if !closed || !is || (rest != "" && rest[0] != ';') {
			return address{}, false
		}
		return address{u, parseParams(strings.TrimPrefix(rest, ";"))}, true
	}
	u, is := parseURI(text) // without brackets what follows the semicolon belongs to the header (RFC 3261 section 20)
	return address{u, u.params}, is
}

// openBracket finds the "<" that opens the URI, past a quoted display name: -1 where there is none.
func openBracket(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '<' && !quoted:
			return i
		}
	}
	return -1
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// parseURI reads sip, sips and tel URIs, and keeps the text of any other as its user.
func parseURI(text string) (uri, bool) {
	scheme, rest, found := strings.Cut(text, ":")
	if !found || scheme == "" || rest == "" || strings.ContainsAny(text, " <>\"\t") {
		return uri{}, false
	}
	u := uri{text: text, scheme: strings.ToLower(scheme)}
	if u.scheme != "sip" && u.scheme != "sips" {
		user, tail, _ := strings.Cut(rest, ";")
		u.user, u.params = unescape(user), parseParams(tail)
		return u, user != ""
	}
	rest, headers, _ := strings.Cut(rest, "?")
	for h := range strings.SplitSeq(headers, "&") {
		if name, value, _ := strings.Cut(h, "="); name != "" {
			u.headers = append(u.headers, param{strings.ToLower(unescape(name)), unescape(value)})
		}
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		user, tail, _ := strings.Cut(rest[:i], ";")
		user, _, _ = strings.Cut(user, ":") // a password says nothing here
		u.user, u.params = unescape(user), parseParams(tail)
		rest = rest[i+1:]
	}
	host, tail, _ := strings.Cut(rest, ";")
	u.host = hostOf(host)
	u.params = append(u.params, parseParams(tail)...)
	return u, u.host != ""
}

// hostOf takes the port off.
func hostOf(hostport string) string {
	hostport = strings.ToLower(hostport)
	if strings.HasPrefix(hostport, "[") {
		inside, _, closed := strings.Cut(hostport[1:], "]")
		if !closed {
			return ""
		}
		return inside
	}
	host, _, _ := strings.Cut(hostport, ":")
	return host
}

// parseParams reads ";"-separated parameters, with semicolons in quotes left alone.
func parseParams(text string) params {
	var list params
	for _, part := range splitOutsideQuotes(text, ';') {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "" {
			list = append(list, param{name, unquote(strings.TrimSpace(value))})
		}
	}
	return list
}

func splitOutsideQuotes(text string, by byte) []string {
	var list []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == by && !quoted:
			list = append(list, text[start:i])
			start = i + 1
		}
	}
	return append(list, text[start:])
}

// unquote takes a quoted-string apart; anything else stays as it is.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	var b strings.Builder
	for i := 1; i < len(text)-1; i++ {
		if text[i] == '\\' && i+1 < len(text)-1 {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// unescape resolves %XX; a malformed escape stays as it is.
func unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// plain says whether a text can stand in a URI or a token of a header that we write: no blanks, no control characters, nothing that ends either.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>",;?\`, r) })
}
