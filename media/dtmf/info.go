package dtmf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Refusals of an INFO body.
var (
	ErrNotKeys   = errors.New("content type does not carry keys")
	ErrMalformed = errors.New("malformed key")
)

// maxInfo is the longest body worth reading, in bytes.
const maxInfo = 512

// Press is one key out of a body.
type Press struct {
	Key      byte
	Duration time.Duration // 0: not said
}

// ParseInfo reads the body of a SIP INFO (RFC 6086). "application/dtmf-relay" has the lines Signal= and Duration= (in ms), in any case and
// order, with or without blanks; "application/dtmf" is the key alone, though some telephones write the lines there too. Signal may be a
// key or its RFC 4733 number (10 is *, 11 is #, 12 to 15 are A to D). The error is ErrNotKeys for another content type, which may be any
// other INFO, or ErrMalformed.
func ParseInfo(contentType string, body []byte) (Press, error) {
	kind, _, _ := strings.Cut(contentType, ";")
	relay := false
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/dtmf-relay":
		relay = true
	case "application/dtmf":
	default:
		return Press{}, fmt.Errorf("%w: %q", ErrNotKeys, kind)
	}
	if len(body) > maxInfo {
		return Press{}, fmt.Errorf("%w: %d bytes", ErrMalformed, len(body))
	}
	if !relay && !bytes.ContainsRune(body, '=') {
		key, err := parseSignal(strings.TrimSpace(string(body)))
		return Press{Key: key}, err
	}
	return parseLines(string(body))
}

func parseLines(body string) (Press, error) {
	var p Press
	for line := range strings.Lines(body) {
		name, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		var err error
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "signal":
			if p.Key != 0 {
				return Press{}, fmt.Errorf("%w: two signals", ErrMalformed)
			}
			p.Key, err = parseSignal(value)
		case "duration":
			p.Duration, err = parseDuration(value)
		}
		if err != nil {
			return Press{}, err
		}
	}
	if p.Key == 0 {
		return Press{}, fmt.Errorf("%w: no signal", ErrMalformed)
	}
	return p, nil
}

func parseSignal(s string) (byte, error) {
	if len(s) == 1 {
		key := strings.ToUpper(s)[0]
		if IsKey(key) {
			return key, nil
		}
	}
	const byNumber = "0123456789*#ABCD"
	if n, err := strconv.ParseUint(s, 10, 8); err == nil && n < uint64(len(byNumber)) && len(s) == 2 {
		return byNumber[n], nil
	}
	return 0, fmt.Errorf("%w: signal %q", ErrMalformed, s)
}

// parseDuration reads milliseconds. What is no number is refused; a length that nobody holds a key for is cut to a minute.
func parseDuration(s string) (time.Duration, error) {
	ms, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: duration %q", ErrMalformed, s)
	}
	return min(time.Duration(ms&0xFFFFFFFF)*time.Millisecond, time.Minute), nil
}
