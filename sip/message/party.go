package message

import (
	"net/netip"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// AOR is an address of record without its scheme: "user@realm", in lower case.
type AOR string

// Party is who a request names in From, To, Contact or P-Asserted-Identity (RFC 3261 section 20.10).
type Party struct {
	Display string // UTF-8, unquoted, free of control characters
	Scheme  string // "sip", "sips" or "tel"
	User    string // unescaped; for tel: the number with its leading +
	Host    string // without brackets or port; empty for tel:
	Port    uint16 // 0: none given
}

// PartyOf reads a display name and URI as sipgo holds them. Parameters and headers of the URI are left out.
func PartyOf(display string, u gosip.Uri) Party {
	p := Party{Display: Clean(unescapeQuoted(display)), Scheme: strings.ToLower(u.Scheme)}
	if p.Scheme == "" {
		p.Scheme = "sip"
	}
	if p.Scheme != "sip" && p.Scheme != "sips" {
		user, _, _ := strings.Cut(u.Raw(), ";")
		p.User = Clean(unescape(user))
		return p
	}
	p.User = Clean(unescape(u.User))
	p.Host = strings.ToLower(strings.Trim(u.Host, "[]"))
	if u.Port > 0 && u.Port <= 65535 {
		p.Port = uint16(u.Port)
	}
	return p
}

// PartyOfURI reads a bare URI such as "sip:alice@example.com" or "tel:+33123456789".
func PartyOfURI(uri string) (Party, error) {
	u, err := ParseURI(uri)
	if err != nil {
		return Party{}, err
	}
	return PartyOf("", u), nil
}

// AOR is the address of record of a SIP party.
func (p Party) AOR() AOR { return AOR(strings.ToLower(p.User) + "@" + p.Host) }

// URI is the party as a URI, escaped as RFC 3261 section 25.1 asks. A party with neither scheme nor host but a number is tel:.
func (p Party) URI() gosip.Uri {
	if p.Scheme == "tel" {
		var u gosip.Uri
		if err := gosip.ParseUri("tel:"+escapeTel(p.User), &u); err == nil {
			return u
		}
	}
	scheme := p.Scheme
	if scheme == "" {
		scheme = "sip"
	}
	return gosip.Uri{Scheme: token(scheme), User: escapeUser(p.User), Host: hostname(p.Host), Port: int(p.Port)}
}

// String is the party as a name-addr, fit for a header value: quoted display name, URI in angle brackets.
func (p Party) String() string {
	u := p.URI()
	s := "<" + u.String() + ">"
	if d := Clean(p.Display); d != "" {
		return `"` + escapeQuoted(d) + `" ` + s
	}
	return s
}

// Address is the party as From or To take it.
func (p Party) Address(tag string) Address {
	return Address{Display: p.Display, URI: p.URI(), Tag: tag}
}

// HostPort is the URI of one of our own addresses, as Contact says it.
func HostPort(user string, at netip.AddrPort) gosip.Uri {
	return gosip.Uri{Scheme: "sip", User: escapeUser(user), Host: at.Addr().Unmap().WithZone("").String(), Port: int(at.Port())}
}

// ParseURI reads a URI with its parameters. It fails on control characters, blanks and angle brackets, which no URI has.
func ParseURI(s string) (gosip.Uri, error) {
	var u gosip.Uri
	if i := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' || r == '"' }); i >= 0 {
		return u, &ParseError{What: "uri", At: i}
	}
	if err := gosip.ParseUri(s, &u); err != nil || u.Wildcard || u.Scheme == "" {
		return u, &ParseError{What: "uri"}
	}
	return u, nil
}

// ParseError says that a header or URI cannot be read. It carries nothing of what a peer sent.
type ParseError struct {
	What string // which header, or "uri"
	At   int    // the byte that is wrong, where known
}

// Error implements error.
func (e *ParseError) Error() string { return "malformed " + e.What + " at byte " + strconv.Itoa(e.At) }

// escapeUser escapes the user part of a SIP URI: unreserved and user-unreserved characters stay (RFC 3261 section 25.1), but for the
// semicolon, which several peers take for a parameter.
func escapeUser(s string) string {
	return escape(s, "-_.!~*'()&=+$,?/")
}

// escapeTel keeps the characters of a telephone-subscriber (RFC 3966 section 3).
func escapeTel(s string) string { return escape(s, "+-.()*#") }

func escape(s, keep string) string {
	clean := true
	for i := range len(s) {
		clean = clean && (isAlphanum(s[i]) || strings.IndexByte(keep, s[i]) >= 0)
	}
	if clean {
		return s
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case isAlphanum(c), strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		case c < 0x20 || c == 0x7f: // never sent, not even escaped
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}

// unescape resolves %XX; a malformed escape stays as it is.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// hostname keeps what a host can have (RFC 3261 section 25.1); IPv6 addresses lose their brackets, which are put on when written.
func hostname(s string) string {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.WithZone("").String()
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isAlphanum(c) || c == '-' || c == '.' || c == '_' {
			b.WriteByte(c)
		}
	}
	return b.String()
}
