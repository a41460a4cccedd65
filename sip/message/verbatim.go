package message

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Verbatim reads a URI that is written again exactly as it stands: its parts can be asked for, but String gives text back byte for byte, whatever order,
// case or empty parameters it has. An opaque identifier that a peer put into a URI survives no other treatment (RFC 3261 section 16.12: a route is not changed).
// Nobody changes the parts of such a URI.
func Verbatim(text string) (gosip.Uri, error) {
	u, err := ParseURI(text)
	if err != nil || u.String() == text {
		return u, err
	}
	scheme, rest, _ := strings.Cut(text, ":")
	var w gosip.Uri
	if err := gosip.ParseUri("opaque:"+rest, &w); err != nil { // what is no SIP URI is kept and written as it came
		return u, &ParseError{What: "uri"}
	}
	w.Scheme, w.User, w.Password, w.Host, w.Port = scheme, u.User, u.Password, u.Host, u.Port
	w.UriParams, w.Headers, w.HierarhicalSlashes = u.UriParams, u.Headers, u.HierarhicalSlashes
	return w, nil
}

// IsFieldName says that a text can be the name of a header (RFC 3261 section 25.1: a token).
func IsFieldName(s string) bool { return isToken(s) }
