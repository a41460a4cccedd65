package media

import (
	"bytes"
	"mime"
	"strconv"
	"strings"
	"time"

	"tandem/media/rtp"
)

// Info takes the body of a SIP INFO (application/dtmf-relay, application/dtmf) into the one stream of digits. False: it holds no digit.
func (s *Session) Info(contentType string, body []byte) bool {
	d, ok := readInfo(contentType, body)
	if !ok {
		return false
	}
	s.digit(d, s.e.now())
	return true
}

// infoMost is more than any digit needs, in bytes.
const infoMost = 1024

// readInfo reads "Signal=5\r\nDuration=160" (application/dtmf-relay) or "5" (application/dtmf). Both are custom, no RFC has them; names and
// spaces are taken as they come.
func readInfo(contentType string, body []byte) (Digit, bool) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || len(body) > infoMost {
		return Digit{}, false
	}
	text := string(bytes.TrimSpace(body))
	d := Digit{Path: DigitInfo}
	switch {
	case strings.EqualFold(kind, "application/dtmf-relay"):
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(line, "=")
			value = strings.TrimSpace(value)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "signal":
				d.Key = infoKey(value)
			case "duration":
				if ms, err := strconv.ParseUint(value, 10, 16); err == nil {
					d.Duration = time.Duration(ms) * time.Millisecond
				}
			}
		}
	case strings.EqualFold(kind, "application/dtmf"):
		d.Key = infoKey(text)
	}
	return d, d.Key != 0
}

// infoKey reads a key, or the number of its event (RFC 4733 table 3): some phones write 10 for *.
func infoKey(text string) byte {
	text = strings.ToUpper(text)
	if n, err := strconv.ParseUint(text, 10, 8); err == nil && len(text) == 2 {
		return rtp.Key(uint8(n))
	}
	if len(text) != 1 {
		return 0
	}
	if _, ok := rtp.EventCode(text[0]); !ok {
		return 0
	}
	return text[0]
}
