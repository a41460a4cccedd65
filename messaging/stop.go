package messaging

import "strings"

// stopOf reads the words by which somebody says that they want no messages, or want them again (SPEC L20). Only a message that is nothing but the word counts.
func stopOf(text string) Stop {
	switch folded(text) {
	case "STOP", "ARRET", "STOPSMS", "UNSUBSCRIBE", "END", "QUIT", "CANCEL":
		return StopAdd
	case "START", "UNSTOP", "OUI":
		return StopRemove
	}
	return StopNothing
}

// folded is a text without what people put around a word, in capitals and without accents, however these are composed.
func folded(text string) string {
	const longest = 64 // in octets: no word of ours is near it
	if len(text) > longest {
		return ""
	}
	text = strings.Trim(strings.ToUpper(strings.TrimSpace(text)), ".!\"'«» \u00a0")
	return strings.Map(func(r rune) rune {
		switch r {
		case 'É', 'È', 'Ê', 'Ë':
			return 'E'
		case 'À', 'Â', 'Ä':
			return 'A'
		}
		if r >= '\u0300' && r <= '\u036f' || r >= '\ufe00' && r <= '\ufe0f' || r == '\u200b' || r == '\ufeff' {
			return -1 // Combining accents, and what is not seen.
		}
		return r
	}, text)
}
