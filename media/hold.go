package media

import "tandem/media/sdp"

// removes says that a new offer takes the audio away: a line with port 0 where there was one (RFC 3264 section 8.2). Telephones do that to hold, and bring it
// back by a later offer.
func (s *Session) removes(d *sdp.Description) bool {
	n := &s.neg
	if n.agreed == nil || len(d.Media) < len(n.lines) {
		return false
	}
	for i, l := range n.lines {
		if m := &d.Media[i]; l.kind == "audio" && m.Kind == "audio" && m.Port == 0 && s.speaks(m.Proto) {
			return true
		}
	}
	return false
}

// park answers an offer without audio: nothing is sent and nothing is waited for until there is some again. What was agreed on stays known.
func (s *Session) park(lines []line) []byte {
	a := *s.neg.agreed
	a.held, a.sends, a.receives = true, false, false
	s.neg.lines = lines
	s.settle(&a)
	return s.describe(description{lines: lines, formats: a.formats(), direction: Inactive})
}

// revive takes the first line of audio for ours where none is: an offer of ours brings the audio back (RFC 3264 section 8.1).
func revive(lines []line) {
	first := -1
	for i, l := range lines {
		if l.audio {
			return
		}
		if l.kind == "audio" && first < 0 {
			first = i
		}
	}
	if first >= 0 {
		lines[first].audio = true
	}
}
