package message

import (
	"maps"

	gosip "github.com/emiago/sipgo/sip"
)

// NewParser is sipgo's parser, taught the compact header forms that it does not know: k, x, o, u (RFC 3261 section 7.3.3, RFC 4028,
// RFC 6665), r (RFC 3515) and b (RFC 3892). After it, code asks for full names only. A Route stays the text that it was.
func NewParser() *gosip.Parser {
	headers := maps.Clone(gosip.DefaultHeadersParser()) // the map is sipgo's own package variable
	for compact, full := range map[string]string{
		"k": "Supported", "x": "Session-Expires", "o": "Event", "u": "Allow-Events",
		"s": "Subject", "e": "Content-Encoding", "a": "Accept-Contact", "j": "Reject-Contact", "d": "Request-Disposition", "y": "Identity",
	} {
		headers[compact] = func(_ []byte, value string) (gosip.Header, error) { return gosip.NewHeader(full, value), nil }
	}
	headers["route"] = func(_ []byte, value string) (gosip.Header, error) { return gosip.NewHeader("Route", value), nil } // kept as it came
	headers["r"] = headers["refer-to"]
	headers["b"] = headers["referred-by"]
	return gosip.NewParser(gosip.WithHeadersParsers(headers))
}
