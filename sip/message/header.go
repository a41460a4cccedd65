package message

import (
	"strconv"
	"strings"
	"time"
)

// Replaces names a dialog that a new call takes the place of (RFC 3891 section 6.1).
type Replaces struct {
	CallID, ToTag, FromTag string
	EarlyOnly              bool
}

// ParseReplaces reads the value of a Replaces header, unescaped already (see UnescapeHeader for one inside a Refer-To URI).
func ParseReplaces(value string) (Replaces, error) {
	parts := strings.Split(value, ";")
	r := Replaces{CallID: strings.TrimSpace(parts[0])}
	for _, p := range parts[1:] {
		name, val, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			r.ToTag = strings.TrimSpace(val)
		case "from-tag":
			r.FromTag = strings.TrimSpace(val)
		case "early-only":
			r.EarlyOnly = true
		}
	}
	if r.CallID == "" || r.ToTag == "" || r.FromTag == "" {
		return Replaces{}, &ParseError{What: "Replaces"}
	}
	return r, nil
}

// String is the header value.
func (r Replaces) String() string {
	s := Clean(r.CallID) + ";to-tag=" + token(r.ToTag) + ";from-tag=" + token(r.FromTag)
	if r.EarlyOnly {
		s += ";early-only"
	}
	return s
}

// UnescapeHeader resolves the %XX of a header inside a URI (RFC 3261 section 19.1.1).
func UnescapeHeader(s string) string { return Clean(unescape(s)) }

// EscapeHeader escapes a header value for a place inside a URI: only unreserved characters stay.
func EscapeHeader(s string) string { return escape(Clean(s), "-_.!~*'()") }

// SessionExpires is the value of Session-Expires (RFC 4028 section 4).
type SessionExpires struct {
	Interval  time.Duration
	Refresher string // "uac", "uas" or empty
}

// ParseSessionExpires reads the value; Min-SE has the same form without refresher.
func ParseSessionExpires(value string) (SessionExpires, error) {
	seconds, params, _ := strings.Cut(value, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(seconds), 10, 31)
	if err != nil {
		return SessionExpires{}, &ParseError{What: "Session-Expires"}
	}
	s := SessionExpires{Interval: time.Duration(n) * time.Second}
	for p := range strings.SplitSeq(params, ";") {
		name, val, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(name), "refresher") {
			s.Refresher = strings.ToLower(strings.TrimSpace(val))
		}
	}
	return s, nil
}

// String is the header value.
func (s SessionExpires) String() string {
	v := strconv.FormatInt(int64(s.Interval/time.Second), 10)
	if s.Refresher != "" {
		v += ";refresher=" + token(s.Refresher)
	}
	return v
}

// ParseRSeq reads an RSeq (RFC 3262 section 7.1): 1 to 2^32-1.
func ParseRSeq(value string) (uint32, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
	if err != nil || n == 0 {
		return 0, &ParseError{What: "RSeq"}
	}
	return uint32(n), nil
}

// FormatRSeq writes an RSeq.
func FormatRSeq(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// RAck is the value of RAck (RFC 3262 section 7.2): which provisional response a PRACK acknowledges.
type RAck struct {
	RSeq, CSeq uint32
	Method     string
}

// ParseRAck reads the value.
func ParseRAck(value string) (RAck, error) {
	f := strings.Fields(value)
	if len(f) != 3 {
		return RAck{}, &ParseError{What: "RAck"}
	}
	rseq, err1 := ParseRSeq(f[0])
	cseq, err2 := strconv.ParseUint(f[1], 10, 31)
	if err1 != nil || err2 != nil || !isToken(f[2]) {
		return RAck{}, &ParseError{What: "RAck"}
	}
	return RAck{RSeq: rseq, CSeq: uint32(cseq), Method: f[2]}, nil
}

// String is the header value.
func (r RAck) String() string {
	return strconv.FormatUint(uint64(r.RSeq), 10) + " " + strconv.FormatUint(uint64(r.CSeq), 10) + " " + token(r.Method)
}

// ParseRetryAfter reads Retry-After (RFC 3261 section 20.33): whole seconds; what follows them is for people. At most a day.
func ParseRetryAfter(value string) (time.Duration, error) {
	seconds := strings.TrimSpace(value)
	if i := strings.IndexAny(seconds, " (;"); i >= 0 {
		seconds = seconds[:i]
	}
	n, err := strconv.ParseUint(seconds, 10, 31)
	if err != nil {
		return 0, &ParseError{What: "Retry-After"}
	}
	return min(time.Duration(n)*time.Second, 24*time.Hour), nil
}

// RetryAfter writes Retry-After, rounded up to a whole second; empty for zero.
func RetryAfter(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// Warning writes a Warning 399 (RFC 3261 section 20.43) of agent, our host name or a pseudonym; empty for an empty text.
func Warning(agent, text string) string {
	if text = Clean(text); text == "" {
		return ""
	}
	if agent = hostname(agent); agent == "" {
		agent = "tandem"
	}
	return "399 " + agent + " " + Quote(text)
}

// WarningText is the text of a Warning, empty when it has none.
func WarningText(value string) string {
	i := strings.IndexByte(value, '"')
	if i < 0 {
		return ""
	}
	return Clean(Unquote(splitQuoted(value[i:], ',')[0]))
}

// SizeLimit is how many bytes a request may have on UDP when the path is not known (RFC 3261 section 18.1.1): beyond it goes by TCP or TLS
// where the peer has them.
const SizeLimit = 1300
